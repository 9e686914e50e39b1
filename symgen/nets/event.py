"""The event network: a GRU with one step a note, and a small head a field.

The GRU reads the last event and what is known before the next one; each head sees the
GRU's state, the fields drawn before it and the features that follow from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import INTERVALS
from symgen.nets.inputs import FROM_CLASS, PITCHED_HEADS, Inputs, field_of
from symgen.tokens import Vocabulary

__all__ = ["IGNORED", "EventNet", "HeadBatch"]

IGNORED = -100
"""A target that costs nothing."""


@dataclass(frozen=True)
class HeadBatch:
    """What one head is asked in a batch: n draws of one field."""

    place: Tensor  # shape (n,); which steps of the flattened batch
    # shape (n, columns); rows of the head's table; no columns for heads that see the state alone
    rows: Tensor
    pointers: Tensor  # shape (n, slots); class plus 1 of each candidate, 0: none
    target: Tensor  # shape (n,); `IGNORED` where a draw only fills up the batch
    # shape (n, 128), optional; for pitches: see `Inputs.pitch_classes`
    degree: Tensor | None = None
    interval: Tensor | None = None
    chord: Tensor | None = None
    sounding: Tensor | None = None  # shape (n, 12), optional; there too

    def to(self, device: torch.device) -> HeadBatch:
        """Return the batch on a device."""
        moved = (t if t is None else t.to(device, non_blocking=True) for t in vars(self).values())
        return HeadBatch(*moved)  # type: ignore[arg-type]


class Head(nn.Module):
    """Logits of one field from the state, embeddings and pointers."""

    def __init__(self, inputs: Inputs, field: str, config: NetConfig) -> None:
        super().__init__()
        classes = inputs.vocabulary.sizes[field_of(field)]
        slots = len(inputs.candidates(field))
        rows, inner = inputs.sizes[field], config.head
        self.state = nn.Linear(config.hidden, inner)
        self.table = nn.EmbeddingBag(rows, inner, mode="sum") if rows else None
        self.logits = nn.Linear(inner, classes)
        self.gates = nn.Linear(inner, slots) if slots else None
        is_pitched, sees_chord = field in PITCHED_HEADS, field == "pitch" and config.voices > 0
        self.degree = nn.Linear(inner, 12) if is_pitched else None
        self.interval = nn.Linear(inner, INTERVALS - 1) if is_pitched else None
        self.chord = nn.Linear(inner, INTERVALS - 1) if sees_chord else None
        self.consonance = nn.Linear(inner, 12) if sees_chord else None
        self.dropout = nn.Dropout(config.dropout)
        if self.table is not None:
            nn.init.normal_(self.table.weight, std=0.05)

    def forward(self, state: Tensor, batch: HeadBatch) -> Tensor:
        """Return logits, shape (n, classes)."""
        hidden = self.state(state)
        if self.table is not None:
            hidden = hidden + summed_rows(self.table, batch.rows)
        hidden = self.dropout(F.silu(hidden))
        logits: Tensor = self.logits(hidden).float()
        if self.degree is not None and self.interval is not None:
            # A pitch is scored as what it is, as a degree of the scale and as an interval from the
            # last note: so what is learned in one key and register holds in all of them.
            assert batch.degree is not None and batch.interval is not None  # noqa: S101, PT018
            degrees = F.pad(self.degree(hidden).float(), (0, 1))
            intervals = F.pad(self.interval(hidden).float(), (1, 0))
            logits = logits + degrees.gather(1, batch.degree) + intervals.gather(1, batch.interval)
        if self.chord is not None and self.consonance is not None:
            # With other parts, also as an interval from the nearest of them, and by how it sounds
            # with each pitch class of the chord.
            assert batch.chord is not None and batch.sounding is not None  # noqa: S101, PT018
            chord = F.pad(self.chord(hidden).float(), (1, 0))
            logits = logits + chord.gather(1, batch.chord)
            turned = self.consonance(hidden).float()[:, FROM_CLASS]
            by_class = (turned * batch.sounding[:, None, :]).sum(2)
            logits = logits + by_class.repeat(1, 11)[:, :128]  # the same in each octave
        if self.gates is not None:
            # The copy memory: each slot points at a class, and how much that gains depends on the
            # state alone, which says when to repeat; what is repeated need not pass through it.
            wider = F.pad(logits, (1, 0))  # class 0 stands for slots that point at nothing
            gates = self.gates(hidden).float()
            logits = wider.scatter_add(1, batch.pointers, gates)[:, 1:]
        return logits


def summed_rows(table: nn.EmbeddingBag, rows: Tensor) -> Tensor:
    """Sum the rows of a table that each row of numbers names, shape (n, width); none may come twice in a row."""
    # On CUDA as one product with a matrix of zeros and ones: look-ups there spend most of the time on
    # sorting the rows for the gradient. Padding is all zeros, but its sum is not used.
    if not rows.is_cuda:
        found: Tensor = table(rows)
        return found
    dtype = table.weight.dtype
    if torch.is_autocast_enabled("cuda"):
        dtype = torch.get_autocast_dtype("cuda")
    return _hot(rows, table.num_embeddings, dtype) @ table.weight.to(dtype)


def _hot(rows: Tensor, classes: int, dtype: torch.dtype) -> Tensor:
    """Return ones at the places that each row names, shape (n, classes)."""
    hot = torch.zeros(len(rows), classes, dtype=dtype, device=rows.device)
    return hot.scatter_(1, rows, 1.0)


def _run(layer: nn.Module, signal: Tensor, start: Tensor | None) -> tuple[Tensor, Tensor]:
    """Run a GRU."""
    if signal.is_cuda:  # where autocast would use 16-bit floats, of too little range for the state
        with torch.autocast("cuda", enabled=False):
            out, end = layer(signal.float(), start)
    else:
        out, end = layer(signal, start)
    return out, end


class EventNet(nn.Module):
    """The network of the shipped models."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config, self.inputs = config, Inputs(config, vocabulary)
        self.table = nn.EmbeddingBag(self.inputs.sizes["input"], config.hidden, mode="sum")
        nn.init.normal_(self.table.weight, std=0.05)
        self.gru = nn.ModuleList(
            nn.GRU(config.hidden, config.hidden, batch_first=True) for _ in range(config.layers)
        )
        self.heads = nn.ModuleDict(
            {name: Head(self.inputs, name, config) for name in self.inputs.heads}
        )
        self.dropout = nn.Dropout(config.dropout)

    def states(self, rows: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the GRU over rows of shape (batch, steps, columns).

        Returns shape (batch, steps, hidden); returns shape (layers, batch, hidden), what `start` is
        for the steps after these; without it, a piece begins.
        """
        batch, steps, columns = rows.shape
        signal = self.dropout(summed_rows(self.table, rows.reshape(-1, columns)))
        signal = signal.view(batch, steps, -1)
        last = []
        for i, layer in enumerate(self.gru):
            out, end = _run(layer, signal, None if start is None else start[i : i + 1])
            signal = out if i == 0 else signal + out
            signal = self.dropout(signal)
            last.append(end)
        return signal, torch.cat(last)

    def losses(self, states: Tensor, heads: dict[str, HeadBatch]) -> dict[str, Tensor]:
        """Return the summed negative log likelihood in nats of each field."""
        flat = states.reshape(-1, states.shape[-1])
        result = {}
        for name, batch in heads.items():
            logits = self.heads[name](flat[batch.place], batch)
            result[name] = F.cross_entropy(
                logits, batch.target, ignore_index=IGNORED, reduction="sum"
            )
        return result
