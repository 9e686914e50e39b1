"""Checks of a written piece: each control beside what was found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from symgen.music.constraints import Form
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.music.instruments import program_name
from symgen.music.laid_charts import chart_places
from symgen.music.meter import Bar, Meter
from symgen.music.theory import Chord, Key, pitch_name
from symgen.verification.facts import BarFact, Facts, NoteFact, most_sounding

__all__ = ["FILTERED", "HARD", "Check", "check_piece"]

FILTERED = tuple(row.name for row in CONTROLS.values() if row.filtered)
"""Those that are held by filters on what is drawn; the others by how a piece is laid out."""

HARD = tuple(row.name for row in CONTROLS.values() if row.effect == "holds")
"""Controls that hold without exception; the others steer."""

_STEERED = 0.8
_LED = 0.5
_CLOSE = 0.01
_QUARTER = 4
_SEVERAL = 2
_VARIED = 0.4
"""Sections that share so much are one and its variation."""

_Placed = tuple[int, int, int, int]


@dataclass(frozen=True)
class Check:
    """One control."""

    name: str
    # Plain data
    asked: Any
    found: Any
    met: bool

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {"asked": self.asked, "found": self.found, "met": self.met}


@dataclass(frozen=True)
class _New:
    """What is new in a piece: its notes and bars behind a tick."""

    facts: Facts
    notes: tuple[NoteFact, ...]
    bars: tuple[BarFact, ...]
    start: int
    key: Key | None

    @property
    def pitched(self) -> list[NoteFact]:
        """The notes that are no drums."""
        return [note for note in self.notes if note.program >= 0]


def check_piece(
    facts: Facts, controls: Controls, *, start: int = 0, key: Key | None = None
) -> list[Check]:
    """Hold a written piece to the controls that were asked for."""
    notes = tuple(note for note in facts.notes if note.onset >= start)
    bars = tuple(bar for bar in facts.bars if bar.end > start)
    new = _New(facts, notes, bars, start, controls.key or key)
    given = controls.given()
    return [check for name in _CHECKS if name in given for check in _CHECKS[name](new, controls)]


def _bars(new: _New, controls: Controls) -> Iterator[Check]:
    count = len(new.bars)
    yield Check("bars", controls.bars, count, count == controls.bars and _inside(new))


def _inside(new: _New) -> bool:
    """Whether notes sound in the last bar, and none beyond it."""
    end = max((note.end for note in new.notes), default=0)
    return bool(new.bars) and new.bars[-1].start < end <= new.bars[-1].end


def _meter(new: _New, controls: Controls) -> Iterator[Check]:
    found = [Meter(bar.numerator, bar.denominator) for bar in new.bars]
    asked = [controls.steady_meter for _ in found]
    if controls.meter_plan:
        asked = [meter for count, meter in controls.meter_plan.runs for _ in range(count)]
    runs = [(len(list(bars)), meter) for meter, bars in groupby(found)]
    text = ",".join(f"{count}x{meter}" for count, meter in runs)
    if len(runs) == 1:
        text = str(found[0])
    yield Check("meter", str(controls.meter), text, found == asked and bool(found))


def _foreign(new: _New) -> list[int]:
    """Return the pitches outside the scale of the key."""
    scale = new.key.scale if new.key else frozenset(range(12))
    return [note.pitch for note in new.pitched if note.pitch % 12 not in scale]


def _key(new: _New, controls: Controls) -> Iterator[Check]:
    outside = len(_foreign(new)) / max(1, len(new.pitched))
    inside = round(1 - outside, 3)
    yield Check("key", str(controls.key), {"notes in the scale": inside}, inside >= _STEERED)


def _strict_key(new: _New, controls: Controls) -> Iterator[Check]:  # noqa: ARG001
    names = sorted({pitch_name(pitch) for pitch in _foreign(new)})
    yield Check("strict_key", str(new.key), {"outside": names}, new.key is not None and not names)


def _range(new: _New, controls: Controls) -> Iterator[Check]:
    asked = controls.range
    if asked is None:
        return
    pitches = sorted(note.pitch for note in new.pitched)
    found = f"{pitch_name(pitches[0])}-{pitch_name(pitches[-1])}" if pitches else "none"
    met = all(asked.low <= pitch <= asked.high for pitch in pitches)
    yield Check("range", str(asked), found, met)


def _polyphony(new: _New, controls: Controls) -> Iterator[Check]:
    most = most_sounding([(note.onset, note.end) for note in new.facts.notes], new.start)
    asked = controls.max_polyphony or 0
    yield Check("max_polyphony", asked, most, most <= asked)


def _grid(new: _New, controls: Controls) -> Iterator[Check]:
    grid = controls.grid
    if grid is None:
        return
    units = [unit * new.facts.resolution for unit in grid.units]
    # Where the ticks of the file do not divide a unit, times are rounded by a tick at most.
    slack = 0 if all(unit.denominator == 1 for unit in units) else 1
    off = 0
    for note in new.notes:
        long_enough = note.end - note.onset >= min(units) - slack
        edges = [_on_grid(new, tick, units, slack) for tick in (note.onset, note.end)]
        off += not (long_enough and all(edges))
    yield Check("grid", str(grid), {"off the grid": off}, off == 0)


def _on_grid(new: _New, tick: int, units: Sequence[Fraction], slack: int) -> bool:
    bar = new.facts.bar_of(tick)
    if tick == bar.end:
        return True
    place = tick - bar.start
    # Triplets stand three in two units, if the bar has room for all three.
    group = 2 * units[0]
    has_room = (place // group + 1) * group <= bar.end - bar.start
    fitting = units if has_room else units[:1]
    return any(abs(place - round(place / unit) * unit) <= slack for unit in fitting)


def _density(new: _New, controls: Controls) -> Iterator[Check]:
    asked = controls.density
    if asked is None:
        return
    counts = [sum(bar.start <= note.onset < bar.end for note in new.notes) for bar in new.bars]
    if controls.end:
        # A bar that closes may hold one long note: it is not counted, nor are its returns.
        own = _own_bars(controls.form or Form.parse("A"), len(counts))
        counts = [count for count, bar in zip(counts, own, strict=True) if bar != own[-1]]
    found = f"{min(counts)}-{max(counts)}" if counts else "none"
    met = all(asked.low <= count <= asked.high for count in counts)
    yield Check("density", str(asked), found, met)


def _own_bars(form: Form, count: int) -> list[int]:
    """Name for each bar the one that it returns literally, or itself."""
    own = []
    for bar in range(count):
        source = form.bar_source(bar, count)
        own.append(bar if source is None or source[1] else source[0])
    return own


def _chords(new: _New, controls: Controls) -> Iterator[Check]:
    if controls.chords is None:
        return
    bars = [
        Bar(number, bar.start, bar.end, Meter(bar.numerator, bar.denominator))
        for number, bar in enumerate(new.bars)
    ]
    placed = chart_places(controls.chords, bars, new.facts.resolution)
    starts = [tick for tick, _ in placed]
    ticks = {bar.start + tick for bar in new.bars for tick in _strong_ticks(bar)} | set(starts)
    strong = right = 0
    for note in new.pitched:
        chord = placed[max(0, bisect_right(starts, note.onset) - 1)][1]
        if note.onset in ticks and chord:
            strong += 1
            right += note.pitch % 12 in chord.tones
    share = round(right / strong, 3) if strong else 1.0
    found, asked = {"chord tones on strong beats": share}, str(controls.chords)
    held = right == strong
    basses = list(_basses(new, placed))
    if basses:
        found["basses after slashes"] = round(sum(basses) / len(basses), 3)
        held = held and all(basses)
    yield Check("chords", asked, found, share >= _LED)
    if controls.strict_chords:
        yield Check("strict_chords", asked, found, held)


def _basses(new: _New, placed: Sequence[tuple[int, Chord | None]]) -> Iterator[bool]:
    """Yield whether the lowest note is the bass where chords with one after a slash begin, if parts sound together."""
    if len({note.part for note in new.pitched}) < _SEVERAL:
        return
    for tick, chord in placed:
        if chord and chord.names_bass:
            sounding = [note.pitch for note in new.pitched if note.onset <= tick < note.end]
            yield not sounding or min(sounding) % 12 == chord.bass


def _is_compound(bar: BarFact) -> bool:
    return bar.numerator > 3 and bar.numerator % 3 == 0 and bar.denominator >= 8


def _strong_ticks(bar: BarFact) -> set[int]:
    """Return the first beat, and the middle one of four or more if their number is even."""
    beats = bar.numerator // 3 if _is_compound(bar) else bar.numerator
    return {0, (bar.end - bar.start) // 2} if beats >= 4 and beats % 2 == 0 else {0}


def _form(new: _New, controls: Controls) -> Iterator[Check]:
    asked = controls.form
    if asked is None:
        return
    length = len(new.bars) // len(asked.sections)
    names: list[str] = []
    firsts: dict[str, list[_Placed]] = {}
    for number in range(len(asked.sections)):
        notes = _section(new, number * length, length)
        source = asked.source(number)
        same = [name for name, first in firsts.items() if first == notes]
        if same:
            names.append(same[0])
        elif source is not None and _alike(notes, firsts[names[source]]) >= _VARIED:
            names.append(f"{names[source]}'")
        else:
            names.append(chr(ord("A") + len(firsts)))
            firsts[names[-1]] = notes
    found = "".join(names)
    yield Check("form", str(asked), found, found == _normal(asked))


def _section(new: _New, first: int, count: int) -> list[_Placed]:
    """Return part, place in the section, pitch and length of the notes of some bars."""
    bars = new.bars[first : first + count]
    start, end = bars[0].start, bars[-1].end
    notes = [note for note in new.notes if start <= note.onset < end]
    return sorted((n.part, n.onset - start, n.pitch, n.end - n.onset) for n in notes)


def _alike(one: list[_Placed], other: list[_Placed]) -> float:
    """Mean share of the notes of two sections that agree in part and place, and in pitch too."""
    shares = []
    for columns in (2, 3):
        first, second = ({note[:columns] for note in notes} for notes in (one, other))
        shares.append(len(first & second) / max(1, len(first), len(second)))
    return sum(shares) / len(shares)


def _normal(form: Form) -> str:
    """Name the letters of a form in the order in which they come."""
    order = list(dict.fromkeys(letter for letter, _ in form.sections))
    names = ""
    for letter, varied in form.sections:
        names += chr(ord("A") + order.index(letter)) + "'" * varied
    return names


def _end(new: _New, controls: Controls) -> Iterator[Check]:  # noqa: ARG001
    if new.key is None or not new.bars:
        return
    last = new.bars[-1]
    stop = max((note.end for note in new.pitched), default=0)
    closing = [note for note in new.pitched if note.end == stop]
    lowest = min((note.pitch for note in closing), default=0)
    places = {last.start + tick for tick in _closing_ticks(last, new.facts.resolution)}
    strong = any(note.pitch == lowest and note.onset in places for note in closing)
    on_tonic = bool(closing) and lowest % 12 == new.key.tonic
    asked = f"{str(new.key).split()[0]} on a strong beat, held to the end"
    found = pitch_name(lowest) + ("" if strong else ", not on a strong beat")
    yield Check("end", asked, found, on_tonic and strong and stop == last.end)


def _closing_ticks(bar: BarFact, resolution: int) -> set[int]:
    """Strong beats from which a note of eight quarters at most lasts to the bar line; else the first beat that does."""
    length, longest = bar.end - bar.start, 8 * resolution
    found = {tick for tick in _strong_ticks(bar) if length - tick <= longest}
    if found:
        return found
    beat = max(1, resolution * (12 if _is_compound(bar) else 4) // bar.denominator)
    return {next(tick for tick in range(0, length, beat) if length - tick <= longest)}


def _swing(new: _New, controls: Controls) -> Iterator[Check]:
    asked, ticks = controls.swing or 0.5, new.facts.resolution
    halves = []
    for note in new.notes:
        bar = new.facts.bar_of(note.onset)
        # Only beats of a quarter swing; counted from the next bar line, which a pickup keeps too.
        if bar.denominator <= _QUARTER:
            halves.append((note.onset - bar.end) % ticks / ticks)
    swung = sum(abs(half - asked) < _CLOSE for half in halves)
    straight = sum(abs(half - 0.5) < _CLOSE for half in halves)
    found = {"off-beats there": swung, "straight off-beats": straight}
    yield Check("swing", asked, found, asked == 0.5 or not straight)


def _tempo(new: _New, controls: Controls) -> Iterator[Check]:
    current = [bpm for tick, bpm in new.facts.tempos if tick <= new.start] or [120.0]
    later = [bpm for tick, bpm in new.facts.tempos if tick > new.start]
    found = round(current[-1], 3)
    asked = controls.tempo or 0.0
    yield Check("tempo", asked, found, abs(found - asked) <= 0.001 * asked + 0.01 and not later)


def _programs(new: _New) -> list[int]:
    """Return the programs of the parts that go on."""
    programs = new.facts.programs
    playing = sorted({note.part for note in new.notes}) if new.start else range(len(programs))
    return [programs[part] for part in playing]


def _instrument(new: _New, controls: Controls) -> Iterator[Check]:
    asked, found = controls.instrument or 0, _programs(new)
    met = all(program in (asked, -1) for program in found)
    yield Check("instrument", program_name(asked), _names(found), met)


def _instruments(new: _New, controls: Controls) -> Iterator[Check]:
    asked, found = list(controls.instruments or ()), _programs(new)
    yield Check("instruments", _names(asked), _names(found), asked == found)


def _names(programs: Sequence[int]) -> list[str]:
    return [program_name(program) if program >= 0 else "drums" for program in programs]


_CHECKS: dict[str, Callable[[_New, Controls], Iterator[Check]]] = {
    "bars": _bars,
    "meter": _meter,
    "key": _key,
    "strict_key": _strict_key,
    "range": _range,
    "max_polyphony": _polyphony,
    "grid": _grid,
    "density": _density,
    "chords": _chords,
    "form": _form,
    "end": _end,
    "swing": _swing,
    "tempo": _tempo,
    "instrument": _instrument,
    "instruments": _instruments,
}
