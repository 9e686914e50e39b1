"""How far long work is, told to whoever follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["Follower", "advanced", "followed", "planned", "step"]

Follower = Callable[[float, float], None]
"""Is told how much is done, and of how much."""

_FOLLOWER: ContextVar[Follower | None] = ContextVar("follower", default=None)
_PLAN: ContextVar[list[float] | None] = ContextVar("plan", default=None)


@contextmanager
def followed(follower: Follower) -> Iterator[None]:
    """Tell a follower how far long work in the block is."""
    token = _FOLLOWER.set(follower)
    try:
        yield
    finally:
        _FOLLOWER.reset(token)


def advanced(done: float, total: float) -> None:
    """Say how much is done; work that may take long says it now and then."""
    follower = _FOLLOWER.get()
    if follower is not None:
        follower(done, total)


@contextmanager
def planned(total: float) -> Iterator[None]:
    """Let each `step` in the block count towards a total, or towards that of a plan which this is a part of."""
    if _PLAN.get() is not None:
        yield
        return
    token = _PLAN.set([0.0, total])
    try:
        yield
    finally:
        _PLAN.reset(token)


def step(cost: float = 1.0) -> None:
    """Say that one step of a plan is done, and what it was of its total."""
    plan = _PLAN.get()
    if plan is not None:
        plan[0] += cost
        advanced(min(*plan), plan[1])
