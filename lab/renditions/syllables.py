"""From note rows to syllables: what is slurred, where breath is taken, how exactly each note is hit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lab.renditions.singers import CONSONANTS, Singer

__all__ = ["ENDING", "Syllable", "draw_syllables"]

Floats = NDArray[np.float64]

ENDING = -20.0
"""Decibels against the vowel at which a voice counts as begun or ended."""

_JOINED = 0.06
"""A rest shorter than this many seconds is none to a singer."""
_VOICED = -15.0
"""A consonant louder than this carries the pitch already."""
_EARLY, _EARLY_FRESH = 0.4, 0.7
"""At which share of such a consonant, from its end, the note is heard to begin; the second one after a rest."""
_CODA = 0.15
"""Share of syllables that close with an m or n."""


@dataclass(frozen=True, slots=True)
class Syllable:
    """How one note is sung."""

    # Where the vowel begins and where the voicing ends, in seconds.
    start: float
    end: float
    # Center, a MIDI number with cents.
    pitch: float
    # Loudness of the vowel in decibels.
    level: float
    # Key of `CONSONANTS`; empty for none.
    consonant: str = ""
    # Seconds of the consonant, before `start`.
    length: float = 0.0
    # Decibels by which a vowel without consonant is parted from the note before; 0 for a slur.
    dip: float = 0.0
    # Vowel at the beginning and at the end.
    vowels: tuple[str, str] = ("a", "a")
    # Whether it comes after a rest.
    fresh: bool = False
    # Whether a rest follows.
    last: bool = False

    @property
    def onset(self) -> float:
        """Where the note is heard to begin: at its vowel, or within a consonant that has a pitch."""
        voiced = self.consonant and CONSONANTS[self.consonant].level > _VOICED
        early = _EARLY_FRESH if self.fresh else _EARLY
        return self.start - (early * self.length if voiced else 0.0)

    @property
    def attacked(self) -> bool:
        """Whether nothing is heard before it: after a rest or a voiceless consonant."""
        return self.fresh or bool(self.consonant and CONSONANTS[self.consonant].level <= -60)


def draw_syllables(rows: Floats, singer: Singer, rng: np.random.Generator) -> list[Syllable]:
    """Decide how notes are sung; fewer syllables than notes where a repeated note is slurred."""
    notes = _joined(_breathing(rows, rng), singer, rng)
    count = len(notes)
    errors = np.clip(rng.normal(0, singer.errors, count), -110, 110) + np.cumsum(
        rng.normal(0, singer.stray, count)
    )
    found: list[Syllable] = []
    vowel = str(rng.choice(singer.vowels))
    for i, (row, slurred) in enumerate(notes):
        before = notes[i - 1][0] if i else None
        follows = notes[i + 1][0][0] if i + 1 < count else np.inf
        consonant = "" if slurred else str(rng.choice(singer.consonants))
        room = 0.4 if before is None else max(0.45 * (row[0] - before[0]), 0.02)
        length = min(float(rng.uniform(*CONSONANTS[consonant].seconds)), room) if consonant else 0.0
        if not slurred or rng.random() < 0.15:
            vowel = str(rng.choice(singer.vowels))
        second = str(rng.choice(singer.vowels)) if rng.random() < 0.12 else vowel
        if singer.codas and rng.random() < _CODA:
            second = str(rng.choice(["m", "n"]))
        found.append(
            Syllable(
                start=float(row[0]),
                end=float(row[1]),
                pitch=float(row[2] + errors[i] / 100),
                level=float(16 * np.log10(max(row[3], 0.05)) + rng.normal(0, 1.5)),
                consonant=consonant,
                length=length,
                dip=0.0 if slurred or consonant else float(rng.uniform(4, 30)),
                vowels=(vowel, second),
                fresh=before is None or bool(row[0] - before[1] > 1e-6),
                last=bool(follows - row[1] > 1e-6),
            )
        )
    return [_ended(this, found[i + 1] if i + 1 < count else None) for i, this in enumerate(found)]


def _breathing(rows: Floats, rng: np.random.Generator) -> Floats:
    """Shorten a long note every some seconds, for a breath; close rests that are too short for one."""
    rows = rows.copy()
    last, wanted = rows[0, 0], rng.uniform(2.0, 6.0)
    for i in range(len(rows) - 1):
        gap, length = rows[i + 1, 0] - rows[i, 1], rows[i, 1] - rows[i, 0]
        if gap > 0.15:
            last, wanted = rows[i + 1, 0], rng.uniform(2.0, 6.0)
        elif rows[i, 1] - last > wanted and length > 0.35:
            rows[i, 1] -= min(rng.uniform(0.12, 0.45), 0.55 * length)
            last, wanted = rows[i + 1, 0], rng.uniform(2.0, 6.0)
        elif gap < _JOINED:
            rows[i, 1] = rows[i + 1, 0]
    return rows


def _joined(rows: Floats, singer: Singer, rng: np.random.Generator) -> list[tuple[Floats, bool]]:
    """Decide which notes are slurred to the one before; a slurred repetition is one long note."""
    notes: list[tuple[Floats, bool]] = []
    for i, row in enumerate(rows):
        touching = i > 0 and row[0] - rows[i - 1, 1] < 1e-6
        slurred = touching and rng.random() < singer.slur
        if slurred and round(row[2]) == round(rows[i - 1, 2]):
            if rng.random() < 0.3:
                notes[-1][0][1] = row[1]
                continue
            slurred = False
        notes.append((row.copy(), bool(slurred)))
    return notes


def _ended(this: Syllable, following: Syllable | None) -> Syllable:
    """End the voicing where the next syllable needs the voice, or needs it silent."""
    end = this.end
    if following is not None:
        if following.consonant and (this.last or CONSONANTS[following.consonant].level <= ENDING):
            end = min(end, following.start - following.length)
        return replace(this, end=min(max(end, this.start + 0.03), following.onset))
    return replace(this, end=max(end, this.start + 0.03))
