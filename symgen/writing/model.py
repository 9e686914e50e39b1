"""A model as users hold it: what writes with a network, and the verbs."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import lru_cache, partial

from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.nets.models import choose_for_controls, choose_for_tune
from symgen.system.awaiting import in_thread
from symgen.system.files import PathLike
from symgen.system.resources import DEFAULT_MODEL
from symgen.writing.awaiting import AwaitedVerbs
from symgen.writing.generator import Generator
from symgen.writing.harmonizing import HARMONY_MODEL
from symgen.writing.piping import Piped

__all__ = ["Fitting", "Model", "load_model"]

_KEPT = 4


class Model(Piped):
    """A model that is ready to write; `load_model` gives one.

    Notes
    -----
    Nothing is kept between calls; one model may serve several threads.
    """

    def __repr__(self) -> str:
        kind = f"up to {self.voices} parts" if self.voices else "melodies"
        size = f"{self.parameters / 1e6:.2g} M weights"
        return f"<Model {self.name}: {kind}, {len(self.styles)} styles, {size}>"

    def for_new(self, _: Controls, /) -> Generator:
        """Return the model itself."""
        return self

    def for_tune(self, _: Tune, __: int | None, /) -> Generator:
        """Return the model itself."""
        return self

    def for_harmony(self) -> Generator:
        """Return the model itself."""
        return self

    async def stream_async(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        part: int | None = None,
    ) -> AsyncIterator[Score]:
        """Await each bar of a piece; see `stream`.

        Parameters
        ----------
        controls, tune, seed, part
            As in `stream`.

        Yields
        ------
        Score
            As `stream`. Each bar is drawn in a thread once it is asked for.

        Raises
        ------
        FormatError, ControlError
            As `stream`.
        """
        begin = partial(self.stream, controls, tune=tune, seed=seed, part=part)
        bars = await in_thread(begin)
        while (score := await in_thread(partial(next, bars, None))) is not None:
            yield score

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


class Fitting(AwaitedVerbs):
    """Whichever model fits what is asked for, as on the command line."""

    def for_new(self, controls: Controls, /) -> Generator:
        """Return the model that knows the style, the instruments or the period."""
        return _shipped(choose_for_controls(controls))

    def for_tune(self, tune: Tune, part: int | None, /) -> Generator:
        """Return the model for as many parts as play."""
        return _shipped(choose_for_tune(tune.score, part))

    def for_harmony(self) -> Generator:
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
