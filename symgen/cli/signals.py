"""Signals: Ctrl-C, a polite kill and a terminal that closes end a command in order."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

__all__ = ["StopRequest", "Terminated", "ending_in_order", "stop_signals"]

_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# Seconds after which a signal that was swallowed is raised again; what must be closed and removed
# is done by then.
_AGAIN = 1.0


class Terminated(BaseException):
    """The process was asked to end (SIGTERM, SIGHUP)."""

    # What is open is closed and removed on the way out.

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__(number)
        self.status = 128 + number


class StopRequest:
    """Remembers that a signal came."""

    def __init__(self, *, is_mute: bool = False) -> None:
        self._number, self._is_mute = 0, is_mute

    def is_set(self) -> bool:
        """Whether one came."""
        return self._number > 0

    @property
    def status(self) -> int:
        """The exit status that says which: 130, 143 or 129."""
        return 128 + self._number

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal; a second one ends the command at once."""
        if self._number:
            raise _exception(number)
        self._number = number
        if self._is_mute:
            return
        with suppress(OSError, RuntimeError):  # the terminal was closed; stderr was about to write
            print("\nstopping after this step; once more to stop at once", file=sys.stderr)


def _exception(number: int) -> BaseException:
    return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)


@contextmanager
def stop_signals(*, is_mute: bool = False) -> Iterator[StopRequest]:
    """Turn SIGINT, SIGTERM and SIGHUP into a request while the block runs, those that are not ignored (`nohup`)."""
    request = StopRequest(is_mute=is_mute)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, request.receive) for number in heeded}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Turn SIGINT, SIGTERM and SIGHUP into exceptions while the block runs."""
    # Unless something else is done with them.
    #
    # What is loaded while a signal comes may swallow the exception or make another one of it, so
    # that it is raised again, each second, until the block ends.
    came: list[BaseException] = []
    is_over = False

    def end(number: int, _frame: FrameType | None) -> None:
        if not came:
            came.append(_exception(number))
        if is_over:  # what remains of the block below raises it
            return
        sys.unraisablehook = lambda _: None  # where it is swallowed, nobody needs to read of it
        _set_alarm(_AGAIN)
        raise came[0]

    hook, before = sys.unraisablehook, _handled()
    try:
        for number in before:
            signal.signal(number, end)
        yield
    except BaseException:
        if came:
            raise came[0] from None
        raise
    finally:
        is_over = True
        if came:
            _set_alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook
    if came:
        raise came[0]


def _set_alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _handled() -> dict[int, Any]:
    """Return the signals with which nobody else does anything, and their handlers; the alarm comes with them."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    usual = (signal.SIG_DFL, signal.default_int_handler)
    found: dict[int, Any] = {n: h for n in _ENDING if (h := signal.getsignal(n)) in usual}
    if found and hasattr(signal, "SIGALRM"):
        found[signal.SIGALRM] = signal.getsignal(signal.SIGALRM)
    return found
