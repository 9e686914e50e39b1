"""Whole pieces into padded batches of table rows, cut into chunks of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.nets.columns import NO_TONIC
from symgen.nets.event import IGNORED, HeadBatch
from symgen.nets.inputs import (
    CONDITIONS,
    PITCHED_HEADS,
    Conditions,
    Inputs,
    field_of,
    last_events,
    shift_events,
)
from symgen.tokens import Events
from symgen.tokens.features import feature_array
from symgen.tokens.form import with_goals
from symgen.tokens.vocabulary import TIME

__all__ = [
    "Chunk",
    "Masking",
    "PreparedPiece",
    "Rows",
    "assemble",
    "chunks",
    "masked_conditions",
    "prepare",
    "spans",
]

Ints = NDArray[np.int64]

_BLOCK, _WIDTH = 256, 32
"""Draws and steps are filled up to multiples of these: few shapes, so that kernels are not made for each batch anew."""


@dataclass(frozen=True)
class PreparedPiece:
    """A piece with its features.

    Parameters
    ----------
    fields : ndarray of uint8, shape (events, 6)
    features : ndarray of int16, shape (events, columns)
    conditions : ndarray of int64, shape (8,)
    """

    fields: NDArray[np.uint8]
    features: NDArray[np.int16]
    conditions: Ints


@dataclass(frozen=True)
class Masking:
    """What a piece shows of its controls, and how far it is transposed.

    Parameters
    ----------
    shift : int
        Semitones.
    style, key, bars_left, period, ensemble : bool
        Whether each is hidden; the ensemble is the number of parts and their programs.
    """

    shift: int = 0
    style: bool = False
    key: bool = False
    bars_left: bool = False
    period: bool = False
    ensemble: bool = False


@dataclass(frozen=True)
class Chunk:
    """Some steps of a batch of pieces.

    Parameters
    ----------
    rows : Tensor of int64, shape (batch, steps, columns)
        Padded with zeros.
    heads : dict of str to HeadBatch
    events : int
        Real events in it.
    """

    rows: Tensor
    heads: dict[str, HeadBatch]
    events: int

    def to(self, device: torch.device) -> Chunk:
        """Return the chunk on a device."""
        if device.type == "cpu":
            return self
        heads = {name: head.to(device) for name, head in self.heads.items()}
        return Chunk(self.rows.to(device, non_blocking=True), heads, self.events)


def prepare(events: Events, inputs: Inputs) -> PreparedPiece:
    """Compute what training needs of a piece once."""
    conditions = Conditions.of(events.header, inputs.config).values
    if inputs.config.goals:
        events = with_goals(events, inputs.vocabulary, inputs.config.voices)
    return PreparedPiece(
        events.fields, feature_array(events, inputs.vocabulary, inputs.config.voices), conditions
    )


def chunks(
    pieces: Sequence[PreparedPiece], masks: Sequence[Masking], inputs: Inputs, steps: int
) -> Iterator[Chunk]:
    """Yield a batch of whole pieces in chunks of at most `steps` events.

    Parameters
    ----------
    pieces, masks : sequence
        Of equal length: the batch.
    inputs : Inputs
    steps : int
    """
    made = [_masked(piece, mask, inputs) for piece, mask in zip(pieces, masks, strict=True)]
    for span in spans([len(piece.fields) for piece in pieces], steps):
        parts = [
            [array[span.start : span.start + steps] for array in made[row]] for row in span.rows
        ]
        last, fields, features, conditions = (
            np.concatenate(group) for group in zip(*parts, strict=True)
        )
        rows = Rows(last, fields, features, conditions, span.place)
        yield assemble(rows, fields[:, TIME], (len(pieces), span.width), inputs)


def _masked(piece: PreparedPiece, mask: Masking, inputs: Inputs) -> list[Ints]:
    fields, features = piece.fields.astype(np.int64), piece.features.astype(np.int64)
    conditions = masked_conditions(piece.conditions, mask, inputs)
    shift_events(fields, features, inputs, np.array([mask.shift]))
    if mask.bars_left:
        features[:, inputs.column["bars_left"]] = 0
    if mask.ensemble and inputs.config.voices:
        features[:, [inputs.column["program"], inputs.column["family"]]] = 0
    last = last_events(fields, features, inputs)
    return [last, fields, features, np.broadcast_to(conditions, (len(fields), len(conditions)))]


def masked_conditions(conditions: Ints, mask: Masking, inputs: Inputs) -> Ints:
    """Return what a piece shows of what is given for the whole of it, as `Conditions` has it."""
    conditions = conditions.copy()
    if conditions[1] != NO_TONIC:
        conditions[1] = (conditions[1] + mask.shift) % 12
    if mask.style:
        conditions[0] = 0
    if mask.key:
        conditions[1:3] = NO_TONIC, 0
    if mask.period:
        conditions[CONDITIONS.index("period")] = 0
    if mask.ensemble and inputs.config.voices:
        conditions[CONDITIONS.index("parts")] = 0
    return conditions


@dataclass(frozen=True)
class Span:
    """Which steps of which pieces make a chunk.

    Parameters
    ----------
    start : int
        The first step.
    rows : ndarray of int64
        The pieces that are that long.
    counts : ndarray of int64
        Steps of each of those.
    width : int
        Steps of the chunk, filled up.
    """

    start: int
    rows: Ints
    counts: Ints
    width: int

    @property
    def steps(self) -> Ints:
        """Steps of all pieces, one piece behind the other, each counted from 0."""
        return np.arange(self.counts.sum()) - np.repeat(
            self.counts.cumsum() - self.counts, self.counts
        )

    @property
    def place(self) -> Ints:
        """Where each of the steps stands in the flattened chunk."""
        return np.repeat(self.rows, self.counts) * self.width + self.steps


def spans(lengths: Sequence[int], steps: int) -> Iterator[Span]:
    """Cut pieces of some lengths into chunks of at most `steps` steps."""
    sizes = np.array(lengths, dtype=np.int64)
    for start in range(0, int(sizes.max()), steps):
        rows = np.flatnonzero(sizes > start)
        width = int(sizes.max()) - start
        # Only the last chunk is filled up: its state is not carried on.
        width = steps if width >= steps else width + -width % _WIDTH
        yield Span(start, rows, np.minimum(sizes[rows] - start, steps), width)


@dataclass(frozen=True)
class Rows:
    """What the rows of the tables are computed from, see `Inputs.rows`, and the place of each event in the chunk.

    Numpy arrays, or tensors on the device of the network.
    """

    last: Ints
    fields: Ints
    features: Ints
    conditions: Ints
    place: Ints

    def __getitem__(self, chosen: Ints) -> Rows:
        return Rows(*(array[chosen] for array in vars(self).values()))


def assemble(
    given: Rows,
    time: Ints,
    shape: tuple[int, int],
    inputs: Inputs,
    move: Callable[[Ints], Ints] = lambda array: array,
) -> Chunk:
    """Make a chunk.

    Parameters
    ----------
    given : Rows
    time : ndarray of int64, shape (n,)
        The first field of the events, in numpy.
    shape : tuple of int
        Pieces and steps.
    inputs : Inputs
    move : callable
        Brings numpy arrays to where `given` is.
    """
    table = _tensor(
        inputs.rows("input", given.last, given.fields, given.features, given.conditions)
    )
    padded = table.new_zeros((shape[0] * shape[1], table.shape[1]))
    padded[_tensor(given.place)] = table
    of_note, of_bar = time < inputs.vocabulary.skip, time == inputs.vocabulary.bar
    everything = np.ones(len(time), dtype=bool)
    heads = {}
    for name in inputs.heads:
        asked = np.flatnonzero(
            of_bar if name in ("form", "goal") else everything if name == "time" else of_note
        )
        if len(asked):
            filled = np.concatenate([asked, np.repeat(asked[:1], -len(asked) % _BLOCK)])
            heads[name] = _head(name, given[move(filled)], len(asked), inputs)
    return Chunk(padded.view(*shape, -1), heads, len(time))


def _head(name: str, given: Rows, count: int, inputs: Inputs) -> HeadBatch:
    """Ask a head for the events given, of which those after the first `count` only fill up."""
    target = _tensor(given.fields)[:, field_of(name)].clone()
    target[count:] = IGNORED
    none = given.fields[:, :0]
    seen = (given.last, given.fields, given.features, given.conditions)
    rows = inputs.rows(name, *seen) if inputs.sizes[name] else none
    pointers = inputs.pointers(name, given.features) if inputs.candidates(name) else none
    classes = (
        inputs.pitch_classes(name, given.features, given.conditions)
        if name in PITCHED_HEADS
        else ()
    )
    return HeadBatch(
        _tensor(given.place), _tensor(rows), _tensor(pointers), target, *map(_tensor, classes)
    )


def _tensor(array: Any) -> Tensor:
    tensor: Tensor = torch.from_numpy(array) if isinstance(array, np.ndarray) else array
    return tensor
