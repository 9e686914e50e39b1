"""Signals: Ctrl-C and a polite kill end a command in order."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["StopRequest", "Terminated", "ending_in_order", "stop_signals"]


_AGAIN = 1.0
"""Seconds after which a signal that was swallowed is raised again; what must be closed and removed is done by then."""


class Terminated(BaseException):
    """The process was asked to end (SIGTERM); what is open is closed and removed on the way out."""


class StopRequest:
    """Remembers that a signal came."""

    def __init__(self) -> None:
        self._number = 0

    def is_set(self) -> bool:
        """Whether one came."""
        return self._number > 0

    @property
    def status(self) -> int:
        """The exit status that says which: 130 or 143."""
        return 128 + self._number

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal; a second one ends the command at once."""
        if self._number:
            raise KeyboardInterrupt if number == signal.SIGINT else Terminated
        self._number = number
        print("\nstopping after this step; once more to stop at once", file=sys.stderr)


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """Turn SIGINT and SIGTERM into a request while the block runs."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into exceptions while the block runs, unless something else is done with them.

    What is loaded while a signal comes may swallow the exception or make another one of it, so that it is
    raised again, each second, until the block ends.

    Raises
    ------
    KeyboardInterrupt, Terminated
    """
    came: list[type[BaseException]] = []
    hook = sys.unraisablehook

    def end(number: int, _frame: FrameType | None) -> None:
        came.append(KeyboardInterrupt if number == signal.SIGINT else Terminated)
        sys.unraisablehook = lambda _: None  # where it is swallowed, nobody needs to read of it
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
        raise came[0]

    usual: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    is_main = threading.current_thread() is threading.main_thread()
    ours = [number for number, handler in usual.items() if is_main and signal.getsignal(number) is handler]
    if ours and hasattr(signal, "SIGALRM"):
        usual[signal.SIGALRM] = signal.signal(signal.SIGALRM, end)
        ours.append(signal.SIGALRM)
    for number in ours:
        signal.signal(number, end)
    try:
        yield
    except BaseException:
        if came:
            raise came[0] from None
        raise
    finally:
        if came and hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number in ours:
            signal.signal(number, usual[number])
        sys.unraisablehook = hook
    if came:
        raise came[0]
