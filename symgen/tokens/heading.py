"""Rows that let the events of a piece be read alone: its parts, meters, keys and tempos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from symgen.music.instruments import program_name
from symgen.music.meter import COMMON_TIME, Meter, meter_of
from symgen.system.errors import ControlError, FormatError
from symgen.tokens.events import BarRun, Events, Header
from symgen.tokens.vocabulary import (
    DURATION,
    FIELDS,
    FORM,
    PART,
    PITCH,
    TIME,
    VELOCITY,
    Vocabulary,
)

__all__ = ["Kinds", "heading", "heading_word", "read_heading", "with_heading"]

Ints = NDArray[np.int64]

Value = TypeVar("Value")

# Row of a heading, and the bar before which it stands.
Placed = tuple[int, list[int]]

_HALF = 7
"""Bits of a field of 128 classes: larger numbers are split into that many and the rest."""
_SHARPS = 7
_MICROSECONDS = 60_000_000
_SLOWEST, _FASTEST = 4, 10_000


@dataclass(frozen=True)
class Kinds:
    """The classes of `time` that say what a row is, of which the last five stand in headings alone."""

    # A row of a heading holds its numbers where a note holds others:
    #
    # part    part: its number; pitch: its program; form: 1 for drums
    # meter   pitch and part: the lower seven bits of the numerator and the rest; form: twice the
    #         power of two of the denominator, plus 1 for a pickup; duration and velocity: the
    #         length of the bar in steps, counted in `duration` classes, 0 where it is as the meter
    #         says
    # key     pitch: 7 plus sharps minus flats; form: 1 for minor
    # tempo   pitch and velocity: the lower seven bits of quarters a minute and the rest
    # pad     nothing: fills a window

    vocabulary: Vocabulary

    @property
    def skip(self) -> int:
        """Time passes."""
        return self.vocabulary.skip

    @property
    def bar(self) -> int:
        """A bar opens."""
        return self.vocabulary.bar

    @property
    def end(self) -> int:
        """The piece ends."""
        return self.vocabulary.end

    @property
    def part(self) -> int:
        """An instrument."""
        return self.end + 1

    @property
    def meter(self) -> int:
        """A meter from the next bar on."""
        return self.end + 2

    @property
    def key(self) -> int:
        """A key signature from the next bar on."""
        return self.end + 3

    @property
    def tempo(self) -> int:
        """A tempo from the next bar on."""
        return self.end + 4

    @property
    def pad(self) -> int:
        """Nothing."""
        return self.end + 5

    @property
    def names(self) -> dict[int, str]:
        """What each class of a row that is no note is called."""
        words = ("skip", "bar", "end", "part", "meter", "key", "tempo", "pad")
        return {getattr(self, word): word for word in words}

    @property
    def used(self) -> dict[str, tuple[int, ...]]:
        """Fields that each kind of row uses, in their order."""
        return {
            "note": (TIME, PART, PITCH, DURATION, VELOCITY),
            "skip": (TIME,),
            "bar": (TIME, FORM),
            "end": (TIME,),
            "part": (TIME, PART, PITCH, FORM),
            "meter": (TIME, PART, PITCH, DURATION, VELOCITY, FORM),
            "key": (TIME, PITCH, FORM),
            "tempo": (TIME, PITCH, VELOCITY),
            "pad": (TIME,),
        }

    def uses(self, time: int) -> NDArray[np.bool_]:
        """Return which fields a row of that class uses."""
        used = np.zeros(len(FIELDS), dtype=bool)
        used[list(self.used[self.names.get(time, "note")])] = True
        return used


# -- writing -----------------------------------------------------------------------------


def with_heading(events: Events, vocabulary: Vocabulary) -> Ints:
    """Return the rows of a piece with those of its heading before the bars that they hold from."""
    fields = events.fields.astype(np.int64)
    lines = np.flatnonzero(fields[:, TIME] == vocabulary.bar)
    placed = list(heading(events.header, vocabulary))
    rows = np.array([row for _, row in placed], dtype=np.int64)
    return np.insert(fields, lines[[bar for bar, _ in placed]], rows, axis=0)


def heading(header: Header, vocabulary: Vocabulary) -> Iterator[Placed]:
    """Yield the rows of a heading in order, each with the index of the bar before which it stands."""
    kinds = Kinds(vocabulary)
    for number, (program, drums) in enumerate(zip(header.programs, header.drums, strict=True)):
        yield 0, _row(kinds.part, part=number, pitch=program, form=int(drums))
    found = [*_meters(header, kinds), *_keys(header, kinds), *_tempos(header, kinds)]
    yield from sorted(found, key=lambda placed: placed[0])  # of one bar in this order


def _row(
    time: int, *, part: int = 0, pitch: int = 0, duration: int = 0, velocity: int = 0, form: int = 0
) -> list[int]:
    return [time, part, pitch, duration, velocity, form]


def _meters(header: Header, kinds: Kinds) -> Iterator[Placed]:
    grid, bar = kinds.vocabulary.grid, 0
    for number, run in enumerate(header.runs):
        pickup = header.pickup and number == 0
        meter = run.meter
        if pickup:
            meter = header.pickup_meter or meter_of(Fraction(run.steps, grid))
        steps = 0 if meter.quarters * grid == run.steps else run.steps
        high, low = divmod(steps, kinds.vocabulary.sizes[DURATION])
        yield (
            bar,
            _row(
                kinds.meter,
                part=meter.numerator >> _HALF,
                pitch=meter.numerator % (1 << _HALF),
                duration=low,
                velocity=high,
                form=2 * (meter.denominator.bit_length() - 1) + int(pickup),
            ),
        )
        bar += run.count


def _keys(header: Header, kinds: Kinds) -> Iterator[Placed]:
    values = [(step, (sharps, minor)) for step, sharps, minor in header.signatures]
    for bar, (sharps, minor) in _at_bars(values, header):
        yield bar, _row(kinds.key, pitch=_SHARPS + sharps, form=int(minor))


def _tempos(header: Header, kinds: Kinds) -> Iterator[Placed]:
    values = [(step, round(_MICROSECONDS / value)) for step, value in header.tempos]
    for bar, bpm in _at_bars(values, header):
        yield bar, _row(kinds.tempo, pitch=bpm % (1 << _HALF), velocity=bpm >> _HALF)


def _at_bars(changes: Sequence[tuple[int, Value]], header: Header) -> list[tuple[int, Value]]:
    """Move changes to the nearest bar lines; of several at one the last stays."""
    starts = header.bar_starts[:-1]
    found: dict[int, Value] = {}
    for step, value in changes:
        found[int(np.abs(starts - step).argmin())] = value
    return sorted(found.items())


# -- reading -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bar:
    """How long a bar is."""

    meter: Meter
    steps: int
    pickup: bool = False


def read_heading(rows: Ints, vocabulary: Vocabulary, *, strict: bool = True) -> Events:
    """Return the events of rows with a heading, or with some of it: 4/4, piano and 120 where nothing is said."""
    # Unless `strict`, rows that make no sense where they stand are left out.
    kinds = Kinds(vocabulary)
    ends = np.flatnonzero(rows[:, TIME] == kinds.end)
    rows = rows[: ends[0]] if len(ends) else rows
    if not (rows[:, TIME] == kinds.bar).any():
        raise FormatError("these tokens hold no bar; the first row of the music must open one")
    faults = dict(_faults(rows, kinds))
    if strict:
        for index, why in faults.items():
            raise FormatError(f"token {index}: {why}; strict=False leaves such rows out")
    rows = np.delete(rows, list(faults), axis=0)
    time = rows[:, TIME]
    is_event = time <= kinds.bar
    before = np.cumsum(time == kinds.bar)
    said = [(kinds.names[row[TIME]], int(bar), row) for row, bar in _said(rows, before, is_event)]
    bars = _bar_lengths(said, int(before[-1]), vocabulary)
    events = rows[is_event].astype(np.uint8)
    last = [kinds.end, 0, 0, 0, 0, 0]
    events = np.concatenate([events, np.array([last], dtype=np.uint8)])
    return Events(events, _header(said, bars, events, vocabulary))


def _faults(rows: Ints, kinds: Kinds) -> Iterator[tuple[int, str]]:
    """Yield the rows that make no sense where they stand, and why."""
    time = rows[:, TIME]
    first = int((time == kinds.bar).argmax())
    for index in np.flatnonzero(time[:first] < kinds.bar).tolist():
        yield index, "a note or a skip before the first bar"
    for index in np.flatnonzero(time == kinds.meter).tolist():
        if why := _meter_fault(rows[index].tolist(), kinds.vocabulary):
            yield index, why


def _meter_fault(row: list[int], vocabulary: Vocabulary) -> str:
    try:
        _read_meter(row, vocabulary)
    except (ControlError, FormatError) as error:
        return str(error)
    return ""


def _said(rows: Ints, before: Ints, is_event: NDArray[np.bool_]) -> Iterator[tuple[list[int], int]]:
    """Yield the rows of the heading, each with the bar before which it stands."""
    for index in np.flatnonzero(~is_event).tolist():
        yield rows[index].tolist(), int(before[index])


def _bar_lengths(
    said: Sequence[tuple[str, int, list[int]]], count: int, vocabulary: Vocabulary
) -> list[_Bar]:
    changes = {bar: _read_meter(row, vocabulary) for kind, bar, row in said if kind == "meter"}
    now = _Bar(COMMON_TIME, 4 * vocabulary.grid)
    found = []
    for bar in range(count):
        now = changes.get(bar, replace(now, pickup=False))
        found.append(now)
    return found


def _read_meter(row: list[int], vocabulary: Vocabulary) -> _Bar:
    numerator = (row[PART] << _HALF) + row[PITCH]
    power, pickup = divmod(row[FORM], 2)
    meter = Meter(numerator, 1 << power)
    steps = row[VELOCITY] * vocabulary.sizes[DURATION] + row[DURATION]
    usual = meter.quarters * vocabulary.grid
    if not steps and (usual.denominator != 1 or not usual):
        raise FormatError(
            f"tokens of a meter {meter}: its bar is no whole number of steps, of which a quarter has {vocabulary.grid}"
        )
    return _Bar(meter, steps or int(usual), bool(pickup))


def _header(
    said: Sequence[tuple[str, int, list[int]]],
    bars: list[_Bar],
    events: NDArray[np.uint8],
    vocabulary: Vocabulary,
) -> Header:
    pickup = bars[0].pickup and len(bars) > 1
    written = bars[0].meter
    if pickup:
        bars = [replace(bars[0], meter=bars[1].meter), *bars[1:]]
    runs = [
        BarRun(len(list(same)), bar.meter, bar.steps)
        for bar, same in groupby(bars, key=lambda bar: replace(bar, pickup=bar.pickup and pickup))
    ]
    instruments = {row[PART]: row for kind, _, row in said if kind == "part"}
    played = events[events[:, TIME] < vocabulary.skip, PART]
    count = max([int(played.max(initial=0)), *instruments]) + 1
    rows = [instruments.get(number, [0] * len(FIELDS)) for number in range(count)]
    header = Header(
        tuple(runs),
        pickup=pickup,
        pickup_meter=written if pickup else None,
        programs=tuple(row[PITCH] for row in rows),
        drums=tuple(bool(row[FORM]) for row in rows),
        names=("",) * count,
    )
    starts = header.bar_starts
    tempos = [(int(starts[bar]), _tempo(row)) for kind, bar, row in said if kind == "tempo"]
    keys = [(int(starts[bar]), _key(row)) for kind, bar, row in said if kind == "key"]
    return replace(
        header,
        tempos=tuple(tempos) or header.tempos,
        signatures=tuple((step, *key) for step, key in keys),
    )


def _tempo(row: list[int]) -> int:
    bpm = (row[VELOCITY] << _HALF) + row[PITCH]
    return round(_MICROSECONDS / min(max(bpm, _SLOWEST), _FASTEST))


def _key(row: list[int]) -> tuple[int, bool]:
    return min(max(row[PITCH] - _SHARPS, -_SHARPS), _SHARPS), bool(row[FORM])


# -- in words ----------------------------------------------------------------------------


def heading_word(kind: str, row: list[int], vocabulary: Vocabulary) -> str:
    """Say what a row of a heading says."""
    if kind == "part":
        return f"part {row[PART]}: {'drums' if row[FORM] else program_name(row[PITCH])}"
    if kind == "meter":
        bar = _read_meter(row, vocabulary)
        word = f"meter {bar.meter}" + (", a pickup" if bar.pickup else "")
        usual = bar.meter.quarters * vocabulary.grid
        return word if bar.steps == usual else f"{word}, a bar of {bar.steps} steps"
    if kind == "key":
        sharps, minor = _key(row)
        mode, count = "minor" if minor else "major", abs(sharps)
        return f"key of {count} {'flats' if sharps < 0 else 'sharps'}, {mode}"
    if kind == "tempo":
        return f"tempo {(row[VELOCITY] << _HALF) + row[PITCH]}"
    return kind
