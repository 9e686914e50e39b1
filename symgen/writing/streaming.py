"""Pieces that are handed out while they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING

from symgen.formats.tunes import Music, Tune
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.system.awaiting import in_thread
from symgen.system.errors import ControlError
from symgen.writing.awaiting import AwaitedVerbs
from symgen.writing.generator import Generator
from symgen.writing.request import ContinueWords, Request, read_music
from symgen.writing.song_choice import SongWish

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["StreamedVerbs"]


class StreamedVerbs(AwaitedVerbs):
    """The verbs, and a piece bar by bar."""

    def stream(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        part: int | None = None,
        **keywords: Unpack[ContinueWords],
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
            The fields of `Controls`, as in `generate`; of a tune `parts` and `style_from` too, as in `continue_`.

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
        which, request = request.of_prompt()
        asked, found = request.asked(CONTROLS), None if tune is None else read_music(tune)
        example = which.get("style_from")
        if found is None and example is not None:
            raise ControlError("style_from: is for a tune that goes on; give tune= too")
        fitting = partial(self._for_tune, manner=example)
        model = self._for_new(asked, SongWish()) if found is None else fitting(found, part)
        if not isinstance(model, Generator):
            raise ControlError(f"stream: {model.name} is written whole; use generate")
        return Generator.stream(model, asked, tune=found, seed=seed, **which)

    async def stream_async(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        part: int | None = None,
        **keywords: Unpack[ContinueWords],
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
