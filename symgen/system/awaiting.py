"""Long calls that can be awaited, and stopped while they work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from functools import partial, wraps
from inspect import cleandoc
from typing import Any, ParamSpec, TypeVar

__all__ = ["Stopped", "awaited", "in_thread", "stop_point"]

P = ParamSpec("P")
T = TypeVar("T")

_STOP: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


class Stopped(BaseException):
    """Whoever waited for the work does so no more."""

    # No error that anything on the way out may take for one of its own.


def stop_point() -> None:
    """End the work here if nobody waits for it any more: between bars, and blocks of sound."""
    stop = _STOP.get()
    if stop is not None and stop.is_set():
        raise Stopped


async def in_thread(work: Callable[[], T]) -> T:
    """Do work in a thread of the event loop's; if that is cancelled, it ends at its next stop point."""
    import asyncio

    stop, context = threading.Event(), copy_context()
    context.run(_STOP.set, stop)
    running = asyncio.get_running_loop().run_in_executor(None, partial(context.run, work))
    try:
        return await running
    except asyncio.CancelledError:
        stop.set()
        raise


def awaited(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return the asynchronous variant of a function: same arguments, done in a thread."""

    @wraps(function)
    async def run(*args: P.args, **keywords: P.kwargs) -> T:
        return await in_thread(partial(function, *args, **keywords))

    plain = function.__name__
    run.__name__ = f"{plain.rstrip('_')}_async"
    run.__qualname__ = run.__qualname__.removesuffix(plain) + run.__name__
    run.__doc__ = (
        f"As `{plain}`, in a thread: await it. Cancelling it ends the work soon, at the next bar.\n\n"
        f"{cleandoc(function.__doc__ or '')}"
    )
    return run
