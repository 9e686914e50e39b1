"""Processes that read notation: one line of JSON to each question, limits on time and memory.

What comes back is data and nothing else: a line of bounded length, without pickles.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import child_options

__all__ = ["MEMORY", "MOST_REPLY", "OUT_OF_MEMORY", "WorkerPool"]

MEMORY = 1536
"""Megabytes that a process may take; a score of 4 MB takes 270, music21 with it."""
MOST_REPLY = 32 * 2**20
"""Bytes of the longest reply that is read."""
OUT_OF_MEMORY = 77
"""Exit status of a process that found itself above its limit."""

_COMMAND = ("-m", "symgen.formats._reader_worker")
_START_SECONDS = 120.0
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_Process = subprocess.Popen[bytes]


class WorkerPool:
    """As many processes as there are threads that ask at a time.

    Plain subprocesses with pipes: no script needs a ``__main__`` guard, nothing is pickled, and one
    that hangs or takes too much memory is killed and replaced.

    Parameters
    ----------
    timeout : float
        Seconds for one question; the start of a process does not count.
    memory : int
        Megabytes for one process. Held on Linux and macOS.
    """

    def __init__(self, timeout: float, memory: int = MEMORY) -> None:
        self.timeout = timeout
        self.memory = memory
        self._idle: list[_Process] = []
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
        for process in idle:
            _stop(process)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send a question to a worker and wait for its reply.

        Raises
        ------
        FormatError
            If the worker breaks down over it, or takes too long or too much memory. The message does
            not name the file.
        MissingDependencyError
            If no worker can be started.
        """
        process = self._take()
        try:
            reply = self._talk(process, {**question, "seconds": self.timeout})
            if reply.get("memory"):
                raise FormatError(self._too_much())
        except BaseException:
            _stop(process)
            raise
        with self._lock:
            self._idle.append(process)
        return reply

    def _take(self) -> _Process:
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                return _start(self.memory)
            if process.poll() is None:
                return process
            _stop(process)

    def _talk(self, process: _Process, question: dict[str, Any]) -> dict[str, Any]:
        line = b""
        with _Alarm(process, self.timeout) as alarm, suppress(OSError):
            line = _exchange(process, json.dumps(question).encode() + b"\n")
        if alarm.rang:
            raise FormatError(f"took more than {self.timeout:g} s to read; split or simplify it")
        if not line.endswith(b"\n"):
            if len(line) <= MOST_REPLY and _exit_status(process) == OUT_OF_MEMORY:
                raise FormatError(self._too_much())
            raise FormatError("the reader broke down over it; check the file, or leave it out")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise FormatError(
                "the reader gave no answer that makes sense; check the file, or leave it out"
            )
        return reply

    def _too_much(self) -> str:
        return f"needs more than {self.memory:,} MB of memory to read; split or simplify it"


class _Alarm:
    """Kills a process when the time is over, unless the block has ended."""

    def __init__(self, process: _Process, seconds: float) -> None:
        self.rang = False
        self._process, self._done, self._lock = process, False, threading.Lock()
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> _Alarm:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._done = True

    def _ring(self) -> None:
        with self._lock:
            if not self._done:
                self.rang = True
                self._process.kill()


def _exit_status(process: _Process) -> int | None:
    """Return how a process ended that has closed its output."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(5)
    return None


def _exchange(process: _Process, line: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    if line:
        process.stdin.write(line)
        process.stdin.flush()
    return process.stdout.readline(MOST_REPLY + 1)


def _start(memory: int) -> _Process:
    process = subprocess.Popen(
        [sys.executable, *_COMMAND, str(memory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **child_options(PYTHONWARNINGS="ignore", PYTHONIOENCODING="utf-8", **_ONE_THREAD),
    )
    try:
        with _Alarm(process, _START_SECONDS):
            ready = _exchange(process, b"")
    except BaseException:
        _stop(process)
        raise
    if not ready.endswith(b"\n") or b'"missing"' in ready:
        _stop(process)
        with suppress(ValueError, KeyError):
            raise MissingDependencyError(json.loads(ready)["missing"])
        raise MissingDependencyError(
            "the reader of notation does not start; check: python -c 'import music21'"
        )
    return process


def _stop(process: _Process) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
