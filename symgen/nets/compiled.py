"""The event network in C: laid out for `symgen.kernel`, for one piece or for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import addressof, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.kernel.drawing import calls
from symgen.kernel.structures import (
    HeadRecord,
    LayerRecord,
    NetworkRecord,
    StageRecord,
)
from symgen.nets.columns import INTERVALS
from symgen.nets.inputs import PITCHED_HEADS, Inputs, field_of
from symgen.nets.state import NetState

__all__ = ["CompiledNet", "compiled_net"]

Floats = NDArray[np.float32]
# As in ``layers.h``: a matrix lies as panels of so many outputs.
_PANEL = 64
_NOWHERE = -1


def compiled_net(inputs: Inputs, weights: Mapping[str, Floats]) -> CompiledNet | None:
    """Lay a network out for the C library; nothing where there is none."""
    return None if library() is None else CompiledNet(inputs, weights)


class CompiledNet:
    """A network that the C library steps; weights are those that `InferenceNet` arranges."""

    def __init__(self, inputs: Inputs, weights: Mapping[str, Floats]) -> None:
        self._call, self._inputs, self._weights = calls(), inputs, weights
        # The records point into these arrays: they live as long as the network.
        self._kept: list[Any] = []
        # Weights that were rounded to 16 bits need no more: read so, each note has half the way to go.
        matrices = (w for name, w in weights.items() if w.ndim == 2 and "table" not in name)
        self._halves = bool(self._call.reads_halves()) and all(
            _is_rounded(w) for w in matrices if w is not weights["input"]
        )
        self._numbers = {head: number for number, head in enumerate(inputs.heads)}
        self.weight_bytes = 2 if self._halves else 4
        self._record = self._network()
        self._address = addressof(self._record)

    def step(self, states: Sequence[NetState]) -> None:
        """Read the last event of each piece."""
        self._check(self._call.step(self._address, _addresses(states), len(states)))

    def logits(self, head: str, states: Sequence[NetState]) -> None:
        """Write the logits of a head into each piece."""
        number = self._numbers[head]
        self._check(self._call.logits(self._address, number, _addresses(states), len(states)))

    def read(self, state: NetState, rows: NDArray[np.int64]) -> None:
        """Read given events, shape (n, 6), one after the other."""
        self._check(self._call.read(self._address, state.address, rows.ctypes.data, len(rows)))

    @staticmethod
    def _check(status: int) -> None:
        if status:
            raise MemoryError

    # -- layout ----------------------------------------------------------------------

    def _network(self) -> NetworkRecord:
        config, w = self._inputs.config, self._weights
        layers = (LayerRecord * config.layers)()
        for number, layer in enumerate(layers):
            if number:
                layer.given, _ = self._matrix([w[f"gru.{number}.ih"]])
            layer.given_bias = self._padded([w[f"gru.{number}.ih_bias"]])
            layer.kept, panels = self._matrix([w[f"gru.{number}.hh"]])
            layer.kept_bias = self._padded([w[f"gru.{number}.hh_bias"]])
        heads = (HeadRecord * len(self._inputs.heads))(*map(self._head, self._inputs.heads))
        self._kept += [layers, heads]
        return NetworkRecord(
            self._stage("input", w["input"], 3 * config.hidden),
            addressof(layers), addressof(heads), config.layers, config.hidden, panels, self._halves,
        )  # fmt: skip

    def _stage(self, stage: str, table: Floats | None, width: int) -> StageRecord:
        rows, reference, own = self._inputs.table(stage)
        return StageRecord(
            self._array(rows.astype(np.int32)),
            0 if table is None else self._array(table),
            len(rows), reference, own, width,
        )  # fmt: skip

    def _head(self, name: str) -> HeadRecord:
        config, inputs, w = self._inputs.config, self._inputs, self._weights
        record = HeadRecord()
        record.seen = self._stage(name, w.get(f"{name}.table"), config.head)
        record.inner, record.classes = config.head, inputs.vocabulary.sizes[field_of(name)]
        record.state, record.inner_panels = self._matrix([w[f"{name}.state"]])
        record.state_bias = self._padded([w[f"{name}.state_bias"]])
        pointed = inputs.pointed(name)
        record.pointed, record.slots = self._array(pointed.astype(np.int32)), len(pointed)
        record.lengths = inputs.vocabulary.sizes[field_of(name)] if name == "duration" else 0
        parts, place = ["logits"], record.classes
        sizes = {"gates": record.slots, "degree": 12, "interval": INTERVALS - 1}
        sizes |= {"chord": INTERVALS - 1, "consonance": 12, "rooted": 12, "bassed": 12}
        for part, size in sizes.items():
            is_there = f"{name}.{part}" in w
            setattr(record, part, place if is_there else _NOWHERE)
            if is_there:
                parts.append(part)
                place += size
        record.out, record.out_panels = self._matrix([w[f"{name}.{part}"] for part in parts])
        record.out_bias = self._padded([w[f"{name}.{part}_bias"] for part in parts])
        if name in PITCHED_HEADS:
            column = inputs.column
            follows = config.voices and name == "pitch"
            record.family = column["family"] if follows else _NOWHERE
            record.start = column["own" if follows else "last"]
            if follows:
                record.above, record.below = column["above"], column["below"]
                record.sounding = column["at_classes"]
            if config.plans:
                record.root, record.bass = (column[each] for each in inputs.planned(name))
        return record

    def _matrix(self, blocks: Sequence[Floats]) -> tuple[int, int]:
        """Lay matrices out one under the other in panels; return where, and how many panels."""
        matrix = np.concatenate(blocks)
        outputs, inputs = matrix.shape
        panels = -(-outputs // _PANEL)
        whole = np.zeros(
            (panels * _PANEL, inputs), dtype=np.float16 if self._halves else np.float32
        )
        whole[:outputs] = matrix
        laid = whole.reshape(panels, _PANEL, inputs).transpose(0, 2, 1)
        return self._array(np.ascontiguousarray(laid)), panels

    def _padded(self, blocks: Sequence[Floats]) -> int:
        vector = np.concatenate(blocks)
        whole = np.zeros(-(-len(vector) // _PANEL) * _PANEL, dtype=np.float32)
        whole[: len(vector)] = vector
        return self._array(whole)

    def _array(self, values: NDArray[Any]) -> int:
        values = np.ascontiguousarray(values)
        self._kept.append(values)
        return int(values.ctypes.data)


def _is_rounded(weights: Floats) -> bool:
    """Whether weights are the same in 16 bits."""
    with np.errstate(over="ignore"):
        return bool((weights.astype(np.float16) == weights).all())


def _addresses(states: Sequence[NetState]) -> Any:
    if len(states) == 1:
        return states[0].alone
    return (c_void_p * len(states))(*[state.address for state in states])
