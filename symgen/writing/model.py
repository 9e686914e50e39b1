"""A model as users hold it: what writes with a network, and the verbs."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from symgen.formats.tunes import Music, Tune
from symgen.music.control_table import CONTROLS
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
from symgen.writing.request import Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from symgen.music.control_words import ControlWords

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

    def _for_new(self, _: Controls, /) -> Generator:
        """Return the model itself."""
        return self

    def _for_tune(self, _: Tune, __: int | None, /) -> Generator:
        """Return the model itself."""
        return self

    def _for_harmony(self) -> Generator:
        """Return the model itself."""
        return self

    def stream(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        part: int | None = None,
        **keywords: Unpack[ControlWords],
    ) -> Iterator[Score]:
        """Write a piece, or continue a tune, and hand it out at each bar line; stop when you like.

        Parameters
        ----------
        controls : Controls, optional
            What to ask for.
        tune : Score, path, bytes, open file or object of a library that `symgen.load_score` reads, optional
            What is continued.
        seed : int, optional
            Drawn if left out.
        part : int, optional
            1 for the first part: keep and continue only that one.
        **keywords
            The fields of `Controls`, as in `generate`.

        Yields
        ------
        Score
            The piece up to the end of each new bar, with the tune before it. A note that goes on beyond it ends there,
            and is whole in the next one.

        Raises
        ------
        FormatError, ControlError
            As `generate` and `continue_`, before the first bar.

        Notes
        -----
        The last one is what `generate` and `continue_` give for this seed, unless they drew the piece again because a
        control was not met.
        """
        request = Request(verb="stream", seed=seed, part=part, controls=controls, words=keywords)
        return super().stream(request.asked(CONTROLS), tune=tune, seed=seed, part=part)

    async def stream_async(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        part: int | None = None,
        **keywords: Unpack[ControlWords],
    ) -> AsyncIterator[Score]:
        """Await each bar of a piece; see `stream`.

        Parameters
        ----------
        controls, tune, seed, part, **keywords
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
        begin = partial(self.stream, controls, tune=tune, seed=seed, part=part, **keywords)
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

    def _for_new(self, controls: Controls, /) -> Generator:
        """Return the model that knows the style, the instruments or the period."""
        return _shipped(choose_for_controls(controls))

    def _for_tune(self, tune: Tune, part: int | None, /) -> Generator:
        """Return the model for as many parts as play."""
        return _shipped(choose_for_tune(tune.score, part))

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
