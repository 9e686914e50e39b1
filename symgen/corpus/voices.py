"""Pieces of so many voices: parts that sound one note at a time, from high to low."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from symgen.music.score import Note, Part

__all__ = ["choose_voices"]

_NAMES = (
    r"sopr|cant(?!.*continuo)|discant|treble",
    r"alt|contralto",
    r"tenor",
    r"bass(?!o? cont)|basso$|baritone",
)
_LOWEST, _HIGHEST = 36, 84
_OVERLAP = 0.02
_SILENT = 0.4


def choose_voices(parts: Sequence[Part], count: int) -> tuple[tuple[Part, ...], str]:
    """Return the parts as voices, the highest first, or why they are none.

    Of more than four parts those named soprano, alto, tenor and bass are taken, if there is one of each.

    Parameters
    ----------
    parts : sequence of Part
        Without drums, none empty.
    count : int
        Voices asked for.

    Returns
    -------
    parts : tuple of Part
        Empty if they are no such voices.
    reason : str
        Empty if they are.
    """
    if count == len(_NAMES) < len(parts):
        parts = _named(parts) or parts
    if len(parts) != count:
        return (), f"{len(parts)} parts"
    voices = [_one_line(part) for part in parts]
    ends = max(part.end for part in parts)
    for part, voice in zip(parts, voices, strict=True):
        if len(part.notes) - len(voice.notes) + _cut(part, voice) > _OVERLAP * len(part.notes):
            return (), "a part with chords"
        if sum(n.duration for n in voice.notes) < _SILENT * ends:
            return (), "a part that is mostly silent"
        if not all(_LOWEST <= n.pitch <= _HIGHEST for n in voice.notes):
            return (), "a part beyond the range of voices"
    return tuple(sorted(voices, key=lambda part: -_height(part))), ""


def _named(parts: Sequence[Part]) -> list[Part]:
    chosen = []
    for pattern in _NAMES:
        fitting = [part for part in parts if re.match(pattern, part.name.strip().lower())]
        if len(fitting) != 1:
            return []
        chosen += fitting
    return chosen


def _one_line(part: Part) -> Part:
    """Keep the highest note of each onset, and end it where the next begins."""
    line: list[Note] = []
    for note in sorted(part.notes, key=lambda n: (n.onset, -n.pitch)):
        if not line or note.onset > line[-1].onset:
            line.append(note)
    ends = [note.onset for note in line[1:]] + [line[-1].end]
    return part.with_notes(
        replace(n, duration=min(n.duration, end - n.onset))
        for n, end in zip(line, ends, strict=True)
    )


def _cut(part: Part, voice: Part) -> int:
    """Count the notes that lost some of their length."""
    return sum(n.duration for n in part.notes) > sum(n.duration for n in voice.notes) and sum(
        a.end > b.onset
        for a, b in zip(part.notes, part.notes[1:], strict=False)
        if a.onset < b.onset
    )


def _height(part: Part) -> float:
    return sum(n.pitch * n.duration for n in part.notes) / sum(n.duration for n in part.notes)
