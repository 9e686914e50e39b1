"""Processes that read notation: one line of JSON to each question, limits on time and memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgen.system.errors import FormatError
from symgen.system.pool import Workers
from symgen.system.processes import Fault, Worker

__all__ = ["MEMORY", "MOST_REPLY", "WorkerPool"]

MEMORY = 1536
"""Megabytes that a process may take; a score of 4 MB takes 200."""
MOST_REPLY = 32 * 2**20
"""Bytes of the longest reply that is read."""

_COMMAND = ("-m", "symgen.formats.reader_worker")


class WorkerPool(Workers):
    """As many processes as there are threads that ask at a time."""

    # `timeout`: seconds for one question, without the start of a process; `memory`: megabytes for
    # one process, held on Linux and macOS; `command`: what python runs, the megabytes come behind
    # it. A worker that breaks down over a question, takes too long or too much memory is a
    # FormatError that does not name the file; none that starts is a MissingDependencyError.

    def __init__(
        self, timeout: float, memory: int = MEMORY, command: Sequence[str] = _COMMAND
    ) -> None:
        self.timeout = timeout
        self.memory = memory
        super().__init__(
            [*command, str(memory)],
            self._describe,
            seconds=timeout,
            most=MOST_REPLY,
            what="the process that reads notation",
        )

    def answer(self, worker: Worker, question: dict[str, Any]) -> dict[str, Any]:
        """Return what one process answers; it may say that it has no more memory."""
        reply = super().answer(worker, {**question, "seconds": self.timeout})
        if reply.get("memory"):
            raise self._describe("memory")
        return reply

    def _describe(self, fault: Fault) -> FormatError:
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
