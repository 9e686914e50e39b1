"""A language model as training and evaluation see it: how to prepare, batch and score pieces."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.corpus import PieceRecord, Store
from symgen.corpus.packed import PackedFeatures
from symgen.nets.batches import (
    Chunk,
    Masking,
    PreparedPiece,
    chunks,
    mover,
    prepare,
    prepared_piece,
)
from symgen.nets.checkpoint import NetConfig
from symgen.nets.event import EventNet
from symgen.system.errors import CheckpointError
from symgen.tokens import FIELDS, Events, Header, Vocabulary
from symgen.tokens.layout import MOST_VOICES
from symgen.tokens.vocabulary import PART, PITCH, TIME, VELOCITY
from symgen.training.distributed import ALONE, Ranks
from symgen.training.traits import count_notes

__all__ = [
    "EventTask",
    "Labels",
    "Split",
    "StoredPieces",
    "Task",
    "check_splits",
    "corpus_labels",
    "evaluate_split",
    "fit_config",
    "load_split",
    "some_records",
    "total_loss",
]

_IN_THE_LAB = "only measures, and is in the lab: python -m lab train-baseline"
_VARIES = 0.05
"""A field is drawn if it varies inside at least this share of the pieces."""


class Task(Protocol):
    """A network with its way of making batches."""

    @property
    def net(self) -> nn.Module:
        """The torch module."""

    def prepare(self, events: Events) -> Any:
        """Compute once what batches need of a piece."""

    def place(self, piece: Any, device: torch.device) -> Any:
        """Bring a prepared piece to where batches are best made of it."""

    def chunks(self, pieces: Sequence[Any], masks: Sequence[Masking], steps: int) -> Iterator[Any]:
        """Yield a batch in chunks of at most `steps` steps."""

    def losses(self, chunk: Any, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats by field, and the state after the chunk."""


class EventTask:
    """The event network."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        if config.kind != "event":
            raise CheckpointError(f"a network of kind {config.kind!r} {_IN_THE_LAB}")
        self.net = EventNet(config, vocabulary)
        self._placed_inputs = self.net.inputs
        self.packed: PackedFeatures | None = None

    def prepare(self, events: Events) -> PreparedPiece:
        """Compute the features of a piece."""
        return prepare(events, self.net.inputs)

    def of_store(self, store: Store, record: PieceRecord) -> PreparedPiece:
        """Return a piece of a store, whose features are kept beside it."""
        inputs = self.net.inputs
        if self.packed is None or self.packed.store is not store:
            config = inputs.config
            self.packed = PackedFeatures(
                store, config.voices, goals=config.goals, plans=config.plans
            )
        return prepared_piece(*self.packed.piece(record), record.header, inputs)

    def finish(self) -> None:
        """Keep the features in the folder of the store."""
        if self.packed is not None:
            self.packed.finish()

    def look_again(self) -> None:
        """Take the features that another process has kept."""
        if self.packed is not None:
            self.packed.look_again()

    def place(self, piece: PreparedPiece, device: torch.device) -> PreparedPiece:
        """Bring a piece to a GPU, where batches are made of it; the CPU makes them of arrays."""
        # The tables of the inputs are moved once, with the first piece.
        if device.type != "cpu" and self._placed_inputs is self.net.inputs:
            self._placed_inputs = self.net.inputs.moved(mover(device))
        return piece.to(device)

    def compile(self) -> None:
        """Let torch compile what is many small kernels: all but the GRU."""
        # Lengths differ from chunk to chunk.
        setattr(self.net, "losses", torch.compile(self.net.losses, dynamic=True))  # noqa: B010

    def chunks(
        self, pieces: Sequence[PreparedPiece], masks: Sequence[Masking], steps: int
    ) -> Iterator[Chunk]:
        """Yield a batch in chunks of at most `steps` events."""
        return chunks(pieces, masks, self._placed_inputs, steps)

    def losses(self, chunk: Chunk, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats by field, and the state after the chunk."""
        states, last = self.net.states(chunk.rows, state)
        return self.net.losses(states, chunk.heads), last


def check_splits(store: Store) -> None:
    """Refuse a corpus without training or validation pieces."""
    for split, name in (("train", "training"), ("valid", "validation")):
        if not store.pieces(split):
            is_one_tune = len({record.group for record in store.pieces()}) < 2
            why = " (its pieces count as versions of one tune, by notes or title)"
            raise CheckpointError(
                f"{store.path}: holds no {name} pieces{why if is_one_tune else ''}; "
                "build the corpus from more tunes"
            )


def fit_config(config: NetConfig, store: Store) -> NetConfig:
    """Complete a configuration from the training pieces: styles, parts, what does not vary."""
    check_splits(store)
    records = store.pieces("train")
    voices, monophonic_parts = 0, False
    if config.kind == "event" and config.features:
        voices, monophonic_parts = _count_voices(store, records)
    return replace(
        config,
        styles=tuple(sorted({record.header.style for record in records} - {""})),
        periods=tuple(sorted({record.header.period for record in records} - {""})),
        labels=corpus_labels(records) if config.kind == "event" else (),
        fixed=tuple(_fixed_fields(store, records)),
        voices=voices,
        # A goal is the last note of a line, so that chords inside a part have none.
        goals=config.goals and monophonic_parts,
        timing=voices > 0,
        # A melody alone says too little of its harmony to learn to follow one.
        plans=config.plans and voices > 0,
    )


Labels = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of labels, each with its values."""


def corpus_labels(records: Sequence[PieceRecord]) -> Labels:
    """Return the labels of pieces, each with its values."""
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.header.labels:
            found.setdefault(name, set()).add(value)
    return tuple((name, tuple(sorted(found[name]))) for name in sorted(found))


def _fixed_fields(store: Store, records: Sequence[PieceRecord]) -> Iterator[tuple[str, int]]:
    """Yield the fields that hardly any piece varies, with their usual value."""
    for column in (PART, VELOCITY):
        varied, values = 0, Counter[int]()
        for record in records:
            fields = store.events(record).fields
            is_note = fields[:, TIME] < store.vocabulary.skip
            own, counts = np.unique(fields[is_note, column], return_counts=True)
            varied += len(own) > 1
            values.update(dict(zip(own.tolist(), counts.tolist(), strict=True)))
        if varied < _VARIES * len(records):
            yield FIELDS[column], values.most_common(1)[0][0]


def _count_voices(store: Store, records: Sequence[PieceRecord]) -> tuple[int, bool]:
    """Return how many parts to follow, and whether parts play one note at a time."""
    # Followed are those of all but the largest pieces; none where notes hardly ever overlap.
    notes, overlaps, own_overlaps = count_notes(store, records)
    monophonic_parts = own_overlaps <= _VARIES * notes
    if overlaps <= _VARIES * notes:
        return 0, monophonic_parts
    # All but the largest pieces: a few orchestral ones would make every network wide.
    parts = sorted(len(record.header.programs) for record in records)
    return min(MOST_VOICES, parts[int(len(parts) * (1 - _VARIES))]), monophonic_parts


@dataclass(frozen=True)
class Split:
    """The pieces of a split as a task prepared them."""

    # `lengths` are events; `ranges`, shape (pieces, 2), lowest and highest pitch; `sixteenths` the
    # length of all pieces from bar line to bar line; `names` say where each came from, if known.

    pieces: Sequence[Any]
    lengths: NDArray[np.int64]
    ranges: NDArray[np.int64]
    notes: int
    sixteenths: float
    names: tuple[str, ...] = ()


def some_records(records: Sequence[PieceRecord], events: int) -> Sequence[PieceRecord]:
    """Choose pieces, spread evenly, of so many events in all at most; all of them for 0."""
    total = sum(record.length for record in records)
    if not events or total <= events:
        return records
    count = max(1, len(records) * events // total)
    return [records[i * len(records) // count] for i in range(count)]


class StoredPieces(Sequence[PreparedPiece]):
    """Pieces of a store, prepared when they are asked for; on another device they stay there."""

    def __init__(
        self, store: Store, records: Sequence[PieceRecord], task: EventTask, device: torch.device
    ) -> None:
        self._store, self._records, self._task, self._device = store, records, task, device
        self._placed: dict[int, PreparedPiece] = {}

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, index: int) -> PreparedPiece: ...

    @overload
    def __getitem__(self, index: slice) -> list[PreparedPiece]: ...

    def __getitem__(self, index: int | slice) -> PreparedPiece | list[PreparedPiece]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index in self._placed:
            return self._placed[index]
        piece = self._task.of_store(self._store, self._records[index])
        if self._device.type == "cpu":
            return piece
        return self._placed.setdefault(index, self._task.place(piece, self._device))

    def times(self, index: int) -> NDArray[np.uint8]:
        """Return the first field of the events of a piece, which tells what they are."""
        times: NDArray[np.uint8] = self._store.events(self._records[index]).fields[:, TIME]
        return times


def _range(notes: NDArray[np.uint8], header: Header, task: Task) -> tuple[int, int]:
    """Return the lowest and the highest pitch of notes, which say how far a piece may be moved."""
    drums = np.array(header.drums, dtype=bool)[notes[:, PART]]
    if not len(notes):
        return 64, 64
    # A network that follows no parts is not told what is a drum: then nothing is moved.
    tells = isinstance(task, EventTask) and task.net.config.voices > 0
    if drums.all() or (drums.any() and not tells):
        return 0, 127
    pitches = notes[~drums, PITCH]
    return int(pitches.min()), int(pitches.max())


def load_split(
    store: Store, records: Sequence[PieceRecord], task: Task, device: torch.device | None = None
) -> Split:
    """Return the pieces of a split, to be learned from on a device."""
    device = device or torch.device("cpu")
    pieces: Sequence[Any]
    if isinstance(task, EventTask):
        pieces = StoredPieces(store, records, task, device)
    else:
        pieces = [task.place(task.prepare(store.events(each)), device) for each in records]
    lengths, ranges, notes, steps = [], [], 0, 0
    for record in records:
        fields = np.asarray(store.events(record).fields)
        lengths.append(len(fields))
        is_note = fields[:, TIME] < store.vocabulary.skip
        ranges.append(_range(fields[is_note], record.header, task))
        notes += int(is_note.sum())
        steps += int(record.header.bar_starts[-1])
    return Split(
        pieces,
        np.array(lengths),
        np.array(ranges, dtype=np.int64).reshape(-1, 2),
        notes,
        steps / (store.vocabulary.grid / 4),
        tuple(f"{record.source}/{record.locator}" for record in records),
    )


def total_loss(losses: dict[str, Tensor]) -> Tensor:
    """Add the fields up."""
    return torch.stack(list(losses.values())).sum()


def evaluate_split(
    task: Task,
    split: Split,
    batch: int,
    steps: int,
    device: torch.device,
    ranks: Ranks = ALONE,
) -> dict[str, float]:
    """Measure exact likelihood: ``bits_per_note``, ``bits_per_16th``, ``bits_per_note_FIELD``."""
    task.net.eval()
    nats: dict[str, float] = {}
    # Pieces of about equal length side by side: little padding. The sum does not depend on the
    # order.
    order = [int(i) for i in split.lengths.argsort()]
    order = [order[i] for i in ranks.own(len(order))]
    with torch.no_grad():
        for start in range(0, len(order), batch):
            pieces = [split.pieces[i] for i in order[start : start + batch]]
            state: Any = None
            for chunk in task.chunks(pieces, [Masking()] * len(pieces), steps):
                losses, state = task.losses(chunk.to(device), state)
                for name, value in losses.items():
                    nats[name] = nats.get(name, 0.0) + float(value)
    nats = ranks.sum_named(nats)
    notes, bits = max(split.notes, 1), sum(nats.values()) / math.log(2)
    figures = {"bits_per_note": bits / notes, "bits_per_16th": bits / max(split.sixteenths, 1)}
    for name, own in nats.items():
        figures[f"bits_per_note_{name}"] = own / math.log(2) / notes
    return figures
