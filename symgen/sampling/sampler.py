"""Drawing a piece bar by bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from symgen.nets.session import Session
from symgen.sampling.events import Drawing, EventDrawer, Rules
from symgen.sampling.filters import Differs, Filter, OnlyBarLine
from symgen.sampling.guides import Guide
from symgen.sampling.together import BAR, Drawer, draw_alone
from symgen.sampling.watches import Watch

__all__ = ["bar_drawer", "draw_bars"]

# A bar that is not accepted is drawn again so many times, each time so much more daringly.
_TRIES, _HEAT = 8, 0.1


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
    events = EventDrawer(session, held, heated, rng)
    while not session.ended:
        bar = session.prefix.bar
        if lines.again:
            only = held.with_filters([OnlyBarLine()])
            yield from EventDrawer(session, only, heated, rng).draw(begun=True)
            lines.again = False
        else:
            yield from events.draw(on_line=lines.pass_by)
        if session.prefix.bar == bar and not session.ended:
            continue
        if bar <= done and tries:
            continue  # a bar that is drawn again has been opened
        if bar > done:
            if tries < _TRIES and not all(watch.accepts(session.prefix, bar) for watch in watches):
                held = rules.with_filters(_otherwise(session, bar, rng))
                session, tries = lines.back(), tries + 1
                heated = replace(usual, temperature=usual.temperature * (1 + _HEAT * tries))
                events = EventDrawer(session, held, heated, rng)
                continue
            done = bar
            session.stage = BAR
            yield session
        if tries:
            tries, held, heated = 0, rules, usual
            events = EventDrawer(session, held, heated, rng)
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
