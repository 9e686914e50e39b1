"""What the network sees of a chorale: inputs, and for each outcome its features, pointers and target.

Each row is a function of what precedes its outcome in the order: duration of the slice before, soprano, bass, alto,
tenor (and, where chords are given, of the chords up to the present frame). `tests/benchmarks` holds this against
pieces that are cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.chorales.chords import LABELS, OTHER, chord_labels
from lab.benchmarks.chorales.columns import Bools, Columns, Ints
from lab.benchmarks.chorales.slices import ORDER, SILENT, Slices

__all__ = ["POINTERS", "TIME", "Encoded", "Outcomes", "encode"]

TIME = "time"
POINTERS = 5
_PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (1, 3))


@dataclass(frozen=True)
class Outcomes:
    """One kind of outcome at all n slices."""

    # Shape (n, features): into the head's table, which has `size` rows.
    rows: Ints
    size: int
    # Shape (n, 5): 0 for none, else 1 + the class that followed an earlier match.
    pointers: Ints
    # Shape (n,): the pitch class from which the state is seen.
    reference: Ints
    # shape (n,).
    target: Ints


@dataclass(frozen=True)
class Encoded:
    """A chorale of n slices, ready for the network."""

    frames: int
    # Shape (n + 1, features): input 0 is empty, input i + 1 tells of slice i but not how long it
    # lasts: table rows, which lie in a table of `size` rows, and pitch classes.
    rows: Ints
    classes: Ints
    size: int
    # ``"time"`` and the voices ``"0"`` .. ``"3"``.
    outcomes: dict[str, Outcomes]
    # Shape (n,): the class by which the tenor would hold; 0-based, or -1 where it may.
    hold: Ints
    # Shape (n,): whether the slice after has another chord, where chords are given.
    changes: Bools
    # See `Slices`.
    beyond: int


def encode(slices: Slices, *, chords: bool = False) -> Encoded:
    """Work out all rows of a piece, with each frame's chord given or not."""
    labels = chord_labels(slices.pitch) if chords else None
    rows, size, classes = _inputs(slices, labels)
    outcomes = {TIME: _time(slices, labels)}
    for place, voice in enumerate(ORDER):
        outcomes[str(voice)] = _voice(slices, voice, ORDER[:place], labels)
    changes = np.zeros(len(slices.onset), bool)
    if labels is not None:
        changes[:-1] = labels[1:] != labels[:-1]
    frames = int(slices.duration.sum())
    return Encoded(
        frames, rows, classes, size, outcomes, _forbidden_hold(slices), changes, slices.beyond
    )


def _after_start(values: NDArray[Any]) -> Ints:
    """Put the empty input before those of the slices."""
    return np.concatenate([[0], np.asarray(values, np.int64)])


def _durations_before(slices: Slices) -> Ints:
    return np.concatenate([[0], slices.duration[:-1]])


def _mask(slices: Slices) -> Ints:
    """Which voices move, as a number of four bits."""
    return np.asarray(slices.moved @ [1, 2, 4, 8], np.int64)


def _inputs(slices: Slices, labels: Ints | None) -> tuple[Ints, int, Ints]:
    alphabet, pitch, onset = slices.alphabet, slices.pitch, slices.onset
    sounds = pitch != SILENT
    columns = Columns()
    for voice in range(4):
        moves = np.where(slices.moved[:, voice], slices.step[:, voice] + 1, 0)
        columns.add(_after_start(moves), alphabet.classes + 1)
    columns.add(_after_start(_mask(slices)), 16)
    for upper, lower in _PAIRS:
        spacing = np.clip(pitch[:, upper] - pitch[:, lower], -5, 43) + 6
        columns.add(_after_start(np.where(sounds[:, upper] & sounds[:, lower], spacing, 0)), 50)
    columns.add(_after_start(_durations_before(slices)), alphabet.longest + 1)
    columns.add(_after_start(onset % 16 + 1), 17)
    columns.add(_after_start(onset // 4 % 3 + 1), 4)
    columns.add(_after_start(np.minimum(onset // 16, 15) + 1), 17)
    classes = np.where(sounds, 1 + 12 * np.arange(4) + pitch % 12, 0)
    moving = np.where(sounds & slices.moved, 1 + 12 * np.arange(4, 8) + pitch % 12, 0)
    parts = [classes, moving]
    if labels is not None:
        columns.add(_after_start(_quality(labels) + 1), 7)
        parts.append(np.where(labels < OTHER, 1 + 12 * 8 + labels % 12, 0)[:, None])
    stacked = np.concatenate(parts, 1)
    return columns.rows(), columns.total, np.concatenate([np.zeros_like(stacked[:1]), stacked])


def _time(slices: Slices, labels: Ints | None) -> Outcomes:
    """How long a slice lasts, once it sounds."""
    onset, longest = slices.onset, slices.alphabet.longest
    bass = np.where(slices.pitch[:, 3] != SILENT, slices.pitch[:, 3], slices.last[:, 3])
    before = _durations_before(slices)
    columns = Columns()
    columns.add(onset % 16, 16)
    columns.add(onset // 4 % 3, 3)
    columns.add(_mask(slices), 16)
    columns.add(before, longest + 1)
    columns.add(onset % 4 * (longest + 1) + before, 4 * (longest + 1))
    for voice in range(4):
        columns.add(np.where(slices.moved[:, voice], 0, slices.held[:, voice]), longest + 1)
    pointers = np.where(slices.resumed >= 0, slices.duration[slices.resumed], 0)
    for each in pointers.T:
        columns.add(each, longest + 1)
    if labels is not None:
        columns.add(_seen_from(labels, bass), LABELS)
    return Outcomes(columns.rows(), columns.total, pointers, bass % 12, slices.duration - 1)


def _voice(slices: Slices, voice: int, decided: tuple[int, ...], labels: Ints | None) -> Outcomes:
    """Where a voice goes, once the voices `decided` are known."""
    alphabet, pitch, onset = slices.alphabet, slices.pitch, slices.onset
    reference, held, longest = slices.last[:, voice], slices.held[:, voice], slices.alphabet.longest
    columns = Columns()
    columns.add(onset % 16, 16)
    columns.add(onset // 4 % 3, 3)
    columns.add(np.minimum(onset // 16, 15), 16)
    columns.add(_durations_before(slices), longest + 1)
    columns.add(held, longest + 1)
    columns.add(held * 4 + onset % 4, 4 * (longest + 1))
    columns.add(slices.interval[:, voice] + alphabet.reach, 2 * alphabet.reach + 1)
    columns.add(np.clip(reference, 0, 127), 128)
    columns.add(slices.before[:, voice] == SILENT, 2)
    moved = [slices.moved[:, other] * 2**bit for bit, other in enumerate(decided)]
    columns.add(np.sum(moved, 0) if moved else np.zeros_like(onset), 8)
    for other in range(4):
        if other in decided:
            _add_decided(columns, slices, other, reference)
        elif other != voice:
            columns.add(_distance(slices.last[:, other], reference), 73)
            columns.add(slices.held[:, other], longest + 1)
    pointers = []
    for source in slices.recalled.T:
        there = pitch[source, voice]
        outcome = np.clip(there - reference, -alphabet.reach, alphabet.reach) + alphabet.reach
        outcome = np.where(there != SILENT, outcome, alphabet.silence)
        agrees = (pitch[source][:, decided] == pitch[:, decided]).all(1)
        known = source >= 0
        columns.add(
            np.where(known, outcome + 1 + agrees * alphabet.classes, 0), 2 * alphabet.classes + 1
        )
        pointers.append(np.where(known, outcome + 1, 0))
    if labels is not None:
        columns.add(_seen_from(labels, reference), LABELS)
        earlier = np.concatenate([[OTHER], labels[:-1]])
        columns.add(_seen_from(earlier, reference), LABELS)
    target = slices.step[:, voice]
    return Outcomes(columns.rows(), columns.total, np.stack(pointers, 1), reference % 12, target)


def _add_decided(columns: Columns, slices: Slices, other: int, reference: Ints) -> None:
    """Tell of another voice that is known already."""
    alphabet, pitch = slices.alphabet, slices.pitch[:, other]
    sounds = pitch != SILENT
    columns.add(slices.step[:, other], alphabet.classes)
    columns.add(np.where(sounds, _distance(pitch, reference) + 1, 0), 74)
    columns.add(_distance(slices.last[:, other], reference), 73)
    columns.add(np.where(sounds, (pitch - reference) % 12 + 1, 0), 13)


def _distance(pitch: Ints, reference: Ints) -> Ints:
    return np.asarray(np.clip(pitch - reference, -36, 36) + 36)


def _quality(labels: Ints) -> Ints:
    """0 .. 3 major .. augmented, 4 other, 5 none."""
    return np.where(labels < OTHER, labels // 12, labels - OTHER + 4)


def _seen_from(labels: Ints, reference: Ints) -> Ints:
    """Chord labels with their roots counted from pitches."""
    return np.where(labels < OTHER, labels // 12 * 12 + (labels % 12 - reference) % 12, labels)


def _forbidden_hold(slices: Slices) -> Ints:
    """Forbid the tenor to hold if the others did, unless the slice before was cut for its length."""
    alphabet, tenor = slices.alphabet, ORDER[-1]
    others_hold = ~slices.moved[:, ORDER[:-1]].any(1)
    was_cut = _durations_before(slices) >= alphabet.longest
    hold = np.where(slices.before[:, tenor] == SILENT, alphabet.silence, alphabet.reach)
    return np.where(others_hold & ~was_cut, hold, -1)
