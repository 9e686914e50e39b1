"""What a network knows of one piece: the numbers that it reads, and what it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from ctypes import addressof, c_void_p
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.kernel.drawing import calls
from symgen.kernel.structures import piece_record
from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import CONDITIONS, REFERENCE, ColumnInputs
from symgen.nets.inputs import Conditions, Inputs, field_of
from symgen.tokens import FIELDS, Header
from symgen.tokens.plans import plan_tables
from symgen.tokens.stepping import make_features
from symgen.tokens.vocabulary import FORM, PART, PITCH, TIME

__all__ = ["NetState", "make_state"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Number = TypeVar("Number", np.float32, np.int64)


class NetState:
    """The arrays of one piece; they stay where they are, only their numbers change from event to event."""

    # Draws a class and takes it, as `symgen.kernel.drawing.Calls.draw`, in the C library alone.
    draw_class: Callable[..., int] | None = None

    # Shapes: features (columns,), last (7,), now (6,), conditions (8 + labels,), all of int64; layers (layers,
    # hidden), the state of the GRU; signal (hidden,), what the heads see; scores, by head the logits
    # that were asked for last, (classes,).

    def __init__(self, inputs: Inputs, header: Header, *, hide_end: bool) -> None:
        self._inputs = inputs
        config, vocabulary = inputs.config, inputs.vocabulary
        self.steps = make_features(header, vocabulary, config.voices, hide_end, inputs.layout)
        # Two arrays hold all numbers, so that a copy is two copies; the C library is told where.
        self._ints = np.zeros(sum(_sizes(inputs)), dtype=np.int64)
        self._floats = np.zeros(sum(_float_sizes(inputs)), dtype=np.float32)
        self._lay_out()
        self.conditions[:] = Conditions.of(header, config).values

    def _lay_out(self) -> None:
        """Make the views of the arrays."""
        inputs, config = self._inputs, self._inputs.config
        views = _cut(self._ints, _sizes(inputs))
        self.features, self.last, self.now, self.conditions = views
        layers, self.signal, logits = _cut(self._floats, _float_sizes(inputs))
        self.layers = layers.reshape(config.layers, config.hidden)
        sizes = inputs.vocabulary.sizes
        self.scores = {head: logits[: sizes[field_of(head)]] for head in inputs.heads}
        self.record = piece_record(*views, layers, self.signal, logits)
        self.address = addressof(self.record)
        self.alone = (c_void_p * 1)(self.address)
        self._given: ColumnInputs | None = None

    @property
    def given(self) -> ColumnInputs:
        """What columns are computed from, one row each."""
        if self._given is None:
            rows = (self.last, self.now, self.features, self.conditions)
            self._given = ColumnInputs(*(row[None] for row in rows))
        return self._given

    def copy(self) -> NetState:
        """Return an independent twin."""
        twin = copy(self)
        twin._ints, twin._floats = self._ints.copy(), self._floats.copy()
        twin.steps = self.steps.copy()
        twin._lay_out()
        return twin

    def replan(self, header: Header) -> None:
        """Let the plan of another header of the same bars hold from here on."""
        if self._inputs.config.plans:
            self.steps.replan(*plan_tables(header, self._inputs.vocabulary))

    def begin(self) -> None:
        """Say what is known before the next event, and nothing of the event itself."""
        self.steps.context(self.features)
        self.now[:] = 0

    def take(self, place: int, value: int) -> None:
        """Say which class a field of the event has."""
        # What follows from the class becomes known to the heads that come next: from the time what
        # sounds there, from the part its own last note, from the pitch how long it lasted before.
        self.now[place] = value
        if place == FORM:
            # A bar that repeats another aims where that one did: the goal head sees its goal.
            self.steps.form(self.features, value)
        elif place == TIME and value < self._inputs.vocabulary.skip:
            self.steps.time(self.features, value)
        elif place == PART:
            self.steps.part(self.features, value, int(self.now[TIME]))
        elif place == PITCH and self.now[TIME] < self._inputs.vocabulary.skip:
            # The goal of a bar, which takes the place of a pitch, is no pitch of a note.
            self.steps.pitch(self.features, int(self.now[PART]), value)

    @property
    def surprise(self) -> float:
        """How unlikely the network finds what the C library has drawn of the event, in nats."""
        return 0.0

    def end(self, row: list[int]) -> None:
        """Add the event to what was before."""
        inputs = self._inputs
        self.last[:REFERENCE] = self.now + 1
        self.last[REFERENCE] = self.features[inputs.column[inputs.reference]]
        if row[TIME] != inputs.vocabulary.end:
            self.steps.push(row)

    def pass_by(self, row: list[int]) -> tuple[Ints, Ints]:
        """Add a given event, and return what the network reads before it: the event before, and the features."""
        self.begin()
        seen = self.last.copy(), self.features.copy()
        self.force(row)
        self.end(row)
        return seen

    def force(self, row: Sequence[int]) -> None:
        """Let the event be a given one."""
        self.now[:] = row
        if row[TIME] < self._inputs.vocabulary.skip:
            self.steps.part(self.features, row[PART], row[TIME])


class CompiledState(NetState):
    """The same, one call of the C library a step."""

    steps: Any  # compiled features, which have an address

    def _lay_out(self) -> None:
        super()._lay_out()
        inputs, record = self._inputs, self.record
        record.steps = self.steps.address
        record.reference = inputs.column[inputs.reference]
        record.skip, record.end = inputs.vocabulary.skip, inputs.vocabulary.end
        self._call = calls()
        self.draw_class = partial(self._call.draw, self.address)

    def begin(self) -> None:
        """Say what is known before the next event, and nothing of the event itself."""
        self._call.begin(self.address)

    def take(self, place: int, value: int) -> None:
        """Say which class a field of the event has."""
        self._call.take(self.address, place, value)

    @property
    def surprise(self) -> float:
        """How unlikely the network finds what the C library has drawn of the event, in nats."""
        found: float = self.record.surprise
        return found

    def end(self, row: list[int]) -> None:  # noqa: ARG002 - the library has it
        """Add the event to what was before."""
        if self._call.end(self.address):
            raise MemoryError


def make_state(inputs: Inputs, header: Header, *, hide_end: bool) -> NetState:
    """Return the state before the first event of a piece."""
    kind = NetState if library() is None else CompiledState
    return kind(inputs, header, hide_end=hide_end)


def _cut(array: NDArray[Number], sizes: Sequence[int]) -> list[NDArray[Number]]:
    """Return views of an array, one behind the other."""
    views, start = list[NDArray[Number]](), 0
    for size in sizes:
        views.append(array[start : start + size])
        start += size
    return views


def _sizes(inputs: Inputs) -> tuple[int, ...]:
    conditions = len(CONDITIONS) + len(inputs.config.labels)
    return len(inputs.layout.names), REFERENCE + 1, len(FIELDS), conditions


def _float_sizes(inputs: Inputs) -> tuple[int, ...]:
    config: NetConfig = inputs.config
    return config.layers * config.hidden, config.hidden, max(inputs.vocabulary.sizes)
