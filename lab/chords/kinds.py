"""Kinds of chords as symbols write them: their tones, which of ours they are, and what mir_eval calls them."""

from __future__ import annotations

import re

from symgen.music.harmony import PLAN_QUALITIES
from symgen.music.theory import QUALITIES

__all__ = ["mir_label", "nearest", "tones_of"]

_TONES = QUALITIES | {
    "aug7": (0, 4, 8, 10),
    "9#5": (0, 4, 8, 10, 2),
    "9+": (0, 4, 8, 10, 2),
    "m#5": (0, 3, 8),
    "7b5": (0, 4, 6, 10),
    "7b9": (0, 4, 7, 10, 1),
    "7#9": (0, 4, 7, 10, 3),
    "9#11": (0, 4, 7, 10, 2, 6),
    "11": (0, 7, 10, 2, 5),
    "13": (0, 4, 10, 2, 9),
    "13b9": (0, 4, 10, 1, 9),
    "m11": (0, 3, 7, 10, 5),
    "m13": (0, 3, 7, 10, 9),
    "mMaj7": (0, 3, 7, 11),
    "sus4add7": (0, 5, 7, 10),
    "sus4add7add9": (0, 5, 7, 10, 2),
    "add4": (0, 4, 5, 7),
    "69": (0, 4, 7, 9, 2),
    "m6add9": (0, 3, 7, 9, 2),
}
_NAMES = {
    "": "maj", "m": "min", "m7": "min7", "mmaj7": "minmaj7", "mMaj7": "minmaj7", "m7b5": "hdim7", "6": "maj6",
    "m6": "min6", "m9": "min9", "add9": "maj", "69": "maj6", "m6add9": "min6", "add4": "maj", "7b9": "7", "7#9": "7",
    "9#11": "9", "aug7": "aug", "9#5": "aug", "9+": "aug", "sus4add7": "sus4", "sus4add7add9": "sus4", "7sus4": "sus4",
    "m11": "min11", "m13": "min13", "13b9": "13", "5": "5",
}  # fmt: skip
_NEAREST = {
    ("",): ("6", "69", "add4", "add9"),
    ("m",): ("m6", "m6add9", "mmaj7", "mMaj7", "m#5"),
    ("7",): ("9", "11", "13", "7b9", "7#9", "9#11", "13b9", "7b5"),
    ("m7",): ("m9", "m11", "m13"),
    ("maj7",): ("maj9",),
    ("aug", "7"): ("aug7", "9#5", "9+"),
    ("sus4",): ("7sus4", "sus4add7", "sus4add7add9"),
}
_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def tones_of(quality: str) -> tuple[int, ...]:
    """Return the tones of a kind of chord, in semitones above its root; a triad if it is not known."""
    return _TONES.get(quality, QUALITIES["m" if re.match("m(?!aj)", quality) else ""])


def nearest(quality: str) -> tuple[str, ...]:
    """Return which qualities of ours a kind of chord may be read as; major or minor if it is not known."""
    if quality in PLAN_QUALITIES:
        return (quality,)
    return next((ours for ours, names in _NEAREST.items() if quality in names), ("", "m"))


def mir_label(root: int, quality: str) -> str:
    """Name a chord for mir_eval: ``"X"`` is what it has no word for, ``"N"`` no chord."""
    if root < 0:
        return "N"
    name = _NAMES.get(quality, quality)
    known = {"maj7", "7", "9", "maj9", "dim", "dim7", "aug", "sus2", "sus4", "13", "11"} | set(
        _NAMES.values()
    )
    return f"{_SHARPS[root]}:{name}" if name in known else "X"
