"""Pieces with the chords that are known of them, and their division into what is learned from and what is held out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from symgen.music.score import Note, Part, Score

__all__ = ["NO_CHORD", "Case", "KnownChord", "broken", "is_held_out", "slow"]

NO_CHORD = -1
_PARTS = 4


@dataclass(frozen=True)
class KnownChord:
    """A chord that is known from a tick up to another one."""

    start: int
    end: int
    # Pitch classes; `NO_CHORD` where none sounds.
    root: int
    bass: int
    # Behind the root, as symbols have it or as `symgen.music.theory.QUALITIES`.
    quality: str = ""


@dataclass(frozen=True)
class Case:
    """A piece, and its chords as far as they are known, in their order."""

    score: Score
    truth: tuple[KnownChord, ...]
    name: str = ""


def is_held_out(title: str, share: float = 0.25) -> bool:
    """Tell by its title whether a piece is held out."""
    digest = hashlib.sha256(" ".join(title.casefold().split()).encode()).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def _beats(score: Score) -> Iterable[int]:
    return (tick for bar in score.bars for tick in range(bar.start, bar.end, score.resolution))


def broken(case: Case) -> Case:
    """Return four voices as a pianist might play them: soprano, bass a beat long, the others in sixteenths."""
    score, quarter = case.score, case.score.resolution
    bass, inner = [], []
    for tick in _beats(score):
        sounding = sorted(
            note.pitch
            for part in score.parts
            for note in part.notes
            if note.onset <= tick < note.end
        )
        if len(sounding) == _PARTS:
            low, tenor, alto, _ = sounding
            bass.append(Note(tick, low, quarter))
            figure = (
                (tenor, alto, tenor, alto) if tick // quarter % 2 else (low + 12, alto, tenor, alto)
            )
            step = quarter // 4
            inner += [Note(tick + i * step, pitch, step) for i, pitch in enumerate(figure)]
    parts = (score.parts[0], Part(tuple(inner)), Part(tuple(bass)))
    return replace(case, score=replace(score, parts=parts))


def slow(case: Case) -> Case:
    """Return broken voices half as fast, without their pickup: two bars for each, and every chord for two beats."""
    score = case.score
    first = next(bar.start for bar in score.bars if bar.number == 1)
    body = broken(replace(case, score=score.slice_ticks(first, score.length))).score
    notes = [[_twice(note) for note in part.notes] for part in body.parts]
    parts = [part.with_notes(mine) for part, mine in zip(body.parts, notes, strict=True)]
    truth = tuple(
        replace(chord, start=2 * (chord.start - first), end=2 * (chord.end - first))
        for chord in case.truth
        if chord.start >= first
    )
    keys = body.keys[:1]
    made = Score(tuple(parts), score.resolution, meters=body.meters[:1], keys=keys)
    return replace(case, score=made, truth=truth)


def _twice(note: Note) -> Note:
    return replace(note, onset=2 * note.onset, duration=2 * note.duration)
