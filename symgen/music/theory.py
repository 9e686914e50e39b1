"""Pitch names, keys, scales and chord symbols: tables and arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean

__all__ = [
    "BY_FIFTHS",
    "LETTERS",
    "MODES",
    "QUALITIES",
    "RELATIVES",
    "Chord",
    "Key",
    "parse_pitch",
    "parse_tonic",
    "pitch_name",
    "spell",
    "spell_tone",
]


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

FIFTHS = {
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
"""Fifths by which the key signature of a mode differs from that of the major key on its tonic."""

_SPELLINGS = {mode.replace(" ", ""): mode for mode in MODES}
_SPELLINGS |= {"ionian": "major", "aeolian": "minor"}
_SHORT_MODES = {"": "major", "M": "major", "m": "minor"}
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


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
        is_number = hasattr(self.tonic, "__index__")
        if not is_number or not 0 <= self.tonic <= 11 or self.mode not in MODES:
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
        found = re.fullmatch(
            r"\s*([A-Ga-g])([#b♯♭]?)[\s_-]*([A-Za-z]*)[\s_-]*([A-Za-z]*)\s*", str(text)
        )
        mode = _parse_mode(found[3] + found[4]) if found else None
        if not found or not mode:
            modes, words = ", ".join(MODES), f"{found[3]} {found[4]}".strip() if found else ""
            meant = did_you_mean(words, MODES) if len(words) > 1 else ""
            raise ControlError(
                f"key {text!r}{meant}: write a tonic and a mode, such as 'G', 'F# minor' or 'D dorian' (modes: {modes})"
            )
        return cls(parse_tonic(found[1] + found[2]), mode)

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of the key."""
        return frozenset((self.tonic + step) % 12 for step in MODES[self.mode])

    @property
    def sharps(self) -> int:
        """Key signature: sharps are positive, flats negative, -5..6."""
        return (7 * self.tonic + FIFTHS[self.mode] + 5) % 12 - 5

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
    """Read a letter, perhaps with one accidental, as a pitch class."""
    if not text or text[0].upper() not in LETTERS or text[1:] not in _ACCIDENTALS:
        raise ControlError(f"tone {text!r}: write it like C, F# or Bb")
    return (LETTERS[text[0].upper()] + _ACCIDENTALS[text[1:]]) % 12


def pitch_name(pitch: int, *, flats: bool = False) -> str:
    """Name a MIDI pitch: 60 is ``"C4"``."""
    names = _FLAT_NAMES if flats else _SHARP_NAMES
    return f"{names[pitch % 12]}{pitch // 12 - 1}"


BY_FIFTHS = "FCGDAEB"
"""Letters in the order in which sharps are written; flats go backwards."""

# Keys in which no tone needs a double accidental.
_MOST_FLATS, _MOST_SHARPS = -4, 4


def spell(pitch: int, sharps: int) -> tuple[str, int, int]:
    """Spell a pitch by the place on the line of fifths that is nearest to the key: letter, alteration and octave."""
    # The window has three places flatwards of the key's tonic scale and eight sharpwards, so that
    # the leading note of the relative minor is a sharp: A minor has G sharp.
    fifths = (7 * pitch - sharps + 3) % 12 + sharps - 3
    letter, alter = BY_FIFTHS[(fifths + 1) % 7], (fifths + 1) // 7
    natural = pitch - alter
    return letter, alter, natural // 12 - 1


def spell_tone(tone: int, sharps: int) -> str:
    """Name a pitch class in a key with at most one accidental, as `parse_tonic` reads it."""
    letter, alter, _ = spell(tone, min(_MOST_SHARPS, max(_MOST_FLATS, sharps)))
    return letter + ("", "#", "b")[alter]


def parse_pitch(text: str) -> int:
    """Read a pitch name such as ``"C4"`` or ``"Bb-1"`` as a MIDI number."""
    found = re.fullmatch(r"\s*([A-Ga-g])([#b♯♭]?)(-?\d)\s*", text)
    pitch = -1
    if found:
        tone = LETTERS[found[1].upper()] + _ACCIDENTALS[found[2]]
        pitch = tone + 12 * (int(found[3]) + 1)
    if not 0 <= pitch <= 127:
        raise ControlError(f"pitch {text!r}: write it like C4 or Bb3, between C-1 and G9")
    return pitch


QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "9": (0, 2, 4, 7, 10),
    "maj9": (0, 2, 4, 7, 11),
    "m9": (0, 2, 3, 7, 10),
    "add9": (0, 2, 4, 7),
    "5": (0, 7),
}
"""Semitones above the root by the name of the quality."""

_OTHER_NAMES = {"maj": "", "M": "", "min": "m", "-": "m", "M7": "maj7", "Δ": "maj7", "Δ7": "maj7"}
_OTHER_NAMES |= {"min7": "m7", "-7": "m7", "°": "dim", "o": "dim", "°7": "dim7", "o7": "dim7"}
_OTHER_NAMES |= {"ø": "m7b5", "ø7": "m7b5", "+": "aug", "sus": "sus4", "mM7": "mmaj7"}
_OTHER_NAMES |= {"min6": "m6", "min9": "m9", "M9": "maj9"}


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol: the pitch class of its root, a name in `QUALITIES`, and how it was written."""

    root: int
    quality: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Chord:
        """Read ``"C"``, ``"Am7"``, ``"Bbmaj7"``, ``"F#dim"``; a bass after a slash (``"C/E"``) stays in the name."""
        found = re.fullmatch(r"([A-Ga-g][#b♯♭]?)([^/\s]*)(?:/[A-Ga-g][#b♯♭]?)?", text.strip())
        quality = _OTHER_NAMES.get(found[2], found[2]) if found else None
        if not found or quality not in QUALITIES:
            known = ", ".join(name for name in QUALITIES if name)
            raise ControlError(
                f"chord {text!r}: write a root and a quality, such as C, Am or F#m7 (qualities: {known})"
            )
        return cls(parse_tonic(found[1]), quality, text.strip())

    @property
    def bass(self) -> int:
        """The pitch class of the bass: the root, unless the name has another after a slash."""
        _, slash, bass = self.name.partition("/")
        return parse_tonic(bass) if slash else self.root

    @property
    def names_bass(self) -> bool:
        """Whether a bass stands after a slash."""
        return "/" in self.name

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The pitch classes of the chord."""
        return frozenset((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def tones(self) -> frozenset[int]:
        """The pitch classes of the chord with that of a bass after a slash, which may be none of them."""
        return self.pitch_classes | {self.bass}

    def __str__(self) -> str:
        return self.name
