"""Projects on the disk: what was answered stays, undo outlives a restart, bad files are told in a line."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from studio_documents import changes_of

from symgen.music.score import Note
from symgen.studio.changes import DOCUMENT, MisfitError
from symgen.studio.op_reading import read_ops
from symgen.studio.opening import open_file
from symgen.studio.project import Project
from symgen.studio.projects import DELETED, Projects, UnknownError
from symgen.system.errors import ControlError, FormatError

DATA = Path(__file__).parents[1] / "formats" / "data" / "cases"
FACTS = {"job": "j1", "verb": "infill", "number": 2, "of": 4, "seed": 7, "said": "", "checks": []}


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    found = Projects(tmp_path)
    yield found
    found.close()


def opened(projects: Projects, name: str = "everything.mid") -> Project:
    return open_file(projects, name, (DATA / name).read_bytes())


def add(name: str, onset: int = 0) -> list[dict[str, Any]]:
    note = {"id": name, "part": "p1", "onset": onset, "pitch": 61, "duration": 30, "velocity": 80}
    return read_ops([{"op": "add", "notes": [note]}])


def again(projects: Projects) -> Projects:
    """Return the projects as a studio finds them that is started anew."""
    projects.close()
    return Projects(projects.folder)


# -- changes -------------------------------------------------------------------------------


def test_an_empty_piece_is_what_was_asked_for(projects: Projects) -> None:
    told = projects.create_empty({}).to_json()
    assert len(told["bars"]) == 8
    assert told["meters"] == [[0, "4/4"]]
    assert [part["program"] for part in told["parts"]] == [0]
    asked = {"title": "Waltz", "bars": 3, "meter": "3/4", "key": "F major", "tempo": 90}
    told = projects.create_empty(asked).to_json()
    assert told["title"] == "Waltz"
    assert told["bars"][-1] == [3, 2880, 4320]
    assert told["key"] == {"tonic": 5, "mode": "major", "origin": "from the file"}
    with pytest.raises(ControlError, match="bars 0"):
        projects.create_empty({"bars": 0})


def test_a_change_is_told_with_what_can_be_undone(projects: Projects) -> None:
    project = opened(projects)
    told = project.change("tab", 1, "draw note", add("a"))
    assert told == {"revision": 2, "ops": add("a"), "undo": "draw note", "redo": None}
    told = project.undo("tab")
    assert told["ops"] == [{"op": "remove", "ids": ["a"]}]
    assert (told["label"], told["undo"], told["redo"]) == ("draw note", None, "draw note")
    told = project.redo("tab")
    assert (told["revision"], told["undo"], told["redo"]) == (4, "draw note", None)


def test_a_new_change_takes_the_place_of_what_was_undone(projects: Projects) -> None:
    project = opened(projects)
    for name in ("a", "b", "c"):
        project.change("tab", project.revision, f"add {name}", add(name))
    assert project.undo("tab")["redo"] == "add c"
    assert project.undo("tab")["redo"] == "add b"
    assert project.change("tab", project.revision, "add d", add("d"))["redo"] is None
    with pytest.raises(MisfitError, match="nothing to redo"):
        project.redo("tab")
    labels = [project.undo("tab")["label"] for _ in range(2)]
    assert labels == ["add d", "add a"]
    with pytest.raises(MisfitError, match="nothing to undo"):
        project.undo("tab")


def test_a_change_that_does_not_fit_changes_nothing(projects: Projects) -> None:
    project = opened(projects)
    before = project.to_json()
    with pytest.raises(MisfitError, match="note nope: is not there"):
        project.change("tab", 1, "", [*add("a"), {"op": "remove", "ids": ["nope"]}])
    with pytest.raises(MisfitError, match="base 9: the project has revision 1"):
        project.change("tab", 9, "", add("a"))
    assert project.to_json() == before


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_undo_and_redo_outlive_restarts(tmp_path: Path, data: st.DataObject) -> None:
    projects = Projects(tmp_path)
    project = opened(projects)
    states = [project.document]
    for number, op in enumerate(changes_of(data, project.document, 8)):
        project.change("tab", project.revision, f"change {number}", [op])
        states.append(project.document)
        if data.draw(st.booleans()):
            projects = again(projects)
            project = projects.open(project.id)
    for state in reversed(states[:-1]):
        projects = again(projects)
        project = projects.open(project.id)
        assert project.undo("tab")["label"].startswith("change")
        assert project.document == state
    projects = again(projects)
    project = projects.open(project.id)
    for state in states[1:]:
        project.redo("tab")
        assert project.document == state
    projects.close()


def test_a_long_project_is_read_from_its_last_snapshot(projects: Projects) -> None:
    project = opened(projects)
    for number in range(150):
        project.change("tab", project.revision, "add", add(f"a{number}", number))
    told = project.to_json()
    assert again(projects).open(project.id).to_json() == told


def test_history_leads_back_to_any_state(projects: Projects) -> None:
    project = opened(projects)
    first = project.document
    project.change("tab", 1, "add", add("a"))
    project.change("tab", 2, "shorter", [{"op": "piece", "bars": 1}])
    third = project.document
    assert project.go_to(1, "tab")["ops"] == [DOCUMENT]
    assert project.document == first
    project.go_to(3, "tab")
    assert project.document == third
    project.undo("tab")
    assert project.document == first
    labels = [row["label"] for row in project.history()]
    assert labels[0] == "opened everything.mid"
    assert labels[3:] == [
        "back to 1: opened everything.mid",
        "back to 3: shorter",
        f"undo {labels[4]}",
    ]
    with pytest.raises(MisfitError, match="revision 1: the piece is as it was then"):
        project.go_to(1, "tab")
    with pytest.raises(MisfitError, match=r"revision 99: the project has 1\.\.6"):
        project.go_to(99, "tab")


def test_the_view_is_kept(projects: Projects) -> None:
    project = opened(projects)
    project.set_view({"zoom": [1, 2]})
    assert again(projects).open(project.id).to_json()["view"] == {"zoom": [1, 2]}


def test_the_view_has_a_limit(projects: Projects) -> None:
    with pytest.raises(ControlError, match="more than 64 kB"):
        opened(projects).set_view({"all": "x" * 65536})


def test_saving_weaves_into_the_file_after_a_restart_too(projects: Projects) -> None:
    project = opened(projects)
    file = project.score.to_bytes()
    project.change("tab", 1, "add", add("a"))
    project.undo("tab")
    assert again(projects).open(project.id).score.to_bytes() == file


# -- takes ---------------------------------------------------------------------------------


def test_a_take_is_one_change_and_leaves_what_was_done_meanwhile(projects: Projects) -> None:
    project = opened(projects)
    part = project.score.parts[0]
    notes = [*part.notes[1:], Note(10, 100, 20)]
    score = project.score.with_parts([part.with_notes(notes), *project.score.parts[1:]])
    take = project.add_take(score, {**FACTS, "bars": [1, 2]})
    assert project.takes() == [take]
    gone = project.document.parts[0].ids[0]
    project.change("tab", project.revision, "add", add("mine", 5))
    told = project.take_json(take.id)
    assert told["said"] == ""
    assert told["state"] == "offered"
    names = [note[0] for note in told["document"]["parts"][0]["notes"]]
    assert "mine" in names
    assert gone not in names
    before = project.document
    project.accept_take(take.id, "tab")
    assert [note[0] for note in project.to_json()["parts"][0]["notes"]] == names
    assert project.takes()[0].state == "accepted"
    assert project.undo("tab")["label"] == "infill, take 2"
    assert project.document == before
    assert project.set_take_state(take.id, "dropped").state == "dropped"


def test_notes_that_were_locked_meanwhile_stay(projects: Projects) -> None:
    project = opened(projects)
    part, first = project.score.parts[0], project.document.parts[0].ids[0]
    score = project.score.with_parts([part.with_notes(part.notes[1:]), *project.score.parts[1:]])
    take = project.add_take(score, FACTS)
    project.change("tab", 1, "lock", [{"op": "lock", "ids": [first], "locked": True}])
    with pytest.raises(MisfitError, match="changes nothing any more"):
        project.accept_take(take.id, "tab")
    assert first in project.document.parts[0].places


def test_a_take_with_more_parts_and_chords_is_taken_over(projects: Projects) -> None:
    project = opened(projects)
    bass = replace(project.score.parts[0], name="Bass", program=33, is_drum=False)
    score = project.score.with_parts([*project.score.parts, bass])
    before = project.score.to_bytes()
    told = project.replace(score, "accompany", "tab")
    assert told["ops"] == [DOCUMENT] or told["ops"][0]["op"] == "add_part"
    assert project.score == score
    assert project.score.source == score.source
    project.undo("tab")
    assert project.score.to_bytes() == before


def test_a_take_that_brings_its_own_file_keeps_it(projects: Projects) -> None:
    project = opened(projects)
    other = opened(projects, "rit.mid").score
    project.replace(other, "another", "tab")
    assert project.score.to_bytes() == other.to_bytes()
    name = project.id
    assert again(projects).open(name).score.to_bytes() == other.to_bytes()


def test_takes_that_are_not_there_are_told(projects: Projects) -> None:
    project = opened(projects)
    for name in ("t1", "x", "t" + "9" * 40, "t-1", "t\N{SUPERSCRIPT TWO}"):
        with pytest.raises(MisfitError, match="is not there; get the list again"):
            project.take(name)


# -- listeners -----------------------------------------------------------------------------


def test_listeners_hear_of_changes_and_takes(projects: Projects) -> None:
    project, woken = opened(projects), list[int]()
    listening = project.subscribe(lambda: woken.append(1))
    project.change("tab", 1, "add", add("a"))
    project.add_take(project.score, FACTS)
    event = listening.wait(1)
    assert event is not None
    assert event.data == {
        "revision": 2,
        "tab": "tab",
        "label": "add",
        "ops": add("a"),
        "undo": "add",
        "redo": None,
    }
    take = listening.take()
    assert take is not None
    assert (take.kind, take.data["take"]) == ("take", "t1")
    assert len(woken) == 2
    project.unsubscribe(listening)
    project.undo("tab")
    assert listening.take() is None


def test_a_listener_that_falls_behind_gets_the_document_again(projects: Projects) -> None:
    project = opened(projects)
    listening = project.subscribe()
    for number in range(257):
        project.publish("job", {"number": number})
    event = listening.take()
    assert event is not None
    assert event.data["ops"] == [DOCUMENT]
    assert listening.take() is None


def test_listeners_end_with_the_project(projects: Projects) -> None:
    listening = opened(projects).subscribe()
    projects.close()
    assert listening.is_closed
    assert listening.wait(5) is None


# -- what goes wrong -----------------------------------------------------------------------


def test_a_bad_file_is_told_in_a_line_and_the_others_are_listed(projects: Projects) -> None:
    good = opened(projects).id
    torn = opened(projects).id
    projects = again(projects)
    whole = (projects.folder / f"{torn}.symgen-project").read_bytes()
    (projects.folder / f"{torn}.symgen-project").write_bytes(whole[: len(whole) // 2])
    (projects.folder / "junk.symgen-project").write_bytes(b"nothing of the kind" * 100)
    (projects.folder / "empty.symgen-project").write_bytes(b"")
    with sqlite3.connect(projects.folder / "foreign.symgen-project") as file:
        file.execute("CREATE TABLE t (x)")
    file.close()
    (projects.folder / "notes.txt").write_text("hello")
    (projects.folder / "Not An Id.symgen-project").write_text("hello")
    rows = {row["id"]: row for row in projects.list()}
    assert set(rows) == {good, torn, "junk", "empty", "foreign"}
    assert "error" not in rows[good]
    for name in ("junk", "empty", "foreign"):
        assert "is no" in rows[name]["error"]
        assert "\n" not in rows[name]["error"]
        with pytest.raises(FormatError, match="is no"):
            projects.open(name)
    with pytest.raises(FormatError) as caught:
        projects.open(torn)
    assert "\n" not in str(caught.value)
    projects.close()


def test_a_project_is_open_in_one_studio_at_a_time(projects: Projects) -> None:
    name = opened(projects).id
    other = Projects(projects.folder)
    with pytest.raises(FormatError, match="is open in another studio; close it there"):
        other.open(name)
    assert "open in another studio" in other.list()[0]["error"]
    projects.close()
    assert other.open(name).revision == 1
    other.close()


def test_a_full_disk_is_told_and_the_document_stays_as_it_was(projects: Projects) -> None:
    project = opened(projects)
    before = project.to_json()
    pages = project._store._file.execute("PRAGMA page_count").fetchone()[0]
    project._store._file.execute(f"PRAGMA max_page_count = {pages}")
    many = [{**add("a")[0]["notes"][0], "id": f"x{i}", "onset": i * i % 999} for i in range(5000)]
    with pytest.raises(FormatError, match="the disk is full, the change is not kept; free some"):
        project.change("tab", 1, "many", read_ops([{"op": "add", "notes": many}]))
    assert project.to_json() == before
    project._store._file.execute(f"PRAGMA max_page_count = {2**30}")
    assert project.change("tab", 1, "add", add("a"))["revision"] == 2


def test_a_torn_log_gives_an_earlier_state_whole(projects: Projects, tmp_path: Path) -> None:
    """What a disk may leave after a power cut: the log breaks off anywhere."""
    project = opened(projects)
    states = [project.document]
    for number in range(8):
        project.change("tab", project.revision, "add", add(f"a{number}", number))
        states.append(project.document)
    name = f"{project.id}.symgen-project"
    file, log = ((projects.folder / each).read_bytes() for each in (name, f"{name}-wal"))
    found = set()
    for number, size in enumerate([*range(0, len(log), len(log) // 25), len(log)]):
        folder = tmp_path / f"torn{number}"
        folder.mkdir()
        (folder / name).write_bytes(file)
        (folder / f"{name}-wal").write_bytes(log[:size])
        torn = Projects(folder)
        try:
            again = torn.open(project.id)
        except FormatError as error:  # not even the new project was there
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert again.document == states[again.revision - 1]
            found.add(again.revision)
        torn.close()
    assert found >= {1, 9}
    assert len(found) > 4


def test_many_threads_change_one_project(projects: Projects) -> None:
    project = opened(projects)

    def work(thread: int) -> None:
        for number in range(10):
            project.change("tab", 1, "add", add(f"a{thread}-{number}", number))
            assert project.score.note_count
            project.undo("tab")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert project.revision == 161
    told = project.to_json()
    assert again(projects).open(project.id).to_json() == told


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_may_not_be_written_is_told(projects: Projects) -> None:
    name = opened(projects).id
    projects.close()
    projects.folder.chmod(0o500)
    try:
        with pytest.raises(FormatError, match="cannot be written; check the permissions"):
            Projects(projects.folder).create_empty({})
        assert "error" in Projects(projects.folder).list()[0]
        with pytest.raises(FormatError, match="cannot be written"):
            Projects(projects.folder).open(name)
    finally:
        projects.folder.chmod(0o700)


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(FormatError, match="cannot be made a folder"):
        Projects(tmp_path / "file" / "projects")


def test_deleted_projects_are_moved(projects: Projects) -> None:
    project = opened(projects)
    listening = project.subscribe()
    projects.delete(project.id)
    assert projects.list() == []
    assert listening.is_closed
    assert [path.name for path in (projects.folder / DELETED).iterdir()] == [
        f"{project.id}.symgen-project"
    ]
    with pytest.raises(UnknownError, match="is not there"):
        projects.open(project.id)
    with pytest.raises(MisfitError, match="is closed"):
        project.change("tab", 1, "add", add("a"))


def test_a_damaged_project_can_be_deleted(projects: Projects) -> None:
    (projects.folder / "junk.symgen-project").write_bytes(b"nothing of the kind" * 100)
    projects.delete("junk")
    assert projects.list() == []
    assert (projects.folder / DELETED / "junk.symgen-project").is_file()


@pytest.mark.parametrize("name", ["../secret", "a/b", "", "A", "x" * 33, ".", "nope"])
def test_names_lead_nowhere_else(projects: Projects, name: str) -> None:
    with pytest.raises(UnknownError, match="is not there; get the list of projects"):
        projects.open(name)
