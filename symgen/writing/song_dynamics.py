"""How loud each note of the melody of a song is: phrases swell and sink, high notes are louder, choruses too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from symgen.music.meter import Bar
from symgen.music.score import Note

__all__ = ["phrased"]

# Phrase arch and high loud, two of the performance rules of KTH (Friberg, Bresin and Sundberg 2006); how strong
# they are here, as velocities, is ours.
_ARCH, _HIGH, _MOST_HIGH, _CHORUS = 8.0, 0.8, 7.0, 6.0
_PHRASE = 4
_SOFTEST, _LOUDEST = 40, 124


def phrased(
    notes: Sequence[Note], bars: Sequence[Bar], section: int, louder: Sequence[bool], level: int
) -> list[Note]:
    """Give notes velocities about a level: `louder` says of each section, of so many bars, whether it is a chorus."""
    if not notes:
        return []
    middle = fmean(note.pitch for note in notes)
    usual = fmean(note.velocity for note in notes)
    found = []
    for note in notes:
        number = next((n for n, bar in enumerate(bars) if note.onset < bar.end), len(bars) - 1)
        phrase = number // _PHRASE * _PHRASE
        start, end = bars[phrase].start, bars[min(phrase + _PHRASE, len(bars)) - 1].end
        place = 2 * (note.onset - start) / (end - start) - 1
        velocity = (
            level
            + note.velocity
            - usual
            # Over the whole melody arches neither add nor take.
            + _ARCH * (1 / 3 - place**2)
            + max(-_MOST_HIGH, min(_MOST_HIGH, _HIGH * (note.pitch - middle)))
            + _CHORUS * (louder[min(number // section, len(louder) - 1)] - fmean(louder))
        )
        found.append(replace(note, velocity=max(_SOFTEST, min(_LOUDEST, round(velocity)))))
    return found
