"""Who writes packed parts for others: a process that is asked, ``python -m symgen.writing.pack_worker``, or a cluster.

The process says ``{"ready": true}`` and answers each line of JSON (the arguments of `make_part`) with what was made, or
with ``{"error": ..., "kind": ...}``.
"""

from __future__ import annotations

import json
import signal
import sys
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from symgen.system.ending import run_process
from symgen.system.errors import CheckpointError, SymgenError
from symgen.system.shards import Part, Shard
from symgen.system.worker import open_answers, say
from symgen.writing.generator import Generator, load_model
from symgen.writing.packing import PackPlan, write_part
from symgen.writing.piping import fingerprint

__all__ = ["make_part", "serve"]


def make_part(plan: Mapping[str, Any], model: str, folder: str, part: str) -> dict[str, Any]:
    """Write a part of a plan into a folder, and return what its marker says of it; all arguments are plain data."""
    asked = PackPlan.from_json(plan)
    return write_part(asked, _model_of(asked, model), Part(folder, Shard.parse(part)))


def _model_of(plan: PackPlan, name: str) -> Generator:
    """Load the model once for all parts; one that lies there anew since is loaded anew."""
    model = _loaded(name)
    if fingerprint(model) != plan.card:
        _loaded.cache_clear()
        model = _loaded(name)
    if fingerprint(model) != plan.card:
        raise CheckpointError(
            f"{name}: is another model here than where the command was given; copy that one"
        )
    return model


@lru_cache(maxsize=1)
def _loaded(name: str) -> Generator:
    return load_model(name)


def serve() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    with open_answers() as answers:
        warnings.simplefilter("ignore")
        say(answers, {"ready": True})
        for line in sys.stdin.buffer:
            say(answers, _answer(json.loads(line)))


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    try:
        return make_part(**question)
    except SymgenError as error:
        return {"error": str(error), "kind": type(error).__name__}


if __name__ == "__main__":
    run_process(serve)
