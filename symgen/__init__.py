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
    from symgen.errors import (
        CheckpointError,
        ControlError,
        ExistsError,
        FormatError,
        MissingDependencyError,
        RenderError,
        SymgenError,
    )
    from symgen.evaluation.report import Evaluation
    from symgen.evaluator import evaluate
    from symgen.formats import Limits, load_score, load_tune, save_score, to_mido, to_music21, to_pretty_midi
    from symgen.generator import Generator, load_model
    from symgen.meter import Meter
    from symgen.plots import plot_score
    from symgen.rewriting import Rewritten, harmonize, infill, vary
    from symgen.sampling.controls import Controls
    from symgen.score import Note, Part, Score
    from symgen.theory import Key
    from symgen.trainer import train
    from symgen.training import TrainOptions
    from symgen.transcriber import Transcription, listen, transcribe

__version__ = "0.1.0"

_HOMES = {
    "CheckpointError": "errors",
    "ControlError": "errors",
    "Controls": "sampling.controls",
    "CorpusOptions": "corpus",
    "Evaluation": "evaluation.report",
    "ExistsError": "errors",
    "FormatError": "errors",
    "Generator": "generator",
    "Key": "theory",
    "Limits": "formats",
    "Meter": "meter",
    "MissingDependencyError": "errors",
    "Note": "score",
    "Part": "score",
    "RenderError": "errors",
    "Rewritten": "rewriting",
    "Score": "score",
    "Store": "corpus",
    "SymgenError": "errors",
    "TrainOptions": "training",
    "Transcription": "transcriber",
    "build_corpus": "corpus",
    "evaluate": "evaluator",
    "harmonize": "rewriting",
    "infill": "rewriting",
    "listen": "transcriber",
    "load_model": "generator",
    "load_score": "formats",
    "load_tune": "formats",
    "plot_score": "plots",
    "render": "audio",
    "save_score": "formats",
    "to_mido": "formats",
    "to_music21": "formats",
    "to_pretty_midi": "formats",
    "train": "trainer",
    "transcribe": "transcriber",
    "vary": "rewriting",
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
