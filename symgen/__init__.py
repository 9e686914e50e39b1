"""symgen writes symbolic music: generate MIDI, continue a melody, render WAV.

::

    import symgen

    tune = symgen.generate(bars=16, key="G major", meter="6/8", seed=7)
    tune.save("out.mid")
    tune.render("out.wav")
    longer = symgen.continue_(tune, bars=8)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

__version__ = "0.2.0"

if TYPE_CHECKING:
    from symgen.analysis.chords import FoundChord as FoundChord
    from symgen.analysis.chords import find_chords as find_chords
    from symgen.analysis.describing import Description as Description
    from symgen.audio import render as render
    from symgen.audio import render_async as render_async
    from symgen.corpus import CorpusOptions as CorpusOptions
    from symgen.corpus import Store as Store
    from symgen.corpus import build_corpus as build_corpus
    from symgen.evaluation.evaluate import evaluate as evaluate
    from symgen.evaluation.report import Evaluation as Evaluation
    from symgen.formats import Limits as Limits
    from symgen.formats import from_muspy as from_muspy
    from symgen.formats import from_symusic as from_symusic
    from symgen.formats import load_score as load_score
    from symgen.formats import load_tune as load_tune
    from symgen.formats import save_score as save_score
    from symgen.formats import to_mido as to_mido
    from symgen.formats import to_music21 as to_music21
    from symgen.formats import to_muspy as to_muspy
    from symgen.formats import to_pretty_midi as to_pretty_midi
    from symgen.formats import to_symusic as to_symusic
    from symgen.formats.packs import unpack as unpack
    from symgen.music.controls import Controls as Controls
    from symgen.music.meter import Meter as Meter
    from symgen.music.pins import Pin as Pin
    from symgen.music.score import Note as Note
    from symgen.music.score import Part as Part
    from symgen.music.score import Score as Score
    from symgen.music.theory import Key as Key
    from symgen.nets.models import styles as styles
    from symgen.performer.perform import perform as perform
    from symgen.plots import plot_score as plot_score
    from symgen.system.errors import CheckpointError as CheckpointError
    from symgen.system.errors import ControlError as ControlError
    from symgen.system.errors import ExistsError as ExistsError
    from symgen.system.errors import FormatError as FormatError
    from symgen.system.errors import MissingDependencyError as MissingDependencyError
    from symgen.system.errors import RenderError as RenderError
    from symgen.system.errors import SymgenError as SymgenError
    from symgen.trainer import train as train
    from symgen.training import TrainOptions as TrainOptions
    from symgen.transcriber.transcribe import Transcription as Transcription
    from symgen.transcriber.transcribe import listen as listen
    from symgen.transcriber.transcribe import transcribe as transcribe
    from symgen.transcriber.transcribe import transcribe_async as transcribe_async
    from symgen.wording.reading import read_controls as read_controls
    from symgen.writing.bands import accompany as accompany
    from symgen.writing.drumming import drums as drums
    from symgen.writing.loaded import Progress as Progress
    from symgen.writing.model import Model as Model
    from symgen.writing.model import continue_ as continue_
    from symgen.writing.model import continue_async as continue_async
    from symgen.writing.model import extend as extend
    from symgen.writing.model import generate as generate
    from symgen.writing.model import generate_async as generate_async
    from symgen.writing.model import harmonize as harmonize
    from symgen.writing.model import harmonize_async as harmonize_async
    from symgen.writing.model import infill as infill
    from symgen.writing.model import infill_async as infill_async
    from symgen.writing.model import load_model as load_model
    from symgen.writing.model import stream as stream
    from symgen.writing.model import stream_async as stream_async
    from symgen.writing.model import vary as vary
    from symgen.writing.model import vary_async as vary_async
    from symgen.writing.rewritten import Rewritten as Rewritten
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "analysis.chords": "FoundChord find_chords",
            "analysis.describing": "Description",
            "audio": "render render_async",
            "corpus": "CorpusOptions Store build_corpus",
            "evaluation.evaluate": "evaluate",
            "evaluation.report": "Evaluation",
            "formats": "Limits load_score load_tune save_score "
            "from_muspy from_symusic to_mido to_music21 to_muspy to_pretty_midi to_symusic",
            "formats.packs": "unpack",
            "music.controls": "Controls",
            "music.meter": "Meter",
            "music.pins": "Pin",
            "music.score": "Note Part Score",
            "music.theory": "Key",
            "nets.models": "styles",
            "performer.perform": "perform",
            "plots": "plot_score",
            "system.errors": "CheckpointError ControlError ExistsError "
            "FormatError MissingDependencyError RenderError SymgenError",
            "trainer": "train",
            "training": "TrainOptions",
            "transcriber.transcribe": "Transcription listen transcribe transcribe_async",
            "wording.reading": "read_controls",
            "writing.bands": "accompany",
            "writing.drumming": "drums",
            "writing.loaded": "Progress",
            "writing.model": "Model continue_ continue_async extend generate generate_async "
            "harmonize harmonize_async infill infill_async load_model stream stream_async vary vary_async",
            "writing.rewritten": "Rewritten",
        },
        renamed={"Generator": "Model"},
        rooms=("corpus", "gan", "tokens"),
    )
    __all__.append("__version__")
    __all__.sort()
