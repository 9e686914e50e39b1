"""Drawing a piece event by event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from symgen.nets.inference import InferenceNet, Session
from symgen.sampling.filters import Differs, Draft, Filter, OnlyBarLine
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide
from symgen.sampling.watches import Watch
from symgen.system.errors import ControlError
from symgen.tokens import FIELDS

__all__ = ["Drawing", "draw_bars", "draw_event", "one_thread"]

Floats = NDArray[np.float64]
Logits = NDArray[np.float32]

# The goal of the last bar is drawn at half the temperature: how a piece closes is surer than how it
# goes on.
_CLOSING_FACTOR = 2.0
# A bar that is not accepted is drawn again so many times, each time so much more daringly.
_TRIES, _HEAT = 8, 0.1


@dataclass(frozen=True, slots=True)
class Drawing:
    """How classes are drawn."""

    # As in `symgen.sampling.Controls`; the form of a bar is drawn as learned, whatever they say.
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0

    def probabilities(
        self, field: str, logits: NDArray[np.float32], allowed: NDArray[np.bool_]
    ) -> Floats:
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


def draw_bars(
    session: Session,
    *,
    seed: int,
    filters: Sequence[Filter],
    drawing: Drawing | None = None,
    guides: Sequence[Guide] = (),
    watches: Sequence[Watch] = (),
) -> Iterator[Session]:
    """Draw events until the piece of a session is whole, and stop at the end of each bar."""
    # A bar that a watch does not accept is drawn again, its form too, up to eight times and ever
    # more daringly; one of its notes, another one each time, must not have the pitch that it had.
    rng = np.random.Generator(np.random.PCG64(seed))
    drawing = drawing or Drawing()
    line, done, tries = session.length, session.prefix.bar, 0
    other: list[Filter] = []
    before = session.copy()  # at the line that a bar was drawn again from
    while not session.ended:
        bar = session.prefix.bar
        again = [*other, OnlyBarLine()] if tries and session.length == line else other
        heated = replace(drawing, temperature=drawing.temperature * (1 + _HEAT * tries))
        draw_event(session, [*filters, *again], heated, rng, guides=guides)
        if session.prefix.bar == bar and not session.ended:
            continue
        if bar <= done and tries:
            continue  # a bar that is drawn again has been opened
        if bar > done:
            if tries < _TRIES and not all(watch.accepts(session.prefix, bar) for watch in watches):
                other = _otherwise(session, bar, rng)
                before = session.rewound(line, before)
                session, tries = before.copy(), tries + 1
                continue
            done = bar
            yield session
        line, tries, other = session.length - 1, 0, []


def _otherwise(session: Session, bar: int, rng: np.random.Generator) -> list[Filter]:
    """Choose a note of a bar that must be another one when the bar is drawn again."""
    first, stop = (session.prefix.bar_start_note(i) for i in (bar, bar + 1))
    if stop == first:
        return []
    number = int(rng.integers(stop - first))
    return [Differs(bar, number, session.prefix.notes[first + number][1])]


def draw_event(
    session: Session,
    filters: Sequence[Filter],
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    guides: Sequence[Guide] = (),
    given: FixedNotes | None = None,
) -> float:
    """Draw one event; return the log of the probability that the network gives to what `given` leaves of the rest."""
    # Where what was drawn of it leaves nothing for its next field, it is drawn again without the
    # class that led there.
    event = _Event(session, filters, guides, given)
    session.begin()
    while not event.draw(drawing, rng):
        session.restart()
    session.end()
    return event.weight


class _Event:
    """An event that is being drawn; `weight` as `draw_event` returns it."""

    def __init__(
        self,
        session: Session,
        filters: Sequence[Filter],
        guides: Sequence[Guide],
        given: FixedNotes | None,
    ) -> None:
        self._session, self._filters, self._guides, self._given = session, filters, guides, given
        self._closed: dict[
            tuple[int, ...], list[int]
        ] = {}  # what leads nowhere, by the classes drawn before it
        self.weight = 0.0

    def draw(self, drawing: Drawing, rng: np.random.Generator) -> bool:
        """Draw field by field; false if nothing is left for one of them."""
        session, draft, self.weight = self._session, Draft(), 0.0
        drawn: list[int] = []
        fields = ["time"]
        while fields:
            field = fields.pop(0)
            value, logits = session.net.inputs.fixed.get(field), None
            if value is None:
                logits = _with_end(session.logits(field), field, session)
                chances = self._chances(field, draft, logits, drawn, drawing)
                if chances is None:
                    return False
                value = int(
                    np.searchsorted(np.cumsum(chances), rng.random() * chances.sum(), side="right")
                )
                value = min(value, int(np.flatnonzero(chances)[-1]))
            session.draw(field, value, logits)
            drawn.append(value)
            if field == "time":
                draft.time = value
                fields = _rest(value, session.net)
            elif field == "part":
                draft.part = value
            elif field == "pitch":
                draft.pitch = value
        return True

    def _chances(
        self, field: str, draft: Draft, logits: Logits, drawn: list[int], drawing: Drawing
    ) -> Floats | None:
        """Return what to draw from, or nothing if no class is left; then the one drawn last is not drawn again."""
        prefix = self._session.prefix
        for guide in self._guides:
            bias = guide.bias(field, prefix, draft)
            logits = logits if bias is None else logits + bias.astype(np.float32)
        allowed = np.ones(len(logits), dtype=bool)
        for each in self._filters:
            each.allow(field, prefix, draft, allowed)
        if self._given is not None:
            before = allowed.copy()
            self._given.allow(field, prefix, draft, allowed)
            self.weight += _log_share(logits, allowed, before | allowed)
            for each in self._given.yielding:
                each.allow(field, prefix, draft, allowed)
        if self._closed:
            allowed[self._closed.get(tuple(drawn), [])] = False
        left = np.count_nonzero(allowed)
        if left == 1:
            return allowed.astype(np.float64)
        if not left:
            if not drawn:
                raise ControlError("what is asked for leaves no note to write; loosen a control")
            self._closed.setdefault(tuple(drawn[:-1]), []).append(drawn[-1])
            return None
        if field == "goal" and prefix.closes:
            logits = _CLOSING_FACTOR * logits
        return drawing.probabilities(field, logits, allowed)


def _with_end(logits: Logits, field: str, session: Session) -> Logits:
    """Let the piece end in its last bar as likely as another bar would open."""
    # A network that is not told how many bars are left holds the bar line for likely there, and the
    # end for impossible; without a bar line only more notes would be left.
    prefix = session.prefix
    if field == "time" and prefix.hides_end and prefix.bars_left == 0:
        v = session.net.vocabulary
        logits = logits.copy()
        logits[v.end] = np.logaddexp(logits[v.end], logits[v.bar])
    return logits


def _log_share(logits: Logits, some: NDArray[np.bool_], many: NDArray[np.bool_]) -> float:
    """Return the log of the probability of some classes among many."""
    if (some == many).all():
        return 0.0
    if not some.any():
        return -np.inf
    values = logits.astype(np.float64) - float(logits[many].max())
    part = np.exp(values[some]).sum() + 1e-300  # may underflow to 0
    whole = np.exp(values[many]).sum()
    return float(np.log(part) - np.log(whole))


def _rest(time: int, net: InferenceNet) -> list[str]:
    """Which fields follow a time class."""
    if time == net.vocabulary.bar:
        return ["form", "goal"] if net.config.goals else ["form"]
    return list(FIELDS[1:-1]) if time < net.vocabulary.skip else []


_drawing = RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the linear algebra use one thread: the same sums in the same order, and faster for products this small."""
    # The limit holds for the whole process, so only one piece is drawn at a time.
    from threadpoolctl import threadpool_limits

    with _drawing, threadpool_limits(1):
        yield
