"""What is told of a job, from its start on: kept, so that who listens late hears all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["ENDS", "JobLog"]

ENDS = ("done", "failed", "cancelled")
"""Events after which nothing follows."""

_Row = tuple[str, dict[str, Any]]


class JobLog:
    """The events of a job; any thread may add some and read them."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._wakes: list[Callable[[], object]] = []
        self._lock = threading.Lock()

    def add(self, event: str, **data: Any) -> None:
        """Tell of something, unless the job has ended."""
        with self._lock:
            if self.has_ended:
                return
            self._rows.append((event, data))
            wakes = list(self._wakes)
        for wake in wakes:
            wake()

    @property
    def has_ended(self) -> bool:
        """Whether all is told."""
        return bool(self._rows) and self._rows[-1][0] in ENDS

    @property
    def state(self) -> str:
        """The last event that says how the job stands."""
        told = [event for event, _ in self._rows if event in ("queued", "started", *ENDS)]
        return told[-1] if told else "queued"

    def after(self, count: int) -> list[_Row]:
        """Return the events behind the first `count`."""
        with self._lock:
            return self._rows[count:]

    def listen(self, wake: Callable[[], object]) -> Callable[[], None]:
        """Have `wake` called, from any thread, when something has come; return what ends that."""
        with self._lock:
            self._wakes.append(wake)

        def stop() -> None:
            with self._lock:
                self._wakes.remove(wake)

        return stop
