"""The process that reads notation for `symgen.formats.worker_pool`, under limits that it sets itself.

``python -m symgen.formats.reader_worker MEGABYTES`` says ``{"ready": true}`` and answers each line of
JSON (``kind``, ``data`` in base 64, ``repeats``, ``limits``, ``seconds``) with one of
``{"pieces": [...]}`` or ``{"error": ...}``. After ``{"memory": true}`` it ends.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import warnings
from contextlib import suppress
from typing import Any

from symgen.formats.limits import Limits
from symgen.formats.notation import PARSER_FAULTS, describe_fault, parse_notation
from symgen.formats.tunes import one_line, tune_to_json
from symgen.formats.worker_pool import MOST_REPLY
from symgen.system.ending import run_process
from symgen.system.errors import SymgenError
from symgen.system.processes import OUT_OF_MEMORY
from symgen.system.worker import limit_memory, limit_work, open_answers, say

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
    limit_work(question["seconds"] + _GRACE)
    kind, limits = question["kind"], Limits(**question["limits"])
    data = base64.b64decode(question["data"])
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
    except PARSER_FAULTS as error:
        return _error(f"cannot be read as {kind} ({describe_fault(error)}); check the file's type")
    if len(reply) >= MOST_REPLY:
        return _error(
            f"holds more music than is read at once ({len(reply):,} bytes of notes); split it"
        )
    return reply


def _error(text: str) -> str:
    return json.dumps({"error": one_line(text, 300)})


def serve(megabytes: int) -> None:
    """Answer until the input ends."""
    with open_answers() as answers:
        warnings.simplefilter("ignore")
        limit_memory(megabytes * 2**20)
        say(answers, {"ready": True})
        for line in sys.stdin.buffer:
            reply, has_memory = answer(line)
            say(answers, reply)
            if not has_memory:
                return


if __name__ == "__main__":
    try:
        run_process(lambda: serve(int(sys.argv[1])))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
