"""Worker processes that read notation: one line of JSON to each question, and a time limit."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import symgen

__all__ = ["WorkerPool"]


_WORKER = "symgen.corpus.worker"


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
        self._timeout = timeout
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            _stop(process)

    def ask(self, question: dict[str, Any], data: bytes) -> dict[str, Any]:
        """Send one file to a worker and wait for its reply.

        Returns
        -------
        dict
            ``{"pieces": [...]}`` or ``{"error": text}``.
        """
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is None:
            process = _start()
            if not process.stdout or not process.stdout.readline():
                _stop(process)
                return {"error": "the worker process did not start; run symgen doctor"}
        reply = self._talk(process, {**question, "data": base64.b64encode(data).decode()})
        if reply is None:
            _stop(process)
            return {"error": f"the reader broke down or took more than {self._timeout:g} s"}
        with self._lock:
            self._idle.append(process)
        return reply

    def _talk(self, process: subprocess.Popen[bytes], question: dict[str, Any]) -> dict[str, Any] | None:
        if process.stdin is None or process.stdout is None:
            return None
        timer = threading.Timer(self._timeout, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            reply = json.loads(process.stdout.readline())
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()
        return reply if isinstance(reply, dict) else None


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(symgen.__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", _WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONWARNINGS": "ignore"},
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
