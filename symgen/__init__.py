"""symgen writes symbolic music: generate MIDI, continue a melody, render WAV.

::

    import symgen

    model = symgen.load_model()
    piece = model.generate(symgen.Controls(bars=16, key="G major", meter="6/8"), seed=7)[0]
    symgen.save_score(piece, "out.mid")
    symgen.render(piece, "out.wav")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symgen.audio import render
    from symgen.corpus import CorpusOptions, Store, build_corpus
    from symgen.evaluation.evaluate import evaluate
    from symgen.evaluation.report import Evaluation
    from symgen.formats import (
        Limits,
        load_score,
        load_tune,
        save_score,
        to_mido,
        to_music21,
        to_pretty_midi,
    )
    from symgen.music.controls import Controls
    from symgen.music.meter import Meter
    from symgen.music.score import Note, Part, Score
    from symgen.music.theory import Key
    from symgen.plots import plot_score
    from symgen.system.errors import (
        CheckpointError,
        ControlError,
        ExistsError,
        FormatError,
        MissingDependencyError,
        RenderError,
        SymgenError,
    )
    from symgen.trainer import train
    from symgen.training import TrainOptions
    from symgen.transcriber.transcribe import Transcription, listen, transcribe
    from symgen.writing.generator import Generator, load_model
    from symgen.writing.harmonizing import harmonize
    from symgen.writing.infilling import infill
    from symgen.writing.rewritten import Rewritten
    from symgen.writing.varying import vary

__version__ = "0.1.0"

_HOMES = {
    "CheckpointError": "system.errors",
    "ControlError": "system.errors",
    "Controls": "music.controls",
    "CorpusOptions": "corpus",
    "Evaluation": "evaluation.report",
    "ExistsError": "system.errors",
    "FormatError": "system.errors",
    "Generator": "writing.generator",
    "Key": "music.theory",
    "Limits": "formats",
    "Meter": "music.meter",
    "MissingDependencyError": "system.errors",
    "Note": "music.score",
    "Part": "music.score",
    "RenderError": "system.errors",
    "Rewritten": "writing.rewritten",
    "Score": "music.score",
    "Store": "corpus",
    "SymgenError": "system.errors",
    "TrainOptions": "training",
    "Transcription": "transcriber.transcribe",
    "build_corpus": "corpus",
    "evaluate": "evaluation.evaluate",
    "harmonize": "writing.harmonizing",
    "infill": "writing.infilling",
    "listen": "transcriber.transcribe",
    "load_model": "writing.generator",
    "load_score": "formats",
    "load_tune": "formats",
    "plot_score": "plots",
    "render": "audio",
    "save_score": "formats",
    "to_mido": "formats",
    "to_music21": "formats",
    "to_pretty_midi": "formats",
    "train": "trainer",
    "transcribe": "transcriber.transcribe",
    "vary": "writing.varying",
}
"""Public name -> the module that holds it, loaded when the name is first used."""

__all__ = [
    "CheckpointError",
    "ControlError",
    "Controls",
    "CorpusOptions",
    "Evaluation",
    "ExistsError",
    "FormatError",
    "Generator",
    "Key",
    "Limits",
    "Meter",
    "MissingDependencyError",
    "Note",
    "Part",
    "RenderError",
    "Rewritten",
    "Score",
    "Store",
    "SymgenError",
    "TrainOptions",
    "Transcription",
    "__version__",
    "build_corpus",
    "evaluate",
    "harmonize",
    "infill",
    "listen",
    "load_model",
    "load_score",
    "load_tune",
    "plot_score",
    "render",
    "save_score",
    "to_mido",
    "to_music21",
    "to_pretty_midi",
    "train",
    "transcribe",
    "vary",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symgen' has no attribute {name!r}")
    value = getattr(import_module(f"symgen.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
