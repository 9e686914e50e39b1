"""The process that reads notation for `symgen.formats._pool`, under limits that it sets itself.

``python -m symgen.formats._reader_worker MEGABYTES`` says ``{"ready": true}`` when music21 is loaded, or
``{"missing": ...}``, and answers each line of JSON (``kind``, ``data`` in base 64, ``repeats``, ``limits``,
``seconds``) with one of ``{"pieces": [...]}`` or ``{"error": ...}``. After ``{"memory": true}`` it ends.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

from symgen.formats._pool import MOST_REPLY, OUT_OF_MEMORY
from symgen.formats.limits import Limits
from symgen.formats.notation import PARSER_FAULTS, describe_fault, parse_notation
from symgen.formats.tunes import one_line, tune_to_json
from symgen.system.errors import MissingDependencyError, SymgenError
from symgen.system.processes import end_with_parent
from symgen.system.requirements import require

__all__ = ["answer", "serve"]

_OUT_OF_MEMORY_REPLY = '{"memory": true}'
_GRACE = 10
"""Seconds of work after which a process ends that should have been stopped."""


def answer(line: bytes) -> tuple[str, bool]:
    """Return the reply to a question as a line, and whether there is memory for more questions."""
    with suppress(MemoryError):  # beyond this block nothing holds what took the memory
        return _reply(json.loads(line)), True
    return _OUT_OF_MEMORY_REPLY, False


def _reply(question: dict[str, Any]) -> str:
    from music21.exceptions21 import Music21Exception

    _limit_cpu(question["seconds"])
    kind, data, limits = (
        question["kind"],
        base64.b64decode(question["data"]),
        Limits(**question["limits"]),
    )
    try:
        tunes = parse_notation(data, kind, question["repeats"], limits)
        reply = json.dumps(
            {"pieces": [{**tune_to_json(tune), "form": form} for form, tune in tunes]}
        )
    except SymgenError as error:
        text = str(error).removeprefix(": ")
        return _error(
            text if "; " in text else f"cannot be read as {kind} ({text}); correct the file"
        )
    except (*PARSER_FAULTS, Music21Exception) as error:
        return _error(f"cannot be read as {kind} ({describe_fault(error)}); check the file's type")
    if len(reply) >= MOST_REPLY:
        return _error(
            f"holds more music than is read at once ({len(reply):,} bytes of notes); split it"
        )
    return reply


def _error(text: str) -> str:
    return json.dumps({"error": one_line(text, 300)})


def serve(megabytes: int) -> None:
    """Answer until the input ends; whatever libraries print goes to stderr."""
    end_with_parent()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        warnings.simplefilter("ignore")
        try:
            require("music21")  # before the first question, so that no time limit runs
        except MissingDependencyError as error:
            _say(out, json.dumps({"missing": one_line(str(error), 300)}))
            return
        _limit_memory(megabytes)
        _say(out, json.dumps({"ready": True}))
        for line in sys.stdin.buffer:
            reply, more = answer(line)
            _say(out, reply)
            if not more:
                return


def _say(out: Any, reply: str) -> None:
    out.write(reply + "\n")
    out.flush()


def _limit_memory(megabytes: int) -> None:
    """Limit memory, and let no file be written; where the system does not refuse memory, a thread looks."""
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, megabytes * 2**20),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))
    if sys.platform == "darwin":
        threading.Thread(target=_watch_memory, args=(megabytes,), daemon=True).start()


def _watch_memory(megabytes: int) -> None:
    """End the process when its memory has been above a limit."""
    if sys.platform == "win32":
        return
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= megabytes * 2**20:
        time.sleep(0.2)
    os._exit(OUT_OF_MEMORY)


def _limit_cpu(seconds: float) -> None:
    """Let the process end by itself if nobody is left to stop it."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + _GRACE
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
