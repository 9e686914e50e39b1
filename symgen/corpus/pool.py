"""Worker processes that read ABC: one line of JSON to each question, and a time limit."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any

from symgen.errors import FormatError, MissingDependencyError
from symgen.formats._child import child_options

__all__ = ["WorkerPool"]


class WorkerPool:
    """As many processes as there are threads that ask at a time.

    Plain subprocesses with pipes: no script needs a ``__main__`` guard, nothing is pickled, and one
    that hangs is killed and replaced.

    Parameters
    ----------
    timeout : float
        Seconds for one question; the start of a process does not count.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._idle: list[subprocess.Popen[str]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            _stop(process)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send a question to a worker and wait for its reply.

        Raises
        ------
        FormatError
            If the worker breaks down over it or takes too long.
        MissingDependencyError
            If no worker can be started.
        """
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is None:
            process = _start()
        reply = self._talk(process, question)
        if reply is None:
            _stop(process)
            raise FormatError(f"the reader broke down or took more than {self.timeout:g} s; leave the tune out")
        with self._lock:
            self._idle.append(process)
        return reply

    def _talk(self, process: subprocess.Popen[str], question: dict[str, Any]) -> dict[str, Any] | None:
        if process.stdin is None or process.stdout is None:
            return None
        timer = threading.Timer(self.timeout, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()
        return reply if isinstance(reply, dict) else None


def _start() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "symgen.corpus.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        **child_options(PYTHONWARNINGS="ignore", PYTHONIOENCODING="utf-8"),
    )
    if process.stdout is None or not process.stdout.readline():
        _stop(process)
        raise MissingDependencyError("the reader of notation does not start; check: python -c 'import music21'")
    return process


def _stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
