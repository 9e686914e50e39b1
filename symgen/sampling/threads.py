"""One thread for small products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

__all__ = ["one_thread"]

_drawing = RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the linear algebra use one thread: the same sums in the same order, and faster for products this small.

    The limit holds for the whole process, so only one piece is drawn at a time.
    """
    from threadpoolctl import threadpool_limits

    with _drawing, threadpool_limits(1):
        yield
