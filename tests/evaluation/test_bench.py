"""Judges in several processes: the same scores in the same order, whatever becomes of a process."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import numpy as np
import pytest

from symgen.evaluation import bench
from symgen.evaluation.judges import Question, ask_here
from symgen.system.errors import ControlError
from symgen.system.pool import Workers


def questions(name: str, count: int, pieces: int = 40) -> list[Question]:
    rng = np.random.default_rng(0)
    labels = np.arange(pieces) % 2
    features = rng.normal(size=(pieces, 5)) + labels[:, None]
    seen: Any = features
    if name == "gru":
        low, high = np.array([0, 0, 0, 0, 0]), np.array([20, 10, 90, 90, 90])
        seen = [rng.integers(low, high, size=(12, 5)) for _ in range(pieces)]
    places = np.arange(pieces)
    test = [places % count == number for number in range(count)]
    return [(name, seen, 5, (places[~t], labels[~t], places[t])) for t in test]


def scores(asked: list[Question], jobs: int | None) -> list[list[float]]:
    with bench.asking(jobs) as ask:
        return [found.tolist() for found in ask(asked)]


@pytest.mark.parametrize("name", ["forest", "gru"])
def test_scores_are_the_same_for_any_number_of_processes(name: str) -> None:
    asked = questions(name, 3)
    expected = [found.tolist() for found in ask_here(asked)]
    assert scores(asked, 2) == scores(asked, 1) == expected


def test_a_question_survives_as_json() -> None:
    for name in ("forest", "gru"):
        for question in questions(name, 2):
            data = json.loads(json.dumps(bench.question_to_json(question)))
            again = bench.question_from_json(data)
            assert (again[0], again[2]) == (question[0], question[2])
            for mine, theirs in zip(again[1], question[1], strict=True):
                assert np.array_equal(mine, theirs)
                assert mine.dtype == theirs.dtype
            for mine, theirs in zip(again[3], question[3], strict=True):
                assert np.array_equal(mine, theirs)


def test_what_a_process_cannot_do_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = questions("forest", 3)
    expected = [found.tolist() for found in ask_here(asked)]
    answer = Workers.answer
    killed = []

    def dying(workers: Workers, worker: Any, question: dict[str, Any]) -> dict[str, Any]:
        if not killed:
            killed.append(worker.process.pid)
            os.kill(worker.process.pid, signal.SIGKILL)
        return answer(workers, worker, question)

    monkeypatch.setattr(Workers, "answer", dying)
    assert scores(asked, 2) == expected
    assert killed


@pytest.mark.parametrize(("name", "pieces"), [("logistic", 60), ("forest", 20)])
def test_what_is_quick_starts_no_process(
    name: str, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symgen.system.pool.Worker", None)
    assert len(scores(questions(name, 3, pieces), 4)) == 3


@pytest.mark.parametrize("jobs", [0, -1, 5000])
def test_jobs_are_a_number_that_makes_sense(jobs: int) -> None:
    with pytest.raises(ControlError, match="jobs"), bench.asking(jobs):
        pass
