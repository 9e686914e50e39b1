"""Drawing a piece event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as value_of

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import drawing as kernel
from symgen.kernel import library
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling.filters import Differs, Draft, Filter, OnlyBarLine, filters_of
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide
from symgen.sampling.together import BAR, STEP, Drawer, draw_alone, finish
from symgen.sampling.watches import Watch
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens import FIELDS

__all__ = ["Drawing", "Rules", "bar_drawer", "draw_bars", "draw_event", "event_drawer"]

Floats = NDArray[np.float64]
Logits = NDArray[np.float32]
Mask = NDArray[np.bool_]

# The goal of the last bar is drawn at half the temperature: how a piece closes is surer than how it
# goes on.
_CLOSING_FACTOR = np.float32(2.0)
# A bar that is not accepted is drawn again so many times, each time so much more daringly.
_TRIES, _HEAT = 8, 0.1


@dataclass(frozen=True, slots=True)
class Drawing:
    """How classes are drawn."""

    # As in `symgen.sampling.Controls`; the form of a bar is drawn as learned, whatever they say.
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0

    def choose(self, field: str, logits: Logits, allowed: Mask, chance: float) -> int:
        """Return the class that a chance in ``[0, 1)`` falls on; -1 if none is allowed."""
        if library() is not None:
            is_free = field != "form"
            places = kernel.address(logits), kernel.address(allowed)
            scale = 1.0 / self.temperature if is_free else 1.0
            cut = (self.top_p, self.top_k) if is_free else (1.0, 0)
            found = kernel.calls().choose(*places, len(logits), scale, *cut, chance)
            if found < -1:
                raise _no_numbers()
            return found
        left = np.flatnonzero(allowed)
        if len(left) < 2:
            return int(left[0]) if len(left) else -1
        chances = self.probabilities(field, logits, allowed)
        sums = np.cumsum(chances)
        if not sums[-1] > 0:
            raise _no_numbers()
        value = int(np.searchsorted(sums, chance * sums[-1], side="right"))
        return min(value, int(np.flatnonzero(chances)[-1]))

    def probabilities(self, field: str, logits: Logits, allowed: Mask) -> Floats:
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


def _no_numbers() -> CheckpointError:
    return CheckpointError("the model gives no take whose chances are numbers; train it again")


@dataclass(frozen=True)
class Rules:
    """What holds while a piece is drawn: filters, guides, notes that are given."""

    filters: Sequence[Filter] = ()
    guides: Sequence[Guide] = ()
    given: FixedNotes | None = None
    _filters: dict[str, tuple[Filter, ...]] = value_of(default_factory=dict, init=False)
    _guides: dict[str, tuple[Guide, ...]] = value_of(default_factory=dict, init=False)
    _masks: dict[str, Mask] = value_of(default_factory=dict, init=False)

    def filters_of(self, field: str) -> tuple[Filter, ...]:
        """Return the filters that look at a field."""
        if field not in self._filters:
            self._filters[field] = filters_of(self.filters, field)
        return self._filters[field]

    def guides_of(self, field: str) -> tuple[Guide, ...]:
        """Return the guides that look at a field."""
        if field not in self._guides:
            self._guides[field] = filters_of(self.guides, field)
        return self._guides[field]

    def everything(self, field: str, classes: int) -> Mask:
        """Return an array that allows all classes; it is used again for the next event."""
        mask = self._masks.get(field)
        if mask is None:
            mask = self._masks[field] = np.empty(classes, dtype=bool)
        mask.fill(True)
        return mask

    def with_filters(self, more: Sequence[Filter]) -> Rules:
        """Return the same with some filters more, asked last."""
        return Rules((*self.filters, *more), self.guides, self.given) if more else self


# -- bars --------------------------------------------------------------------------------


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
    rules = Rules(filters, guides)
    return draw_alone(bar_drawer(session, seed=seed, rules=rules, drawing=drawing, watches=watches))


def bar_drawer(
    session: Session,
    *,
    seed: int,
    rules: Rules,
    drawing: Drawing | None = None,
    watches: Sequence[Watch] = (),
) -> Drawer[Session]:
    """Draw events until the piece is whole, and return its session."""
    # A bar that a watch does not accept is drawn again, its form too, up to eight times and ever
    # more daringly; one of its notes, another one each time, must not have the pitch that it had.
    rng = np.random.Generator(np.random.PCG64(seed))
    usual = drawing or Drawing()
    done, tries, lines = session.prefix.bar, 0, _Lines(kept=bool(watches))
    held, heated = rules, usual
    while not session.ended:
        bar = session.prefix.bar
        if lines.again:
            yield from event_drawer(
                session, held.with_filters([OnlyBarLine()]), heated, rng, begun=True
            )
            lines.again = False
        else:
            yield from event_drawer(session, held, heated, rng, on_line=lines.pass_by)
        if session.prefix.bar == bar and not session.ended:
            continue
        if bar <= done and tries:
            continue  # a bar that is drawn again has been opened
        if bar > done:
            if tries < _TRIES and not all(watch.accepts(session.prefix, bar) for watch in watches):
                held = rules.with_filters(_otherwise(session, bar, rng))
                session, tries = lines.back(), tries + 1
                heated = replace(usual, temperature=usual.temperature * (1 + _HEAT * tries))
                continue
            done = bar
            session.stage = BAR
            yield session
        tries, held, heated = 0, rules, usual
        lines.go_on()
    return session


class _Lines:
    """The line from which the open bar can be drawn again: the piece as it was before that bar line."""

    def __init__(self, *, kept: bool) -> None:
        self._kept = kept
        self._last: Session | None = None
        self._next: Session | None = None
        self.again = False

    def pass_by(self, session: Session) -> None:
        """Keep a piece whose next event is a bar line."""
        if self._kept:
            self._next = session.copy()

    def go_on(self) -> None:
        """Let the line that was passed last be the one to go back to."""
        self._last, self._next = self._next, None

    def back(self) -> Session:
        """Return the piece at the line."""
        assert self._last is not None  # noqa: S101 - a bar that can be refused was opened by a line
        self.again = True
        return self._last.copy()


def _otherwise(session: Session, bar: int, rng: np.random.Generator) -> list[Filter]:
    """Choose a note of a bar that must be another one when the bar is drawn again."""
    first, stop = (session.prefix.bar_start_note(i) for i in (bar, bar + 1))
    if stop == first:
        return []
    number = int(rng.integers(stop - first))
    return [Differs(bar, number, session.prefix.notes[first + number][1])]


# -- events ------------------------------------------------------------------------------


def draw_event(
    session: Session,
    filters: Sequence[Filter],
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    guides: Sequence[Guide] = (),
    given: FixedNotes | None = None,
) -> float:
    """Draw one event of one piece alone; see `event_drawer`."""
    return finish(event_drawer(session, Rules(filters, guides, given), drawing, rng))


def event_drawer(
    session: Session,
    rules: Rules,
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    begun: bool = False,
    on_line: Callable[[Session], None] | None = None,
) -> Drawer[float]:
    """Draw one event; return the log of the probability that the network gives to what is given of it.

    An event that is `begun` has read the last one; `on_line` is handed the session of a bar line.
    """
    # Where what was drawn of it leaves nothing for its next field, it is drawn again without the
    # class that led there.
    event = _Event(session, rules, drawing, rng)
    if not begun:
        session.stage = STEP
        yield session
    fixed, waiting = session.net.inputs.fixed, ["time"]
    while waiting:
        field = waiting.pop(0)
        if field in fixed:
            event.take(field, fixed[field])
            continue
        session.stage = field
        yield session
        value = event.choose(field)
        if value < 0:
            event.start_again()
            waiting = ["time"]
            continue
        if field == "time":
            waiting = _rest(value, session.net)
            if on_line is not None and value == session.net.vocabulary.bar:
                on_line(session)
        event.take(field, value, event.logits)
    session.end()
    return event.weight


class _Event:
    """An event that is being drawn; `weight` as `event_drawer` returns it."""

    def __init__(
        self, session: Session, rules: Rules, drawing: Drawing, rng: np.random.Generator
    ) -> None:
        self._session, self._rules, self._drawing, self._rng = session, rules, drawing, rng
        # What leads nowhere, by the classes drawn before it, and a chance that was not used up.
        self._closed: dict[tuple[int, ...], list[int]] = {}
        self._chance = -1.0
        # Those that the last class was drawn from, before guides changed them.
        self.logits: Logits | None = None
        self.start_again()

    def start_again(self) -> None:
        """Forget what was drawn of it."""
        self._session.restart()
        self._draft, self.weight = Draft(), 0.0
        self._drawn: list[int] = []

    def take(self, field: str, value: int, logits: Logits | None = None) -> None:
        """Let a field have a class; `logits` are those that it was drawn from."""
        self._session.draw(field, value, logits)
        self._drawn.append(value)
        if field in ("time", "part", "pitch"):
            setattr(self._draft, field, value)

    def choose(self, field: str) -> int:
        """Draw a class; -1 if none is left, then the one drawn last is not drawn again."""
        session, rules = self._session, self._rules
        prefix = session.prefix
        self.logits = logits = _with_end(session.state.scores[field], field, session)
        for guide in rules.guides_of(field):
            bias = guide.bias(field, prefix, self._draft)
            logits = logits if bias is None else logits + bias.astype(np.float32)
        allowed = self._allowed(field, logits)
        if field == "goal" and prefix.closes:
            logits = _CLOSING_FACTOR * logits
        # One chance a class that is drawn, however often it is tried.
        chance = self._chance if self._chance >= 0 else self._rng.random()
        value = self._drawing.choose(field, logits, allowed, chance)
        self._chance = chance if value < 0 else -1.0
        if value < 0:
            if not self._drawn:
                raise ControlError("what is asked for leaves no note to write; loosen a control")
            self._closed.setdefault(tuple(self._drawn[:-1]), []).append(self._drawn[-1])
        return value

    def _allowed(self, field: str, logits: Logits) -> Mask:
        """Return which classes may be drawn, shape (classes,)."""
        rules, prefix, draft = self._rules, self._session.prefix, self._draft
        allowed = rules.everything(field, len(logits))
        for each in rules.filters_of(field):
            each.allow(field, prefix, draft, allowed)
        if rules.given is not None:
            before = allowed.copy()
            rules.given.allow(field, prefix, draft, allowed)
            self.weight += _log_share(logits, allowed, before | allowed)
            for each in rules.given.yielding:
                each.allow(field, prefix, draft, allowed)
        if self._closed:
            allowed[self._closed.get(tuple(self._drawn), [])] = False
        return allowed


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


def _log_share(logits: Logits, some: Mask, many: Mask) -> float:
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
