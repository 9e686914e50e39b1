"""The client in Python: a piece is opened, changed, written on, taken over and exported."""

from __future__ import annotations

import io
import json
import socket
import zipfile
from pathlib import Path

import pytest
from serving import Served
from small import tune

from symgen.formats import load_score, save_score
from symgen.studio import Client, StudioError
from symgen.system.errors import ControlError, FormatError


def test_a_piece_from_file_to_file(served: Served, tmp_path: Path) -> None:
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), tmp_path / "a tune.mid")
    with Client(served.link) as studio:
        piece = studio.open(tmp_path / "a tune.mid")
        project, first = str(piece["id"]), piece["parts"][0]["notes"][0][0]
        assert project in [row["id"] for row in studio.projects()]
        lock = {"op": "lock", "ids": [first], "locked": True}
        told = studio.change(project, [lock], "lock a note", base=piece["revision"])
        assert told["undo"] == "lock a note"
        assert studio.document(project)["locked"] == [first]
        assert studio.undo(project)["redo"] == "lock a note"
        assert studio.redo(project)["undo"] == "lock a note"
        assert [row["label"] for row in studio.history(project)][1] == "lock a note"
        takes = list(studio.write(project, "infill", bars=(2, 3), count=2, seed=5))
        assert [take.facts["number"] for take in takes] == [1, 2]
        assert takes[0].said.startswith("take 1 of 2, bars 2 to 3")
        wanted = studio.take(project, takes[1].id)["document"]["parts"]
        studio.accept(project, takes[1].id)
        assert studio.document(project)["parts"] == wanted
        assert [take["state"] for take in studio.takes(project)] == ["offered", "accepted"]
        (tmp_path / "b.mid").write_bytes(studio.export(project, "mid"))
        assert load_score(tmp_path / "b.mid").note_count == sum(len(p["notes"]) for p in wanted)
        studio.delete(project)
        assert project not in [row["id"] for row in studio.projects()]


def test_exports_of_a_piece(served: Served) -> None:
    with Client(served.url, served.token) as studio:
        project = str(studio.create(title="A B", bars=2)["id"])
        note = {
            "id": "x-1",
            "part": "p1",
            "onset": 960,
            "pitch": 60,
            "duration": 480,
            "velocity": 80,
        }
        studio.change(project, [{"op": "add", "notes": [note]}], base=1)
        assert studio.export(project, "wav").startswith(b"RIFF")
        assert studio.export(project, "abc").startswith(b"%abc-2.1\nX:1")
        assert json.loads(studio.export(project, "report"))["notes"] == 1
        with zipfile.ZipFile(io.BytesIO(studio.export(project, "stems"))) as stems:
            assert stems.namelist() == ["a-b.wav", "a-b-1-piano.wav"]
        answer = served.ask("GET", f"/api/projects/{project}/export/mid")
        assert answer.headers["content-disposition"].startswith('attachment; filename="a-b.mid"')
        with pytest.raises(StudioError, match="exported as one of") as caught:
            studio.export(project, "exe")
        assert caught.value.status == 404


def test_the_score_says_when_its_notes_begin(served: Served) -> None:
    pytest.importorskip("verovio")
    with Client(served.link) as studio:
        project = str(studio.create(bars=2)["id"])
        note = {
            "id": "x-1",
            "part": "p1",
            "onset": 960,
            "pitch": 60,
            "duration": 480,
            "velocity": 80,
        }
        studio.change(project, [{"op": "add", "notes": [note]}], base=1)
        page = studio.score(project)
        ((tick, ids),) = page["times"]
        assert (tick, page["page"], page["pages"], page["revision"]) == (960, 1, 1, 2)
        assert f'id="{ids[0]}"' in page["svg"]
        with pytest.raises(StudioError, match="pages 1 to 1"):
            studio.score(project, 2)


def test_leaving_the_takes_early_cancels_the_others(served: Served) -> None:
    with Client(served.link) as studio:
        project = str(studio.create(bars=4)["id"])
        takes = studio.write(project, "infill", bars=(1, 4), count=8, seed=1)
        next(takes)
        takes.close()
        again = list(studio.write(project, "infill", bars=(1, 1), count=1, seed=1))
        assert len(again) == 1


def test_what_is_refused_is_told_in_a_line(served: Served, tmp_path: Path) -> None:
    with Client(served.link) as studio:
        project = str(studio.create()["id"])
        for call in (
            lambda: studio.document("nothing"),
            lambda: studio.change(project, [{"op": "x"}], base=1),
            lambda: studio.write(project, "compose"),
            lambda: studio.undo(project),
            lambda: studio.document("../x"),
        ):
            with pytest.raises(StudioError) as caught:
                call()
            assert 400 <= caught.value.status < 500
            assert "\n" not in str(caught.value)
        with pytest.raises(FormatError, match="no such file"):
            studio.open(tmp_path / "nothing.mid")
        with pytest.raises(ControlError, match="no JSON"):
            studio.create(title={1, 2})
    with pytest.raises(StudioError, match="start link") as caught:
        Client(served.url, "wrong-token").projects()
    assert caught.value.status == 401


def test_addresses_that_are_none() -> None:
    for url, token in (
        ("file:///x", "t"),
        ("127.0.0.1", "t"),
        ("http://127.0.0.1:1", ""),
        ("http://a", "\n"),
    ):
        with pytest.raises(ControlError):
            Client(url, token)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(StudioError, match="start one with `symgen studio`"):
        Client(f"http://127.0.0.1:{port}", "t").about()
