"""Signals: Ctrl-C and a polite kill end a command in order."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["StopRequest", "Terminated", "stop_signals", "terminating"]


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
def terminating() -> Iterator[None]:
    """Turn SIGTERM into `Terminated` while the block runs, unless something else is done with it."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    is_ours = (
        threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if is_ours:
        signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        if is_ours:
            with suppress(ValueError):
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
