"""Judges that work in several processes, with the same scores in the same order."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.judges import Ask, Question, ask_here
from symgen.system.errors import SymgenError
from symgen.system.pool import Workers, check_jobs, in_order
from symgen.system.processes import Fault

__all__ = ["asking", "question_from_json", "question_to_json"]

# Fewer pieces are judged before a process has loaded its libraries.
_FEW = 40
# A judge of features needs none: it is done before it is asked.
_QUICK = ("logistic",)
_MOST_ANSWER = 2**24

Floats = NDArray[np.float64]


@contextmanager
def asking(jobs: int | None) -> Iterator[Ask]:
    """Let judges work in so many processes while the block runs, one a core if nothing is said."""
    count = check_jobs(os.cpu_count() or 1 if jobs is None else jobs)
    if count == 1:
        yield ask_here
        return
    command = ["-m", "symgen.evaluation.judge_worker"]
    what = "the process that judges"
    with Workers(command, _explain, most=_MOST_ANSWER, what=what) as workers:
        yield partial(_ask, workers, count)


def _ask(workers: Workers, jobs: int, questions: Iterable[Question]) -> Iterator[Floats]:
    """Answer questions in order."""
    known = list(questions)
    if not known or known[0][0] in _QUICK or len(known[0][1]) < _FEW:
        yield from ask_here(known)
        return
    calls = (partial(_asked, workers, question) for question in known)
    for question, found in zip(known, in_order(calls, jobs), strict=True):
        # What goes wrong there, such as a library that is missing, is told of here.
        yield next(ask_here([question])) if found is None else found


def _asked(workers: Workers, question: Question) -> Floats | None:
    """Ask a process; nothing where that comes to nothing."""
    try:
        answer = workers.ask(question_to_json(question))
    except SymgenError:
        return None
    scores = answer.get("scores")
    return np.array(scores, dtype=np.float64) if isinstance(scores, list) else None


def question_to_json(question: Question) -> dict[str, Any]:
    """Return plain data."""
    name, seen, seed, places = question
    rows = [seen] if isinstance(seen, np.ndarray) else seen
    return {
        "name": name,
        "seen": [_packed(np.asarray(each)) for each in rows],
        "table": isinstance(seen, np.ndarray),
        "seed": seed,
        "places": [each.tolist() for each in places],
    }


def question_from_json(data: Mapping[str, Any]) -> Question:
    """Rebuild from `question_to_json`."""
    rows = [_unpacked(each) for each in data["seen"]]
    train, labels, test = (np.array(each, dtype=np.int64) for each in data["places"])
    seen = rows[0] if data["table"] else rows
    return data["name"], seen, data["seed"], (train, labels, test)


def _packed(array: NDArray[Any]) -> list[Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return [array.dtype.str, list(array.shape), data]


def _unpacked(packed: list[Any]) -> NDArray[Any]:
    kind, shape, data = packed
    return np.frombuffer(base64.b64decode(data), dtype=kind).reshape(shape)


def _explain(fault: Fault) -> SymgenError:
    return SymgenError(f"the process that judges is {fault}; evaluate with --jobs 1")
