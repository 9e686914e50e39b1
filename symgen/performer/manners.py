"""Manners: what a style asks of a player, such as how free the tempo is, and whether the pedal is used."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from symgen.music.lines import hardly_overlap, is_single_line
from symgen.music.score import Part, Score
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean

__all__ = ["KINDS", "Held", "Manner", "manner_names", "manner_of"]

_FILE = Path(__file__).parent / "data" / "manners.json"

KINDS = ("piano", "chamber", "chorale", "folk", "band")
"""The manners that all others are kinds of."""

# Where a band's style is not said.
_USUAL_KIT = "rock"
_KEYBOARDS = frozenset(range(8))
# Organs and choirs, which hold the voices of a chorale.
_VOICES = frozenset((16, 19, 20, *range(52, 55)))
_VOICE_NAME = re.compile(
    r"(soprano|alto|tenor|bass|cantus|discant)( ?\d+)?\.?|[satb]", re.IGNORECASE
)
_FEWEST_VOICES, _MOST_VOICES = 3, 6
# Guitars of nylon and steel, harmonica and accordions, whistle, banjo, bagpipe and fiddle.
_OF_FOLK = frozenset((21, 22, 23, 24, 25, 74, 78, 105, 109, 110))
_MOST_FOLK = 3
# Electric guitars, basses that are plucked, and synthesizers.
_OF_BANDS = frozenset((*range(26, 40), *range(80, 104)))


class Held(NamedTuple):
    """How long notes sound, as a share of their written duration."""

    # Before a note that is up to a whole tone away, farther away, and the same.
    steps: float
    leaps: float
    repeats: float
    # Where notes are short and detached.
    staccato: float


@dataclass(frozen=True, slots=True)
class Manner:
    """How a piece of a style is played.

    Parameters
    ----------
    name : str
        As it was asked for, such as ``"bossa"``, or one of `KINDS`.
    kind : str
        One of `KINDS`.
    rubato : float
        By which share a beat at the end of a phrase is longer than one in its middle; 0 where the tempo is strict.
    ritardando : float
        Tempo of the end as a share of that of the piece; 1 where nothing slows down.
    noise : float
        Standard deviation in milliseconds of what beats stray by without a reason.
    pedal : bool
        Whether instruments that have a pedal use it.
    melody : float
        By how many steps of velocity the melody stands above the other parts.
    spread : float
        Standard deviation of the velocities of a part.
    swell : float
        By how many steps of velocity all parts together are louder at the height of a section than where it is softest.
    lead : float
        By how many milliseconds the melody is early; negative is late.
    asynchrony : float
        Standard deviation in milliseconds of notes that are written at one time.
    held : Held
        Articulation.
    kit : str
        Style of the drums, a name of `symgen.drummer.styles`.

    Notes
    -----
    The values are of the size that studies of performances give; docs/playing-rules.md names them.
    """

    name: str
    kind: str
    rubato: float
    ritardando: float
    noise: float
    pedal: bool
    melody: float
    spread: float
    swell: float
    lead: float
    asynchrony: float
    held: Held
    kit: str = _USUAL_KIT


def manner_names() -> tuple[str, ...]:
    """Return all names of manners: `KINDS`, styles of bands, and those of drums such as ``"jazz/swing"``."""
    return tuple(_manners())


def manner_of(score: Score, style: str | None = None) -> Manner:
    """Return the manner of a style, or where none is given that which suits the instruments and the parts.

    Raises
    ------
    ControlError
        If there is no style of the name.
    """
    if style is None:
        return _manners()[_kind_of(score)]
    wanted = style.strip().lower().replace(" ", "-")
    found = _manners().get(wanted)
    if found is None:
        hint = did_you_mean(wanted, _manners())
        broad = ", ".join(name for name in _manners() if "/" not in name)
        raise ControlError(f"style {style!r}{hint}: a piece can be played as {broad}")
    return found


@cache
def _manners() -> dict[str, Manner]:
    table: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    found = {kind: _made(kind, kind, table["kinds"][kind]) for kind in KINDS}
    for name, own in table["styles"].items():
        found[name] = _made(name, "band", {**table["kinds"]["band"], "kit": name, **own})
    for label in table["labels"]:
        own = table["styles"][label.partition("/")[0]]
        found[label] = _made(label, "band", {**table["kinds"]["band"], "kit": label, **own})
    return found


def _made(name: str, kind: str, values: dict[str, Any]) -> Manner:
    return Manner(name, kind, **{**values, "held": Held(*values["held"])})


def _kind_of(score: Score) -> str:
    """Choose by the instruments, and by what the parts do."""
    heard = [part for part in score.parts if part.note_count]
    programs = {part.program for part in heard}
    if any(part.is_drum for part in heard) or programs & _OF_BANDS:
        return "band"
    if _are_voices(heard):
        return "chorale"
    if is_single_line(score):
        return "folk"
    if programs <= _KEYBOARDS:
        return "piano"
    if programs & _OF_FOLK and len(heard) <= _MOST_FOLK:
        return "folk"
    return "chamber"


def _are_voices(parts: Sequence[Part]) -> bool:
    """Tell whether parts are the voices of a chorale: of choirs or organs, or called so, or lines on keyboards."""
    if not parts:
        return False
    named = all(_VOICE_NAME.fullmatch(part.name.strip()) for part in parts)
    if len(parts) > 1 and named:
        return True
    if {part.program for part in parts} <= _VOICES:
        return True
    in_number = _FEWEST_VOICES <= len(parts) <= _MOST_VOICES
    keyed = all(part.program in _KEYBOARDS for part in parts)
    return in_number and keyed and all(_is_line(part) for part in parts)


def _is_line(part: Part) -> bool:
    onset, duration, *_ = part.note_array().T
    return hardly_overlap(onset, duration)
