"""The routes of the projects, asked over HTTP of a studio that runs."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from serving import Served

DATA = Path(__file__).parents[1] / "formats" / "data" / "cases"
RAW = {"Content-Type": "application/octet-stream"}
NOTE = {"id": "x-1", "part": "p1", "onset": 0, "pitch": 60, "duration": 480, "velocity": 80}
ADD = {"op": "add", "notes": [NOTE]}


def made(served: Served, **wanted: Any) -> dict[str, Any]:
    answer = served.ask("POST", "/api/projects", wanted)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json()
    return found


def test_a_piece_is_made_changed_undone_and_redone(served: Served) -> None:
    document = made(served, title="Hello", bars=4)
    at = f"/api/projects/{document['id']}"
    change = {"tab": "a", "base": 1, "label": "draw note", "ops": [ADD]}
    told = served.ask("POST", f"{at}/changes", change).json()
    assert told == {"revision": 2, "ops": [ADD], "undo": "draw note", "redo": None}
    assert served.ask("GET", at).json()["parts"][0]["notes"] == [["x-1", 0, 60, 480, 80]]
    assert served.ask("POST", f"{at}/undo", {"tab": "a"}).json()["redo"] == "draw note"
    assert served.ask("POST", f"{at}/redo", {"tab": "a"}).json()["label"] == "draw note"
    history = served.ask("GET", f"{at}/history").json()
    assert [row["label"] for row in history][:2] == ["new piece", "draw note"]
    told = served.ask("POST", f"{at}/history/1", {"tab": "a"}).json()
    assert told["revision"] == 5
    assert served.ask("GET", at).json()["parts"][0]["notes"] == []
    rows = served.ask("GET", "/api/projects").json()
    assert ["Hello", 4, 0] in [[row["title"], row["bars"], row["notes"]] for row in rows]


def test_a_change_that_does_not_fit_is_a_conflict(served: Served) -> None:
    document = made(served)
    at = f"/api/projects/{document['id']}/changes"
    wrong = {"tab": "a", "base": 1, "ops": [{"op": "remove", "ids": ["n9"]}]}
    answer = served.ask("POST", at, wrong)
    assert answer.status == 409
    assert answer.json() == {"error": "note n9: is not there; get the document again"}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({}, "base None: must be the revision"),
        ({"base": 1}, "ops: must be a list"),
        ({"base": True, "ops": [ADD]}, "base True"),
        ({"base": 1, "ops": [{"op": "head"}]}, "no change 'head'"),
        ({"base": 1, "ops": [ADD], "tab": 5}, "tab 5: must be a text"),
        ({"base": 1, "ops": [ADD], "label": []}, "label []: must be a text"),
    ],
)
def test_nonsense_is_refused(served: Served, body: dict[str, Any], line: str) -> None:
    document = made(served)
    answer = served.ask("POST", f"/api/projects/{document['id']}/changes", body)
    assert answer.status == 400
    assert line in answer.json()["error"]


@pytest.mark.parametrize("name", ["everything.mid", "prompt_lyrics.mid"])
def test_a_file_is_opened(served: Served, name: str) -> None:
    data = (DATA / name).read_bytes()
    answer = served.ask("POST", f"/api/projects/open?name={name}", data, RAW)
    assert answer.status == 201, answer.body
    assert answer.json()["parts"]


def test_notation_is_opened(served: Served) -> None:
    tune = b"X:1\nT:Tune\nM:3/4\nK:D dor\nDEF|GAB|\n"
    answer = served.ask("POST", "/api/projects/open?name=tune.abc", tune, RAW)
    assert answer.json()["title"] == "Tune"
    assert answer.json()["key"] == {"tonic": 2, "mode": "dorian", "origin": "from the file"}


@pytest.mark.parametrize(
    ("name", "data", "line"),
    [
        ("a.mid", b"MThd", "a.mid: "),
        ("a.exe", b"MZ", "a.exe: is no file that is opened"),
        ("a.symgen-project", b"SQLite format 3\0", "a.symgen-project: is no file that is opened"),
        ("../../etc/passwd", b"root", "passwd: is no file that is opened"),
        ("a.musicxml", b"<?xml version='1.0'?><a/>", "a.musicxml: "),
        ("a.abc", b"", "a.abc: "),
    ],
)
def test_files_that_cannot_be_read_are_told_in_a_line(
    served: Served, name: str, data: bytes, line: str
) -> None:
    answer = served.ask("POST", f"/api/projects/open?name={name}", data, RAW)
    assert answer.status == 400
    assert answer.json()["error"].startswith(line)


def test_projects_that_are_not_there_are_not_found(served: Served) -> None:
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/history"), ("GET", "/takes")):
        answer = served.ask(method, f"/api/projects/nope{rest}")
        assert answer.status == 404, rest
        assert "is not there" in answer.json()["error"]


def test_a_project_is_taken_away_as_a_file_and_opened_again(served: Served) -> None:
    document = made(served, title="Mine", bars=3)
    answer = served.ask("GET", f"/api/projects/{document['id']}/export/project")
    assert answer.status == 200
    assert 'filename="mine.symgen.json"' in answer.headers["content-disposition"]
    again = served.ask("POST", "/api/projects/open?name=mine.symgen.json", answer.body, RAW)
    assert again.status == 201, again.body
    same = ("title", "parts", "bars", "length", "locked")
    assert {name: again.json()[name] for name in same} == {name: document[name] for name in same}


def test_deleted_projects_lie_in_their_folder(served: Served) -> None:
    document = made(served)
    at = f"/api/projects/{document['id']}"
    assert served.ask("DELETE", at).status == 204
    assert served.ask("GET", at).status == 404
    assert (served.folder / "deleted" / f"{document['id']}.symgen-project").is_file()


def test_the_view_comes_back(served: Served) -> None:
    document = made(served)
    at = f"/api/projects/{document['id']}"
    assert served.ask("PUT", f"{at}/view", {"zoom": 2}).status == 204
    assert served.ask("GET", at).json()["view"] == {"zoom": 2}


def test_takes_are_listed_and_unknown_ones_told(served: Served) -> None:
    document = made(served)
    at = f"/api/projects/{document['id']}/takes"
    assert served.ask("GET", at).json() == []
    assert served.ask("GET", f"{at}/t9").status == 409
    assert served.ask("POST", f"{at}/t9/accept", {}).status == 409
    assert served.ask("POST", f"{at}/t9/eat", {}).status == 400


def test_events_come_as_they_happen(served: Served) -> None:
    document = made(served)
    at = f"/api/projects/{document['id']}"
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request("GET", f"{at}/events", headers={"Authorization": f"Bearer {served.token}"})
    stream = connection.getresponse()
    assert stream.headers["content-type"].startswith("text/event-stream")

    def event() -> tuple[str, Any]:
        kind, data, _ = (stream.readline().decode().strip() for _ in range(3))
        return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    assert event() == ("ping", {"revision": 1})
    served.ask("POST", f"{at}/changes", {"tab": "b", "base": 1, "label": "draw", "ops": [ADD]})
    kind, told = event()
    assert kind == "change"
    expected = {"revision": 2, "tab": "b", "label": "draw", "ops": [ADD]}
    assert told == {**expected, "undo": "draw", "redo": None}
    served.ask("DELETE", at)
    assert stream.read() == b""
    connection.close()
