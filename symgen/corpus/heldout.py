"""Pieces held out of training because a benchmark tests with them: found by their chords, whatever their key.

A piece counts as the chords that follow one another, without their lengths; `CHORDS` chords in a
row, each as its intervals above the lowest note and the step of that note, are one gram. Repeated
and held chords do not differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from symgen.corpus.candidate import Candidate
from symgen.corpus.find import find_items
from symgen.corpus.load import load_items
from symgen.music.score import Score
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, read_bytes

__all__ = ["CHORDS", "HeldOut", "chord_grams", "frame_grams", "read_held_out"]

CHORDS = 5
"""Chords in a gram."""

# Share of the grams of the smaller of two pieces from which they are the same.
_SHARE = 0.3
Grams = frozenset[int]
Chord = tuple[int, ...]


@dataclass(frozen=True)
class HeldOut:
    """Grams of each piece held out, by split; a piece that is in two splits belongs to the first."""

    pieces: Mapping[str, Sequence[Grams]]

    def split_of(self, forms: Iterable[Grams]) -> str:
        """Return the split of a work in several forms, or nothing if it is not held out."""
        mine = [form for form in forms if form]
        for split, pieces in self.pieces.items():
            if any(_is_same(piece, form) for piece in pieces for form in mine):
                return split
        return ""


def _is_same(piece: Grams, form: Grams) -> bool:
    return len(piece & form) > _SHARE * min(len(piece), len(form))


def chord_grams(score: Score) -> Grams:
    """Return the grams of a score, drums left out."""
    return _grams(_chords(score))


def frame_grams(frames: Sequence[Sequence[int]]) -> Grams:
    """Return the grams of a piece given as the pitches that sound in each frame."""
    return _grams(tuple(sorted({int(pitch) for pitch in frame if pitch >= 0})) for frame in frames)


def read_held_out(sources: Mapping[str, PathLike]) -> HeldOut:
    """Read the material to hold out for each split: a source, or a JSON file of frames by split."""
    pieces = {}
    for split, source in sources.items():
        is_frames = Path(str(source)).suffix.lower() == ".json"
        grams = _of_frames(source, split) if is_frames else _of_source(source)
        pieces[split] = [gram for gram in grams if gram]
        if not pieces[split]:
            raise FormatError(f"{source}: holds no piece of {CHORDS} chords or more to hold out")
    return HeldOut(pieces)


def _of_frames(source: PathLike, split: str) -> list[Grams]:
    """Read lists of frames of pitches, as the JSB chorales are published."""
    try:
        return [frame_grams(piece) for piece in json.loads(read_bytes(source))[split]]
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"{source}: no lists of frames under {split!r} ({error!r}); check the file"
        ) from None


def _of_source(source: PathLike) -> list[Grams]:
    found = load_items(find_items(source))
    return [chord_grams(piece.score) for piece in found if isinstance(piece, Candidate)]


def _chords(score: Score) -> Iterator[Chord]:
    """Yield what sounds after each change."""
    changes: dict[int, list[tuple[int, int]]] = {}
    for part in score.parts:
        for note in () if part.is_drum else part.notes:
            changes.setdefault(note.onset, []).append((note.pitch, 1))
            changes.setdefault(note.end, []).append((note.pitch, -1))
    sounding: dict[int, int] = {}
    for time in sorted(changes):
        for pitch, change in changes[time]:
            sounding[pitch] = sounding.get(pitch, 0) + change
            if not sounding[pitch]:
                del sounding[pitch]
        yield tuple(sorted(sounding))


def _grams(chords: Iterable[Chord]) -> Grams:
    """Hash all runs of chords, rests and repetitions left out."""
    row: list[Chord] = []
    for chord in chords:
        if chord and (not row or row[-1] != chord):
            row.append(chord)
    shapes = [tuple(pitch - chord[0] for pitch in chord) for chord in row]
    steps = [b[0] - a[0] for a, b in pairwise(row)]

    def run(i: int) -> tuple[tuple[Chord, ...], tuple[int, ...]]:
        return tuple(shapes[i : i + CHORDS]), tuple(steps[i : i + CHORDS - 1])

    return frozenset(hash(run(i)) for i in range(len(row) - CHORDS + 1))
