"""Work for several processes at once: in order, lazily, and without a process left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from symgen.system.errors import ControlError, MissingDependencyError, SymgenError
from symgen.system.pool import Workers, check_jobs, in_order

SERVE = """
import json, os, sys, time
print('{"ready": true}', flush=True)
for line in sys.stdin:
    question = json.loads(line)
    if question.get("end"):
        os._exit(1)
    time.sleep(question.get("sleep", 0))
    print(json.dumps({"pid": os.getpid(), **question}), flush=True)
"""


def fault(kind: str) -> SymgenError:
    return SymgenError(f"fault: {kind}")


def workers(**more: object) -> Workers:
    return Workers(["-c", SERVE], fault, **more)  # type: ignore[arg-type]


def test_results_come_in_the_order_of_the_calls() -> None:
    first_may_end = threading.Event()

    def slow() -> str:
        assert first_may_end.wait(30)
        return "first"

    def fast() -> str:
        first_may_end.set()  # only once the second call runs beside the first
        return "second"

    assert list(in_order([slow, fast], 2)) == ["first", "second"]


def test_calls_are_taken_as_they_are_needed() -> None:
    taken = []
    held = threading.Event()

    def calls() -> Iterator[Callable[[], int]]:
        for number in range(100):
            taken.append(number)
            yield partial(lambda n: (held.wait(30), n)[1], number)

    results = in_order(calls(), 2, ahead=2)
    assert taken == []
    held.set()
    assert next(results) == 0
    assert len(taken) <= 5
    results.close()  # type: ignore[attr-defined]


def test_what_a_call_raises_is_raised_in_its_place() -> None:
    def fails() -> int:
        raise ControlError("the third")

    results = in_order([lambda: 1, lambda: 2, fails, lambda: 4], 2)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ControlError, match="the third"):
        next(results)
    with pytest.raises(StopIteration):
        next(results)


def test_two_threads_share_two_processes() -> None:
    with workers() as pool:
        calls = (partial(pool.ask, {"n": n, "sleep": 0.05}) for n in range(8))
        answers = list(in_order(calls, 2))
    assert [answer["n"] for answer in answers] == list(range(8))
    assert len({answer["pid"] for answer in answers}) == 2


def test_a_process_that_ends_is_replaced() -> None:
    with workers() as pool:
        before = pool.ask({})["pid"]
        with pytest.raises(SymgenError, match="fault: broken"):
            pool.ask({"end": True})
        assert pool.ask({})["pid"] != before


def test_a_process_that_takes_too_long_is_stopped() -> None:
    with workers(seconds=0.2) as pool, pytest.raises(SymgenError, match="fault: late"):
        pool.ask({"sleep": 60})


def test_an_answer_that_is_too_long_is_refused() -> None:
    with workers(most=100) as pool, pytest.raises(SymgenError, match="fault: broken"):
        pool.ask({"text": "x" * 200})


def test_closing_ends_what_is_at_work() -> None:
    faults = []

    def wait() -> None:
        try:
            pool.ask({"sleep": 60})
        except SymgenError as error:
            faults.append(str(error))

    with workers() as pool:
        pool.ask({})
        thread = threading.Thread(target=wait)
        thread.start()
        while not pool._busy:
            threading.Event().wait(0.01)
    thread.join(30)
    assert faults == ["fault: broken"]
    assert not pool._idle


def test_a_process_that_does_not_start_says_what_it_is() -> None:
    pool = Workers(["-c", "raise SystemExit(1)"], fault, what="the process that waits")
    with pytest.raises(MissingDependencyError, match="the process that waits does not start"):
        pool.ask({})


@pytest.mark.parametrize("jobs", [0, -1, 1025, True, 1.5, "2", None])
def test_a_number_of_jobs_that_makes_no_sense(jobs: object) -> None:
    with pytest.raises(ControlError, match=r"jobs .*: must be 1\.\.1024"):
        check_jobs(jobs)  # type: ignore[arg-type]


def test_a_number_of_jobs() -> None:
    assert check_jobs(1) == 1
    assert check_jobs(1024) == 1024


def test_a_closed_pool_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = workers()
    assert not pool.is_closed
    pool.close()
    monkeypatch.setattr("symgen.system.pool.Worker", None)
    assert pool.is_closed
    with pytest.raises(SymgenError, match="fault: broken"):
        pool.ask({"n": 1})
