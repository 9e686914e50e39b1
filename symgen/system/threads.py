"""Linear algebra of numpy in one thread."""

from __future__ import annotations

from functools import cache
from threading import RLock
from typing import Any

__all__ = ["one_thread"]

_working = RLock()


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()  # it looks through all libraries of the process: once is enough


class one_thread:  # noqa: N801 - reads as the context that it is
    """Let the linear algebra use one thread: the same sums in the same order, and faster for small products.

    The limit on numpy holds for the whole process, so only one of those who work with it goes on at a time.

    Parameters
    ----------
    needed : bool
        Whether there is anything to limit; the C library has one thread anyway.
    """

    def __init__(self, *, needed: bool = True) -> None:
        self._needed = needed
        self._limits: Any = None

    def __enter__(self) -> one_thread:
        if self._needed:
            _working.acquire()
            self._limits = _controller().limit(limits=1)
            self._limits.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._needed:
            self._limits.__exit__(*error)
            _working.release()

    def rest(self) -> None:
        """Let others work for a moment."""
        self.__exit__(None, None, None)
        self.__enter__()
