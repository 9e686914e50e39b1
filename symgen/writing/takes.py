"""A piece with what led to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from symgen.music.controls import Controls
from symgen.music.keys import infer_key
from symgen.music.laid_charts import chart_changes
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.tokens import Header
from symgen.verification import Check, Facts, check_piece, score_facts

if TYPE_CHECKING:
    from symgen.sampling.continuation import Prompt

__all__ = ["Scores", "Take", "with_chords"]


@dataclass(frozen=True)
class Scores:
    """What speaks for a take, and against it."""

    # Log odds that it is a real piece: by these it is chosen.
    odds: float
    # How unlikely the model finds its new notes, each with its time and length.
    bits_a_note: float | None
    # Mean deviation of its statistics from those of the prompt, or of the style, in standard
    # deviations of the style; nothing if the model knows no norms.
    distance: float | None
    # How often the block of one bar, and of two, sounds that sounds most often.
    returns: tuple[int, ...]
    # Whether that is more often than in 99 of 100 real pieces as long.
    loops: bool
    # Whether the lowest of its last notes is the tonic.
    ends: bool
    # Notes of the longest stretch that a training piece has too; nothing if the model has no index
    # of them.
    longest_copy: int | None
    # ``"usual"`` for what real pieces share, ``"much"`` or ``"copy"``; empty if that is not known.
    copy: str
    kept: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data, rounded."""
        return {
            name: round(value, 3)
            if isinstance(value, float)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Take:
    """A piece with what led to it."""

    score: Score
    # Gives this piece again: with ``count=1``, or as one of those kept out of as many candidates.
    seed: int
    # Bars, key, style and parts that were planned.
    header: Header
    # What was continued.
    prompt: Prompt | None = None
    # How unlikely the model finds its new notes: bits a note.
    bits: float | None = None
    # Where it was kept out of several.
    scores: Scores | None = None
    # Its place among them by the odds, 1 for the best.
    rank: int = 1
    # The piece in the ticks of the prompt's file, if that was played without a click.
    played: Score | None = None
    # Of all of them, in the order in which they were drawn.
    table: tuple[Scores, ...] = ()
    # Whether its new bars are those of the prompt again, note for note.
    repeats: bool = False
    # Whether its new bars stay on few chords where the prompt had many.
    is_stuck: bool = False

    @property
    def resting(self) -> frozenset[str]:
        """The names of parts that rest where their style says so."""
        return frozenset()

    @property
    def of_style(self) -> tuple[str, ...]:
        """The names of parts that a playing style has laid: they were not drawn, and copy nobody."""
        return ()

    @property
    def written(self) -> Score:
        """What is written to a file."""
        return self.score if self.played is None else self.played

    @property
    def written_end(self) -> int | None:
        """First tick of the new bars in it; nothing for a new piece."""
        if self.prompt is None or self.prompt.played is None:
            return self.prompt.end if self.prompt else None
        return self.prompt.played.tick(self.prompt.end)

    def new_bars(self) -> Score:
        """Return what was added to the prompt, from time 0; a new piece as it is."""
        if self.prompt is None:
            return self.score
        return self.judged().slice_ticks(self.prompt.end, self.score.length)

    def prompt_bars(self) -> Score:
        """Return what was continued of the parts that go on; nothing of a new piece."""
        return self.judged().slice_ticks(0, self.prompt.end if self.prompt else 0)

    def judged(self) -> Score:
        """Return what candidates are ranked by: of a continuation, the parts that go on, with their prompt."""
        if self.prompt is None:
            return self.score
        return self.score.with_parts([self.score.parts[i] for i in self.prompt.sounding])

    def checks(
        self, controls: Controls, facts: Facts | None = None, *, start: int | None = None
    ) -> list[Check]:
        """Hold the piece to controls."""
        asked = replace(controls, bars=self.prompt.new_bars if self.prompt else self.header.bars)
        if start is None:
            start = self.prompt.end if self.prompt else 0
        return check_piece(
            facts or score_facts(self.score), asked, start=start, key=self.header.key
        )

    @property
    def key(self) -> Key:
        """The key that was planned, else the likeliest one of the notes."""
        return self.header.key or infer_key(self.judged())


def with_chords(score: Score, controls: Controls, start: int) -> Score:
    """Let the chords that steer new bars stand over them, as they steer."""
    if not controls.chords:
        return score
    before = [chord for chord in score.chords if chord.tick < start]
    bars = [bar for bar in score.bars if bar.start >= start]
    fresh = chart_changes(controls.chords, bars, score.resolution)
    return replace(score, chords=(*before, *fresh))
