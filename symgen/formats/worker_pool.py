"""Processes that read notation: one line of JSON to each question, limits on time and memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from symgen.system.errors import FormatError, MissingDependencyError, SymgenError
from symgen.system.processes import Fault, Worker

__all__ = ["MEMORY", "MOST_REPLY", "WorkerPool"]

MEMORY = 1536
"""Megabytes that a process may take; a score of 4 MB takes 200."""
MOST_REPLY = 32 * 2**20
"""Bytes of the longest reply that is read."""

_COMMAND = ("-m", "symgen.formats.reader_worker")
_START_SECONDS = 120.0


class WorkerPool:
    """As many processes as there are threads that ask at a time."""

    # `timeout`: seconds for one question, without the start of a process; `memory`: megabytes for
    # one process, held on Linux and macOS; `command`: what python runs, the megabytes come behind
    # it.

    # Plain subprocesses with pipes: no script needs a ``__main__`` guard, nothing is pickled, and
    # one that hangs or takes too much memory is killed and replaced.

    def __init__(
        self, timeout: float, memory: int = MEMORY, command: Sequence[str] = _COMMAND
    ) -> None:
        self.timeout = timeout
        self.memory = memory
        self._command = command
        self._idle: list[Worker] = []
        self._lock = threading.Lock()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send a question to a worker and wait for its reply."""
        # A worker that breaks down over it, takes too long or too much memory is a FormatError that
        # does not name the file; none that starts is a MissingDependencyError.
        worker = self._take()
        try:
            question = {**question, "seconds": self.timeout}
            reply = worker.ask(question, self.timeout, MOST_REPLY)
            if reply.get("memory"):
                raise self._explain("memory")
        except BaseException:
            worker.stop()
            raise
        with self._lock:
            self._idle.append(worker)
        return reply

    def _take(self) -> Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return self.start()
            if worker.is_alive:
                return worker
            worker.stop()

    def start(self) -> Worker:
        """Start a worker and wait until it is ready."""
        worker = Worker([*self._command, str(self.memory)], self._explain)
        try:
            worker.ask(None, _START_SECONDS)
        except SymgenError:
            worker.stop()
            raise MissingDependencyError(
                "the process that reads notation does not start; see `symgen doctor`"
            ) from None
        except BaseException:
            worker.stop()
            raise
        return worker

    def _explain(self, fault: Fault) -> FormatError:
        return FormatError(
            {
                "late": f"took more than {self.timeout:g} s to read; split or simplify it",
                "broken": "the reader broke down over it; check the file, or leave it out",
                "memory": f"needs more than {self.memory:,} MB of memory to read; "
                "split or simplify it",
                "nonsense": "the reader gave no answer that makes sense; "
                "check the file, or leave it out",
            }[fault]
        )
