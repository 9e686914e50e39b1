"""A piece with what led to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symgen.keyfinding import infer_key
from symgen.sampling.continuation import Prompt
from symgen.sampling.controls import Controls
from symgen.score import Score
from symgen.theory import Key
from symgen.tokens import Header
from symgen.verification import Check, Facts, check_piece, score_facts

__all__ = ["Take"]


@dataclass(frozen=True)
class Take:
    """A piece with what led to it.

    Parameters
    ----------
    score : Score
    seed : int
        Gives this piece again with ``count=1`` and as many candidates.
    header : Header
        Bars, key, style and parts that were planned.
    prompt : Prompt, optional
        What was continued.
    candidates : int
        Takes of which this one was kept.
    odds : float, optional
        The judgement, where there were several: log odds that it is a real piece.
    rank : int
        Its place among them by that judgement, 1 for the best.
    table : tuple of float
        The judgements of all of them, in the order in which they were drawn.
    """

    score: Score
    seed: int
    header: Header
    prompt: Prompt | None = None
    candidates: int = 1
    odds: float | None = None
    rank: int = 1
    table: tuple[float, ...] = ()

    def new_bars(self) -> Score:
        """Return what was added to the prompt, from time 0; a new piece as it is."""
        if self.prompt is None:
            return self.score
        return self.judged().slice_ticks(self.prompt.end, self.score.length)

    def judged(self) -> Score:
        """Return what candidates are ranked by: of a continuation, the parts that go on, with their prompt."""
        if self.prompt is None:
            return self.score
        return self.score.with_parts([self.score.parts[i] for i in self.prompt.parts])

    def checks(self, controls: Controls, facts: Facts | None = None, *, start: int | None = None) -> list[Check]:
        """Hold the piece to controls.

        Parameters
        ----------
        controls : Controls
        facts : Facts, optional
            Of the written file; of what would be written, if left out.
        start : int, optional
            First tick of the new bars, if not behind the prompt.
        """
        asked = replace(controls, bars=self.prompt.new_bars if self.prompt else self.header.bars)
        if start is None:
            start = self.prompt.end if self.prompt else 0
        return check_piece(facts or score_facts(self.score), asked, start=start, key=self.header.key)

    @property
    def key(self) -> Key:
        """The key that was planned, else the likeliest one of the notes."""
        return self.header.key or infer_key(self.judged())
