"""Drawing many pieces together: what they ask the network for is asked for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from symgen.nets.session import Session

__all__ = ["BAR", "STEP", "Drawer", "draw_alone", "draw_together", "finish"]

Result = TypeVar("Result")
Drawer = Generator[Session, None, Result]
"""Draws one piece: it yields its session whenever `Session.stage` says that the network is wanted."""

STEP = "step"
"""Stage at which a session wants to read its last event; else the stage is the head that it wants the logits of."""
BAR = "bar"
"""Stage at which a bar stands; nothing is wanted."""


def draw_alone(drawer: Drawer[Result]) -> Generator[Session, None, Result]:
    """Draw one piece, and yield its session at the end of each bar."""
    while True:
        try:
            session = next(drawer)
        except StopIteration as end:
            result: Result = end.value
            return result
        if session.stage == BAR:
            yield session
        else:
            serve(session.stage, (session,))


def finish(drawer: Drawer[Result]) -> Result:
    """Draw one piece to its end and return what its drawer returns."""
    return draw_together([drawer])[0]


def draw_together(
    drawers: Sequence[Drawer[Result]], on_bar: Callable[[int, Session], None] | None = None
) -> list[Result]:
    """Draw pieces side by side and return what each drawer returns; `on_bar` is told which one has finished a bar."""
    # Drawers go on one by one as far as they can. Then the stage that most of them wait for is served: so
    # those that fall apart, at a bar line or where a bar is drawn again, come together again.
    results: dict[int, Result] = {}
    waiting: dict[str, list[tuple[int, Session]]] = {}
    turns: Sequence[int] = range(len(drawers))
    while turns:
        for number in turns:
            try:
                session = next(drawers[number])
                while session.stage == BAR:
                    if on_bar is not None:
                        on_bar(number, session)
                    session = next(drawers[number])
            except StopIteration as end:
                results[number] = end.value
                continue
            waiting.setdefault(session.stage, []).append((number, session))
        turns = ()
        if waiting:
            stage = max(waiting, key=lambda name: len(waiting[name]))
            turns, sessions = zip(*waiting.pop(stage), strict=True)
            serve(stage, sessions)
    return [results[number] for number in range(len(drawers))]


def serve(stage: str, sessions: Sequence[Session]) -> None:
    """Let the network do what sessions at one stage want."""
    net, states = sessions[0].net, [session.state for session in sessions]
    if stage == STEP:
        net.step(states)
    else:
        net.ask(stage, states)
