"""A project as one JSON file: it comes back as it was, and what is wrong in one is told in a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symgen.studio.op_reading import read_ops
from symgen.studio.opening import open_file
from symgen.studio.project import Project
from symgen.studio.project_files import is_project_file, project_file
from symgen.studio.projects import Projects
from symgen.system.errors import FormatError

DATA = Path(__file__).parents[1] / "formats" / "data" / "cases"
ABC = b"X:1\nT:Tune\nM:3/4\nK:D dor\nDEF|GAB|\nw:la la la la la la\n"
XML = b"""<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes><direction><direction-type>
<words>dolce</words></direction-type></direction><note><pitch><step>C</step><octave>5</octave></pitch>
<duration>4</duration><lyric><text>Ah</text></lyric></note></measure></part></score-partwise>"""


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    found = Projects(tmp_path)
    yield found
    found.close()


def changed(project: Project) -> Project:
    """Change a project as a page does, and go a step back."""
    first = project.document.parts[0].ids[0]
    ops = [
        {"op": "set", "notes": [{"id": first, "pitch": 50}]},
        {"op": "lock", "ids": [first], "locked": True},
        {"op": "add_part", "part": {"id": "bass-1", "name": "Bass", "program": 33}},
        {"op": "piece", "title": "Other", "bars": 9},
    ]
    project.change("tab", 1, "much", read_ops(ops))
    project.set_view({"zoom": 3})
    return project


@pytest.mark.parametrize(
    ("name", "data", "formats"),
    [
        ("everything.mid", (DATA / "everything.mid").read_bytes(), ("mid",)),
        ("prompt_lyrics.mid", (DATA / "prompt_lyrics.mid").read_bytes(), ("mid",)),
        ("tune.abc", ABC, ("mid", "musicxml", "abc")),
        ("song.musicxml", XML, ("mid", "musicxml")),
    ],
)
def test_a_project_comes_back_as_it_was(
    projects: Projects, name: str, data: bytes, formats: tuple[str, ...]
) -> None:
    project = changed(open_file(projects, name, data))
    file = project_file(project)
    assert is_project_file(file)
    again = open_file(projects, "saved.symgen.json", file)
    assert again.document == project.document
    assert again.to_json()["view"] == {"zoom": 3}
    for kind in formats:
        assert again.score.to_bytes(kind) == project.score.to_bytes(kind)
    assert json.loads(project_file(again)) == json.loads(file)
    assert again.history()[0]["label"] == "opened saved.symgen.json"


def test_an_empty_project_comes_back(projects: Projects) -> None:
    project = projects.create_empty({"bars": 3, "meter": "6/8"})
    assert open_file(projects, "a", project_file(project)).document == project.document


def put(value: Any, *path: str | int) -> Callable[[Any], None]:
    def change(held: Any) -> None:
        for step in path[:-1]:
            held = held[step]
        held[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (put(2, "symgen-project"), "another version"),
        (put(True, "symgen-project"), "another version"),
        (put([], "document"), "document is no object"),
        (put({}, "document"), "is no whole project"),
        (put(0, "document", "resolution"), "resolution 0"),
        (put(10**40, "document", "resolution"), "too large"),
        (put(-1, "document", "length"), "length -1"),
        (put([[0, 1]], "document", "tempos"), "microseconds"),
        (put([[0, "5/3"]], "document", "meters"), "meter 5/3"),
        (put([[10**12, "3/4"]], "document", "meters"), "too late"),
        (put([[0]], "document", "keys"), "each entry has 3 values"),
        (put([[0, 99, False]], "document", "keys"), "sharps"),
        (put([[0, ""]], "document", "chords"), "chord needs a name"),
        (put([7, "strange"], "document", "key"), "key 7"),
        (put([[0, "1/128"]], "document", "meters"), "more than 20,000 bars"),
        (put("x", "document", "parts"), "parts is no list"),
        (put([1], "document", "parts", 0, "notes"), "note is no list"),
        (put([["N", 0, 1, 1, 1]], "document", "parts", 0, "notes"), "small letters"),
        (put([["a", 0, 1, 1]], "document", "parts", 0, "notes"), "not enough values"),
        (put([["a", 0, 999, 1, 1]], "document", "parts", 0, "notes"), "pitch 999"),
        (put([["a", 0, 1, 1, 1]] * 2, "document", "parts", 0, "notes"), "one id"),
        (put(["nope"], "document", "locked"), "note nope: is not there"),
        (put([], "view"), "view is no object"),
        (put("x", "file"), "file is no object"),
        (put("exe", "file", "kind"), "of no known kind"),
        (put("%%%", "file", "data"), "its file is damaged"),
        (put("TVRoZA==", "file", "data"), "its file"),
        (put(["p1"], "file", "origins"), "other parts than the project"),
        (put(["p1"] * 9999, "file", "origins"), "more than 1,024 entries"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    projects: Projects, change: Callable[[Any], None], line: str
) -> None:
    project = open_file(projects, "everything.mid", (DATA / "everything.mid").read_bytes())
    held = json.loads(project_file(project))
    held["document"]["length"] = 10**8 if "bars" in line else held["document"]["length"]
    change(held)
    with pytest.raises(FormatError, match=line) as caught:
        open_file(projects, "bad.symgen.json", json.dumps(held).encode())
    assert str(caught.value).startswith("bad.symgen.json: ")
    assert "\n" not in str(caught.value)
    assert len(projects.list()) == 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"symgen-project"',
        b'{"symgen-project": 1}',
        b'{"symgen-project": 1, "document": ' + b"[" * 100_000,
        b'{"symgen-project": 1, "document": {"length": NaN}}',
        b'{"symgen-project": 1, "document": \xff}',
    ],
)
def test_no_json_is_told_in_a_line(projects: Projects, data: bytes) -> None:
    with pytest.raises(FormatError, match="is no whole project") as caught:
        open_file(projects, "bad.symgen.json", data)
    assert "\n" not in str(caught.value)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_in_the_place_of_another_is_read_or_refused(
    projects: Projects, data: st.DataObject
) -> None:
    project = projects.create_empty({"bars": 2})
    ops = [{"id": "a", "part": "p1", "onset": 0, "pitch": 60, "duration": 9, "velocity": 8}]
    project.change("tab", 1, "add", read_ops([{"op": "add", "notes": ops}]))
    held = json.loads(project_file(project))
    place, step = held, data.draw(st.sampled_from(sorted(held)))
    while isinstance(place[step], dict | list) and place[step] and data.draw(st.booleans()):
        place = place[step]
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        step = data.draw(st.sampled_from(keys))
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    place[step] = data.draw(scalars | st.lists(scalars, max_size=3))
    try:
        open_file(projects, "odd.json", json.dumps(held).encode())
    except FormatError as error:
        assert "\n" not in str(error)  # noqa: PT017
