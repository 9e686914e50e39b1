"""Which chord sounds in each beat: a conditional random field (Lafferty, McCallum and Pereira 2001)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_features import Features
from symgen.music.harmony import PLAN_QUALITIES
from symgen.music.theory import Key

__all__ = ["NO_CHORD_STATE", "ChordDecoder", "shipped_decoder"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CHORDS = 12 * len(PLAN_QUALITIES)
NO_CHORD_STATE = _CHORDS
"""The state of a beat without a chord; all others are ``12 * quality + root``."""

# How far each pitch class, a row, lies above each root, a column.
_ABOVE = (np.arange(12)[:, None] - np.arange(12)) % 12

_FILE = Path(__file__).parent / "data" / "chords.npz"


class ChordDecoder:
    """A small network that tells what each beat says for each chord, and what chords follow each other.

    The same weights look from each of the twelve roots, so a piece that is transposed has its
    chords transposed. `python -m lab fit-chords` makes the weights.
    """

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = {name: table.astype(np.float64) for name, table in weights.items()}
        self._moves: dict[tuple[int, bool], Floats] = {}
        tones = self.weights["tones"].reshape(-1, 12, self.weights["tones"].shape[1])
        # All roots at once: a row for each pitch class, in which it stands above each root.
        self._tones = tones[:, _ABOVE].reshape(12 * len(tones), -1)

    def likeliest(self, said: Floats, stays: Floats, key: Key) -> Ints:
        """Return the likeliest row of chords, one a beat (Viterbi 1967)."""
        states = np.zeros(len(said), dtype=np.int64)
        if not len(said):
            return states
        moves = self.moves(key)
        back = np.zeros(said.shape, dtype=np.uint8)
        own, reached = np.arange(len(moves)), np.empty_like(moves)
        total = said[0]
        for beat, bonus in enumerate(stays.tolist()[1:], 1):
            np.add(moves, total, out=reached)
            origin = reached.argmax(axis=1)
            changed, stayed = reached[own, origin], total + bonus
            back[beat] = np.where(stayed >= changed, own, origin)
            total = np.maximum(stayed, changed) + said[beat]
        states[-1] = int(total.argmax())
        for beat in range(len(said) - 1, 0, -1):
            states[beat - 1] = back[beat, states[beat]]
        return states

    def said(self, features: Features, key: Key) -> Floats:
        """Return what each beat says for each chord, in log odds; shape (beats, states)."""
        mine = self.weights
        count = len(features.whole)
        degree = (np.arange(12) - key.tonic) % 12
        first = (features.tones.reshape(count, -1) @ self._tones).reshape(count, 12, -1)
        first += (features.whole @ mine["whole"])[:, None] + mine["key"][int(key.minor)][degree]
        np.maximum(first, 0.0, out=first)
        second = np.maximum(self._beside(first) + mine["near_bias"], 0.0)
        chords = (second @ mine["chord"]).reshape(count, 12, -1)
        chords += mine["degree"][int(key.minor)][degree]
        pooled = second.reshape(count, 12, -1).mean(axis=1)
        none = pooled @ mine["none"] + features.whole @ mine["none_whole"] + mine["none_bias"]
        by_state = chords.transpose(0, 2, 1).reshape(count, -1)
        found: Floats = np.column_stack([by_state, none])
        return found

    def _beside(self, values: Floats) -> Floats:
        """Add up what a beat and those beside it say; shape (beats, 12, numbers) to (12 * beats, numbers)."""
        table, count = self.weights["near"], len(values)
        rows = np.zeros((count, 12, table.shape[2]))
        for number, weights in enumerate(table):
            shift = number - len(table) // 2
            start, end = max(0, -shift), min(count, count - shift)
            if start >= end:
                continue
            mine = values[start + shift : end + shift]
            rows[start:end] += (mine.reshape(-1, mine.shape[2]) @ weights).reshape(
                len(mine), 12, -1
            )
        return rows.reshape(12 * count, -1)

    def stays(self, features: Features) -> Floats:
        """Return what speaks for each beat going on with the chord before it; shape (beats,)."""
        mine = self.weights
        hidden = np.maximum(features.change @ mine["change"] + mine["change_bias"], 0.0)
        found: Floats = hidden @ mine["stay"] + features.change @ mine["stay_whole"]
        return found

    def moves(self, key: Key) -> Floats:
        """Return what speaks for a chord after another one; shape (states, states before)."""
        told = (key.tonic, key.minor)
        if told not in self._moves:
            self._moves[told] = self._made(key)
        return self._moves[told]

    def _made(self, key: Key) -> Floats:
        mine = self.weights
        quality, root = np.divmod(np.arange(_CHORDS), 12)
        degree = (root - key.tonic) % 12
        interval = (root[:, None] - root) % 12
        moves = np.full((_CHORDS + 1, _CHORDS + 1), -np.inf)
        moves[:-1, :-1] = mine["move"][interval, quality, quality[:, None]]
        moves[:-1, :-1] += mine["degrees"][int(key.minor)][degree, degree[:, None]]
        moves[-1, :-1], moves[:-1, -1] = mine["silence"]
        np.fill_diagonal(moves, -np.inf)
        return moves


@cache
def shipped_decoder() -> ChordDecoder:
    """Return the decoder whose weights come along."""
    with np.load(_FILE, allow_pickle=False) as tables:
        return ChordDecoder(dict(tables))
