"""Takes are written by child processes: one by one, cancelled at once, and none hurts the studio or another job."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from asking_takes import ask, events, finish, open_score
from serving import Served

import symgen

_SLOW = {"verb": "infill", "bars": [1, 60], "count": 16, "controls": {"particles": 256}}


@pytest.fixture(scope="module")
def reel() -> symgen.Score:
    return symgen.generate(bars=16, style="reel", key="G", seed=11)


@pytest.fixture(scope="module")
def long_tune() -> symgen.Score:
    return symgen.generate(bars=64, style="reel", key="D", seed=5)


def _names(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return list(dict.fromkeys(event for event, _ in told))


def _notes(document: dict[str, Any]) -> Counter[tuple[int, ...]]:
    return Counter(
        (number, *note[1:])
        for number, part in enumerate(document["parts"])
        for note in part["notes"]
    )


def test_takes_come_one_by_one_and_one_is_accepted(served: Served, reel: symgen.Score) -> None:
    document = open_score(served, reel)
    project = document["id"]
    told = finish(served, ask(served, project, verb="infill", bars=[5, 8], seed=7))
    assert _names(told)[:2] == ["queued", "started"]
    assert told[-1][0] == "done"
    takes = [data for event, data in told if event == "take"]
    assert [take["number"] for take in takes] == [1, 2, 3, 4]
    assert [take["seed"] for take in takes] == [7, 8, 9, 10]
    assert takes[0]["said"].startswith("take 1 of 4, bars 5 to 8, ")
    assert all(check["met"] for take in takes for check in take["checks"])

    at = f"/api/projects/{project}/takes"
    assert [take["take"] for take in served.ask("GET", at).json()] == [t["take"] for t in takes]
    shown = served.ask("GET", f"{at}/{takes[1]['take']}").json()["document"]
    bars = {number: (start, end) for number, start, end in document["bars"]}
    start, end = bars[5][0], bars[8][1]

    def outside(found: dict[str, Any]) -> list[list[Any]]:
        return [n for n in found["parts"][0]["notes"] if not start <= n[1] < end]

    assert outside(shown) == outside(document)  # names too
    accepted = served.ask("POST", f"{at}/{takes[1]['take']}/accept", {"tab": "a"})
    assert accepted.status == 200
    now = served.ask("GET", f"/api/projects/{project}").json()
    assert _notes(now) == _notes(shown)
    assert served.ask("POST", f"/api/projects/{project}/undo", {"tab": "a"}).status == 200
    assert _notes(served.ask("GET", f"/api/projects/{project}").json()) == _notes(document)


def test_a_continuation_adds_bars_and_tells_of_each(served: Served, reel: symgen.Score) -> None:
    document = open_score(served, reel)
    asked = {"verb": "continue", "controls": {"bars": 4, "temperature": 0.9}, "count": 2}
    told = finish(served, ask(served, document["id"], **asked))
    assert any(event == "bar" for event, _ in told)
    takes = [data for event, data in told if event == "take"]
    assert [take["bars"] for take in takes] == [[17, 20], [17, 20]]
    shown = served.ask("GET", f"/api/projects/{document['id']}/takes/{takes[0]['take']}").json()
    assert len(shown["document"]["bars"]) == len(document["bars"]) + 4
    assert not _notes(document) - _notes(shown["document"])


def test_who_listens_late_hears_all_and_who_comes_back_the_rest(
    served: Served, reel: symgen.Score
) -> None:
    job = ask(served, open_score(served, reel)["id"], verb="vary", count=1)
    first = finish(served, job)
    assert finish(served, job) == first
    assert list(events(served, job, heard=2)) == first[2:]


def test_a_job_is_cancelled_at_once(served: Served, long_tune: symgen.Score) -> None:
    project = open_score(served, long_tune)["id"]
    job = ask(served, project, **_SLOW)
    told = events(served, job)
    while next(told)[0] != "started":
        pass
    begun = time.monotonic()
    assert served.ask("DELETE", f"/api/jobs/{job}").status == 200
    assert [event for event, _ in told][-1] == "cancelled"
    assert time.monotonic() - begun < 2
    # The child that was ended has been replaced.
    after = finish(served, ask(served, project, verb="vary", count=1))
    assert after[-1][0] == "done"


def test_a_child_that_is_killed_is_one_line_and_is_replaced(
    served: Served, long_tune: symgen.Score
) -> None:
    project = open_score(served, long_tune)["id"]
    job = ask(served, project, **_SLOW)
    told = events(served, job)
    while next(told)[0] != "started":
        pass
    for child in _writers(served):
        os.kill(child, signal.SIGKILL)
    end, data = list(told)[-1]
    assert end == "failed"
    assert "broke down" in data["error"]
    assert "\n" not in data["error"]
    assert finish(served, ask(served, project, verb="vary", count=1))[-1][0] == "done"


def _writers(served: Served) -> list[int]:
    """Return the children of a studio that write takes."""
    tasks = Path(f"/proc/{served.process.pid}/task")
    if not tasks.is_dir():
        pytest.skip("reads the children of a process from /proc")
    children = [int(n) for task in tasks.iterdir() for n in (task / "children").read_text().split()]
    found = [n for n in children if b"write_worker" in Path(f"/proc/{n}/cmdline").read_bytes()]
    assert found
    return found


def test_one_slow_project_blocks_no_other_one(
    served: Served, long_tune: symgen.Score, reel: symgen.Score
) -> None:
    slow = open_score(served, long_tune)["id"]
    jobs = [ask(served, slow, **_SLOW) for _ in range(3)]  # as from several tabs
    try:
        quick = ask(served, open_score(served, reel)["id"], verb="vary", count=1)
        assert finish(served, quick)[-1][0] == "done"
        waiting = next(events(served, jobs[2]))
        assert waiting[0] == "queued"
    finally:
        for job in reversed(jobs):
            served.ask("DELETE", f"/api/jobs/{job}")
    assert [finish(served, job)[-1][0] for job in jobs] == ["cancelled"] * 3


def test_a_queue_that_is_full_says_so(served: Served, long_tune: symgen.Score) -> None:
    project = open_score(served, long_tune)["id"]
    body = {**_SLOW, "count": 1}
    answers = [served.ask("POST", f"/api/projects/{project}/jobs", body) for _ in range(12)]
    jobs = [answer.json()["job"] for answer in answers if answer.status == 202]
    for job in reversed(jobs):
        served.ask("DELETE", f"/api/jobs/{job}")
    assert [answer.status for answer in answers].count(429) >= 3
    refused = next(answer for answer in answers if answer.status == 429)
    assert "wait already" in refused.json()["error"]
    assert len(jobs) >= 8
