"""The event network: a GRU with one step a note, and a small head a field.

The GRU reads the last event and what is known before the next one; each head sees the
GRU's state, the fields drawn before it and the features that follow from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import INTERVALS
from symgen.nets.inputs import FROM_CLASS, PITCHED_HEADS, Inputs, field_of
from symgen.nets.products import Dropout, linear, summed_rows
from symgen.nets.recurrence import run_gru
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
    # shape (n, 128), optional; for pitches: see `Inputs.planned_classes`
    rooted: Tensor | None = None
    bassed: Tensor | None = None

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
        follows_plan = is_pitched and config.plans
        self.rooted = nn.Linear(inner, 12) if follows_plan else None
        self.bassed = nn.Linear(inner, 12) if follows_plan else None
        if sees_chord:
            # Not a weight: it lies beside them to go where they go.
            self.register_buffer("consonant", torch.from_numpy(_consonant()), persistent=False)
        self.dropout = Dropout(config.dropout)
        if self.table is not None:
            nn.init.normal_(self.table.weight, std=0.05)

    def forward(self, state: Tensor, batch: HeadBatch) -> Tensor:
        """Return logits, shape (n, classes), from the states of the steps, shape (n, hidden)."""
        return self.answer(linear(state, self.state.weight, self.state.bias), batch)

    def answer(self, heard: Tensor, batch: HeadBatch) -> Tensor:
        """Return logits from what `state` makes of the states, shape (n, head)."""
        hidden = heard
        if self.table is not None:
            hidden = hidden + summed_rows(batch.rows, self.table.weight)
        hidden = self.dropout(F.silu(hidden))
        found = self._products(hidden)
        logits = found["logits"]
        if self.degree is not None:
            # A pitch is scored as what it is, as a degree of the scale and as an interval from the
            # last note: so what is learned in one key and register holds in all of them.
            assert batch.degree is not None and batch.interval is not None  # noqa: S101, PT018
            degrees = F.pad(found["degree"], (0, 1))
            intervals = F.pad(found["interval"], (1, 0))
            logits = logits + degrees.gather(1, batch.degree) + intervals.gather(1, batch.interval)
        if self.chord is not None:
            # With other parts, also as an interval from the nearest of them, and by how it sounds
            # with each pitch class of the chord.
            assert batch.chord is not None and batch.sounding is not None  # noqa: S101, PT018
            chord = F.pad(found["chord"], (1, 0))
            logits = logits + chord.gather(1, batch.chord)
            sounds = batch.sounding.to(logits.dtype)
            pairs = found["consonance"][:, :, None] * sounds[:, None, :]
            logits = logits + linear(pairs.flatten(1), cast("Tensor", self.consonant))
        if self.rooted is not None:
            # With a plan, also as a tone above the planned root, and above the planned bass.
            for name in ("rooted", "bassed"):
                classes = getattr(batch, name)
                assert classes is not None  # noqa: S101
                logits = logits + F.pad(found[name], (0, 1)).gather(1, classes)
        if self.gates is not None:
            # The copy memory: each slot points at a class, and how much that gains depends on the
            # state alone, which says when to repeat; what is repeated need not pass through it.
            wider = F.pad(logits, (1, 0))  # class 0 stands for slots that point at nothing
            logits = wider.scatter_add(1, batch.pointers, found["gates"])[:, 1:]
        return logits

    def _products(self, hidden: Tensor) -> dict[str, Tensor]:
        """Return what each of the last layers makes of the same numbers, by name."""
        of_pitches = ("degree", "interval", "chord", "consonance", "rooted", "bassed")
        names = ("logits", "gates", *of_pitches)
        layers = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        sizes = [layer.out_features for layer in layers.values()]
        parts = torch.split(_together(hidden, layers.values()).float(), sizes, 1)
        return dict(zip(layers, parts, strict=True))


def _together(signal: Tensor, layers: Iterable[nn.Linear]) -> Tensor:
    """Return what all layers make of the same numbers, side by side, from one product."""
    # Small products leave the machine idle.
    pairs = [(layer.weight, layer.bias) for layer in layers]
    weights, biases = zip(*pairs, strict=True)
    return linear(signal, torch.cat(weights), torch.cat(biases))


def _consonant() -> NDArray[np.float32]:
    """Say which pitch lies how far above which pitch class, shape (128, 12 x 12)."""
    above = FROM_CLASS[np.arange(128) % 12]
    pairs = above[:, None, :] == np.arange(12)[:, None]
    found: NDArray[np.float32] = pairs.reshape(128, -1).astype(np.float32)
    return found


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
        self.dropout = Dropout(config.dropout)

    def states(self, rows: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run the GRU over rows of shape (batch, steps, columns).

        Returns shape (batch, steps, hidden); returns shape (layers, batch, hidden), what `start` is
        for the steps after these; without it, a piece begins.
        """
        # On a CPU step by step in memory, so that what one step computes lies together.
        turned = rows if rows.is_cuda else rows.transpose(0, 1)
        summed = summed_rows(turned.reshape(-1, rows.shape[2]), self.table.weight)
        signal = self.dropout(summed.view(*turned.shape[:2], -1), turned=True)
        last, used = [], _used(rows)
        for i, layer in enumerate(self.gru):
            out, end = _run(layer, signal, None if start is None else start[i : i + 1], used)
            signal = self.dropout(out if i == 0 else signal + out)
            last.append(end)
        return signal if rows.is_cuda else signal.transpose(0, 1), torch.cat(last)

    def losses(
        self, states: Tensor, heads: dict[str, HeadBatch], *, reduction: str = "sum"
    ) -> dict[str, Tensor]:
        """Return the summed negative log likelihood in nats of each field, or with ``"none"`` each draw's."""
        # Heads that are asked at the same steps share one look at the states, and one product.
        together: dict[int, list[str]] = {}
        for name, batch in heads.items():
            together.setdefault(id(batch.place), []).append(name)
        result = {}
        for names in together.values():
            asked = [cast("Head", self.heads[name]) for name in names]
            seen = _at(states, heads[names[0]].place)
            heard = _together(seen, (head.state for head in asked)).chunk(len(names), 1)
            for name, head, own in zip(names, asked, heard, strict=True):
                logits = head.answer(own, heads[name])
                result[name] = F.cross_entropy(
                    logits, heads[name].target, ignore_index=IGNORED, reduction=reduction
                )
        return {name: result[name] for name in heads}


def _used(rows: Tensor) -> int:
    """Count the steps up to the last one that is more than padding, which is all zeros; on CUDA all of them."""
    if rows.is_cuda or not rows.shape[2]:
        return rows.shape[1]
    # The classes of the last column follow those of the others: none of them is 0.
    steps = rows[:, :, -1].amax(0).nonzero()
    return int(steps[-1]) + 1 if len(steps) else rows.shape[1]


def _run(
    layer: nn.Module, signal: Tensor, start: Tensor | None, used: int
) -> tuple[Tensor, Tensor]:
    """Run a GRU: on CUDA over shape (batch, steps, hidden); on a CPU with the steps first, over those that are used."""
    if not signal.is_cuda:
        out, end = run_gru(cast("nn.GRU", layer), signal[:used], start)
        if used < len(signal):
            out = torch.cat([out, out.new_zeros((len(signal) - used, *out.shape[1:]))])
        return out, end
    # There autocast would use 16-bit floats, of too little range for the state.
    with torch.autocast("cuda", enabled=False):
        out, end = layer(signal.float(), start)
    return out, end


def _at(states: Tensor, place: Tensor) -> Tensor:
    """Return the states, shape (batch, steps, hidden), at places of the flattened batch."""
    batch, steps, hidden = states.shape
    if states.is_contiguous():
        return states.view(-1, hidden)[place]
    by_step = place % steps * batch + place.div(steps, rounding_mode="floor")
    return states.transpose(0, 1).reshape(-1, hidden).index_select(0, by_step)
