"""The process that writes packed parts for another one.

``python -m symgen.writing.pack_worker FOLDER`` loads a model, says ``{"ready": true}`` and answers each line of JSON (a
plan, a folder and a shard) with what was made, or with ``{"error": ..., "kind": ...}``.
"""

from __future__ import annotations

import json
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

from symgen.system.ending import run_process
from symgen.system.errors import CheckpointError, SymgenError
from symgen.system.shards import Part, Shard
from symgen.system.worker import open_answers, say
from symgen.writing.generator import Generator, load_model
from symgen.writing.packing import PackPlan, write_part
from symgen.writing.piping import fingerprint

__all__ = ["serve"]


def serve(folder: str) -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    with open_answers() as answers:
        warnings.simplefilter("ignore")
        try:
            model, problem = load_model(folder), None
        except SymgenError as error:
            model, problem = None, _told(error)
        say(answers, {"ready": True})
        for line in sys.stdin.buffer:
            say(answers, problem or _answer(model, json.loads(line)))  # type: ignore[arg-type]


def _answer(model: Generator, question: dict[str, Any]) -> dict[str, Any]:
    plan = PackPlan.from_json(question["plan"])
    try:
        if fingerprint(model) != plan.card:
            raise CheckpointError(f"{plan.model}: the model has changed meanwhile; start again")
        part = Part(Path(question["folder"]), Shard.parse(question["part"]))
        return write_part(plan, model, part)
    except SymgenError as error:
        return _told(error)


def _told(error: SymgenError) -> dict[str, Any]:
    return {"error": str(error), "kind": type(error).__name__}


if __name__ == "__main__":
    run_process(lambda: serve(*sys.argv[1:]))
