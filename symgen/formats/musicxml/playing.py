"""What the elements of a MusicXML measure say of how it sounds: tempos, keys, levels, and lengths by note type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from symgen.formats.musicxml.engraving import number, whole
from symgen.formats.musicxml.source import Place
from symgen.formats.musicxml.tree import Element

__all__ = ["key_at", "tempos_at", "typed_length", "velocity_of"]

_FORTE = 90
"""The velocity that MusicXML calls 100 %."""
_USUAL = 80
_SLOWEST, _FASTEST = 4, 10_000
_TYPES: dict[str, int | Fraction] = {
    "maxima": 32, "long": 16, "breve": 8, "whole": 4, "half": 2, "quarter": 1, "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4), "32nd": Fraction(1, 8), "64th": Fraction(1, 16), "128th": Fraction(1, 32),
    "256th": Fraction(1, 64), "512th": Fraction(1, 128), "1024th": Fraction(1, 256),
}  # fmt: skip


def typed_length(note: Element) -> Fraction:
    """Return the quarters that a note's type, dots and tuplet add up to, 0 if it has no type."""
    length = Fraction(_TYPES.get(note.value("type"), 0))
    length *= 2 - Fraction(1, 2 ** min(8, len(list(note.all("dot")))))
    actual = whole(note.value("time-modification/actual-notes", "1"))
    normal = whole(note.value("time-modification/normal-notes", "1"))
    return length * Fraction(normal, actual) if actual > 0 and normal > 0 else length


def velocity_of(note: Element) -> int:
    """Return the level of a note, 1..127; 100 % is a forte."""
    level = number(note.attributes.get("dynamics", ""))
    return max(1, min(127, round(level * _FORTE / 100))) if level > 0 else _USUAL


def tempos_at(place: Place) -> Iterator[tuple[Fraction, float]]:
    """Yield time and quarters a minute where an element sets the tempo."""
    # What it says for players (``sound``) goes before the mark that is printed, of which a range
    # or a ``ca.`` gives its first number. An offset moves the printed mark only, unless it says
    # otherwise.
    element, now = place.element, place.onset
    if element.tag not in ("direction", "sound"):
        return
    sound = element if element.tag == "sound" else element.find("sound")
    told = number(sound.attributes.get("tempo", "")) if sound is not None else 0
    offset = element.find("offset")
    if sound is not None and sound is not element and sound.find("offset"):
        offset = sound.find("offset")
    moves = offset is not None and (offset.attributes.get("sound") == "yes" or sound is element)
    if offset is not None and moves:
        now = max(
            Fraction(0),
            now + Fraction(number(offset.text)).limit_denominator(65536) / place.state.divisions,
        )
    found = told or _metronome(element)
    if _SLOWEST <= found <= _FASTEST:
        yield now, found


def _metronome(direction: Element) -> float:
    """Return the tempo of a metronome mark such as a dotted quarter = 60, 0 if there is none."""
    for mark in direction.walk():
        rate = (
            re.search(r"\d+(?:\.\d+)?", mark.value("per-minute"))
            if mark.tag == "metronome"
            else None
        )
        unit = Fraction(_TYPES.get(mark.value("beat-unit"), 0))
        if rate and unit:
            return float(rate[0]) * float(
                unit * (2 - Fraction(1, 2 ** min(8, len(list(mark.all("beat-unit-dot"))))))
            )
    return 0


def key_at(place: Place) -> tuple[Fraction, int, str] | None:
    """Return time, sharps as they sound and mode where an element sets the key."""
    key = place.element.find("key") if place.element.tag == "attributes" else None
    if key is None or key.find("fifths") is None:
        return None
    staff = max(1, whole(key.attributes.get("number", "1")))
    sharps, moved = whole(key.value("fifths")), place.state.transpose_of(staff)[0]
    if moved % 12:
        sharps = (sharps + 7 * moved + 5) % 12 - 5
    return (place.onset, sharps, key.value("mode")) if -7 <= sharps <= 7 else None
