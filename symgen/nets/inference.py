"""The event network in numpy, one step at a time, for sampling; a test holds it to the torch network's logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.nets.checkpoint import Model
from symgen.nets.columns import INTERVALS, ColumnInputs
from symgen.nets.compiled import compiled_net
from symgen.nets.inputs import FROM_CLASS, PITCHED_HEADS, Inputs, field_of
from symgen.nets.numpy_layers import (
    Shapes,
    check_shapes,
    gru_shapes,
    gru_step,
    layer_shapes,
    sigmoid,
)
from symgen.nets.state import NetState
from symgen.system.errors import CheckpointError

__all__ = ["InferenceNet", "weight_shapes"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_PITCH_CLASS = np.arange(128) % 12
# Events of a prompt that are looked up at once.
_SWEEP = 64


class InferenceNet:
    """The weights of an event network, laid out for single steps of one piece or of many."""

    # The C library computes the same where it is there; a piece is the same number for number alone
    # and among others in either, for each row is multiplied as if it stood alone.

    def __init__(self, model: Model) -> None:
        if model.config.kind != "event":
            raise CheckpointError(
                "this model is the plain baseline, which only measures; use one of kind 'event'"
            )
        self.config, self.vocabulary = model.config, model.vocabulary
        self.inputs = Inputs(model.config, model.vocabulary)
        check_shapes("model", weight_shapes(self.inputs), model.weights)
        self._weights = _arrange(model.weights, model.config.layers)
        self.parameters = sum(weight.size for weight in model.weights.values())
        self._compiled = compiled_net(self.inputs, self._weights)

    @property
    def is_compiled(self) -> bool:
        """Whether the C library steps it, without the linear algebra of numpy."""
        return self._compiled is not None

    @property
    def weight_bytes(self) -> int:
        """How many bytes of a matrix are read for one of its weights."""
        return 4 if self._compiled is None else self._compiled.weight_bytes

    def step(self, states: Sequence[NetState]) -> None:
        """Read the last event of each piece: its state goes on, and with it what the heads see."""
        if self._compiled is not None:
            self._compiled.step(states)
            return
        self._step(states, self._gates(_together(states)))

    def _gates(self, given: ColumnInputs) -> Floats:
        """Return what the gates of the first layer are given, shape (n, 3 * hidden)."""
        # The layers of the first step are one: see `_arrange`.
        w = self._weights
        summed: Floats = w["input"][self.inputs.rows("input", given)].sum(axis=1)
        return summed + w["gru.0.ih_bias"]

    def _step(self, states: Sequence[NetState], gates: Floats) -> None:
        """Take one step of all layers."""
        for layer in range(self.config.layers):
            if layer:
                gates = self._linear(f"gru.{layer}.ih", [one.signal for one in states])
            before = [one.layers[layer] for one in states]
            kept = self._linear(f"gru.{layer}.hh", before)
            out = gru_step(gates, kept, np.stack(before))
            for one, state in zip(states, out, strict=True):
                one.layers[layer] = state
                # layers after the first are residual
                one.signal[:] = one.signal + state if layer else state

    def read(self, state: NetState, rows: Ints) -> None:
        """Read given events in their order, rows of fields, shape (n, 6)."""
        if self._compiled is not None:
            self._compiled.read(state, np.ascontiguousarray(rows, dtype=np.int64))
            return
        for start in range(0, len(rows), _SWEEP):
            # What the events are read from is looked up for some of them at once.
            seen = [state.pass_by(row) for row in rows[start : start + _SWEEP].tolist()]
            last, features = (np.stack(each) for each in zip(*seen, strict=True))
            conditions = np.broadcast_to(state.conditions, (len(seen), len(state.conditions)))
            given = ColumnInputs(last, np.zeros_like(last[:, :-1]), features, conditions)
            for gates in self._gates(given):
                self._step((state,), gates[None])

    def ask(self, head: str, states: Sequence[NetState]) -> None:
        """Write the logits of a head into each piece."""
        if self._compiled is not None:
            self._compiled.logits(head, states)
            return
        w, inputs, given = self._weights, self.inputs, _together(states)
        value = self._linear(f"{head}.state", [one.signal for one in states])
        if inputs.sizes[head]:
            value = value + w[f"{head}.table"][inputs.rows(head, given)].sum(axis=1)
        hidden = value * sigmoid(value)
        logits = self._linear(f"{head}.logits", hidden)
        pointers = inputs.pointers(head, given.features)
        if pointers.shape[1]:
            gates = self._linear(f"{head}.gates", hidden)
            # Several slots may point at one class: then all of them add to it.
            rows, slots = np.nonzero(pointers)
            np.add.at(logits, (rows, pointers[rows, slots] - 1), gates[rows, slots])
        if head in PITCHED_HEADS:
            logits += self._pitch_bias(head, hidden, inputs.pitch_classes(head, given))
            if inputs.config.plans:
                classes = inputs.planned_classes(head, given.features)
                for name, places in zip(("rooted", "bassed"), classes, strict=True):
                    logits += self._by_class(f"{head}.{name}", hidden, places)
        for one, row in zip(states, logits, strict=True):
            one.scores[head][:] = row

    def _pitch_bias(self, head: str, hidden: Floats, classes: Sequence[Ints]) -> Floats:
        """Return what scale degrees and intervals add to the logits of pitches, shape (n, 128)."""
        # What is unknown adds nothing: there is no degree behind the twelve, no interval before the first.
        degree, interval, *chord = classes
        bias = self._by_class(f"{head}.degree", hidden, degree)
        bias += self._by_interval(f"{head}.interval", hidden, interval)
        if chord:
            near, sounding = chord
            bias += self._by_interval("pitch.chord", hidden, near)
            turned = self._linear("pitch.consonance", hidden)[:, FROM_CLASS]
            by_class = (turned * sounding[:, None, :].astype(np.float32)).sum(axis=2)
            bias += by_class[:, _PITCH_CLASS]
        return bias

    def _by_class(self, name: str, hidden: Floats, classes: Ints) -> Floats:
        values = np.zeros((len(hidden), 13), dtype=np.float32)
        values[:, :12] = self._linear(name, hidden)
        found: Floats = values[np.arange(len(hidden))[:, None], classes]
        return found

    def _by_interval(self, name: str, hidden: Floats, classes: Ints) -> Floats:
        values = np.zeros((len(hidden), INTERVALS), dtype=np.float32)
        values[:, 1:] = self._linear(name, hidden)
        found: Floats = values[np.arange(len(hidden))[:, None], classes]
        return found

    def _linear(self, name: str, rows: Sequence[Floats] | Floats) -> Floats:
        # Row by row: of one product for all, a row would depend in its last bit on how many there are.
        w = self._weights
        matrix, bias = w[name], w[f"{name}_bias"]
        out = np.empty((len(rows), len(matrix)), dtype=np.float32)
        for row, found in zip(rows, out, strict=True):
            np.matmul(matrix, row, out=found)
        out += bias
        return out


def _together(states: Sequence[NetState]) -> ColumnInputs:
    """Return what the columns of pieces are computed from, a row a piece."""
    if len(states) == 1:
        return states[0].given
    views = [vars(one.given).values() for one in states]
    return ColumnInputs(*map(np.concatenate, zip(*views, strict=True)))


def weight_shapes(inputs: Inputs) -> Shapes:
    """Return the shape of every weight of the torch network, by name."""
    config = inputs.config
    wide, inner = config.hidden, config.head
    shapes: Shapes = {"table.weight": (inputs.sizes["input"], wide)}
    for layer in range(config.layers):
        shapes |= gru_shapes(f"gru.{layer}", wide, wide)
    for head in inputs.heads:
        linear: Shapes = {
            "state": (inner, wide),
            "logits": (inputs.vocabulary.sizes[field_of(head)], inner),
        }
        if slots := len(inputs.candidates(head)):
            linear["gates"] = (slots, inner)
        if head in PITCHED_HEADS:
            linear |= {"degree": (12, inner), "interval": (INTERVALS - 1, inner)}
        if head == "pitch" and config.voices:
            linear |= {"chord": (INTERVALS - 1, inner), "consonance": (12, inner)}
        if head in PITCHED_HEADS and config.plans:
            linear |= {"rooted": (12, inner), "bassed": (12, inner)}
        shapes |= layer_shapes({f"heads.{head}.{part}": size for part, size in linear.items()})
        if inputs.sizes[head]:
            shapes[f"heads.{head}.table.weight"] = (inputs.sizes[head], inner)
    return shapes


def _arrange(weights: Mapping[str, Floats], layers: int) -> dict[str, Floats]:
    """Rename the weights, and put the first layer into the embedding table."""
    # The rows of the table are summed and then multiplied: multiplied once here, a step only sums.
    first = weights["gru.0.weight_ih_l0"]
    w: dict[str, Floats] = {"input": weights["table.weight"] @ first.T}
    for layer in range(layers):
        for kind in ("ih", "hh"):
            w[f"gru.{layer}.{kind}"] = weights[f"gru.{layer}.weight_{kind}_l0"]
            w[f"gru.{layer}.{kind}_bias"] = weights[f"gru.{layer}.bias_{kind}_l0"]
    for name, value in weights.items():
        if name.startswith("heads."):
            _, head, part, kind = name.split(".")
            w[f"{head}.{part}" + ("_bias" if kind == "bias" else "")] = value
    return {name: np.ascontiguousarray(value) for name, value in w.items()}
