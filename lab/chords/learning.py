"""Examples to fit the reader of chords on: beats of pieces, what sounds in them, and which chords are right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lab.chords.accompanying import PATTERNS, accompanied
from lab.chords.cases import NO_CHORD, Case, KnownChord, broken, slow
from lab.chords.drills import drill
from lab.chords.kinds import nearest
from lab.chords.net import Batch
from symgen.music.chord_beats import Beats, hear
from symgen.music.chord_decoder import NO_CHORD_STATE
from symgen.music.chord_features import Features, describe_beats
from symgen.music.harmony import PLAN_QUALITIES, chord_beats
from symgen.music.keys import infer_key
from symgen.music.lines import hardly_overlap
from symgen.music.theory import Key

__all__ = ["Example", "batches", "examples"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Draw = np.random.Generator

_STATES = NO_CHORD_STATE + 1
# Manners in which each lead sheet is played; rows of chords that nobody wrote.
_MANNERS, _DRILLS = 5, 200


class Example(NamedTuple):
    """A piece, turned so that its tonic is pitch class 0; see `lab.chords.net.Batch`."""

    tones: Floats
    whole: Floats
    change: Floats
    minor: bool
    allowed: NDArray[np.bool_]


def examples(sheets: Sequence[Case], voices: Sequence[Case], draw: Draw) -> Iterator[Example]:
    """Return lead sheets with some accompaniments and with none, drills, and voices as written and broken."""
    patterns = list(PATTERNS)
    for sheet in sheets:
        for pattern in draw.permutation(patterns)[:_MANNERS].tolist():
            yield _example(accompanied(sheet, pattern, int(draw.integers(1 << 30))), draw)
        yield _example(_without_silence(sheet), draw, plainly=True)
    for number in range(_DRILLS):
        yield _example(drill(number), draw, plainly=number % 2 == 0)
    for number, case in enumerate(voices):
        yield _example(case, draw)
        yield _example((broken, slow)[number % 2](case), draw)


def _without_silence(case: Case) -> Case:
    return replace(case, truth=tuple(chord for chord in case.truth if chord.root != NO_CHORD))


def _example(case: Case, draw: Draw, *, plainly: bool = False) -> Example:
    score = case.score
    beats = Beats(*chord_beats(score.bars, score.resolution))
    key, notes, truth = infer_key(score), score.note_array(), list(case.truth)
    if not plainly:
        notes, truth = _varied(notes, truth, score.length, draw)
    if draw.random() < 0.1:
        key = Key((key.tonic + int(draw.choice([5, 7]))) % 12, key.mode)
    heard = hear(notes, beats)
    features = describe_beats(heard, beats.levels, is_line=hardly_overlap(notes[:, 0], notes[:, 1]))
    return _turned(features, key, _allowed(truth, beats))


def _varied(
    notes: Ints, truth: list[KnownChord], length: int, draw: Draw
) -> tuple[Ints, list[KnownChord]]:
    """Play a piece with its melody left out or moved, with fewer or shorter notes, or with a hole."""
    notes = notes.copy()
    parts = notes[:, 4]
    if len(np.unique(parts)) > 1 and draw.random() < 0.15:
        notes = notes[parts != 0]
    if draw.random() < 0.3:
        mine = notes[:, 4] == int(draw.integers(parts.max() + 1))
        notes[mine, 2] = np.clip(notes[mine, 2] + int(draw.choice([-12, 12])), 12, 108)
    if draw.random() < 0.2:
        notes = notes[draw.random(len(notes)) > 0.1]
    if draw.random() < 0.3:
        notes[:, 1] = np.maximum(1, notes[:, 1] * draw.uniform(0.4, 0.95))
    if draw.random() < 0.15:
        start = int(draw.uniform(0, 0.8) * length)
        end = start + int(draw.uniform(0.03, 0.1) * length)
        outside = (notes[:, 0] >= end) | (notes[:, 0] < start)
        notes = notes[outside]
        before = notes[:, 0] < start
        notes[before, 1] = np.minimum(notes[before, 1], start - notes[before, 0])
        truth = [*_cut(truth, start, end), KnownChord(start, end, NO_CHORD, NO_CHORD)]
        truth.sort(key=lambda chord: chord.start)
    return notes, truth


def _cut(truth: Iterable[KnownChord], start: int, end: int) -> Iterator[KnownChord]:
    """Leave out what is known of a time."""
    for chord in truth:
        if chord.start < start:
            yield replace(chord, end=min(chord.end, start))
        if chord.end > end:
            yield replace(chord, start=max(chord.start, end))


def _allowed(truth: Sequence[KnownChord], beats: Beats) -> NDArray[np.bool_]:
    """Return which states each beat may be in, by the chord that sounds in its middle."""
    begins = np.array([chord.start for chord in truth] or [0])
    middles = (beats.starts + beats.ends - 1) // 2
    places = np.searchsorted(begins, middles, side="right") - 1
    found = np.zeros((len(middles), _STATES), dtype=bool)
    for beat, (place, middle) in enumerate(zip(places.tolist(), middles.tolist(), strict=True)):
        chord = truth[place] if truth and place >= 0 else None
        if chord is None or middle >= chord.end:
            found[beat] = True
        elif chord.root == NO_CHORD:
            found[beat, NO_CHORD_STATE] = True
        else:
            for quality in nearest(chord.quality):
                found[beat, 12 * PLAN_QUALITIES.index(quality) + chord.root] = True
    return found


def _turned(features: Features, key: Key, allowed: NDArray[np.bool_]) -> Example:
    from_tonic = (np.arange(12) + key.tonic) % 12
    states = np.r_[[12 * q + from_tonic for q in range(len(PLAN_QUALITIES))]].ravel()
    return Example(
        features.tones[:, :, from_tonic].astype(np.float32),
        features.whole.astype(np.float32),
        features.change.astype(np.float32),
        key.minor,
        allowed[:, np.r_[states, NO_CHORD_STATE]],
    )


def batches(pieces: Sequence[Example], size: int, length: int, draw: Draw) -> Iterator[Batch]:
    """Cut pieces into windows in an order by chance, and return them without end."""
    while True:
        windows = []
        for piece in draw.permutation(len(pieces)).tolist():
            count = len(pieces[piece].whole)
            first = -int(draw.integers(length)) if count > length else 0
            windows += [
                (piece, start) for start in range(first, count, length) if start + length > 8
            ]
        order = draw.permutation(len(windows)).tolist()
        for begin in range(0, len(order) - size + 1, size):
            rows = [
                _window(pieces[p], s, length)
                for p, s in (windows[i] for i in order[begin : begin + size])
            ]
            yield Batch(*(torch.tensor(np.stack(column)) for column in zip(*rows, strict=True)))


def _window(piece: Example, start: int, length: int) -> tuple[NDArray[np.generic], ...]:
    start, end = max(0, start), min(len(piece.whole), start + length)
    fill = length - (end - start)

    def cut(table: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.pad(table[start:end], [(0, fill)] + [(0, 0)] * (table.ndim - 1))

    allowed = cut(piece.allowed)
    allowed[length - fill :] = True
    there = np.arange(length) < end - start
    minor = np.array(piece.minor, dtype=np.int64)
    return cut(piece.tones), cut(piece.whole), cut(piece.change), minor, allowed, there
