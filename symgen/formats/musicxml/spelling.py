"""Spelling: letters, alterations and the accidentals that are printed."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["signs", "spell"]

_FIFTHS = "FCGDAEB"
_SIGNS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def spell(pitch: int, sharps: int) -> tuple[str, int, int]:
    """Spell a pitch by the place on the line of fifths that is nearest to the key."""
    # The window has three places flatwards of the key's tonic scale and eight sharpwards, so that
    # the leading note of the relative minor is a sharp: A minor has G sharp.
    fifths = (7 * pitch - sharps + 3) % 12 + sharps - 3
    letter, alter = _FIFTHS[(fifths + 1) % 7], (fifths + 1) // 7
    natural = pitch - alter
    return letter, alter, natural // 12 - 1


def signs(pitches: Iterable[tuple[str, str, int]], sharps: int) -> list[str]:
    """Return the accidentals that a reader of the page needs."""
    altered: dict[tuple[str, str], int] = {}
    found = []
    for step, octave, alter in pitches:
        before = altered.get((step, octave), _in_key(step, sharps))
        found.append(_SIGNS.get(alter, "") if step and alter != before else "")
        altered[step, octave] = alter
    return found


def _in_key(step: str, sharps: int) -> int:
    """Return how a key signature alters a letter."""
    place = _FIFTHS.find(step)
    return (sharps + 6 - place) // 7 if place >= 0 else 0
