"""Pitch names, keys, scales and key finding: tables and arithmetic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symgen.system.errors import ControlError

__all__ = ["MODES", "RELATIVES", "Key", "find_key", "parse_pitch", "parse_tonic", "pitch_name"]

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "octatonic": (0, 2, 3, 5, 6, 8, 9, 11),
}
"""Scale steps in semitones above the tonic; melodic minor holds both its forms."""

RELATIVES = {
    "major pentatonic": "major",
    "minor pentatonic": "minor",
    "blues": "minor",
    "whole tone": "lydian",
    "octatonic": "minor",
}
"""Scales that corpora do not name, and the mode that is nearest to each."""

_FIFTHS = {
    "major": 0,
    "minor": -3,
    "dorian": -2,
    "phrygian": -4,
    "lydian": 1,
    "mixolydian": -1,
    "locrian": -5,
    "harmonic minor": -3,
    "melodic minor": -3,
    "major pentatonic": 0,
    "minor pentatonic": -3,
    "blues": -3,
    "whole tone": 1,
    "octatonic": -3,
}
_SPELLINGS = {mode.replace(" ", ""): mode for mode in MODES} | {
    "ionian": "major",
    "aeolian": "minor",
}
_SHORT_MODES = {"": "major", "M": "major", "m": "minor"}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

# Krumhansl and Kessler (1982), probe-tone ratings of the 12 pitch classes above the tonic.
_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic and a mode.

    Parameters
    ----------
    tonic : int
        Pitch class, 0 = C ... 11 = B.
    mode : str
        A name in `MODES`.

    Raises
    ------
    ControlError
        If either is unknown.
    """

    tonic: int
    mode: str

    def __post_init__(self) -> None:
        if not 0 <= self.tonic <= 11 or self.mode not in MODES:
            raise ControlError(
                f"key {self.tonic} {self.mode!r}: use a pitch class 0..11 and one of {', '.join(MODES)}"
            )

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read ``"D dorian"``, ``"Bb"``, ``"F# minor"``, ``"Am"``, ``"Gmix"``.

        A mode may be cut to its first three letters or more.

        Raises
        ------
        ControlError
            If the text names no key.
        """
        found = re.fullmatch(r"\s*([A-Ga-g])([#b♯♭]?)[\s_-]*([A-Za-z]*)[\s_-]*([A-Za-z]*)\s*", text)
        mode = _parse_mode(found[3] + found[4]) if found else None
        if not found or not mode:
            modes = ", ".join(MODES)
            raise ControlError(
                f"key {text!r}: write a tonic and a mode, such as 'G', 'F# minor' or 'D dorian' (modes: {modes})"
            )
        return cls(parse_tonic(found[1] + found[2]), mode)

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of the key."""
        return frozenset((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def sharps(self) -> int:
        """Key signature: sharps are positive, flats negative, -5..6."""
        return (7 * self.tonic + _FIFTHS[self.mode] + 5) % 12 - 5

    @property
    def minor(self) -> bool:
        """Whether the third above the tonic is minor."""
        return 3 in MODES[self.mode] and 4 not in MODES[self.mode]

    def transposed(self, semitones: int) -> Key:
        """Return the key moved by `semitones`."""
        return Key((self.tonic + semitones) % 12, self.mode)

    def __str__(self) -> str:
        names = _FLAT_NAMES if self.sharps < 0 else _SHARP_NAMES
        return f"{names[self.tonic]} {self.mode}"


def _parse_mode(word: str) -> str | None:
    if word in _SHORT_MODES:
        return _SHORT_MODES[word]
    fitting = [mode for name, mode in _SPELLINGS.items() if name.startswith(word.lower())]
    return fitting[0] if fitting and len(word) >= 3 else None


def parse_tonic(text: str) -> int:
    """Read a letter, perhaps with one accidental, as a pitch class.

    Raises
    ------
    ControlError
        If the text is none.
    """
    if not text or text[0].upper() not in _LETTERS or text[1:] not in _ACCIDENTALS:
        raise ControlError(f"tone {text!r}: write it like C, F# or Bb")
    return (_LETTERS[text[0].upper()] + _ACCIDENTALS[text[1:]]) % 12


def pitch_name(pitch: int, *, flats: bool = False) -> str:
    """Name a MIDI pitch: 60 is ``"C4"``."""
    return f"{(_FLAT_NAMES if flats else _SHARP_NAMES)[pitch % 12]}{pitch // 12 - 1}"


def parse_pitch(text: str) -> int:
    """Read a pitch name such as ``"C4"`` or ``"Bb-1"`` as a MIDI number.

    Raises
    ------
    ControlError
        If the text is no pitch of 0..127.
    """
    found = re.fullmatch(r"\s*([A-Ga-g])([#b♯♭]?)(-?\d)\s*", text)
    pitch = -1
    if found:
        pitch = _LETTERS[found[1].upper()] + _ACCIDENTALS[found[2]] + 12 * (int(found[3]) + 1)
    if not 0 <= pitch <= 127:
        raise ControlError(f"pitch {text!r}: write it like C4 or Bb3, between C-1 and G9")
    return pitch


def find_key(
    pitches: Sequence[int],
    weights: Sequence[float],
    *,
    sharps: int | None = None,
    ending: bool = True,
) -> Key:
    """Estimate the key of a melody.

    Without a key signature: the best correlation with the Krumhansl-Kessler
    profiles over 24 major and minor keys. With one: the best tonic among the
    modes that share the signature, by weight of tonic, fifth and third, the
    first and the last note counting extra.

    Parameters
    ----------
    pitches : sequence of int
        MIDI numbers in time order.
    weights : sequence of float
        One weight a note, such as its duration.
    sharps : int, optional
        A key signature that is known to hold.
    ending : bool
        Whether the last note counts extra; not, where it is to be asked whether a piece ends on its tonic.

    Returns
    -------
    Key
        C major for an empty melody.

    Notes
    -----
    Krumhansl, Cognitive Foundations of Musical Pitch (1990), chapter 4.
    """
    if not pitches:
        return Key(0, "major")
    weight = [0.0] * 12
    for pitch, amount in zip(pitches, weights, strict=True):
        weight[pitch % 12] += amount
    total = sum(weight) or 1.0
    last, first = pitches[-1] % 12 if ending else -1, pitches[0] % 12
    if sharps is not None:
        return _key_of_signature([w / total for w in weight], sharps, first, last)
    best, choice = float("-inf"), Key(0, "major")
    for mode, profile in _PROFILES.items():
        mean = sum(profile) / 12
        spread = sum((p - mean) ** 2 for p in profile) ** 0.5
        for tonic in range(12):
            score = (
                sum((profile[i] - mean) * weight[(tonic + i) % 12] for i in range(12))
                / spread
                / total
            )
            score += 0.06 * (last == tonic)
            if score > best:
                best, choice = score, Key(tonic, mode)
    return choice


def _key_of_signature(share: list[float], sharps: int, first: int, last: int) -> Key:
    best, choice = float("-inf"), Key(0, "major")
    prior = {"major": 0.12, "minor": 0.06, "dorian": 0.04, "mixolydian": 0.05}
    for mode, bonus in prior.items():
        tonic = ((sharps - _FIFTHS[mode]) * 7) % 12
        third = (tonic + (3 if mode in ("minor", "dorian") else 4)) % 12
        score = share[tonic] + 0.6 * share[(tonic + 7) % 12] + 0.4 * share[third]
        score += 0.3 * (last == tonic) + 0.05 * (first == tonic) + bonus
        if score > best:
            best, choice = score, Key(tonic, mode)
    return choice
