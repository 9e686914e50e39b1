"""The event network in numpy, one step at a time, for sampling; a test holds it to the torch network's logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from symgen.nets.checkpoint import Model
from symgen.nets.columns import INTERVALS, REFERENCE, ColumnInputs
from symgen.nets.inputs import FROM_CLASS, PITCHED_HEADS, Conditions, Inputs, field_of
from symgen.nets.numpy_layers import (
    Shapes,
    check_shapes,
    gru_shapes,
    gru_step,
    layer_shapes,
    sigmoid,
)
from symgen.system.errors import CheckpointError
from symgen.tokens import FIELDS, Events, Header
from symgen.tokens.form import with_goals
from symgen.tokens.prefix import Prefix
from symgen.tokens.stepping import make_features
from symgen.tokens.vocabulary import PART, TIME

__all__ = ["InferenceNet", "Session", "weight_shapes"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
_NAT = float(np.log(2))
_PITCH_CLASS = np.arange(128) % 12
_ZERO = np.zeros(1, dtype=np.float32)


class InferenceNet:
    """The weights of an event network, laid out for single steps."""

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

    def start(self) -> Floats:
        """Return the state before a piece, shape (layers, hidden)."""
        return np.zeros((self.config.layers, self.config.hidden), dtype=np.float32)

    def step(self, rows: Ints, state: Floats) -> tuple[Floats, Floats]:
        """Read one event: rows of the input table; return what the heads see, shape (hidden,), and the state."""
        w = self._weights
        # A new array each time: states that a session has kept must not change under it.
        fresh = np.empty_like(state)
        gates = w["input"][rows].sum(axis=0) + w["gru.0.ih_bias"]
        signal = state[0]
        for layer in range(self.config.layers):
            if layer:
                gates = self._linear(f"gru.{layer}.ih", signal)
            kept = self._linear(f"gru.{layer}.hh", state[layer])
            fresh[layer] = out = gru_step(gates, kept, state[layer])
            signal = signal + out if layer else out  # layers after the first are residual
        return signal, fresh

    def hidden(self, head: str, signal: Floats, rows: Ints | None) -> Floats:
        """Return the inner layer of a head, shape (head,)."""
        value = self._linear(f"{head}.state", signal)
        if rows is not None:
            value = value + self._weights[f"{head}.table"][rows].sum(axis=0)
        activated: Floats = value * sigmoid(value)
        return activated

    def logits(self, head: str, hidden: Floats, pointers: Ints) -> Floats:
        """Return logits with the pointers of the copy memory, shape (classes,)."""
        logits = self._linear(f"{head}.logits", hidden)
        if len(pointers):
            gates = self._linear(f"{head}.gates", hidden)
            # Several slots may point at one class: then all of them add to it.
            known = pointers > 0
            np.add.at(logits, pointers[known] - 1, gates[known])
        return logits

    def pitch_bias(self, head: str, hidden: Floats, classes: Sequence[Ints]) -> Floats:
        """Return what scale degrees and intervals add to the logits of pitches, shape (128,)."""
        # What is unknown adds nothing: there is no degree behind the twelve, no interval before the first.
        degrees = np.concatenate((self._linear(f"{head}.degree", hidden), _ZERO))
        intervals = np.concatenate((_ZERO, self._linear(f"{head}.interval", hidden)))
        degree, interval, *chord = classes
        bias: Floats = degrees[degree] + intervals[interval]
        if chord:
            near, sounding = chord
            bias += np.concatenate((_ZERO, self._linear("pitch.chord", hidden)))[near]
            turned = self._linear("pitch.consonance", hidden)[FROM_CLASS]
            bias += (turned @ sounding.astype(np.float32))[_PITCH_CLASS]
        return bias

    def _linear(self, name: str, x: Floats) -> Floats:
        w = self._weights
        out: Floats = w[name] @ x + w[f"{name}_bias"]
        return out


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


class Session:
    """A piece that is being read or written by a network, event by event."""

    # Each event goes: `begin`, then logits field by field with `draw` in between, then `end`. The
    # header gives the bars of the whole piece, key and style; `hide_end` keeps from the network how
    # many bars are left.

    def __init__(self, net: InferenceNet, header: Header, *, hide_end: bool = False) -> None:
        self.net, self.header, self._hide_end = net, header, hide_end
        voices, inputs = net.config.voices, net.inputs
        self.prefix = Prefix(header, net.vocabulary, voices=voices, hide_end=hide_end)
        self._steps = make_features(header, net.vocabulary, voices, hide_end, inputs.layout)
        self._conditions = Conditions.of(header, net.config).values[None]
        self._features = np.zeros((1, len(inputs.layout.names)), dtype=np.int64)
        self._last = np.zeros((1, REFERENCE + 1), dtype=np.int64)
        self._now = np.zeros((1, len(FIELDS)), dtype=np.int64)
        self._rows: list[list[int]] = []
        self._bits: list[float] = []
        self._surprise = 0.0
        self._signal, self._state = net.start()[0], net.start()
        self._given, self._columns = self._view(), self._features[0]

    def copy(self) -> Session:
        """Return the piece so far, to go on from it more than once."""
        twin = copy(self)
        for name in ("prefix", "_steps", "_features", "_last", "_now", "_rows", "_bits"):
            setattr(twin, name, getattr(self, name).copy())
        twin._given, twin._columns = twin._view(), twin._features[0]
        return twin

    def _view(self) -> ColumnInputs:
        # Made once: the arrays stay, only their numbers change from event to event.
        return ColumnInputs(self._last, self._now, self._features, self._conditions)

    def rewound(self, length: int, earlier: Session) -> Session:
        """Return the piece as it was after so many events: a state of it before, which is used up, goes on to there."""
        # A state is large and reading an event is quick: only some states are kept, and the events
        # from the last of them on are read again.
        for row in self._rows[earlier.length : length]:
            earlier.begin()
            earlier._force(row)
        earlier._bits = self._bits[:length]
        return earlier

    def begin(self) -> None:
        """Read the last event and the context before the next."""
        # One step of the GRU an event; the heads are then asked as often as a filter wants it.
        self.restart()
        rows = self.net.inputs.rows("input", self._given)[0]
        self._signal, self._state = self.net.step(rows, self._state)

    def restart(self) -> None:
        """Forget what was drawn of the event that was begun."""
        self._steps.context(self._columns)
        self._now[:] = 0
        self._surprise = 0.0

    def logits(self, head: str) -> Floats:
        """Return the logits of the next field, shape (classes,)."""
        net, inputs = self.net, self.net.inputs
        rows = None
        if inputs.sizes[head]:
            rows = inputs.rows(head, self._given)[0]
        hidden = net.hidden(head, self._signal, rows)
        logits = net.logits(head, hidden, inputs.pointers(head, self._features)[0])
        if head in PITCHED_HEADS:
            classes = inputs.pitch_classes(head, self._given)
            logits = logits + net.pitch_bias(head, hidden, [each[0] for each in classes])
        return logits

    def draw(self, field: str, value: int, logits: Floats | None = None) -> None:
        """Say which class a field of the event has; `logits` are those that the network gave, for `bits`."""
        # What follows from the class becomes known to the heads that come next: from the time what
        # sounds there, from the part its own last note, from the pitch how long it lasted before.
        if logits is not None:
            top = float(logits.max())
            rest = float(np.log(np.exp(logits - top).sum()))
            self._surprise += top - float(logits[value]) + rest
        self._now[0, field_of(field)] = value
        out, time = self._columns, int(self._now[0, TIME])
        if field == "form":
            # A bar that repeats another aims where that one did: the goal head sees its goal.
            self._steps.form(out, value)
        elif field == "time" and value < self.net.vocabulary.skip:
            self._steps.time(out, value)
        elif field == "part":
            self._steps.part(out, value, time)
        elif field == "pitch":
            self._steps.pitch(out, int(self._now[0, PART]), value)

    def end(self) -> list[int]:
        """Add the event to the piece and return its fields."""
        row: list[int] = self._now[0].tolist()
        inputs = self.net.inputs
        self._last[0, :REFERENCE] = self._now[0] + 1
        self._last[0, REFERENCE] = self._features[0, inputs.column[inputs.reference]]
        self._rows.append(row)
        self._bits.append(self._surprise / _NAT)
        self._surprise = 0.0
        if not self.ended:
            self.prefix.push(row)
            self._steps.push(row)
        return row

    @property
    def ended(self) -> bool:
        """Whether the last event was the end of the piece."""
        return bool(self._rows) and self._rows[-1][TIME] == self.net.vocabulary.end

    @property
    def length(self) -> int:
        """Events so far."""
        return len(self._rows)

    @property
    def bits(self) -> float:
        """How unlikely the network finds what was drawn, in bits; what was given does not count."""
        return float(sum(self._bits))

    @property
    def events(self) -> Events:
        """All events so far."""
        rows = np.array(self._rows, dtype=np.uint8)
        return Events(rows.reshape(-1, len(FIELDS)), self.header)

    def read(self, events: Events) -> None:
        """Read events that are given, such as a prompt; an end among them is left out."""
        if self.net.config.goals:
            events = with_goals(events, self.net.vocabulary, self.net.config.voices)
        for row in events.fields.tolist():
            if row[TIME] != self.net.vocabulary.end:
                self.begin()
                self._force(row)

    def _force(self, row: Sequence[int]) -> None:
        self._now[0] = row
        if row[TIME] < self.net.vocabulary.skip:
            self._steps.part(self._columns, row[PART], row[TIME])
        self.end()
