"""What a child process does at its end of the pipe; the other end is `symgen.system.processes`."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from symgen.system.processes import BLOCK_HEAD, FAILED, OUT_OF_MEMORY, PARENT

__all__ = [
    "answer_once",
    "end_with_parent",
    "fail_block",
    "limit_memory",
    "limit_work",
    "open_answers",
    "say",
    "say_block",
    "watch_memory",
]

_LOOK_SECONDS = 0.2


def open_answers() -> IO[bytes]:
    """Return the stream for answers; whatever libraries print goes to stderr."""
    end_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def answer_once(answer: Callable[[dict[str, Any]], dict[str, Any]], megabytes: int) -> None:
    """Answer one line of JSON on stdin with one on stdout, within so much memory; files may be written."""
    answers = open_answers()
    size = megabytes * 2**20
    threading.Thread(target=watch_memory, args=(size,), daemon=True).start()
    say(answers, answer(json.loads(sys.stdin.buffer.readline())))


def say(answers: IO[bytes], message: dict[str, Any] | str) -> None:
    """Answer with a line of JSON, or with one that is JSON already."""
    line = message if isinstance(message, str) else json.dumps(message)
    answers.write(line.encode() + b"\n")
    answers.flush()


def say_block(answers: IO[bytes], frames: int, data: bytes | memoryview) -> None:
    """Answer with a block of sound; one of no frames is the last."""
    answers.write(BLOCK_HEAD.pack(frames))
    answers.write(data)


def fail_block(answers: IO[bytes], error: str) -> None:
    """Say in the place of a block what is wrong."""
    answers.write(BLOCK_HEAD.pack(FAILED))
    say(answers, {"error": error})


def end_with_parent() -> None:
    """Let this process, started with `child_options`, end as soon as its parent is gone."""
    # Its pipes tell it only when it next reads or writes, which may be minutes later. Not held on
    # Windows.
    parent = os.environ.get(PARENT, "")
    if os.name == "posix" and parent.isdecimal():
        threading.Thread(target=_watch_parent, args=(int(parent),), daemon=True).start()


def _watch_parent(parent: int) -> None:
    # The signal that Linux sends when a parent dies is no help: it comes when the *thread* ends
    # that started the child.
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def limit_memory(size: int) -> None:
    """Limit memory to so many bytes, and let no file be written."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    if sys.platform == "darwin":  # which takes the limit and does not hold it
        threading.Thread(target=watch_memory, args=(size,), daemon=True).start()


def watch_memory(size: int) -> None:
    """End the process when its memory has been above so many bytes."""
    if sys.platform == "win32":
        return
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= size:
        time.sleep(_LOOK_SECONDS)
    os._exit(OUT_OF_MEMORY)


def limit_work(seconds: float) -> None:
    """End this process unless the next call comes within some seconds of work."""
    # It holds without the parent too, so that nothing works on for nobody.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
