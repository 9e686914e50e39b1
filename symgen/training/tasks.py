"""What the loop needs to know of a network: how to prepare, batch and score pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from lab.baseline import PlainChunk, PlainNet, PlainPiece, plain_chunks, plain_piece
from symgen.corpus import PieceRecord, Store
from symgen.nets.batches import Chunk, Masking, PreparedPiece, chunks, mover, prepare
from symgen.nets.checkpoint import NetConfig
from symgen.nets.event import EventNet
from symgen.system.errors import CheckpointError
from symgen.tokens import FIELDS, Events, Vocabulary
from symgen.tokens.events import event_notes
from symgen.tokens.layout import MOST_VOICES
from symgen.tokens.vocabulary import PART, PITCH, TIME, VELOCITY
from symgen.training.traits import count_overlaps, count_own_overlaps

__all__ = [
    "EventTask",
    "PlainTask",
    "Split",
    "Task",
    "fit_config",
    "load_split",
    "make_task",
    "some_records",
]

_VARIES = 0.05
"""A field is drawn if it varies inside at least this share of the pieces."""


class Task(Protocol):
    """A network with its way of making batches."""

    @property
    def net(self) -> nn.Module:
        """The torch module."""
        ...

    def prepare(self, events: Events) -> Any:
        """Compute once what batches need of a piece."""
        ...

    def place(self, piece: Any, device: torch.device) -> Any:
        """Bring a prepared piece to where batches are best made of it."""
        ...

    def chunks(self, pieces: Sequence[Any], masks: Sequence[Masking], steps: int) -> Iterator[Any]:
        """Yield a batch in chunks of at most `steps` steps."""
        ...

    def losses(self, chunk: Any, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats by field, and the state after the chunk."""
        ...


class EventTask:
    """The event network."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.net = EventNet(config, vocabulary)
        self._there = self.net.inputs

    def prepare(self, events: Events) -> PreparedPiece:
        """Compute the features of a piece."""
        return prepare(events, self.net.inputs)

    def place(self, piece: PreparedPiece, device: torch.device) -> PreparedPiece:
        """Bring a piece to a GPU, where batches are made of it; the CPU makes them of numpy arrays."""
        if device.type != "cpu" and self._there is self.net.inputs:
            self._there = self.net.inputs.moved(mover(device))
        return piece.to(device)

    def chunks(
        self, pieces: Sequence[PreparedPiece], masks: Sequence[Masking], steps: int
    ) -> Iterator[Chunk]:
        """Yield a batch in chunks of at most `steps` events."""
        return chunks(pieces, masks, self._there, steps)

    def losses(self, chunk: Chunk, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats by field, and the state after the chunk."""
        states, last = self.net.states(chunk.rows, state)
        return self.net.losses(states, chunk.heads), last


class PlainTask:
    """The plain baseline."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.net = PlainNet(config, vocabulary)
        self._config, self._vocabulary = config, vocabulary

    def prepare(self, events: Events) -> PlainPiece:
        """Turn a piece into tokens."""
        return plain_piece(events, self._vocabulary, self._config)

    def place(self, piece: PlainPiece, device: torch.device) -> PlainPiece:  # noqa: ARG002
        """Leave a piece where it is."""
        return piece

    def chunks(
        self, pieces: Sequence[PlainPiece], masks: Sequence[Masking], steps: int
    ) -> Iterator[PlainChunk]:
        """Yield a batch in chunks; a note is about three tokens."""
        return plain_chunks(pieces, masks, 3 * steps)

    def losses(self, chunk: PlainChunk, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats, and the state after the chunk."""
        return self.net.loss(chunk, state)


def make_task(config: NetConfig, vocabulary: Vocabulary) -> Task:
    """Make the network that a configuration names."""
    return (
        EventTask(config, vocabulary) if config.kind == "event" else PlainTask(config, vocabulary)
    )


def fit_config(config: NetConfig, store: Store) -> NetConfig:
    """Complete a configuration from the training split: styles, periods, parts, and the fields that it does not vary.

    Raises
    ------
    CheckpointError
        If the store has no pieces to train on, or none to choose the checkpoint by.
    """
    records = store.pieces("train")
    for split, name in (("train", "training"), ("valid", "validation")):
        if not store.pieces(split):
            alone = len({record.group for record in store.pieces()}) < 2
            why = " (its pieces count as versions of one tune, by notes or title)" if alone else ""
            raise CheckpointError(
                f"{store.path}: holds no {name} pieces{why}; build the corpus from more tunes"
            )
    styles = sorted({record.header.style for record in records} - {""})
    periods = sorted({record.header.period for record in records} - {""})
    voices, lines = (
        _count_voices(store, records) if config.kind == "event" and config.features else (0, False)
    )
    fixed = []
    for column in (PART, VELOCITY):
        varied, values = 0, Counter[int]()
        for record in records:
            fields = store.events(record).fields
            notes = fields[fields[:, TIME] < store.vocabulary.skip, column]
            seen, counts = np.unique(notes, return_counts=True)
            varied += len(seen) > 1
            values.update(dict(zip(seen.tolist(), counts.tolist(), strict=True)))
        if varied < _VARIES * len(records):
            fixed.append((FIELDS[column], values.most_common(1)[0][0]))
    given = replace(config, voices=voices, goals=config.goals and lines, timing=voices > 0)
    return replace(given, styles=tuple(styles), fixed=tuple(fixed), periods=tuple(periods))


def _count_voices(store: Store, records: Sequence[PieceRecord]) -> tuple[int, bool]:
    """Return how many parts to follow, and whether parts play one note at a time.

    Followed are those of all but the largest pieces; none where notes hardly ever overlap.
    """
    notes = overlaps = own_overlaps = 0
    parts = []
    for record in records:
        found = event_notes(
            np.asarray(store.events(record).fields), record.header, store.vocabulary
        )
        notes, overlaps = notes + len(found), overlaps + count_overlaps(found.onset, found.duration)
        own_overlaps += count_own_overlaps(found)
        parts.append(len(record.header.programs))
    lines = own_overlaps <= _VARIES * notes
    if overlaps <= _VARIES * notes:
        return 0, lines
    return min(MOST_VOICES, sorted(parts)[int(len(parts) * (1 - _VARIES))]), lines


@dataclass(frozen=True)
class Split:
    """The prepared pieces of a split.

    Parameters
    ----------
    pieces : list
        As the task prepared them.
    lengths : ndarray of int64
        Events of each.
    ranges : ndarray of int64, shape (pieces, 2)
        Lowest and highest pitch of each.
    notes : int
    sixteenths : float
        Length of all pieces in 16th notes, from bar line to bar line.
    names : tuple of str
        Where each came from; may be left out.
    """

    pieces: list[Any]
    lengths: np.ndarray[Any, np.dtype[np.int64]]
    ranges: np.ndarray[Any, np.dtype[np.int64]]
    notes: int
    sixteenths: float
    names: tuple[str, ...] = ()


def some_records(records: Sequence[PieceRecord], events: int) -> Sequence[PieceRecord]:
    """Choose pieces that are spread evenly and hold about so many events at most; all of them for 0."""
    total = sum(record.length for record in records)
    if not events or total <= events:
        return records
    count = max(1, len(records) * events // total)
    return [records[i * len(records) // count] for i in range(count)]


def load_split(
    store: Store, records: Sequence[PieceRecord], task: Task, device: torch.device | None = None
) -> Split:
    """Prepare the pieces of a split, to be learned from on a device."""
    device = device or torch.device("cpu")
    pieces, lengths, ranges, notes, steps = [], [], [], 0, 0
    for record in records:
        events = store.events(record)
        fields = np.asarray(events.fields)
        pitches = fields[fields[:, TIME] < store.vocabulary.skip, PITCH]
        pieces.append(task.place(task.prepare(Events(fields, record.header)), device))
        lengths.append(len(fields))
        ranges.append((int(pitches.min()), int(pitches.max())) if len(pitches) else (64, 64))
        notes += len(pitches)
        steps += int(record.header.bar_starts[-1])
    sixteenths = steps / (store.vocabulary.grid / 4)
    names = tuple(f"{record.source}/{record.locator}" for record in records)
    return Split(
        pieces, np.array(lengths), np.array(ranges).reshape(-1, 2), notes, sixteenths, names
    )


def total_loss(losses: dict[str, Tensor]) -> Tensor:
    """Add the fields up."""
    return torch.stack(list(losses.values())).sum()
