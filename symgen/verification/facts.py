"""What stands in a written piece: notes, meters, tempos and instruments."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from symgen.formats import Limits, load_score
from symgen.music.score import Score
from symgen.system.errors import FormatError
from symgen.system.files import PathLike

__all__ = ["BarFact", "Facts", "NoteFact", "read_facts", "score_facts"]

_ANY = replace(Limits(*[2**62] * len(fields(Limits))), bytes=2**28)
"""What was written is as long as it is."""


class NoteFact(NamedTuple):
    """A note: onset and end in ticks, pitch, and the part and program that play it (-1: drums)."""

    onset: int
    end: int
    pitch: int
    part: int
    program: int


class BarFact(NamedTuple):
    """A bar: first tick, first tick after it, and its meter."""

    start: int
    end: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Facts:
    """A written piece."""

    resolution: int  # ticks a quarter
    notes: tuple[NoteFact, ...]  # by onset
    bars: tuple[BarFact, ...]
    tempos: tuple[tuple[int, float], ...]  # tick and quarters a minute
    programs: tuple[int, ...]  # of the parts in the order of the file; -1 for drums

    @property
    def pitched(self) -> tuple[NoteFact, ...]:
        """The notes that are no drums."""
        return tuple(note for note in self.notes if note.program >= 0)

    def bar_of(self, tick: int) -> BarFact:
        """Return the bar in which a tick lies, the last one beyond the end."""
        return self.bars[max(0, bisect_right([bar.start for bar in self.bars], tick) - 1)]


def read_facts(path: PathLike) -> Facts:
    """Read a file that was written."""
    return score_facts(load_score(path, allow_empty=True, limits=_ANY))


def score_facts(score: Score) -> Facts:
    """Return the facts of a score."""
    programs = tuple(-1 if part.is_drum else part.program for part in score.parts)
    notes = sorted(
        NoteFact(note.onset, note.end, note.pitch, number, programs[number])
        for number, part in enumerate(score.parts)
        for note in part.notes
    )
    meters = {
        change.tick: (change.meter.numerator, change.meter.denominator) for change in score.meters
    }
    bars = _bars(meters, score.length, score.resolution)
    tempos = tuple((change.tick, change.bpm) for change in score.tempos)
    return Facts(score.resolution, tuple(notes), bars, tempos, programs)


def _bars(meters: dict[int, tuple[int, int]], end: int, resolution: int) -> tuple[BarFact, ...]:
    bars: list[BarFact] = []
    changes = sorted(({0: (4, 4)} | meters).items())
    for (start, (numerator, denominator)), following in zip(
        changes, [*changes[1:], (end, (0, 0))], strict=True
    ):
        length, tick = 4 * resolution * numerator / denominator, float(start)
        while tick < following[0] - 0.5 and length:
            stop = (
                min(round(tick + length), following[0])
                if following[0] < end
                else round(tick + length)
            )
            bars.append(BarFact(round(tick), stop, numerator, denominator))
            tick += length
    if not bars:
        raise FormatError("the piece has no bars")
    return tuple(bars)
