"""Batches made where the network computes: pieces lie there, and the rows of the tables are computed there.

A GPU learns faster than numpy makes batches. So the events and features of all pieces are kept on the device,
small as they are, and what `symgen.nets.batches.chunks` does before each update is done there by the same
definitions; a test holds the two equal, number for number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.nets.batches import (
    Chunk,
    Masking,
    PreparedPiece,
    Rows,
    Span,
    assemble,
    masked_conditions,
    spans,
)
from symgen.nets.inputs import Inputs, shift_events
from symgen.tokens.vocabulary import TIME

__all__ = ["ResidentPiece", "mover", "resident_chunks"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ResidentPiece:
    """A prepared piece on a device.

    Parameters
    ----------
    fields : Tensor of uint8, shape (events, 6)
    features : Tensor of int16, shape (events, columns)
    conditions : ndarray of int64, shape (8,)
    time : ndarray of uint8, shape (events,)
        The first of the fields, which tells what an event is: not on the device.
    """

    fields: Tensor
    features: Tensor
    conditions: Ints
    time: NDArray[np.uint8]

    @classmethod
    def of(cls, piece: PreparedPiece, device: torch.device) -> ResidentPiece:
        """Bring a piece to a device."""
        fields, features = (
            torch.tensor(array, device=device) for array in (piece.fields, piece.features)
        )
        return cls(fields, features, piece.conditions, piece.fields[:, TIME].copy())


def mover(device: torch.device) -> Callable[[Ints], Ints]:
    """Return what turns arrays into tensors on a device, as for `Inputs.moved`; by type they are arrays still."""
    return lambda array: cast("Ints", torch.tensor(array, device=device))


def resident_chunks(
    pieces: Sequence[ResidentPiece], masks: Sequence[Masking], inputs: Inputs, steps: int
) -> Iterator[Chunk]:
    """Do what `symgen.nets.batches.chunks` does, where the pieces are.

    Parameters
    ----------
    pieces, masks : sequence
        Of equal length: the batch.
    inputs : Inputs
        With its tables on the device of the pieces, by `mover`.
    steps : int
    """
    move = mover(pieces[0].fields.device)
    conditions = np.stack(
        [masked_conditions(p.conditions, m, inputs) for p, m in zip(pieces, masks, strict=True)]
    )
    for span in spans([len(piece.time) for piece in pieces], steps):
        chosen = [pieces[row] for row in span.rows]
        time = np.concatenate([piece.time[span.start : span.start + steps] for piece in chosen])
        events = _events(chosen, [masks[row] for row in span.rows], span, inputs)
        rows = Rows(
            *events, move(np.repeat(conditions[span.rows], span.counts, axis=0)), move(span.place)
        )
        yield assemble(rows, time, (len(pieces), span.width), inputs, move)


def _events(
    pieces: Sequence[ResidentPiece], masks: Sequence[Masking], span: Span, inputs: Inputs
) -> tuple[Ints, Ints, Ints]:
    """Return the events before, the events, and their features, as masked."""
    move = mover(pieces[0].fields.device)
    lead = int(span.start > 0)  # the event before the first one of each piece is looked at, too
    cuts = [slice(span.start - lead, span.start + int(count)) for count in span.counts]

    def gathered(tensors: Iterator[Tensor]) -> Ints:
        return cast(
            "Ints",
            torch.cat([tensor[cut] for tensor, cut in zip(tensors, cuts, strict=True)]).long(),
        )

    def spread(values: Sequence[int]) -> Ints:
        return move(np.repeat(np.array(values, dtype=np.int64), span.counts + lead))

    fields, features = (
        gathered(piece.fields for piece in pieces),
        gathered(piece.features for piece in pieces),
    )
    shift_events(fields, features, inputs, spread([mask.shift for mask in masks]))
    features[:, inputs.column["bars_left"]] *= spread([not mask.bars_left for mask in masks])
    if inputs.config.voices:
        shown = spread([not mask.ensemble for mask in masks])
        for name in ("program", "family"):
            features[:, inputs.column[name]] *= shown
    now = np.arange(len(span.steps)) + lead * np.repeat(np.arange(1, len(cuts) + 1), span.counts)
    reference = inputs.column[inputs.reference]
    columns = (cast("Tensor", fields) + 1, cast("Tensor", features)[:, reference : reference + 1])
    before = cast("Ints", torch.cat(columns, dim=1))[move(np.maximum(now - 1, 0))]
    is_first = (span.steps == 0) & (lead == 0)
    return before * move(~is_first)[:, None], fields[move(now)], features[move(now)]
