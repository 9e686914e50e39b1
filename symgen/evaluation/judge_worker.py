"""The child process of `symgen.evaluation.bench`: answers each line of JSON with scores, or with what is wrong."""

from __future__ import annotations

import json
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any

from symgen.evaluation.bench import question_from_json
from symgen.evaluation.judges import ask_here
from symgen.system.errors import SymgenError
from symgen.system.worker import open_answers, say

__all__ = ["main"]


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    warnings.simplefilter("ignore")
    answers = open_answers()
    with suppress(BrokenPipeError):
        say(answers, {"ready": True})
        from threadpoolctl import threadpool_limits

        # As in the process that asks: the same sums in the same order.
        with threadpool_limits(1):
            for line in sys.stdin:
                say(answers, _answer(json.loads(line)))


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    try:
        scores = next(ask_here([question_from_json(question)]))
    except SymgenError as error:
        return {"wrong": str(error)}
    return {"scores": scores.tolist()}


if __name__ == "__main__":
    main()
