"""Drawing around given notes with a look ahead: takes side by side, weighed by how likely they make what is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from symgen.nets.inference import Session
from symgen.sampling.filters import Filter
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide
from symgen.sampling.sampler import Drawing, draw_event
from symgen.system.errors import ControlError
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
    rng = np.random.Generator(np.random.PCG64([seed, 3]))
    drawing = drawing or Drawing()
    last = min(look.span[1] if look.span else session.prefix.bars, session.prefix.bars)
    many = [_Particle(session)] + [_Particle(session.copy()) for _ in range(particles - 1)]
    # Takes meet at each bar line, or behind each given note, where their weights can be compared.
    while True:
        bar, passed = many[0].session.prefix.bar, given.passed(many[0].session.prefix)
        for one in many:
            prefix = one.session.prefix
            while (
                not one.session.ended
                and prefix.bar == bar
                and not (look.after_each_note and given.passed(prefix) > passed)
            ):
                one.weight += draw_event(
                    one.session, filters, drawing, rng, guides=guides, given=given
                )
        if on_bar and (prefix.bar > bar or many[0].session.ended):
            on_bar(prefix.bar)
        if many[0].session.ended or prefix.bar >= last:
            break
        many = _resampled(many, rng)
    return many[_choose(many, rng.random())].session.events


def _shares(many: Sequence[_Particle]) -> np.ndarray:
    weights = np.array([one.weight for one in many])
    shares = np.exp(weights - weights.max())
    return np.asarray(shares / shares.sum())


def _choose(many: Sequence[_Particle], chance: float) -> int:
    sums = np.cumsum(_shares(many))
    place = int(np.searchsorted(sums, chance, side="right"))
    return min(place, len(many) - 1)  # the last sum may fall short of 1 by rounding


def _resampled(many: list[_Particle], rng: np.random.Generator) -> list[_Particle]:
    """Draw the particles anew by their weights, as soon as few of them carry most of the weight."""
    # 1 / sum of squared shares is the effective number of takes; anew below half of them. Systematic
    # resampling (one draw, even steps) loses fewer takes by chance than as many single draws.
    shares = _shares(many)
    if 2 / float(shares @ shares) >= len(many):
        return many
    places = (np.arange(len(many)) + rng.random()) / len(many)
    chosen = np.searchsorted(np.cumsum(shares), places, side="right")
    chosen = np.minimum(chosen, len(many) - 1)
    used: set[int] = set()
    kept = []
    for i in chosen.tolist():
        session = many[i].session
        kept.append(_Particle(session.copy() if i in used else session))
        used.add(i)
    return kept
