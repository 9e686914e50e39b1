"""Whole pieces into padded batches of table rows, cut into chunks of steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    shifted_events,
)
from symgen.tokens import Events
from symgen.tokens.features import feature_array
from symgen.tokens.goals import with_goals
from symgen.tokens.vocabulary import TIME

__all__ = ["Chunk", "Masking", "PreparedPiece", "chunks", "prepare"]

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
        Whether each is hidden; the ensemble is the number of parts and their programmes.
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
    return PreparedPiece(events.fields, feature_array(events, inputs.vocabulary, inputs.config.voices), conditions)


def chunks(pieces: Sequence[PreparedPiece], masks: Sequence[Masking], inputs: Inputs, steps: int) -> Iterator[Chunk]:
    """Yield a batch of whole pieces in chunks of at most `steps` events.

    Parameters
    ----------
    pieces, masks : sequence
        Of equal length: the batch.
    inputs : Inputs
    steps : int
    """
    made = [_masked(piece, mask, inputs) for piece, mask in zip(pieces, masks, strict=True)]
    lengths = [len(fields) for fields, *_ in made]
    for start in range(0, max(lengths), steps):
        parts = [
            (row, [array[start : start + steps] for array in arrays])
            for row, arrays in enumerate(made)
            if lengths[row] > start
        ]
        width = max(lengths) - start
        # Only the last chunk is filled up: its state is not carried on.
        width = steps if width >= steps else width + -width % _WIDTH
        yield _chunk(parts, len(pieces), width, inputs)


def _masked(piece: PreparedPiece, mask: Masking, inputs: Inputs) -> list[Ints]:
    fields, features = piece.fields.astype(np.int64), piece.features.astype(np.int64)
    conditions = piece.conditions.copy()
    fields, features = shifted_events(fields, features, inputs, mask.shift, inputs.vocabulary.bar)
    if conditions[1] != NO_TONIC:
        conditions[1] = (conditions[1] + mask.shift) % 12
    if mask.style:
        conditions[0] = 0
    if mask.key:
        conditions[1:3] = NO_TONIC, 0
    if mask.bars_left:
        features[:, inputs.column["bars_left"]] = 0
    if mask.period:
        conditions[CONDITIONS.index("period")] = 0
    if mask.ensemble and inputs.config.voices:
        conditions[CONDITIONS.index("parts")] = 0
        features[:, [inputs.column["program"], inputs.column["family"]]] = 0
    last = last_events(fields, features, inputs)
    return [fields, features, last, np.broadcast_to(conditions, (len(fields), len(conditions)))]


def _chunk(parts: list[tuple[int, list[Ints]]], batch: int, width: int, inputs: Inputs) -> Chunk:
    fields, features, last, conditions = (np.concatenate(group) for group in zip(*(p for _, p in parts), strict=True))
    place = np.concatenate([row * width + np.arange(len(arrays[0])) for row, arrays in parts])
    rows = inputs.rows("input", last, fields, features, conditions)
    padded = np.zeros((batch * width, rows.shape[1]), dtype=np.int64)
    padded[place] = rows
    time = fields[:, TIME]
    of_note, of_bar = time < inputs.vocabulary.skip, time == inputs.vocabulary.bar
    everything = np.ones(len(fields), dtype=bool)
    heads = {}
    for name in inputs.heads:
        asked = of_bar if name in ("form", "goal") else everything if name == "time" else of_note
        if asked.any():
            chosen = (last[asked], fields[asked], features[asked], conditions[asked])
            heads[name] = _head(name, place[asked], chosen, inputs)
    return Chunk(torch.from_numpy(padded).view(batch, width, -1), heads, len(fields))


def _head(name: str, place: Ints, chosen: tuple[Ints, Ints, Ints, Ints], inputs: Inputs) -> HeadBatch:
    last, fields, features, conditions = chosen
    none = np.zeros((len(fields), 0), dtype=np.int64)
    rows = inputs.rows(name, last, fields, features, conditions) if inputs.sizes[name] else none
    pointers = inputs.pointers(name, features) if inputs.candidates(name) else none
    classes = inputs.pitch_classes(name, features, conditions) if name in PITCHED_HEADS else ()
    target = fields[:, field_of(name)]
    filler = -len(fields) % _BLOCK
    target = np.concatenate([target, np.full(filler, IGNORED)])
    arrays = [_filled(a, filler) for a in (place, rows, pointers, *classes)]
    arrays.insert(3, target)
    return HeadBatch(*(torch.from_numpy(a) for a in arrays))


def _filled(array: Ints, filler: int) -> Ints:
    """Repeat the first row at the end."""
    return np.concatenate([array, np.repeat(array[:1], filler, axis=0)])
