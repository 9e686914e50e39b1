"""What a child process that runs commands does: it answers line by line, and keeps the models that it loaded."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from symgen.cli.loading import keeping_models
from symgen.system.worker import open_answers, say

__all__ = ["answer_lines"]


def answer_lines(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer each line of JSON on stdin with one on stdout, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    answers = open_answers()
    with suppress(BrokenPipeError):
        say(answers, {"ready": True})
        with keeping_models():
            for line in sys.stdin:
                say(answers, answer(json.loads(line)))
