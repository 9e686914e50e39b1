"""Drawing many pieces together: what they ask the network for is asked for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import cache
from threading import RLock
from typing import Any, TypeVar

from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session

__all__ = ["BAR", "STEP", "Drawer", "draw_alone", "draw_together", "finish", "one_thread"]

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


# -- threads -----------------------------------------------------------------------------

_drawing = RLock()


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # it looks through all libraries of the process: once is enough


class one_thread:  # noqa: N801 - reads as the context that it is
    """Let the linear algebra use one thread: the same sums in the same order, and faster for products this small."""

    # The C library has one thread anyway. The limit on numpy holds for the whole process, so only one
    # piece is drawn at a time.

    def __init__(self, net: InferenceNet) -> None:
        self._needed = not net.is_compiled
        self._limits: Any = None

    def __enter__(self) -> one_thread:
        if self._needed:
            _drawing.acquire()
            self._limits = _controller().limit(limits=1)
            self._limits.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._needed:
            self._limits.__exit__(*error)
            _drawing.release()

    def rest(self) -> None:
        """Let others draw for a moment."""
        self.__exit__(None, None, None)
        self.__enter__()
