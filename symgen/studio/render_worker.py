"""The process that makes sound files for `symgen.studio.rendering`: FluidSynth is not ours, and takes its time.

``python -m symgen.studio.render_worker MEGABYTES`` answers a question (``file``: a MIDI file, ``out``: the
sound file beside it, ``stems``) with the names of the ``files`` that it wrote, or with an ``error`` and its ``kind``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from symgen.audio.rendering import render
from symgen.formats import load_tune
from symgen.system.ending import run_process
from symgen.system.errors import SymgenError
from symgen.system.worker import answer_once

__all__ = ["answer", "main"]


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Render as ``symgen render FILE -o OUT`` does."""
    try:
        out = Path(question["out"])
        score = load_tune(question["file"]).score
        report = render(score, out, stems=question["stems"])
    except SymgenError as error:
        return {"error": str(error), "kind": type(error).__name__}
    return {"files": [out.name, *(path.name for path in report.stems)]}


def main() -> int:
    """Answer one question of the standard input."""
    answer_once(answer, int(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(run_process(main))
