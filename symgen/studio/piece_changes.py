"""Title, tempo, bars, key and meter of a piece: what can be changed without harm to its notes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgen.music.meter import Meter
from symgen.music.score import FASTEST, SLOWEST, KeyChange, MeterChange, TempoChange
from symgen.music.theory import Key
from symgen.studio.document import Document, Head
from symgen.studio.op_reading import Op
from symgen.system.errors import ControlError

__all__ = ["changed_piece"]


def changed_piece(document: Document, op: Op) -> tuple[Head, int | None]:
    """Return the head of a piece after a change, and the tick at which its notes are to end, if they are cut.

    Raises
    ------
    ControlError
        If the change would do harm: the line says which, and what to do instead.
    """
    head, end = document.head, None
    if "title" in op:
        head = replace(head, title=op["title"])
    if "tempo" in op:
        head = replace(head, tempos=_with_tempo(head.tempos, op["tempo"]))
    if "key" in op:
        head = _with_key(head, Key.parse(op["key"]))
    if "meter" in op:
        head = _with_meter(document, head, Meter.parse(op["meter"]))
    if "bars" in op:
        length = _end_of_bars(replace(document, head=head), op["bars"])
        end = length if length < document.length else None
        head = _until(head, length)
    return head, end


def _with_tempo(tempos: tuple[TempoChange, ...], bpm: float) -> tuple[TempoChange, ...]:
    """Let the piece begin at a tempo; those that follow keep their ratios to it."""
    first = TempoChange.of_bpm(0, bpm)
    factor = Fraction(first.microseconds, tempos[0].microseconds)
    found = [first]
    for change in tempos[1:]:
        microseconds = round(change.microseconds * factor)
        if not FASTEST <= microseconds <= SLOWEST:
            raise ControlError(
                f"tempo {bpm:g}: a tempo that follows would leave 4..10000 quarters a minute; "
                "choose one that is nearer to the present one"
            )
        found.append(TempoChange(change.tick, microseconds))
    return tuple(found)


def _with_key(head: Head, key: Key) -> Head:
    """Write another signature over the piece; its notes stay."""
    if len(head.keys) > 1:
        raise ControlError(
            f"key {key}: the piece has {len(head.keys)} key signatures, and one cannot stand for all; "
            "change them in a notation program"
        )
    return replace(head, keys=(KeyChange(0, key.sharps, key.minor),), key=key)


def _with_meter(document: Document, head: Head, meter: Meter) -> Head:
    """Set the meter of a piece that has no notes yet, or one whose bars are as long."""
    old = head.meters[0].meter
    if len(head.meters) > 1:
        raise ControlError(
            f"meter {meter}: the piece has {len(head.meters)} meters, and its bar lines would move; "
            "change them in a notation program"
        )
    if meter.quarters == old.quarters:
        return replace(head, meters=(MeterChange(0, meter),))
    if document.note_count:
        raise ControlError(
            f"meter {meter}: notes written in bars of {old} would fall across the bar lines; "
            f"choose one with bars as long as {old}, or set it while the piece is empty"
        )
    if (meter.quarters * head.resolution).denominator != 1:
        raise ControlError(
            f"meter {meter}: its bars are no whole number of ticks here; choose another one"
        )
    length = len(document.bars) * meter.bar_ticks(head.resolution)
    return replace(head, meters=(MeterChange(0, meter),), length=length)


def _end_of_bars(document: Document, bars: int) -> int:
    """Return the tick at which a number of bars ends, a pickup not counted."""
    laid = document.bars
    full = [bar for bar in laid if bar.number > 0]
    if bars <= len(full):
        return full[bars - 1].end
    last = document.head.meters[-1]
    step = max(1, round(last.meter.quarters * document.head.resolution))
    start = full[-1].end if full else last.tick
    return start + (bars - len(full)) * step


def _until(head: Head, length: int) -> Head:
    """Let a piece end at a tick: what would hold from there on goes."""
    fields: tuple[str, ...] = ("tempos", "meters", "keys", "chords")
    kept: dict[str, Any] = {
        name: tuple(each for each in getattr(head, name) if each.tick == 0 or each.tick < length)
        for name in fields
    }
    return replace(head, length=length, **kept)
