"""Drawing a piece event by event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.nets.light import LightNet, Session
from symgen.sampling.filters import Draft, Filter
from symgen.sampling.guides import Guide
from symgen.tokens import FIELDS, Events

__all__ = ["Drawing", "draw_event", "draw_piece"]

Floats = NDArray[np.float64]

_SURER = 2.0
"""The goal of the last bar is drawn at half the temperature: how a piece closes is surer than how it goes on."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How classes are drawn.

    Parameters
    ----------
    temperature, top_p, top_k
        As in `symgen.sampling.Controls`; the form of a bar is drawn as learned, whatever they say.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0

    def probabilities(self, field: str, logits: NDArray[np.float32], allowed: NDArray[np.bool_]) -> Floats:
        """Return what to draw from, shape (classes,); classes that are not allowed get 0."""
        values = np.where(allowed, logits.astype(np.float64), -np.inf)
        if field != "form":
            values = values / self.temperature
        chances: Floats = np.exp(values - values.max())
        chances /= chances.sum()
        if field == "form" or (self.top_p >= 1 and self.top_k == 0):
            return chances
        order = np.argsort(-chances, kind="stable")
        kept = int(np.searchsorted(np.cumsum(chances[order]), self.top_p)) + 1
        if self.top_k:
            kept = min(kept, self.top_k)
        chances[order[kept:]] = 0.0
        chances /= chances.sum()
        return chances


def draw_piece(
    session: Session,
    *,
    seed: int,
    filters: Sequence[Filter],
    drawing: Drawing | None = None,
    guides: Sequence[Guide] = (),
) -> Events:
    """Draw events until the piece of a session is whole.

    Parameters
    ----------
    session : Session
        The piece so far, which may hold a prompt; it is used up.
    seed : int
        The same seed gives the same piece.
    filters : sequence of Filter
        The grammar and the controls; what they leave may be drawn.
    drawing : Drawing, optional
    guides : sequence of Guide
        What leads the drawing.

    Returns
    -------
    Events
        What was read and what was drawn, up to the end.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    drawing = drawing or Drawing()
    while not session.ended:
        draw_event(session, filters, drawing, rng, guides=guides)
    return session.events


def draw_event(
    session: Session,
    filters: Sequence[Filter],
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    guides: Sequence[Guide] = (),
    given: Filter | None = None,
) -> float:
    """Draw one event.

    Returns
    -------
    float
        Log of the probability that the network gives to what `given` leaves of what the other filters allow.
    """
    net, draft, weight = session.net, Draft(), 0.0
    session.begin()
    fields = ["time"]
    while fields:
        field = fields.pop(0)
        if field in net.inputs.fixed:
            value = net.inputs.fixed[field]
        else:
            logits = session.logits(field)
            for guide in guides:
                bias = guide.bias(field, session.prefix, draft)
                logits = logits if bias is None else logits + bias.astype(np.float32)
            allowed = np.ones(len(logits), dtype=bool)
            for each in filters:
                each.allow(field, session.prefix, draft, allowed)
            if given is not None:
                before = allowed.copy()
                given.allow(field, session.prefix, draft, allowed)
                weight += _log_share(logits, allowed, before | allowed)
            if field == "goal" and session.prefix.closes:
                logits = _SURER * logits
            chances = drawing.probabilities(field, logits, allowed)
            value = int(np.searchsorted(np.cumsum(chances), rng.random() * chances.sum(), side="right"))
            value = min(value, int(np.flatnonzero(chances)[-1]))
        session.draw(field, value)
        if field == "time":
            draft.time = value
            fields = _rest(value, net)
        elif field == "part":
            draft.part = value
        elif field == "pitch":
            draft.pitch = value
    session.end()
    return weight


def _log_share(logits: NDArray[np.float32], some: NDArray[np.bool_], many: NDArray[np.bool_]) -> float:
    """Return the log of the probability of some classes among many."""
    if (some == many).all():
        return 0.0
    values = logits.astype(np.float64) - float(logits[many].max())
    return float(np.log(np.exp(values[some]).sum() + 1e-300) - np.log(np.exp(values[many]).sum()))


def _rest(time: int, net: LightNet) -> list[str]:
    """Which fields follow a time class."""
    if time == net.vocabulary.bar:
        return ["form", "goal"] if net.config.goals else ["form"]
    return list(FIELDS[1:-1]) if time < net.vocabulary.skip else []
