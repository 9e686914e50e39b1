"""A piece that is being read or written by a network, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from symgen.kernel.drawing import log_chance
from symgen.nets.inference import InferenceNet
from symgen.nets.inputs import HEADS, field_of
from symgen.nets.state import make_state
from symgen.tokens import FIELDS, Events, Header
from symgen.tokens.form import with_goals
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import TIME

__all__ = ["Session", "later_heads"]

Floats = NDArray[np.float32]
_NAT = float(np.log(2))
_PLACES = {head: field_of(head) for head in HEADS}


def later_heads(time: int, net: InferenceNet) -> Sequence[str]:
    """Return the heads that follow a class of time, in the order in which they are drawn."""
    if time == net.vocabulary.bar:
        return ("form", "goal") if net.config.goals else ("form",)
    return FIELDS[1:-1] if time < net.vocabulary.skip else ()


class Session:
    """A piece that is being read or written by a network."""

    # Each event goes: `begin`, then logits field by field with `draw` in between, then `end`. The
    # header gives the bars of the whole piece, key and style; `hide_end` keeps from the network how
    # many bars are left. What draws many pieces together asks the network itself for all of them.

    def __init__(self, net: InferenceNet, header: Header, *, hide_end: bool = False) -> None:
        self.net, self.header = net, header
        self.prefix = Prefix(header, net.vocabulary, voices=net.config.voices, hide_end=hide_end)
        self.state = make_state(net.inputs, header, hide_end=hide_end)
        # What the network is wanted for, where many pieces are drawn together.
        self.stage = ""
        # Whether the last event was the end of the piece.
        self.ended = False
        self._end = net.vocabulary.end
        self._rows: list[list[int]] = []
        self._row = [0] * len(FIELDS)
        self._bits: list[float] = []
        self._surprise = 0.0

    def copy(self) -> Session:
        """Return the piece so far, to go on from it more than once."""
        twin = copy(self)
        for name in ("prefix", "state", "_rows", "_bits"):
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def replan(self, header: Header) -> None:
        """Go on with another plan of chords, that of a header which is the same but for that."""
        self.header = header
        self.state.replan(header)

    def begin(self) -> None:
        """Read the last event and the context before the next."""
        # One step of the GRU an event; the heads are then asked as often as a filter wants it.
        self.restart()
        self.net.step((self.state,))

    def restart(self) -> None:
        """Forget what was drawn of the event that was begun."""
        self.state.begin()
        self._row = [0] * len(FIELDS)
        self._surprise = 0.0

    def logits(self, head: str) -> Floats:
        """Return the logits of the next field, shape (classes,)."""
        self.net.ask(head, (self.state,))
        return self.state.scores[head].copy()

    def draw(self, field: str, value: int, logits: Floats | None = None) -> None:
        """Say which class a field of the event has; `logits` are those that the network gave, for `bits`."""
        if logits is not None:
            self._surprise -= log_chance(logits, value)
        place = _PLACES[field]
        self._row[place] = value
        self.state.take(place, value)

    def drawn(self, place: int, value: int) -> None:
        """Say which class the state itself has drawn for a field, by its place in the event."""
        self._row[place] = value

    def end(self) -> list[int]:
        """Add the event to the piece and return its fields."""
        row = self._row
        self.state.end(row)
        self._rows.append(row)
        self._bits.append((self._surprise + self.state.surprise) / _NAT)
        self._surprise = 0.0
        if row[TIME] == self._end:
            self.ended = True
        else:
            self.prefix.push(row)
        return row

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
        given = events.fields[events.fields[:, TIME] != self._end]
        self.net.read(self.state, given)
        rows = given.tolist()
        self._rows += rows
        self._bits += [0.0] * len(rows)
        for row in rows:
            self.prefix.push(row)

    def weigh(self, events: Events) -> None:
        """Add given events one by one, as if they were drawn, so that `bits` says how unlikely they are."""
        if self.net.config.goals:
            events = with_goals(events, self.net.vocabulary, self.net.config.voices)
        for row in events.fields.tolist():
            self.begin()
            for head in ("time", *later_heads(row[TIME], self.net)):
                logits = None if head in self.net.inputs.fixed else self.logits(head)
                self.draw(head, row[_PLACES[head]], logits)
            self.end()

    def force(self, row: Sequence[int]) -> None:
        """Add a given event to the piece."""
        self._row = list(row)
        self.state.force(row)
        self.end()
