"""Child processes that run a module of this package: how they start, answer and end.

A worker answers on its standard output with lines of JSON and, for sound, with blocks: a number of
frames, then the frames. Nothing is pickled, every answer has a longest length and a longest time,
and a worker that hangs or breaks down is killed; the process that asked stays as it was. The other
end of the pipe is `symgen.system.worker`.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, TypedDict

from symgen.system.errors import SymgenError

__all__ = ["BLOCK_HEAD", "FAILED", "OUT_OF_MEMORY", "PARENT", "Fault", "Worker", "child_options"]

PARENT = "SYMGEN_PARENT"
"""Environment variable that tells a child whose it is."""
BLOCK_HEAD = struct.Struct("<I")
"""In front of each block of an answer: its number of frames, 0 after the last one."""
FAILED = 2**32 - 1
"""In the place of that number: a line of JSON follows that says what is wrong."""
OUT_OF_MEMORY = 77
"""Exit status of a worker that found itself above its limit."""

Fault = Literal["late", "broken", "memory", "nonsense"]
"""No answer in time; no whole answer; too much memory; an answer that is no JSON object."""

_MOST_FRAMES = 2**20
_EXIT_SECONDS = 5
_LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class ChildOptions(TypedDict):
    """What `subprocess` is told: a working folder and an environment."""

    cwd: str
    env: dict[str, str]


def child_options(**variables: str) -> ChildOptions:
    """Return options with which ``python -m`` finds this package, and no module of the user's."""
    package = str(Path(__file__).resolve().parents[2])
    entries = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    paths = [package, *(str(Path(entry).resolve()) for entry in entries)]
    own = {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
        PARENT: str(os.getpid()),
        # Else glibc keeps 64 MB for each thread, which count against a limit on memory.
        "MALLOC_ARENA_MAX": "1",
    }
    return {"cwd": package, "env": os.environ | own | variables}


class Worker:
    """A child process that is asked, and killed when it does not answer as it should."""

    # `explain` makes the error to raise of a fault, and `refuse` that of an ``error`` in an answer.

    def __init__(
        self,
        command: Sequence[str],
        explain: Callable[[Fault], SymgenError],
        *,
        stdin: int | IO[bytes] = subprocess.PIPE,
        refuse: Callable[[str], SymgenError] = SymgenError,
    ) -> None:
        self.explain, self._refuse = explain, refuse
        # The buffers of many threads would count against the limit on memory.
        variables = dict.fromkeys(_LIBRARIES, "1")
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **child_options(PYTHONWARNINGS="ignore", PYTHONIOENCODING="utf-8", **variables),
        )
        self._answers: IO[bytes] = self.process.stdout or BytesIO()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def ask(
        self, question: dict[str, Any] | None, seconds: float, most: int = 2**16
    ) -> dict[str, Any]:
        """Send a question, if there is one, and return the answer: a line of at most so many bytes."""
        sent = b"" if question is None else json.dumps(question).encode() + b"\n"
        line = b""
        with self._limit(seconds) as alarm, suppress(OSError):
            if sent and self.process.stdin is not None:
                self.process.stdin.write(sent)
                self.process.stdin.flush()
            line = self._answers.readline(most + 1)
        if alarm.rang:
            raise self.explain("late")
        if not line.endswith(b"\n"):
            raise self.explain("memory" if self._ended_for_memory(line, most) else "broken")
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self.explain("nonsense")
        return answer

    def hear(self, seconds: float) -> dict[str, Any]:
        """Return the next line that it says of itself; raise what it refuses."""
        answer = self.ask(None, seconds)
        if "error" in answer:
            raise self._refuse(str(answer["error"]))
        return answer

    def block(self, frame: int, seconds: float) -> bytes:
        """Return the next block of sound, `frame` bytes a frame; an empty one after the last."""
        with self._limit(seconds) as alarm:
            head = self._answers.read(BLOCK_HEAD.size)
            count = BLOCK_HEAD.unpack(head)[0] if len(head) == BLOCK_HEAD.size else _MOST_FRAMES + 1
            size = frame * count if count <= _MOST_FRAMES else 0
            data = self._answers.read(size) if size else b""
        if count == FAILED and not alarm.rang:
            self.hear(seconds)
        if count > _MOST_FRAMES or len(data) < size:
            raise self.explain("late" if alarm.rang else "broken")
        return data

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _ended_for_memory(self, line: bytes, most: int) -> bool:
        if len(line) > most:
            return False
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(_EXIT_SECONDS) == OUT_OF_MEMORY
        return False

    @contextmanager
    def _limit(self, seconds: float) -> Iterator[_Alarm]:
        alarm = _Alarm(self.process.kill)
        timer = threading.Timer(seconds, alarm.ring)
        timer.daemon = True
        timer.start()
        try:
            yield alarm
        finally:
            timer.cancel()
            alarm.quiet()
            timer.join()


class _Alarm:
    """Kills a process when the time is over, unless what was waited for has come."""

    def __init__(self, kill: Callable[[], object]) -> None:
        self.rang = False
        self._kill, self._done, self._lock = kill, False, threading.Lock()

    def ring(self) -> None:
        # An answer that comes at the last moment either counts or is late; the lock decides which.
        with self._lock:
            if not self._done:
                self.rang = True
                self._kill()

    def quiet(self) -> None:
        with self._lock:
            self._done = True
