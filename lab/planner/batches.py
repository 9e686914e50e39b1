"""Pieces laid side by side as the network reads them, with what is hidden from it at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from lab.planner.pieces import Piece
from symgen.music.theory import Key
from symgen.planner.beats import Beats
from symgen.planner.memory import Memory, phrase_rows
from symgen.planner.net import Reading
from symgen.planner.sonorities import cadence_of, mode_of
from symgen.planner.tables import LONGEST_PHRASE, MOST_BARS_DONE, first_row

__all__ = ["Hiding", "Laid", "batch", "laid"]

Ints = NDArray[np.int64]

_UNKNOWN = -1
# The column of the rows of beats, see `symgen.planner.beats`.
_BARS_DONE = 3


@dataclass(frozen=True)
class Hiding:
    """Shares of pieces from which something is hidden."""

    style: float = 0.15
    end: float = 0.15
    # All phrases; those up to some beat; the cadences.
    phrases: float = 0.15
    opening: float = 0.25
    cadences: float = 0.15


@dataclass(frozen=True)
class Laid:
    """A piece, or a stretch of it, beat by beat."""

    beats: Beats
    sonorities: Ints
    fixed: Ints
    # Beats after each one up to the end of its phrase, and its cadence; -1 where not known.
    left: Ints
    cadence: Ints
    begins: NDArray[np.bool_]


def laid(
    piece: Piece, styles: Sequence[str], rng: np.random.Generator | None, hiding: Hiding
) -> Laid:
    """Lay a piece; with `rng` some of what is known of it is hidden."""

    def hides(share: float) -> bool:
        return rng is not None and rng.random() < share

    beats = piece.beats(ends_known=not hides(hiding.end))
    if not piece.opens and hides(0.5):
        # The stretch is from the middle of a piece; else it is taken for a short one.
        beats = replace(beats, rows=beats.rows.copy())
        beats.rows[:, _BARS_DONE] = first_row("bars_done") + MOST_BARS_DONE
    is_hidden = not piece.style or hides(hiding.style)
    row = 0 if is_hidden else 1 + styles.index(piece.style)
    mode = mode_of(Key.parse(piece.key))
    fixed = np.array([first_row("mode") + mode, first_row("style") + row])
    count = len(piece.sonorities)
    left, cadence = np.full(count, _UNKNOWN), np.full(count, _UNKNOWN)
    begins = np.zeros(count, dtype=bool)
    if piece.phrases is not None and not hides(hiding.phrases):
        first = int(rng.integers(count)) if rng is not None and hides(hiding.opening) else 0
        no_cadences = hides(hiding.cadences)
        start = 0
        for end in piece.phrases:
            # What is known of a phrase begins where it does, or where it is first told of.
            known = max(start, first)
            if known < end:
                left[known:end] = np.arange(end - known - 1, -1, -1)
                begins[known] = True
                is_whole = end == piece.phrases[-1] and not piece.ends
                if not no_cadences and not is_whole:
                    cadence[known:end] = cadence_of(piece.sonorities[start:end])
            start = end
    return Laid(beats, np.array(piece.sonorities), fixed, left, cadence, begins)


def batch(pieces: Sequence[Laid]) -> Reading:
    """Lay pieces side by side."""
    count, beats = len(pieces), max(len(piece.sonorities) for piece in pieces)
    target = _padded(pieces, "sonorities", beats, 0)
    earlier = np.stack([_filled(piece.beats.earlier, beats, -1) for piece in pieces])
    told = np.stack([_filled(piece.beats.rows, beats, 0) for piece in pieces])
    fixed = np.stack([piece.fixed for piece in pieces])
    memory = Memory(count, beats)
    rows, candidates, matches, last = [], [], [], []
    for beat in range(beats):
        found = memory.candidates(earlier[:, beat])
        rows.append(np.concatenate([told[:, beat], fixed, memory.rows(found)], axis=1))
        candidates.append(found)
        matches.append(memory.matches())
        last.append(memory.last)
        memory.push(beat, target[:, beat], found)
    left, cadence = (_padded(pieces, name, beats, _UNKNOWN) for name in ("left", "cadence"))
    weight = np.stack([np.arange(beats) < len(piece.sonorities) for piece in pieces])
    begins = _padded(pieces, "begins", beats, False)
    remain = np.full((count, beats), _UNKNOWN)
    for number, piece in enumerate(pieces):
        if piece.beats.ends_known:
            own = len(piece.sonorities)
            remain[number, :own] = np.arange(own - 1, -1, -1)
    length = np.where(begins, np.minimum(left + 1, LONGEST_PHRASE), 0)
    whole = (
        np.stack(rows, 1), phrase_rows(left, cadence), np.stack(candidates, 1), np.stack(matches, 1),
        np.stack(last, 1), target, weight.astype(np.float32), length, cadence, remain,
    )  # fmt: skip
    return Reading(*(torch.from_numpy(np.ascontiguousarray(value)) for value in whole))


def _filled(values: Ints, count: int, empty: int) -> Ints:
    wide = np.full((count, *values.shape[1:]), empty, dtype=values.dtype)
    wide[: len(values)] = values
    return wide


def _padded(pieces: Sequence[Laid], name: str, count: int, empty: int) -> Ints:
    return np.stack([_filled(getattr(piece, name), count, empty) for piece in pieces])
