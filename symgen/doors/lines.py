"""Command lines in child processes: what doors ask for is what a user could type, and breaks nothing here."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.system.errors import SymgenError
from symgen.system.pool import Workers
from symgen.system.processes import Fault, Worker

__all__ = ["Call", "LineAnswer", "LineWorkers"]

_MOST_BYTES = 2**28


@dataclass(frozen=True)
class LineAnswer:
    """What came of a command line: its exit status, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """What it complained of, in one line without the name of the program."""
        lines = [line for line in self.err.splitlines() if line.startswith("symgen: ")]
        return lines[-1].removeprefix("symgen: ") if lines else f"ended with status {self.status}"


@dataclass
class Call:
    """One command line at work, which can be ended from another thread."""

    _worker: Worker | None = None
    _is_ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, worker: Worker) -> None:
        """Say which process works on it; if it was ended already, the process is ended as well."""
        with self._lock:
            self._worker = worker
            if self._is_ended:
                worker.process.kill()

    def leave(self) -> None:
        """Say that no process works on it any more."""
        with self._lock:
            self._worker = None

    def end(self) -> None:
        """End it at once; its process is replaced when the next one is needed."""
        with self._lock:
            self._is_ended = True
            if self._worker is not None:
                self._worker.process.kill()


class LineWorkers(Workers):
    """Child processes that run command lines; each keeps the models that it has loaded."""

    # `module` is the child's end: it stands in the room of commands, which lies above this one.

    def __init__(self, module: str, *, seconds: float | None = None) -> None:
        super().__init__(
            ["-m", module],
            _broken,
            seconds=seconds,
            most=_MOST_BYTES,
            what="the process that works",
        )
        self._at_work = threading.local()

    def run(self, words: Sequence[str], folder: Path, call: Call | None = None) -> LineAnswer:
        """Run a command line without its first word in a folder.

        Raises
        ------
        SymgenError
            If the process breaks down, or the call is ended.
        """
        return self._put({"folder": str(folder), "words": list(words)}, call)

    def check(
        self, question: Mapping[str, Any], folder: Path, call: Call | None = None
    ) -> LineAnswer:
        """Hold a file to controls; `question` has the arguments of `symgen.doors.checking.check_file`."""
        return self._put({"folder": str(folder), "checks": dict(question)}, call)

    def _put(self, question: dict[str, Any], call: Call | None) -> LineAnswer:
        self._at_work.call = call or Call()
        return LineAnswer(**self.ask(question))

    def answer(self, worker: Worker, question: dict[str, Any]) -> dict[str, Any]:
        """Return what one process answers, which can be ended meanwhile."""
        call: Call = self._at_work.call
        call.begin(worker)
        try:
            return super().answer(worker, question)
        finally:
            call.leave()


def _broken(fault: Fault) -> SymgenError:
    why = {
        "late": "took too long; ask for less",
        "memory": "needed too much memory; ask for less",
    }
    return SymgenError(f"the work {why.get(fault, 'was ended before it was done; try it again')}")
