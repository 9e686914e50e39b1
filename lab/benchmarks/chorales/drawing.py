"""Draw chorales from a trained network, and describe chorales: a model with a low loss must also draw well."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import symgen
from lab.benchmarks.chorales.chorale_net import ChoraleNet, collate
from lab.benchmarks.chorales.chords import OTHER, chord_labels
from lab.benchmarks.chorales.columns import Ints
from lab.benchmarks.chorales.slice_features import TIME, encode
from lab.benchmarks.chorales.slices import ORDER, SILENT, slice_piece
from symgen.music.score import Note, Part, Score

__all__ = ["describe", "draw_chorale", "save_chorale"]

_NOT_YET = 127
"""Stands for voices that are not drawn yet: unlike any pitch sung, so that the frame counts as a change."""


def draw_chorale(net: ChoraleNet, frames: int, seed: int) -> Ints:
    """Draw a piece of so many frames at temperature 1; the end is not drawn but cut.

    Slow and plain: the rows of all that is drawn so far are worked out anew for each outcome.
    """
    generator = torch.Generator().manual_seed(seed)
    alphabet = net.alphabet
    last = slice_piece(np.zeros((1, 4), np.int64), alphabet).last[0]
    piece = np.zeros((0, 4), np.int64)

    def outcome(so_far: Ints, part: str) -> int:
        with torch.no_grad():
            logits = net.logits(collate([encode(slice_piece(so_far, alphabet))]), [part])[part][-1]
        return int(torch.multinomial(logits.softmax(0), 1, generator=generator))

    while len(piece) < frames:
        row = np.full(4, SILENT)
        for place, voice in enumerate(ORDER):
            row[list(ORDER[place:])] = _NOT_YET
            step = outcome(np.concatenate([piece, [row]]), str(voice))
            row[voice] = SILENT if step == alphabet.silence else last[voice] + step - alphabet.reach
        last = np.where(row == SILENT, last, row)
        piece = np.concatenate([piece, [row]])
        piece = np.concatenate([piece, np.repeat([row], outcome(piece, TIME), axis=0)])
    return piece[:frames]


def describe(pieces: Sequence[Ints]) -> dict[str, float]:
    """Shares and means that tell chorales from what is none; over all frames, changes and pairs of voices."""
    frames = np.concatenate(pieces)
    labels = chord_labels(frames)
    moves = [
        np.abs(np.diff(piece, axis=0))[(piece[1:] >= 0).all(1) & (piece[:-1] >= 0).all(1)]
        for piece in pieces
    ]
    changes = np.concatenate(moves)
    parallels = progressions = 0
    for piece in pieces:
        for upper, lower in combinations(range(4), 2):
            a, b = piece[:, upper], piece[:, lower]
            both = (
                (a[1:] != a[:-1])
                & (b[1:] != b[:-1])
                & (np.minimum(a, b)[1:] >= 0)
                & (np.minimum(a, b)[:-1] >= 0)
            )
            spacing = (a - b) % 12
            same_way = np.sign(np.diff(a)) == np.sign(np.diff(b))
            progressions += int(both.sum())
            parallels += int(
                (
                    both & same_way & (spacing[1:] == spacing[:-1]) & np.isin(spacing[1:], (0, 7))
                ).sum()
            )
    sounding = np.where(frames >= 0, frames, np.nan)
    ends = [chord_labels(piece[-1:])[0] for piece in pieces]
    return {
        "frames with a triad or seventh chord": _share(labels < OTHER),
        "frames with voices crossed": _share((np.diff(sounding, axis=1) > 0).any(1)),
        "soprano: mean pitch": float(np.nanmean(sounding[:, 0])),
        "bass: mean pitch": float(np.nanmean(sounding[:, 3])),
        "voices that change in a frame": _share(changes > 0),
        "soprano moves of a second or less": _share(changes[:, 0][changes[:, 0] > 0] <= 2),
        "bass moves of a second or less": _share(changes[:, 3][changes[:, 3] > 0] <= 2),
        "parallel fifths and octaves, of moves in pairs": parallels / max(1, progressions),
        "pieces cut at a major or minor triad": _share(np.array([label < 24 for label in ends])),
    }


def _share(flags: NDArray[np.bool_] | np.bool_) -> float:
    """Share of what is true; 0 of nothing."""
    return float(flags.mean()) if flags.size else 0.0


def save_chorale(frames: Ints, path: Path) -> None:
    """Write a piece as MIDI, a part a voice; equal pitches in a row are one note."""
    parts = []
    for name, line in zip(("soprano", "alto", "tenor", "bass"), frames.T.tolist(), strict=True):
        notes, start = [], 0
        for frame in range(1, len(line) + 1):
            if frame == len(line) or line[frame] != line[start]:
                if line[start] >= 0:
                    notes.append(Note(start * 120, line[start], (frame - start) * 120))
                start = frame
        parts.append(Part(tuple(notes), name=name))
    symgen.save_score(Score(tuple(parts), 480), path, overwrite=True)
