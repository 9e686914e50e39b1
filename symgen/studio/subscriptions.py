"""What happens to a project, told to those who listen: each has a queue of its own with a limit."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["MOST_WAITING", "Event", "Subscription", "Subscriptions"]

MOST_WAITING = 256


@dataclass(frozen=True)
class Event:
    """What happened: ``change``, ``take`` or ``job``, with what is told of it as plain data."""

    kind: str
    data: dict[str, Any]


class Subscription:
    """The events that one listener has not taken yet; any thread may put and take them.

    A listener that falls so far behind that its queue is full loses what waited there, and is told to get the document
    again.
    """

    def __init__(self, wake: Callable[[], object] | None, most: int) -> None:
        self._wake, self._most = wake, most
        self._waiting: deque[Event] = deque()
        self._ready = threading.Condition()
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing will come any more."""
        return self._is_closed

    def put(self, event: Event, *, instead: Event) -> None:
        """Add an event; if the queue is full, all that waits gives way to one."""
        with self._ready:
            if len(self._waiting) >= self._most:
                self._waiting.clear()
                event = instead
            self._waiting.append(event)
            self._ready.notify()
        self._call()

    def take(self) -> Event | None:
        """Return the next event, if there is one."""
        with self._ready:
            return self._waiting.popleft() if self._waiting else None

    def wait(self, seconds: float) -> Event | None:
        """Return the next event; None if none comes in some seconds or it is closed."""
        with self._ready:
            self._ready.wait_for(lambda: self._waiting or self._is_closed, seconds)
            return self._waiting.popleft() if self._waiting else None

    def close(self) -> None:
        """Let nothing come any more."""
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()
        self._call()

    def _call(self) -> None:
        if self._wake is not None:
            self._wake()


class Subscriptions:
    """All who listen to one project."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listening: list[Subscription] = []

    def __len__(self) -> int:
        return len(self._listening)

    def add(
        self, wake: Callable[[], object] | None = None, most: int = MOST_WAITING
    ) -> Subscription:
        """Return a new one; `wake` is called, from any thread, when something has come."""
        made = Subscription(wake, most)
        with self._lock:
            self._listening.append(made)
        return made

    def remove(self, gone: Subscription) -> None:
        """Close one, and tell it nothing any more."""
        with self._lock:
            self._listening = [each for each in self._listening if each is not gone]
        gone.close()

    def publish(self, event: Event, *, instead: Event) -> None:
        """Tell all who listen."""
        with self._lock:
            listening = list(self._listening)
        for each in listening:
            each.put(event, instead=instead)

    def close(self) -> None:
        """Close all."""
        with self._lock:
            listening, self._listening = self._listening, []
        for each in listening:
            each.close()
