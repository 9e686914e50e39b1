"""A model as users hold it: what writes with a network, and the verbs."""

from __future__ import annotations

import warnings
from dataclasses import replace
from functools import lru_cache

from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.nets.models import choose_for_controls
from symgen.system.files import PathLike
from symgen.system.resources import DEFAULT_MODEL
from symgen.writing.generator import Generator
from symgen.writing.harmonizing import HARMONY_MODEL
from symgen.writing.piping import Piped
from symgen.writing.rewritten import Chosen
from symgen.writing.shared import Shared
from symgen.writing.song_choice import NewWriter, SongWish, song_writer
from symgen.writing.streaming import StreamedVerbs
from symgen.writing.tune_choice import choose_by_notes, choose_to_rewrite

__all__ = ["Fitting", "Model", "load_model"]

_KEPT = 4


class Model(StreamedVerbs, Piped, Shared):
    """A model that is ready to write; `load_model` gives one.

    Notes
    -----
    Nothing is kept between calls; one model may serve several threads.
    """

    def __repr__(self) -> str:
        kind = f"up to {self.voices} parts" if self.voices else "melodies"
        size = f"{self.parameters / 1e6:.2g} M weights"
        return f"<Model {self.name}: {kind}, {len(self.styles)} styles, {size}>"

    def _for_new(self, controls: Controls, song: SongWish, /) -> Generator:
        """Return the model itself, which writes no songs with a band."""
        song_writer(controls, song, model=self.name)
        return self

    def _for_tune(
        self,
        _: Tune,
        __: int | None,
        /,
        *,
        manner: Tune | None = None,  # noqa: ARG002
    ) -> Generator:
        """Return the model itself."""
        return self

    def _to_rewrite(self, _: Tune, __: Chosen, /) -> Generator:
        """Return the model itself."""
        return self

    def _for_harmony(self) -> Generator:
        """Return the model itself."""
        return self

    def continue_score(
        self,
        tune: Music | Tune,
        *,
        bars: int | None = None,
        count: int = 1,
        seed: int | None = None,
        controls: Controls | None = None,
        part: int | None = None,
        candidates: int = 1,
    ) -> list[Score]:
        """Continue a tune as `continue_` does, in a list: the old name of it."""
        message = "continue_score is now continue_: one piece comes back for one, a list for count="
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        asked = controls or Controls()
        if bars is not None:
            asked = replace(asked, bars=bars)
        return self.continue_(
            tune, count=count, seed=seed, part=part, candidates=candidates, controls=asked
        )


class Fitting(StreamedVerbs):
    """Whichever model fits what is asked for, as on the command line."""

    def _for_new(self, controls: Controls, song: SongWish, /) -> NewWriter:
        """Return what writes songs in the style, else the model that knows it, the instruments or the period."""
        return song_writer(controls, song) or _shipped(choose_for_controls(controls))

    def _for_tune(
        self, tune: Tune, part: int | None, /, *, manner: Tune | None = None
    ) -> Generator:
        """Return the model for as many parts as play, and for such notes."""
        return _shipped(choose_by_notes(tune, part, _shipped, manner=manner).name)

    def _to_rewrite(self, tune: Tune, which: Chosen, /) -> Generator:
        """Return the model for as many parts as play, and for such notes, or for drums."""
        part, parts = which.get("part"), which.get("parts")
        return _shipped(choose_to_rewrite(tune, part, parts, _shipped).name)

    def _for_harmony(self) -> Generator:
        """Return the model that writes four voices."""
        return _shipped(HARMONY_MODEL)


@lru_cache(maxsize=_KEPT)
def _shipped(name: str) -> Model:
    """Load a model that comes along, once."""
    return Model.load(name)


def load_model(name: PathLike = DEFAULT_MODEL) -> Model:
    """Load a model.

    Parameters
    ----------
    name : str or path
        One that comes along, or a folder that training wrote: a run, or a checkpoint in it.

    Raises
    ------
    CheckpointError
        If it is unknown, damaged, or does not fit this version.
    """
    return Model.load(name)


_fitting = Fitting()
generate = _fitting.generate
continue_ = extend = _fitting.continue_
infill = _fitting.infill
vary = _fitting.vary
harmonize = _fitting.harmonize
generate_async = _fitting.generate_async
continue_async = _fitting.continue_async
infill_async = _fitting.infill_async
vary_async = _fitting.vary_async
harmonize_async = _fitting.harmonize_async
stream = _fitting.stream
stream_async = _fitting.stream_async
