"""Drawing one event, field by field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import drawing as kernel
from symgen.kernel import library
from symgen.nets.inputs import field_of
from symgen.nets.session import Session, later_heads
from symgen.sampling.filters import Draft, Filter, filters_of
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide
from symgen.sampling.together import STEP, Drawer, finish
from symgen.system.errors import CheckpointError, ControlError

__all__ = ["Drawing", "EventDrawer", "Rules", "draw_event"]

Floats = NDArray[np.float64]
Logits = NDArray[np.float32]
Mask = NDArray[np.bool_]

# The goal of the last bar is drawn at half the temperature: how a piece closes is surer than how it
# goes on.
_CLOSING_FACTOR = np.float32(2.0)
# What the C library finds where the network gives no numbers.
_NO_NUMBERS = -2
_FIRST: Sequence[str] = ("time",)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How classes are drawn."""

    # As in `symgen.sampling.Controls`; the form of a bar is drawn as learned, whatever they say.
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    # Drums are struck as learned: what is rare, as crashes and fills are, is not cut off.
    whole_kit: bool = False

    def cut(self, field: str) -> tuple[float, float, int]:
        """Return what the logits of a field are taken times, and top-p and top-k of it."""
        return (1.0, 1.0, 0) if field == "form" else (1 / self.temperature, self.top_p, self.top_k)

    def choose(self, field: str, logits: Logits, allowed: Mask, chance: float) -> int:
        """Return the class that a chance in ``[0, 1)`` falls on; -1 if none is allowed."""
        if library() is not None:
            places = kernel.address(logits), kernel.address(allowed)
            scale, top_p, top_k = self.cut(field)
            found = kernel.calls().choose(*places, len(logits), scale, top_p, top_k, chance)
            return numbers(found)
        left = np.flatnonzero(allowed)
        if len(left) < 2:
            return int(left[0]) if len(left) else -1
        chances = self.probabilities(field, logits, allowed)
        sums = np.cumsum(chances)
        if not sums[-1] > 0:
            return numbers(_NO_NUMBERS)
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


def numbers(found: int) -> int:
    """Return a class that was found; refuse what is none because the network gives no numbers."""
    if found <= _NO_NUMBERS:
        raise CheckpointError("the model gives no take whose chances are numbers; train it again")
    return found


class Rules:
    """What holds while a piece is drawn: filters, guides, notes that are given."""

    def __init__(
        self,
        filters: Sequence[Filter] = (),
        guides: Sequence[Guide] = (),
        given: FixedNotes | None = None,
    ) -> None:
        self.filters, self.guides, self.given = tuple(filters), tuple(guides), given
        self._heads: dict[str, _Head] = {}

    def head(self, name: str, classes: int) -> _Head:
        """Return what holds for one head."""
        found = self._heads.get(name)
        if found is None:
            found = self._heads[name] = _Head(self, name, classes)
        return found

    def with_filters(self, more: Sequence[Filter]) -> Rules:
        """Return the same with some filters more, asked last."""
        return Rules((*self.filters, *more), self.guides, self.given) if more else self


class _Head:
    """What holds for one head, looked up once a piece."""

    __slots__ = ("at", "classes", "filters", "guides", "mask", "place")

    def __init__(self, rules: Rules, name: str, classes: int) -> None:
        self.classes, self.place = classes, field_of(name)
        self.filters = filters_of(rules.filters, name)
        self.guides = filters_of(rules.guides, name)
        # One array for all events: for each of them it begins with all classes.
        self.mask = np.ones(classes, dtype=bool)
        self.at = kernel.address(self.mask)


def draw_event(
    session: Session,
    filters: Sequence[Filter],
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    guides: Sequence[Guide] = (),
    given: FixedNotes | None = None,
) -> float:
    """Draw one event of one piece alone; see `EventDrawer`."""
    return finish(EventDrawer(session, Rules(filters, guides, given), drawing, rng).draw())


class EventDrawer:
    """Draws the events of one piece, one after the other."""

    # Where what was drawn of an event leaves nothing for its next field, it is drawn again without
    # the class that led there.

    def __init__(
        self, session: Session, rules: Rules, drawing: Drawing, rng: np.random.Generator
    ) -> None:
        self._session, self._rules, self._drawing, self._rng = session, rules, drawing, rng
        self._net, self._prefix = session.net, session.prefix
        heads = session.net.inputs.heads
        self._heads = {name: rules.head(name, len(session.state.scores[name])) for name in heads}
        chords = session.header.chords
        self._last_chord = chords[-1].at if chords else -1
        self._cuts = {name: drawing.cut(name) for name in heads}
        whole = replace(drawing, top_p=1.0, top_k=0)
        self._strokes = (whole, whole.cut("pitch")) if drawing.whole_kit else None
        # What leads nowhere, by the classes drawn before it, and a chance that was not used up.
        self._closed: dict[tuple[int, ...], list[int]] = {}
        self._chance = -1.0
        self._start()

    def _start(self) -> None:
        self._draft, self._drawn, self._weight = Draft(), list[int](), 0.0

    def draw(
        self, *, begun: bool = False, on_line: Callable[[Session], None] | None = None
    ) -> Drawer[float]:
        """Draw one event; return the log of the probability that the network gives to what is given of it.

        An event that is `begun` has read the last one; `on_line` is handed the session of a bar line.
        """
        session, net = self._session, self._net
        fixed, bar = net.inputs.fixed, net.vocabulary.bar
        self._closed.clear()
        self._start()
        session.restart()
        if not begun:
            session.stage = STEP
            yield session
        waiting, place = _FIRST, 0
        while place < len(waiting):
            field = waiting[place]
            place += 1
            value = fixed.get(field, -1)
            if value in self._closed.get(tuple(self._drawn), ()):
                self._close()  # what is fixed leads nowhere here, so nor does what led to it
                value = -1
            elif field in fixed:
                session.draw(field, value)
                self._note(field, value)
                continue
            else:
                session.stage = field
                yield session
                value = self._choose(field)
            if value < 0:
                session.restart()
                self._start()
                waiting, place = _FIRST, 0
                continue
            self._note(field, value)
            if field == "time":
                waiting, place = later_heads(value, net), 0
                if on_line is not None and value == bar:
                    on_line(session)
        session.end()
        return self._weight

    def _note(self, field: str, value: int) -> None:
        """Remember what was drawn."""
        self._drawn.append(value)
        draft = self._draft
        if field == "time":
            draft.time = value
        elif field == "part":
            draft.part = value
        elif field == "pitch":
            draft.pitch = value

    def _choose(self, field: str) -> int:
        """Draw a class and take it; -1 if none is left, then the one drawn last is not drawn again."""
        session, prefix, head = self._session, self._prefix, self._heads[field]
        scores = session.state.scores[field]
        if field == "time" and prefix.hides_end:
            scores[:] = _with_end(scores, field, session)
        logits, given = scores, self._rules.given
        if given is None:
            self._allow(field, head, logits)
        # Where one class is left, or none, there is nothing to lead; what is given is weighed as it is led.
        if head.guides and (given is not None or np.count_nonzero(head.mask) > 1):
            for guide in head.guides:
                bias = guide.bias(field, prefix, self._draft)
                logits = logits if bias is None else logits + bias.astype(np.float32)
        if given is not None:
            self._allow(field, head, logits)
        if (field == "goal" and prefix.closes) or (field == "pitch" and self._closes()):
            logits = _CLOSING_FACTOR * logits
        # One chance a class that is drawn, however often it is tried.
        chance = self._chance if self._chance >= 0 else self._rng.random()
        value = self._take(field, head, logits, chance)
        self._chance = chance if value < 0 else -1.0
        if value < 0:
            self._close()
        return value

    def _close(self) -> None:
        """Do not draw the last class again behind those before it."""
        if not self._drawn:
            raise ControlError("what is asked for leaves no note to write; loosen a control")
        self._closed.setdefault(tuple(self._drawn[:-1]), []).append(self._drawn[-1])

    def _closes(self) -> bool:
        """Whether the note that is drawn stands on the last chord of a plan, on which the piece ends."""
        prefix, last = self._prefix, self._last_chord
        if last < 0 or prefix.bars_left or prefix.hides_end:
            return False
        return prefix.now + self._draft.time >= last

    def _take(self, field: str, head: _Head, logits: Logits, chance: float) -> int:
        """Draw a class of what is left, and let the event have it."""
        session = self._session
        state, scores = session.state, session.state.scores[field]
        drawing, cut = self._drawing, self._cuts[field]
        if self._strokes and field == "pitch" and session.header.drums[self._draft.part]:
            drawing, cut = self._strokes
        if state.draw_class is None:
            value = drawing.choose(field, logits, head.mask, chance)
            if value >= 0:
                session.draw(field, value, scores)
            return value
        steered = None if logits is scores else kernel.address(logits)
        value = state.draw_class(steered, head.at, head.classes, head.place, *cut, chance)
        if value < 0:
            return numbers(value)
        session.drawn(head.place, value)
        return value

    def _allow(self, field: str, head: _Head, logits: Logits) -> None:
        """Say in the mask of a head which classes may be drawn."""
        prefix, draft, allowed = self._prefix, self._draft, head.mask
        allowed.fill(True)
        for each in head.filters:
            each.allow(field, prefix, draft, allowed)
        given = self._rules.given
        if given is not None:
            # As bytes masks are compared many times faster; where nothing is taken out nothing is weighed.
            before = allowed.tobytes()
            given.allow(field, prefix, draft, allowed)
            if allowed.tobytes() != before:
                many = np.frombuffer(before, dtype=bool) | allowed
                self._weight += _log_share(logits, allowed, many)
            for each in given.yielding:
                each.allow(field, prefix, draft, allowed)
        if self._closed:
            allowed[self._closed.get(tuple(self._drawn), [])] = False


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
