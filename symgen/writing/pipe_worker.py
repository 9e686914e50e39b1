"""The process that writes for `symgen.writing.piping`.

``python -m symgen.writing.pipe_worker FOLDER FINGERPRINT`` loads a model, says ``{"ready": true}`` and answers each
line of JSON (a `Task`) with ``{"scores": [...]}`` or ``{"error": ..., "kind": ...}``, and ``notices``.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from typing import Any

from symgen.formats.parcels import pack_score
from symgen.music.score import Score
from symgen.system.ending import run_process
from symgen.system.errors import CheckpointError, SymgenError
from symgen.system.worker import open_answers, say
from symgen.writing.model import Model, load_model
from symgen.writing.piping import fingerprint
from symgen.writing.request import LOG
from symgen.writing.tasks import Task

__all__ = ["answer", "serve"]


class _Notices(logging.Handler):
    """Keeps what is logged, for the parent to log."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


def answer(model: Model, line: bytes) -> dict[str, Any]:
    """Return the reply to a task."""
    notices = _Notices()
    LOG.addHandler(notices)
    try:
        made = Task.from_json(json.loads(line)).run(model)
        scores = [made] if isinstance(made, Score) else made
        return {"scores": list(map(pack_score, scores)), "notices": notices.told}
    except SymgenError as error:
        return {"error": str(error), "kind": type(error).__name__, "notices": notices.told}
    finally:
        LOG.removeHandler(notices)


def _load(folder: str, wanted: str) -> Model:
    model = load_model(folder)
    if fingerprint(model) != wanted:
        raise CheckpointError(f"{folder}: the model has changed since it was loaded; load it again")
    return model


def serve(folder: str, wanted: str) -> None:
    """Answer until the input ends."""
    with open_answers() as answers:
        warnings.simplefilter("ignore")
        try:
            model, problem = _load(folder, wanted), None
        except SymgenError as error:
            model, problem = None, {"error": str(error), "kind": type(error).__name__}
        say(answers, {"ready": True})
        for line in sys.stdin.buffer:
            say(answers, problem or answer(model, line))  # type: ignore[arg-type]


if __name__ == "__main__":
    run_process(lambda: serve(*sys.argv[1:]))
