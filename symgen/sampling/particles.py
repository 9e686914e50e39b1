"""Drawing around given notes with a look ahead: takes side by side, weighed by how likely they make what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.nets.session import Session
from symgen.sampling.events import Drawing, EventDrawer, Rules
from symgen.sampling.filters import Filter
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide
from symgen.sampling.together import Drawer, draw_together
from symgen.system.errors import ControlError
from symgen.system.resampling import resampled, shares_of
from symgen.tokens import Events

__all__ = ["MOST_PARTICLES", "Lookahead", "draw_around", "usual_particles"]

MOST_PARTICLES = 1024
_PARTICLES = 16
# Events that all takes together may have, some seconds of work, before there are fewer takes.
_EVENTS = 6_000


@dataclass(frozen=True)
class Lookahead:
    """How widely and how far takes are drawn side by side."""

    # Takes side by side, 1..1024; with one there is no look ahead.
    particles: int = _PARTICLES
    # Index of the first bar that is not given, and of the one at which drawing stops: it is given
    # as all that follow.
    span: tuple[int, int] | None = None
    # Takes are compared after each given note, not at the bar lines alone.
    after_each_note: bool = False
    # Which version is drawn, of how many, for what is told of progress.
    take: int = 1
    takes: int = 1
    # Told of each bar that is opened by its index.
    on_bar: Callable[[int], None] | None = None


@dataclass
class _Particle:
    """A piece that is being drawn; `weight` is the log of how likely it makes what is given."""

    session: Session
    weight: float = 0.0


def usual_particles(events: int) -> int:
    """Return how many takes of so many events are drawn side by side: 16, fewer where that would take long."""
    return max(1, min(_PARTICLES, _EVENTS // max(1, events)))


def draw_around(
    session: Session,
    given: FixedNotes,
    *,
    seed: int,
    filters: Sequence[Filter],
    drawing: Drawing | None = None,
    look: Lookahead | None = None,
    guides: Sequence[Guide] = (),
) -> Events:
    """Draw what is not given, bar by bar."""
    # A particle filter. Drawing left to right knows nothing of the given notes ahead: a take that
    # wanders off meets them by an ugly leap. So several takes are drawn side by side; each is weighed
    # by the probability that the network gives to the given notes it runs into (`draw_event` returns
    # its log), and takes are drawn anew in proportion to their weights once few carry most of it.
    # What is left are samples of the network's own distribution given what follows, not the single
    # best fit, which would be duller than real music.
    look = look or Lookahead()
    particles, on_bar = look.particles, look.on_bar
    if not 1 <= particles <= MOST_PARTICLES:
        raise ControlError(f"particles {particles}: must be 1..{MOST_PARTICLES}")
    # Each take has its own source of chances: so they can be drawn together.
    rng, *own = (np.random.Generator(np.random.PCG64([seed, 3, i])) for i in range(particles + 1))
    drawing, rules = drawing or Drawing(), Rules(filters, guides, given)
    last = min(look.span[1] if look.span else session.prefix.bars, session.prefix.bars)
    many = [_Particle(session)] + [_Particle(session.copy()) for _ in range(particles - 1)]
    # Takes meet at each bar line, or behind each given note, where their weights can be compared.
    while True:
        bar = many[0].session.prefix.bar
        stretches = [
            _stretch(one, rules, drawing, own[i], after_each_note=look.after_each_note)
            for i, one in enumerate(many)
        ]
        draw_together(stretches)
        here = many[-1].session.prefix.bar
        if on_bar and (here > bar or many[0].session.ended):
            on_bar(here)
        if many[0].session.ended or here >= last:
            break
        many = _resampled(many, rng)
    return many[_choose(many, rng.random())].session.events


def _stretch(
    one: _Particle,
    rules: Rules,
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    after_each_note: bool,
) -> Drawer[None]:
    """Draw a take up to the next bar line, or behind the next given note."""
    session, given = one.session, rules.given
    prefix = session.prefix
    bar, passed = prefix.bar, given.passed(prefix) if given and after_each_note else 0
    events = EventDrawer(session, rules, drawing, rng)
    while not session.ended and prefix.bar == bar:
        if given and after_each_note and given.passed(prefix) > passed:
            return
        one.weight += yield from events.draw()


def _weights(many: Sequence[_Particle]) -> NDArray[np.float64]:
    return np.array([one.weight for one in many])


def _choose(many: Sequence[_Particle], chance: float) -> int:
    sums = np.cumsum(shares_of(_weights(many)))
    place = int(np.searchsorted(sums, chance, side="right"))
    return min(place, len(many) - 1)  # the last sum may fall short of 1 by rounding


def _resampled(many: list[_Particle], rng: np.random.Generator) -> list[_Particle]:
    """Draw the particles anew by their weights, as soon as few of them carry most of the weight."""
    chosen = resampled(_weights(many), rng)
    if chosen is None:
        return many
    used: set[int] = set()
    kept = []
    for i in chosen.tolist():
        session = many[i].session
        kept.append(_Particle(session.copy() if i in used else session))
        used.add(i)
    return kept
