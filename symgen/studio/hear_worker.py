"""The process that writes down recordings for `symgen.studio.hearing`.

``python -m symgen.studio.hear_worker MEGABYTES`` answers a question (``file``, ``tempo`` or null) with ``tune`` (a
packed score, its key named) and ``rows`` of onset and end in seconds, pitch and strength, or with an ``error`` and its
``kind``.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from symgen.audio.reading import read_audio
from symgen.formats.parcels import pack_tune
from symgen.formats.tunes import Tune
from symgen.system.ending import run_process
from symgen.system.errors import SymgenError
from symgen.system.worker import answer_once
from symgen.transcriber.transcribe import listen

__all__ = ["answer", "main"]

_LONGEST = 600.0
"""Seconds of a recording."""


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Write down a recording as ``symgen transcribe FILE`` does."""
    try:
        recording = replace(
            read_audio(question["file"], seconds=_LONGEST), name=str(question["name"])
        )
        heard = listen(recording, tempo=question["tempo"])
    except SymgenError as error:
        return {"error": str(error), "kind": type(error).__name__}
    tune = Tune(heard.score, heard.score.title, heard.key, problems=heard.notices)
    return {"tune": pack_tune(tune), "rows": heard.rows.tolist()}


def main() -> int:
    """Answer one question of the standard input."""
    answer_once(answer, int(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(run_process(main))
