"""Pinned notes: which notes of a piece stay exactly as they are, named by place and pitch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from heapq import nsmallest

from symgen.music.meter import Bar
from symgen.music.roles import find_parts
from symgen.music.score import Note, Score
from symgen.music.theory import parse_pitch, pitch_name
from symgen.system.errors import ControlError

__all__ = ["Pin", "Pins", "find_pins", "pinned_score", "place_text"]

_FORMS = "6 (a bar), 5.1 (a beat), 5.2.5 (beat 2 and a half), 5.1-5.3, 5.1:C5, 5.1:C5@bass"
_POINT = r"(\d+)(?:\.(\d+)(\.\d+)?)?"
_PLACE = re.compile(rf"{_POINT}(?:\s*-\s*{_POINT})?(?:\s*:\s*([^@:]+?))?(?:\s*@\s*(.+))?")
# Who plays strikes some notes a little early: less than this share of a quarter before a place they
# belong to it.
_EARLY = 12
# So far from a point within a beat a note of it begins, as a share of a quarter.
_NEAR = 12
# So many notes are named where a place names none.
_TOLD = 3


@dataclass(frozen=True, order=True)
class Pin:
    """A note that stays exactly as it is.

    Parameters
    ----------
    part : int
        1 for the first part.
    onset : int
        First tick, in the ticks of the tune.
    pitch : int
        MIDI number, 0..127.
    """

    part: int
    onset: int
    pitch: int


Pins = str | Pin | Iterable[str | Pin]
"""Places such as ``"5.1:C5,6"``, or a sequence of such places and of `Pin`."""


def find_pins(pins: Pins | None, score: Score) -> tuple[Pin, ...]:
    """Return which notes of a piece are meant.

    Parameters
    ----------
    pins : str, or iterable of str and Pin
        A place is ``"6"`` (what begins in the bar), ``"5.1"`` (in the first beat of bar 5), ``"5.2.5"`` (at beat two
        and a half) or ``"5.1-5.3"`` (from one through another), and may go on with a pitch, ``":C5"``, and with a
        part by number, name or role, ``"@bass"``. Several in one text are parted by commas.
    score : Score

    Returns
    -------
    tuple of Pin
        Each one names a note or more; sorted, none twice.

    Raises
    ------
    ControlError
        If a place is written otherwise, or names no note.
    """
    found: set[Pin] = set()
    for each in _each(pins):
        found.update(_named(each, score) if isinstance(each, str) else (_checked(each, score),))
    return tuple(sorted(found))


def pinned_score(score: Score, pins: Iterable[Pin]) -> Score:
    """Return the pinned notes of a score alone."""
    wanted = set(pins)
    return score.with_parts([
        part.with_notes(note for note in part.notes if Pin(number, note.onset, note.pitch) in wanted)
        for number, part in enumerate(score.parts, 1)
    ])  # fmt: skip


def _each(pins: Pins | None) -> list[str | Pin]:
    if pins is None:
        return []
    try:
        given = [pins] if isinstance(pins, str | Pin) else list(pins)
    except TypeError:
        raise ControlError(f"pins {pins!r:.40}: write places such as {_FORMS}") from None
    found: list[str | Pin] = []
    for one in given:
        if isinstance(one, Pin):
            found.append(one)
        elif isinstance(one, str):
            found += [word.strip() for word in one.split(",") if word.strip()]
        else:
            raise ControlError(f"pin {one!r:.40}: give a Pin, or a place such as {_FORMS}")
    return found


def _checked(pin: Pin, score: Score) -> Pin:
    if not 1 <= pin.part <= len(score.parts):
        raise ControlError(f"pin {pin}: the tune has parts 1..{len(score.parts)}")
    notes = score.parts[pin.part - 1].notes
    if not any((note.onset, note.pitch) == (pin.onset, pin.pitch) for note in notes):
        places = _nearest(score, [pin.part - 1], pin.onset, pin.pitch)
        raise ControlError(f"pin {pin}: there is no such note; {places}")
    return pin


def _named(place: str, score: Score) -> list[Pin]:
    """Return the notes that a place names."""
    match = _PLACE.fullmatch(place.strip())
    if match is None:
        raise ControlError(f"pin {place!r}: write a place such as {_FORMS}")
    first, last, (pitch, owner) = match.group(1, 2, 3), match.group(4, 5, 6), match.group(7, 8)
    start, stop = _span(first, place, score)
    if last[0]:
        stop = _span(last, place, score)[1]
    wanted = None if pitch is None else parse_pitch(pitch)
    parts = range(len(score.parts)) if owner is None else find_parts(owner, score)
    found = [
        Pin(i + 1, note.onset, note.pitch)
        for i in parts
        for note in score.parts[i].notes
        if start <= note.onset < stop and wanted in (None, note.pitch)
    ]
    if not found:
        around = _nearest(score, parts, start, wanted)
        raise ControlError(f"pin {place!r}: no such note begins there; {around}")
    return found


def _span(point: tuple[str | None, ...], place: str, score: Score) -> tuple[Fraction, Fraction]:
    """Return from which tick on and before which one notes of a point begin."""
    number, beat, part = point
    bars = {bar.number: bar for bar in score.bars}
    bar = bars.get(int(number or 0))
    if bar is None:
        raise ControlError(f"pin {place!r}: the tune has bars {min(bars)}-{max(bars)}")
    early = Fraction(score.resolution, _EARLY)
    if beat is None:
        # The last note before the first bar line can be no one's.
        return (bar.start - early if bar.start else Fraction(0)), bar.end - early
    length = bar.meter.beat_quarters * score.resolution
    beats = -(-bar.length // length)
    if not 1 <= int(beat) <= beats:
        raise ControlError(f"pin {place!r}: bar {bar.number} has beats 1-{beats}")
    start = bar.start + (int(beat) - 1) * length
    if part:
        start, near = start + Fraction(f"0{part}") * length, Fraction(score.resolution, _NEAR)
        return start - near / 2, start + near / 2
    return start - early, min(start + length, Fraction(bar.end)) - early


def _nearest(score: Score, parts: Iterable[int], tick: Fraction | int, pitch: int | None) -> str:
    """Name the notes that are nearest to a tick, of those of a pitch before others."""
    notes = [(i, note) for i in parts for note in score.parts[i].notes]

    def far(each: tuple[int, Note]) -> tuple[float, int, int]:
        i, note = each
        return float(abs(note.onset - tick)), i, 0 if pitch is None else abs(note.pitch - pitch)

    near = sorted(nsmallest(_TOLD, notes, key=far), key=lambda each: (each[1].onset, each[0]))
    if not near:
        return "there are no notes at all"
    several = sum(bool(part.notes) for part in score.parts) > 1
    told = (place_text(note, score) + f"@{i + 1}" * several for i, note in near)
    return f"near are {', '.join(told)}"


def place_text(note: Note, score: Score) -> str:
    """Name a note as a pin does: ``"5.1:C5"``."""
    bars = score.bars
    slack = score.resolution / (2 * _NEAR)
    bar = next((bar for bar in bars if note.onset + slack < bar.end), bars[-1])
    beat = _beat_text(max(bar.start, note.onset), bar, score.resolution)
    return f"{bar.number}.{beat}:{pitch_name(note.pitch)}"


def _beat_text(tick: int, bar: Bar, resolution: int) -> str:
    beats = (tick - bar.start) / (float(bar.meter.beat_quarters) * resolution)
    return f"{beats + 1:.2f}".rstrip("0").rstrip(".")
