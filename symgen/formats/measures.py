"""From written measures to a score: repeats, split bars, pickups and ties.

Times are exact fractions of a quarter note until the last step. Nothing here knows
which file the measures came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, pairwise
from math import ceil, lcm
from typing import TypeVar

from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import FormatError

__all__ = [
    "MOST_PASSES",
    "USUAL_VELOCITY",
    "Measure",
    "Sound",
    "build_score",
    "expand_repeats",
    "label_endings",
    "lay_out",
    "merge_ties",
    "meter_of",
    "tempo_of_bpm",
    "with_start",
]

MOST_PASSES = 99
"""Endings beyond it are no music."""
USUAL_VELOCITY = 80
"""Of notes that are written without a level."""

_T = TypeVar("_T")
_FINEST = Fraction(1, 8)  # of a quarter: bars of odd lengths are written in 32nds at most
_COARSE_RESOLUTION = 10080
_MANY = 4
"""Bars without a bar line between them that are told, as the lengths may be wrong."""
_MAX_RESOLUTION = 32767


@dataclass(frozen=True, slots=True)
class Sound:
    """A written note."""

    # quarters; the onset counts from the measure's first beat
    onset: Fraction
    duration: Fraction
    # MIDI numbers, the pitch as it sounds.
    pitch: int
    velocity: int
    # whether a tie leads on to the next note of this pitch, or comes from the last
    tie_start: bool = False
    tie_stop: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What stands between two bar lines, in all parts."""

    # quarters that are filled
    length: Fraction
    # the meter that holds
    meter: Meter
    # one tuple a part
    sounds: tuple[tuple[Sound, ...], ...] = ()
    # ``(offset, value)``; the value that holds at the measure's start comes first
    tempos: tuple[tuple[Fraction, TempoChange], ...] = ()
    keys: tuple[tuple[Fraction, KeyChange], ...] = ()
    # bar lines: repeat signs, and double or final bar lines
    starts_repeat: bool = False
    ends_repeat: bool = False
    ends_section: bool = False
    # the passes in which the measure is played, empty for all
    endings: frozenset[int] = frozenset()
    # chord symbols where they stand
    chords: tuple[tuple[Fraction, str], ...] = ()

    @property
    def note_count(self) -> int:
        """How many notes begin in it: those that are tied on are no notes of their own."""
        return sum(not sound.tie_stop for part in self.sounds for sound in part)


def tempo_of_bpm(bpm: float) -> TempoChange:
    """Return a tempo in quarters a minute, within what MIDI and music have."""
    return TempoChange.of_bpm(0, max(4.0, min(10_000.0, bpm)))


def label_endings(measures: Sequence[Measure]) -> list[Measure]:
    """Let each ending last to the next repeat sign or double bar line, where only its first measure is known."""
    labelled: list[Measure] = []
    running: frozenset[int] = frozenset()
    for measure in measures:
        if measure.endings:
            running = measure.endings
        elif measure.starts_repeat:
            running = frozenset()
        labelled.append(replace(measure, endings=running))
        if measure.ends_repeat or measure.ends_section:
            running = frozenset()
    return labelled


def expand_repeats(
    measures: Sequence[Measure], repeats: str, *, sections_repeat: bool = False, most: int = 100_000
) -> list[int]:
    """Return the indices of the measures in the order in which they are played, at most so many."""
    # ``written`` plays each measure once, of endings the last; ``played`` obeys the repeat signs.
    passes = _passes(measures)
    if repeats == "written":
        return [i for i, m in enumerate(measures) if not m.endings or max(m.endings) >= passes[i]]
    # A repeat sign goes back to the last one that opens, or to the end of the section before. In ABC
    # (`sections_repeat`) a double bar line ends a section; elsewhere it is only a line, unless an
    # ending comes to its end there in the last pass.
    order: list[int] = []
    i, start, current = 0, 0, 1
    while i < len(measures):
        measure = measures[i]
        if measure.starts_repeat and i != start:
            start, current = i, 1
        i += 1
        if measure.endings and current not in measure.endings:
            continue
        order.append(i - 1)
        if len(order) > most:
            raise FormatError(
                f"has more than {most:,} measures, its repeats played; split the piece"
            )
        is_last = current >= passes[i - 1]
        if measure.ends_repeat and not is_last:
            i, current = start, current + 1
            continue
        ends_section = measure.ends_section and (is_last if measure.endings else sections_repeat)
        if measure.ends_repeat or ends_section:
            start, current = i, 1
    return order


def _passes(measures: Sequence[Measure]) -> list[int]:
    """Return for each measure how often its section is played: the number of endings in its group, else 2."""
    passes = [2] * len(measures)
    first, most = 0, 0
    before: frozenset[int] = frozenset()
    for i, measure in enumerate([*measures, Measure(Fraction(0), COMMON_TIME)]):
        here = measure.endings
        # endings count up within a group: one that does not begins the next group
        starts_anew = here and before and here != before and min(here) <= min(before)
        if not here or measure.starts_repeat or starts_anew:
            if before:
                passes[first:i] = [most] * (i - first)
            first, most = i, 0
        if here:
            most = max(most, *here)
        before = here
    return passes


def with_start(changes: list[tuple[Fraction, _T]], value: _T | None) -> list[tuple[Fraction, _T]]:
    """Put the value that holds already at the measure's start, unless it changes there."""
    if value is None or (changes and changes[0][0] == 0):
        return changes
    return [(Fraction(0), value), *changes]


def build_score(
    measures: Sequence[Measure], order: Sequence[int], parts: Sequence[Part]
) -> tuple[Score, tuple[str, ...]]:
    """Join measures into a score, with a line for each bar that does not fill its meter."""
    # Times are exact fractions of a quarter up to here: only the last step rounds to ticks, and only
    # where no resolution that MIDI knows holds them all.
    layout = _lay_out(measures, order)
    played = [(start, measures[i]) for start, i in zip(layout.starts(), order, strict=True)]
    sounds: list[list[tuple[Fraction, Sound]]] = []
    for index in range(len(parts)):
        written = [(start, sound) for start, m in played for sound in m.sounds[index]]
        sounds.append(merge_ties(written))
    problems = list(layout.problems)
    ends = [onset + sound.duration for part in sounds for onset, sound in part]
    length = max([layout.time, *ends])
    tempos = [(start + at, value) for start, m in played for at, value in m.tempos]
    keys = [(start + at, value) for start, m in played for at, value in m.keys]
    chords = [(start + at, name) for start, m in played for at, name in m.chords]
    times = {length, *(start for start, _ in layout.bars)}
    times.update(at for at, _ in tempos)
    times.update(at for at, _ in keys)
    for onset, sound in chain.from_iterable(sounds):
        times |= {onset, sound.duration}
    resolution = _resolution(times, problems)

    def tick(time: Fraction) -> int:
        return round(time * resolution)

    def note(onset: Fraction, sound: Sound) -> Note:
        duration = tick(onset + sound.duration) - tick(onset)
        return Note(tick(onset), sound.pitch, max(1, duration), sound.velocity)

    def part(info: Part, timed: Sequence[tuple[Fraction, Sound]]) -> Part:
        return replace(info, notes=tuple(note(*one) for one in timed))

    score = Score(
        tuple(map(part, parts, sounds)),
        resolution,
        tuple(replace(value, tick=tick(at)) for at, value in tempos),
        tuple(MeterChange(tick(start), meter) for start, meter in layout.bars),
        tuple(replace(value, tick=tick(at)) for at, value in keys),
        tick(length),
        chords=tuple(ChordChange(tick(at), name) for at, name in chords),
    )
    return score, tuple(problems)


def lay_out(measures: Sequence[Measure], order: Sequence[int]) -> list[Fraction]:
    """Return when each measure begins, in quarters, as `build_score` puts them."""
    return _lay_out(measures, order).starts()


def _lay_out(measures: Sequence[Measure], order: Sequence[int]) -> _BarLines:
    jumps = [False]
    for before, after in pairwise(order):
        follows = after == before + 1
        jumps.append(not follows or _is_boundary(measures[before], measures[after]))
    # A section whose end lacks what its pickup has is whole: the two together fill a bar.
    starts = [*order[:1], *(i for i, jump in zip(order, jumps, strict=False) if jump)]
    firsts = (measures[i] for i in starts)
    layout = _BarLines({m.length for m in firsts if m.length < m.meter.quarters})
    for i, jump in zip(order, jumps, strict=False):
        layout.add(measures[i], jump)
    layout.finish()
    return layout


def _is_boundary(before: Measure, after: Measure) -> bool:
    return (
        before.ends_repeat
        or before.ends_section
        or after.starts_repeat
        or before.endings != after.endings
    )


def _resolution(times: Iterable[Fraction], problems: list[str]) -> int:
    needed = lcm(*{time.denominator for time in times})
    for resolution in (lcm(480, needed), needed):
        if resolution <= _MAX_RESOLUTION:
            return resolution
    problems.append(f"times finer than {_COARSE_RESOLUTION} a quarter were rounded")
    return _COARSE_RESOLUTION


def meter_of(length: Fraction, denominator: int) -> Meter | None:
    """Return a meter whose bar has this length in quarters, over this denominator or a finer one up to 32."""
    share = length / 4
    unit = max(share.denominator, denominator)
    numerator = share * unit
    is_power = unit & (unit - 1) == 0
    if not is_power or unit > 32 or numerator.denominator != 1 or numerator > 255:
        return None
    return Meter(int(numerator), unit)


class _BarLines:
    """The bar lines of a piece, built measure by measure."""

    # What stands between two bar lines on paper need not be a bar: a bar is split by a repeat sign,
    # a section ends short by its pickup (one of `openings`), and some are of the wrong length.

    def __init__(self, openings: set[Fraction]) -> None:
        self.time = Fraction(0)
        self.bars: list[tuple[Fraction, Meter]] = []
        self.problems: list[str] = []
        self._starts: list[Fraction] = []
        self._filled = Fraction(0)  # of the bar that is open
        self._meter = Meter(4, 4)
        self._number = 1
        self._openings = openings

    def starts(self) -> list[Fraction]:
        """When each measure begins; the first includes the rest before it."""
        return self._starts

    def add(self, measure: Measure, jump: bool) -> None:
        bar = measure.meter.quarters
        if self._filled and (
            measure.meter != self._meter
            or self._filled + measure.length > bar
            or measure.length >= bar
        ):
            self._close(jump)
        self._meter = measure.meter
        self._starts.append(self.time)
        self.time += measure.length
        self._filled += measure.length
        if self._filled % bar == 0:
            count = int(self._filled / bar)
            if count >= _MANY and len(self._starts) > 1:  # one measure alone has no bar lines
                self._complain()
            self._end_bar(self._meter, count)
        elif self._filled > bar:
            self._odd_bar()

    def finish(self) -> None:
        """End the piece; its last bar may be short."""
        if self._filled:
            self._end_bar(self._meter)

    def _close(self, jump: bool) -> None:
        """Close a bar that no following measure fills."""
        missing = self._meter.quarters - self._filled
        if not self.bars:
            self._pickup()
        elif jump:
            if missing not in self._openings:
                self._complain()
            self.time += missing
            self._filled += missing
            self._end_bar(self._meter)
        else:
            self._odd_bar()

    def _pickup(self) -> None:
        meter = meter_of(self._filled, self._meter.denominator)
        if meter is None:
            length = ceil(self._filled / _FINEST) * _FINEST
            lead = length - self._filled
            self._starts = [start + lead for start in self._starts]
            self.time += lead
            self._filled = length
            meter = meter_of(length, self._meter.denominator)
        self._number = 0
        self._end_bar(meter or self._meter)

    def _odd_bar(self) -> None:
        """Give a bar of the wrong length a meter of its own, filled up to one that can be written."""
        self._complain()
        meter = meter_of(self._filled, self._meter.denominator)
        if meter is None:
            length = ceil(self._filled / _FINEST) * _FINEST
            self.time += length - self._filled
            self._filled = length
            meter = meter_of(length, self._meter.denominator)
        self._end_bar(meter or self._meter)

    def _complain(self) -> None:
        have, want = float(self._filled), float(self._meter.quarters)
        self.problems.append(f"bar {self._number}: {have:g} quarters instead of {want:g}")

    def _end_bar(self, meter: Meter, count: int = 1) -> None:
        self.bars.append((self.time - self._filled, meter))
        self._number += count
        self._filled = Fraction(0)


def merge_ties(sounds: Sequence[tuple[Fraction, Sound]]) -> list[tuple[Fraction, Sound]]:
    """Return ``(onset, sound)`` with tied notes joined where the next one follows at once."""
    merged: list[tuple[Fraction, Sound]] = []
    # by the pitch and the time at which they end: two voices may hold one pitch
    waiting: dict[tuple[int, Fraction], list[int]] = defaultdict(list)
    for start, sound in sorted(sounds, key=lambda timed: timed[0] + timed[1].onset):
        onset = start + sound.onset
        before = waiting[sound.pitch, onset] if sound.tie_stop else []
        if before:
            at = before.pop(0)
            first, whole = merged[at]
            merged[at] = first, replace(whole, duration=whole.duration + sound.duration)
        else:
            at = len(merged)
            merged.append((onset, sound))
        if sound.tie_start:
            waiting[sound.pitch, onset + sound.duration].append(at)
    return merged
