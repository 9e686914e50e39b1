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
    # Seed 7 writes these bars as they were but for a note or two: such a take comes last, if at all.
    assert [take["seed"] for take in takes] == [8, 9, 10, 11]
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


def test_locked_notes_are_in_every_take_and_in_the_exported_file(
    served: Served, reel: symgen.Score
) -> None:
    document = open_score(served, reel)
    project, notes = document["id"], document["parts"][0]["notes"]
    bars = {number: (start, end) for number, start, end in document["bars"]}
    inside = [note for note in notes if bars[5][0] <= note[1] < bars[8][1]]
    locked = inside[1::3]
    names = [note[0] for note in locked]
    lock = {"op": "lock", "ids": names, "locked": True}
    change = {"tab": "a", "base": document["revision"], "label": "lock", "ops": [lock]}
    assert served.ask("POST", f"/api/projects/{project}/changes", change).status == 200
    for verb, controls in (("infill", {"temperature": 1.3}), ("vary", {"amount": 1.0})):
        body = {"verb": verb, "bars": [5, 8], "controls": controls, "count": 2, "seed": 1}
        takes = [
            data for event, data in finish(served, ask(served, project, **body)) if event == "take"
        ]
        assert takes
        for take in takes:
            shown = served.ask("GET", f"/api/projects/{project}/takes/{take['take']}").json()
            there = {note[0]: note for note in shown["document"]["parts"][0]["notes"]}
            assert [there[note[0]] for note in locked] == locked
            assert set(names) <= set(shown["document"]["locked"])
    path = f"/api/projects/{project}/takes/{takes[0]['take']}/accept"
    assert served.ask("POST", path, {"tab": "a"}).status == 200
    written = symgen.load_score(served.ask("GET", f"/api/projects/{project}/export/mid").body)
    rows = {(n.onset, n.pitch, n.duration, n.velocity) for n in written.parts[0].notes}
    assert {tuple(note[1:]) for note in locked} <= rows
    assert written != reel


def test_the_marked_parts_alone_are_written(served: Served) -> None:
    piece = symgen.generate(bars=8, instruments="violin,viola,cello", key="D", seed=4)
    document = open_score(served, piece)
    body = {"verb": "infill", "bars": [3, 6], "parts": [document["parts"][2]["id"]], "count": 1}
    told = finish(served, ask(served, document["id"], **body))
    take = next(data for event, data in told if event == "take")
    shown = served.ask("GET", f"/api/projects/{document['id']}/takes/{take['take']}").json()
    changed = [
        old["name"]
        for old, new in zip(document["parts"], shown["document"]["parts"], strict=True)
        if old["notes"] != new["notes"]
    ]
    assert changed == [document["parts"][2]["name"]]


def test_drums_alone_are_written_where_they_alone_are_marked(served: Served) -> None:
    band = symgen.accompany(symgen.generate(bars=8, seed=7), "rock", seed=1)
    document = open_score(served, band)
    drums = next(part["id"] for part in document["parts"] if part["is_drum"])
    told = finish(
        served, ask(served, document["id"], verb="infill", bars=[3, 4], parts=[drums], count=1)
    )
    take = next(data["take"] for kind, data in told if kind == "take")
    answer = served.ask("GET", f"/api/projects/{document['id']}/takes/{take}").json()["document"]
    pairs = zip(document["parts"], answer["parts"], strict=True)
    changed = [old["id"] for old, new in pairs if old["notes"] != new["notes"]]
    assert changed == [drums]


@pytest.mark.parametrize(
    ("verb", "controls", "more"),
    [
        ("harmonize", {}, 3),
        ("harmonize", {"style": "guitar"}, 1),
        ("accompany", {"style": "rock", "parts": "bass,drums"}, 2),
        ("drums", {"style": "funk"}, 1),
    ],
)
def test_new_parts_stand_beside_those_that_are_there(
    served: Served, reel: symgen.Score, verb: str, controls: dict[str, Any], more: int
) -> None:
    document = open_score(served, reel)
    told = finish(served, ask(served, document["id"], verb=verb, controls=controls, count=1))
    take = next(data for event, data in told if event == "take")
    shown = served.ask("GET", f"/api/projects/{document['id']}/takes/{take['take']}").json()
    parts = shown["document"]["parts"]
    assert parts[0] == document["parts"][0]
    assert len(parts) == 1 + more


def test_an_empty_piece_is_written_as_it_was_laid_out(served: Served) -> None:
    wanted = {"bars": 8, "meter": "3/4", "key": "D major", "tempo": 96}
    document = served.ask("POST", "/api/projects", wanted).json()
    project = document["id"]
    for verb, bars in (("generate", None), ("infill", [3, 4])):
        told = finish(served, ask(served, project, verb=verb, bars=bars, count=1, seed=3))
        take = next(data for event, data in told if event == "take")
        shown = served.ask("GET", f"/api/projects/{project}/takes/{take['take']}").json()[
            "document"
        ]
        assert shown["bars"] == document["bars"]
        assert (shown["meters"], shown["tempos"]) == (document["meters"], document["tempos"])
        onsets = [note[1] for part in shown["parts"] for note in part["notes"]]
        assert onsets
        if bars:
            ticks = {number: (start, end) for number, start, end in document["bars"]}
            assert ticks[3][0] <= min(onsets)
            assert max(onsets) < ticks[4][1]


def test_what_cannot_be_asked_for_is_refused_in_one_line(
    served: Served, reel: symgen.Score
) -> None:
    project = open_score(served, reel)["id"]
    path = f"/api/projects/{project}/jobs"
    for body, status in (
        ({}, 400),
        ({"verb": "infill", "bars": [5, 99]}, 400),
        ({"verb": "vary", "controls": {"amount": "much"}}, 400),
        ({"verb": "vary", "count": 10**9}, 400),
    ):
        answer = served.ask("POST", path, body)
        assert answer.status == status
        assert list(answer.json()) == ["error"]
        assert answer.body.count(b"\n") <= 1
    assert served.ask("POST", "/api/projects/nothere/jobs", {"verb": "vary"}).status == 404
    assert served.ask("GET", "/api/jobs/nothere/events").status == 404
    assert served.ask("DELETE", "/api/jobs/nothere").status == 404
