"""The child process of `symgen.corpus.sharing`: prepares items, and says what came of each tune.

``python -m symgen.corpus.corpus_worker OPTIONS`` (JSON) says ``{"ready": true}`` and answers each line of JSON
(``folder``, ``items``, ``from``: item and tune to begin with, ``one``: whether to stop after a tune) with one of
``tunes`` and ``next``, the item and tune to ask for next.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import warnings
from contextlib import suppress
from typing import Any

from symgen.corpus.find import Item
from symgen.corpus.prepare import Preparer, found_to_json
from symgen.corpus.sharing import SPELL
from symgen.system.worker import open_answers, say

__all__ = ["main"]


def main() -> None:
    """Answer each line on stdin with one on stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    warnings.simplefilter("ignore")
    answers = open_answers()
    with suppress(BrokenPipeError), Preparer.from_json(json.loads(sys.argv[1])) as mine:
        say(answers, {"ready": True})
        for line in sys.stdin:
            say(answers, _answer(mine, json.loads(line)))


def _answer(preparer: Preparer, question: dict[str, Any]) -> dict[str, Any]:
    os.chdir(question["folder"])
    end = time.monotonic() + (0.0 if question["one"] else SPELL)
    number, skip = question["from"]
    tunes = []
    for row in question["items"][number:]:
        for tune in preparer.tunes(Item.from_json(row), skip):
            tunes.append([row["rank"], [found_to_json(found) for found in tune]])
            skip += 1
            if time.monotonic() >= end:
                return {"tunes": tunes, "next": [number, skip]}
        number, skip = number + 1, 0
    return {"tunes": tunes, "next": [number, skip]}


if __name__ == "__main__":
    main()
