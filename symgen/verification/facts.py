"""What stands in a written piece, and whether each part of a continuation goes on as it was."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from symgen.formats import load_score
from symgen.formats.limits import WRITTEN_LIMITS
from symgen.music.score import Score
from symgen.music.sources import TextDocument
from symgen.music.theory import pitch_name
from symgen.performer.marks import holds_score
from symgen.system.errors import FormatError
from symgen.system.files import PathLike

__all__ = [
    "BarFact",
    "Facts",
    "NoteFact",
    "PartFound",
    "compare_parts",
    "most_sounding",
    "read_facts",
    "score_facts",
]


class NoteFact(NamedTuple):
    """A note: onset and end in ticks, pitch, the part and program that play it (-1: drums), and how loud."""

    onset: int
    end: int
    pitch: int
    part: int
    program: int
    velocity: int


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
    names: tuple[str, ...]  # of the parts
    tells_velocity: bool = True  # ABC does not

    def bar_of(self, tick: int) -> BarFact:
        """Return the bar in which a tick lies, the last one beyond the end."""
        return self.bars[max(0, bisect_right([bar.start for bar in self.bars], tick) - 1)]


def read_facts(file: PathLike | bytes) -> Facts:
    """Read a file that was written, or its bytes; of a performance the score that it holds."""
    score = load_score(file, allow_empty=True, limits=WRITTEN_LIMITS)
    if holds_score(score):
        from symgen.performer.perform import written  # most files are no performances

        score = written(score)
    return replace(score_facts(score), tells_velocity=not isinstance(score.source, TextDocument))


def score_facts(score: Score) -> Facts:
    """Return the facts of a score."""
    programs = tuple(-1 if part.is_drum else part.program for part in score.parts)
    notes = sorted(
        NoteFact(note.onset, note.end, note.pitch, number, programs[number], note.velocity)
        for number, part in enumerate(score.parts)
        for note in part.notes
    )
    meters = {
        change.tick: (change.meter.numerator, change.meter.denominator) for change in score.meters
    }
    bars = _bars(meters, score.length, score.resolution)
    tempos = tuple((change.tick, change.bpm) for change in score.tempos)
    names = tuple(part.name for part in score.parts)
    return Facts(score.resolution, tuple(notes), bars, tempos, programs, names)


def _bars(meters: dict[int, tuple[int, int]], end: int, resolution: int) -> tuple[BarFact, ...]:
    bars: list[BarFact] = []
    changes = sorted(({0: (4, 4)} | meters).items())
    ends = [tick for tick, _ in changes[1:]] + [end]
    for (start, (numerator, denominator)), stop in zip(changes, ends, strict=True):
        length, tick = 4 * resolution * numerator / denominator, float(start)
        while tick < stop - 0.5 and length:
            last = round(tick + length)
            # A change of meter cuts the bar before it; the last bar is whole.
            if stop < end:
                last = min(last, stop)
            bars.append(BarFact(round(tick), last, numerator, denominator))
            tick += length
    if not bars:
        raise FormatError("the piece has no bars")
    return tuple(bars)


_REACH = 7
_NEAR = 24
"""Notes closer than this share of a quarter are struck at once."""


@dataclass(frozen=True)
class PartFound:
    """What one part does in a stretch of a piece."""

    range: tuple[int, int]  # its lowest and its highest pitch
    # Most notes that it strikes, and sounds, at once
    chord: int
    polyphony: int
    notes_per_bar: float
    rests: float  # share of the time in which it is silent
    shortest: float  # its shortest note in quarters

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "range": "-".join(map(pitch_name, self.range)),
            "chord": self.chord,
            "polyphony": self.polyphony,
            "notes_per_bar": round(self.notes_per_bar, 2),
            "rests": round(self.rests, 3),
            "shortest": round(self.shortest, 3),
        }


def compare_parts(facts: Facts, start: int) -> list[dict[str, Any]]:
    """Set what each part does from a tick on beside what it did before."""
    # `start`: first tick of the new bars.
    old_bars = sum(bar.start < start for bar in facts.bars)
    new_bars = len(facts.bars) - old_bars
    end = facts.bars[-1].end
    rows = []
    for part, program in enumerate(facts.programs):
        mine = [note for note in facts.notes if note.part == part]
        before = [note for note in mine if note.onset < start]
        old = _found(before, (0, start), old_bars, facts.resolution)
        if old is None:
            continue
        after = [note for note in mine if note.onset >= start]
        new = _found(after, (start, end), new_bars, facts.resolution)
        row = {
            "part": part + 1,
            "drums": program < 0,
            "prompt": old.to_json(),
            "new": new.to_json() if new else None,
            "met": _met(old, new),
        }
        rows.append(row)
    return rows


def _met(old: PartFound, new: PartFound | None) -> dict[str, bool]:
    if new is None:
        return dict.fromkeys(("range", "chord", "polyphony", "notes_per_bar"), False)
    return {
        "range": old.range[0] - _REACH <= new.range[0] and new.range[1] <= old.range[1] + _REACH,
        "chord": new.chord <= old.chord + 1,
        "polyphony": new.polyphony <= old.polyphony + 1,
        "notes_per_bar": old.notes_per_bar / 2 <= new.notes_per_bar <= 2 * old.notes_per_bar,
    }


def _found(
    notes: Sequence[NoteFact], span: tuple[int, int], bars: int, resolution: int
) -> PartFound | None:
    if not notes:
        return None
    start, end = span
    # Players overlap the notes of a line a little: that is no chord.
    near = max(1, resolution // _NEAR)
    spans = [(note.onset, max(note.onset, note.end - near)) for note in notes]
    struck = Counter(note.onset // near for note in notes)
    pitches = [note.pitch for note in notes]
    sounding = _sounding_ticks(notes, end) / max(1, end - start)
    return PartFound(
        range=(min(pitches), max(pitches)),
        chord=max(struck.values()),
        polyphony=most_sounding(spans),
        notes_per_bar=len(notes) / max(1, bars),
        rests=1 - sounding,
        shortest=min(note.end - note.onset for note in notes) / resolution,
    )


def most_sounding(spans: Sequence[tuple[int, int]], start: int = 0) -> int:
    """Count the most of some spans ``(onset, end)`` that sound at once, from a tick on."""
    marks = [(onset, 1) for onset, _ in spans] + [(end, -1) for _, end in spans]
    sounding = most = 0
    for tick, change in sorted(marks):
        sounding += change
        if tick >= start:
            most = max(most, sounding)
    return most


def _sounding_ticks(notes: Sequence[NoteFact], stop: int) -> int:
    """Return how many ticks any of the notes sounds up to a tick."""
    ticks = reached = 0
    for note in sorted(notes):
        end = min(note.end, stop)
        ticks += max(0, end - max(note.onset, reached))
        reached = max(reached, end)
    return ticks
