"""Music in words that a screen reader says well: no signs, no columns, no abbreviations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from symgen.music.chord_symbols import NO_CHORD
from symgen.music.theory import Key, spell

__all__ = [
    "bar_list_text",
    "bars_text",
    "beat_text",
    "chord_text",
    "count_text",
    "degree_text",
    "interval_text",
    "joined",
    "key_text",
    "length_text",
    "number_text",
    "pitch_text",
    "seconds_text",
    "share_text",
    "signature_text",
    "times_text",
    "tone_text",
]

_SIGNS = {-2: " double flat", -1: " flat", 0: "", 1: " sharp", 2: " double sharp"}
_SMALL = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_INTERVALS = (
    "a unison", "a half step", "a whole step", "a minor third", "a major third", "a fourth", "a tritone",
    "a fifth", "a minor sixth", "a major sixth", "a minor seventh", "a major seventh",
)  # fmt: skip
_DEGREES = {
    0: "the key note", 2: "the second degree", 3: "the third degree", 4: "the third degree", 5: "the fourth degree",
    7: "the fifth degree", 8: "the sixth degree", 9: "the sixth degree", 10: "the seventh degree",
    11: "the leading note",
}  # fmt: skip
_VALUES = {
    Fraction(8): "double whole", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter",
    Fraction(1, 2): "eighth", Fraction(1, 4): "sixteenth", Fraction(1, 8): "thirty-second",
}  # fmt: skip
_LENGTHS = {
    **_VALUES,
    **{value * 3 / 2: f"dotted {name}" for value, name in _VALUES.items()},
    **{value * 2 / 3: f"triplet {name}" for value, name in _VALUES.items() if value <= 2},
}
# Lengths are told to the nearest twelfth of a quarter note.
_GRID = 12
_KINDS = {
    "": "major", "m": "minor", "7": "seven", "maj7": "major seven", "m7": "minor seven", "mmaj7": "minor major seven",
    "dim": "diminished", "dim7": "diminished seven", "m7b5": "half diminished", "aug": "augmented",
    "sus2": "suspended two", "sus4": "suspended four", "7sus4": "seven suspended four", "6": "six", "m6": "minor six",
    "9": "nine", "maj9": "major nine", "m9": "minor nine", "add9": "added nine", "5": "without a third",
}  # fmt: skip
_CHORD = re.compile(r"([A-Ga-g])(##|bb|[#b♯♭]?)([^/]*)(?:/([A-Ga-g])(##|bb|[#b♯♭]?))?")
_KIND_PIECES = re.compile(r"maj|Maj|min|dim|aug|sus|add|omit|no|alt|\d+|[^\s(),]")
_KIND_WORDS = {
    "maj": "major", "Maj": "major", "M": "major", "min": "minor", "m": "minor", "-": "minor", "dim": "diminished",
    "°": "diminished", "o": "diminished", "ø": "half diminished", "aug": "augmented", "+": "augmented",
    "sus": "suspended", "add": "added", "omit": "without", "no": "without", "alt": "altered", "#": "sharp",
    "♯": "sharp", "b": "flat", "♭": "flat", "Δ": "major seven",
}  # fmt: skip
_SIGN_WORDS = {
    "": "",
    "#": " sharp",
    "♯": " sharp",
    "b": " flat",
    "♭": " flat",
    "##": " double sharp",
    "bb": " double flat",
}


def number_text(number: int) -> str:
    """Write small numbers as words."""
    return _SMALL[number] if 0 <= number < len(_SMALL) else f"{number:,}"


def count_text(number: int, name: str, names: str = "") -> str:
    """Count things: ``"one note"``, ``"2,048 notes"``."""
    return f"{number_text(number)} {name if number == 1 else names or name + 's'}"


def joined(items: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def bars_text(first: int, last: int) -> str:
    """Name bars: ``"bar 3"``, ``"bars 5 to 8"``; bar 0 is the pickup."""
    if first == last:
        return f"bar {first}" if first else "the pickup"
    return f"bars {first} to {last}"


def bar_list_text(bars: Sequence[int]) -> str:
    """Name some bars in order: ``"bars 1, 3 to 5 and 9"``."""
    runs: list[list[int]] = []
    for bar in bars:
        if runs and bar == runs[-1][1] + 1:
            runs[-1][1] = bar
        else:
            runs.append([bar, bar])
    told = []
    for first, last in runs:
        told += [str(first), str(last)] if last == first + 1 else [_run_text(first, last)]
    return f"bar{'s' * (len(bars) > 1)} {joined(told)}"


def _run_text(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def times_text(number: int) -> str:
    """Say how often: ``"once"``, ``"twice"``, ``"16 times"``."""
    return {1: "once", 2: "twice"}.get(number, f"{number_text(number)} times")


def beat_text(beat: float) -> str:
    """Name a place in the bar, counted from 1: ``"2"``, ``"2 and a half"``."""
    whole, part = int(beat), beat % 1
    if part == 0:
        return str(whole)
    return f"{whole} and a half" if part == 0.5 else f"{beat:.4g}"


def share_text(share: float) -> str:
    """Say a share in percent."""
    return f"{share:.0%}".replace("%", " percent")


# Keys in which no tone needs a double accidental.
_MOST_SIGNS = 4


def _spell(pitch: int, sharps: int) -> tuple[str, int, int]:
    return spell(pitch, max(-_MOST_SIGNS, min(_MOST_SIGNS, sharps)))


def tone_text(pitch: int, sharps: int = 0) -> str:
    """Name a pitch class as it is spelled in a key: ``"B flat"``."""
    letter, alter, _ = _spell(pitch, sharps)
    return letter + _SIGNS[alter]


def pitch_text(pitch: int, sharps: int = 0) -> str:
    """Name a pitch with its octave: ``"C4"`` is the middle C, ``"F sharp 5"``."""
    letter, alter, octave = _spell(pitch, sharps)
    if alter:
        return f"{letter}{_SIGNS[alter]} {octave if octave >= 0 else f'minus {-octave}'}"
    return f"{letter}{octave}" if octave >= 0 else f"{letter} minus {-octave}"


def key_text(key: Key) -> str:
    """Name a key: ``"E flat major"``."""
    return f"{tone_text(key.tonic, key.sharps)} {key.mode}"


def signature_text(sharps: int) -> str:
    """Name a key signature: ``"two sharps"``."""
    return (
        count_text(abs(sharps), "flat" if sharps < 0 else "sharp")
        if sharps
        else "no sharps or flats"
    )


def interval_text(semitones: int) -> str:
    """Name a distance: ``"an octave and a major sixth"``."""
    octaves, rest = divmod(abs(semitones), 12)
    if not octaves:
        return _INTERVALS[rest]
    whole = "an octave" if octaves == 1 else f"{number_text(octaves)} octaves"
    return f"{whole} and {_INTERVALS[rest]}" if rest else whole


def degree_text(pitch: int, key: Key) -> str:
    """Name the degree of a key that a pitch is."""
    return _DEGREES.get((pitch - key.tonic) % 12, "a note outside the key")


def length_text(quarters: float | Fraction) -> str:
    """Name a note value: ``"dotted quarter"``; what has no name is counted in quarters."""
    value = Fraction(round(quarters * 2 * _GRID), 2 * _GRID)
    if value in _LENGTHS:
        return _LENGTHS[value]
    steps = Fraction(max(1, round(quarters * _GRID)), _GRID)
    if steps in _LENGTHS:
        return _LENGTHS[steps]
    if steps.denominator == 1:
        return f"{number_text(int(steps))} quarters long"
    return f"{float(steps):.1f} quarters long"


def seconds_text(seconds: float) -> str:
    """Say how long something lasts."""
    if seconds < 10:
        return f"{seconds:.1f} seconds"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} seconds"
    told = f"{minutes} minute{'s' * (minutes > 1)}"
    return f"{told} {rest} second{'s' * (rest > 1)}" if rest else told


def chord_text(name: str) -> str:
    """Say a chord symbol: ``"Bbm7/F"`` is ``"B flat minor seven over F"``; what is no such symbol stays as it is."""
    if name == NO_CHORD:
        return "no chord"
    found = _CHORD.fullmatch(name.strip())
    if not found:
        return name
    letter, sign, kind, bass, bass_sign = found.groups()
    root = letter.upper() + _SIGN_WORDS[sign]
    over = f" over {bass.upper()}{_SIGN_WORDS[bass_sign]}" if bass else ""
    return f"{root} {_KINDS.get(kind) or _kind_text(kind)}{over}"


def _kind_text(kind: str) -> str:
    """Say what stands behind the root of a chord symbol piece by piece: ``"7#9"`` is ``"7 sharp 9"``."""
    pieces = _KIND_PIECES.findall(kind)
    return " ".join(_KIND_WORDS.get(piece, piece) for piece in pieces)
