"""What each part of a band does: the tune, its chords, the bass, a pad, a riff or the drums."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from symgen.music.lines import is_bass, melody_part
from symgen.music.score import Part, Score
from symgen.system.errors import ControlError

__all__ = ["ROLES", "Role", "find_parts", "parse_roles", "role_named", "roles_of"]

Role = Literal["melody", "chords", "bass", "pad", "riff", "drums"]
ROLES: tuple[Role, ...] = get_args(Role)
"""In the order in which a score has them."""

_NAMED = re.compile(r"(melody|chords|bass|pad|riff|drums)(?: \d+)?", re.IGNORECASE)
# Families of eight programs that hold chords: organs, strings and choirs in sections, synthesizer pads.
_HELD = frozenset((*range(16, 24), *range(48, 55), *range(88, 96)))
# Share of the onsets of a part that have two notes or more, above which it plays chords.
_CHORDAL = 0.3
# A part that has no more different bars than this share of them says one thing again and again.
_RIFF = 0.5


def role_named(name: str) -> Role | None:
    """Return the role that a part is named after, such as ``"Chords 2"``."""
    found = _NAMED.fullmatch(name.strip())
    return next((role for role in ROLES if found and role == found[1].lower()), None)


def roles_of(score: Score) -> tuple[Role, ...]:
    """Return the role of each part: as it is named, or as it looks."""
    named = [role_named(part.name) for part in score.parts]
    tune = None if "melody" in named else melody_part(score)
    return tuple(
        role or _guessed(score, part, is_tune=number == tune)
        for number, (part, role) in enumerate(zip(score.parts, named, strict=True))
    )


def _guessed(score: Score, part: Part, *, is_tune: bool) -> Role:
    if part.is_drum:
        return "drums"
    if not part.note_count:
        return "chords"
    if is_bass(part):
        return "bass"
    if _chordal(part) > _CHORDAL:
        return "pad" if part.program in _HELD else "chords"
    return "riff" if _repeats(score, part) or not is_tune else "melody"


def _chordal(part: Part) -> float:
    """Return the share of the onsets of a part that have several notes."""
    struck = Counter(note.onset for note in part.notes)
    return sum(count > 1 for count in struck.values()) / len(struck)


def _repeats(score: Score, part: Part) -> bool:
    """Whether a part has the same figure in most bars, wherever it lies."""
    onsets = [note.onset for note in part.notes]
    bars = [
        part.notes[bisect_left(onsets, bar.start) : bisect_left(onsets, bar.end)]
        for bar in score.bars
    ]
    played = [
        tuple((note.onset - bar.start, note.pitch - notes[0].pitch) for note in notes)
        for bar, notes in zip(score.bars, bars, strict=True)
        if notes
    ]
    return len(played) > 1 and len(set(played)) <= _RIFF * len(played)


def parse_roles(
    text: str | Iterable[str], known: Sequence[Role], name: str = "parts"
) -> dict[Role, int | None]:
    """Read ``"chords,bass,drums:7"`` in the order of `known`, with the seeds of those that have one of their own."""
    asked: dict[str, int | None] = {}
    for word in _words(text):
        role, colon, seed = (each.strip() for each in word.partition(":"))
        if colon and not (seed.isascii() and seed.isdecimal()):
            raise ControlError(f"{name} {word!r}: write a seed as a number, such as drums:7")
        if role.lower() not in known:
            raise ControlError(f"{name} {word!r}: choose of {', '.join(known)}")
        asked[role.lower()] = int(seed) if colon else None
    if not asked:
        raise ControlError(f"{name}: none is named; choose of {', '.join(known)}")
    return {role: asked[role] for role in known if role in asked}


def find_parts(text: str | Iterable[str | int], score: Score) -> tuple[int, ...]:
    """Return the parts that ``"bass,drums"``, ``"1,3"`` or names of parts mean, counted from 0."""
    roles = roles_of(score)
    found: set[int] = set()
    for word in _words(text):
        wanted = word.casefold()
        if word.isascii() and word.isdecimal():
            meant = [int(word) - 1] if 1 <= int(word) <= len(score.parts) else []
        else:
            meant = [i for i, part in enumerate(score.parts) if part.name.casefold() == wanted]
            meant = meant or [i for i, role in enumerate(roles) if role == wanted]
        if not meant:
            raise ControlError(f"parts {word!r}: the tune has {_told(score, roles)}")
        found.update(meant)
    if not found:
        raise ControlError(f"parts: none is named; the tune has {_told(score, roles)}")
    return tuple(sorted(found))


def _told(score: Score, roles: Sequence[Role]) -> str:
    """Say what parts can be called."""
    named = (
        f"{number} ({', '.join(dict.fromkeys(filter(None, (part.name.strip(), role))))})"
        for number, (part, role) in enumerate(zip(score.parts, roles, strict=True), 1)
    )
    return ", ".join(named)


def _words(text: str | Iterable[str | int]) -> list[str]:
    words = text.split(",") if isinstance(text, str) else map(str, text)
    return [word.strip() for word in words if word.strip()]
