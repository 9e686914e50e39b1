"""The pieces that were made, and how they are made again."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from commands import Command, files, refused
from small import tune

from symgen.formats import save_score
from symgen.system.files import append_line


@pytest.fixture
def made(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Command:
    """Run commands that are remembered in a folder of their own."""
    monkeypatch.delenv("SYMGEN_NO_HISTORY")
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path_factory.mktemp("data") / "deep"))
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), "tune.mid")
    return command


def test_each_piece_is_a_line(made: Command, tiny_folder: Path) -> None:
    assert made("history").err == ["no piece has been made yet"]
    line = (
        "generate",
        "--bars",
        "1",
        "-n",
        "2",
        "--seed",
        "4",
        "--model",
        tiny_folder,
        "-o",
        "ä.mid",
        "--xml",
    )
    made(*line)
    made("edit", "tune.mid", "--transpose", "D major")
    first, second, third = map(json.loads, made("history", "--json").out)
    assert [first["number"], second["number"], third["number"]] == [1, 2, 3]
    assert (first["path"], first["seed"], second["seed"]) == ("ä-1.mid", 4, 5)
    assert first["others"] == {"xml": "ä-1.musicxml"}
    assert first["command"].startswith("symgen generate --bars 1 -n 2 --seed 4")
    assert {name: third[name] for name in ("bars", "key", "meter", "folder")} == {
        "bars": 4, "key": "D major", "meter": "4/4", "folder": str(Path.cwd())
    }  # fmt: skip
    shown = made("history", "-n", "1").out
    assert len(shown) == 2
    assert shown[0].endswith("tune-edited.mid  (4 bars, 4/4, D major)")
    assert shown[1] == "       symgen edit tune.mid --transpose 'D major'"
    Path("tune-edited.mid").unlink()
    assert made("history", "-n", "1").out[0].endswith("(no longer there)")
    if os.name == "posix":
        (path,) = Path(os.environ["SYMGEN_DATA"]).iterdir()
        assert path.stat().st_mode & 0o077 == 0


def test_a_drawn_seed_is_remembered(made: Command, tiny_folder: Path) -> None:
    made("generate", "--bars", "1", "--model", tiny_folder, "-o", "a.mid")
    (piece,) = map(json.loads, made("history", "--json").out)
    assert piece["command"].endswith(f"-o a.mid --seed {piece['seed']}")
    done = made("again", "1")
    assert done.out == ["a-2.mid"]
    assert Path("a.mid").read_bytes() == Path("a-2.mid").read_bytes()


def test_again_with_other_options_and_from_another_folder(
    made: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("edit", "tune.mid", "--transpose", "2", "-o", "up.mid")
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    done = made("again", "0", "--transpose", "3", "--tempo", "90")
    assert done.out == ["up.mid"]
    last = json.loads(made("history", "-n", "1", "--json").out[0])
    assert "--tempo 90" in last["command"]
    assert (last["key"], last["number"]) == ("D# major", 2) or last["key"] == "Eb major"
    assert made("again", "1").out == ["up-2.mid"]
    assert made("again", "1", "-o", "named.mid").out == ["named.mid"]


def test_again_finds_names_for_sheets_that_have_their_own(made: Command, tiny_folder: Path) -> None:
    pytest.importorskip("verovio")
    words = ("generate", "--bars", "1", "--seed", "1", "--model", tiny_folder)
    made(*words, "--sheet", "one.svg", "-o", "a.mid")
    assert made("again", "0").out == ["a-2.mid", "one-2.svg"]
    made(*words, "-n", "2", "--sheet", "takes.html", "-o", "b.mid")
    done = made("again", "-1")
    assert done.out == ["b-1-2.mid", "takes-2.html"]
    assert Path("b-1.mid").read_bytes() == Path("b-1-2.mid").read_bytes()


@pytest.mark.parametrize("job", ["generate --bars 2", "vary tune.mid", "infill tune.mid -b 1"])
def test_again_makes_one_of_several_alone(job: str, made: Command, tiny_folder: Path) -> None:
    made(*job.split(), "--model", tiny_folder, "-n", "3", "--seed", "4", "-o", "b.mid")
    assert made("again", "2").out == ["b-2-2.mid"]
    assert Path("b-2.mid").read_bytes() == Path("b-2-2.mid").read_bytes()
    last = json.loads(made("history", "-n", "1", "--json").out[0])
    assert "-n 1 --seed 5 -o b-2-2.mid" in last["command"]
    assert made("again", "2", "-n", "2").out == ["b-2-2-1.mid", "b-2-2-2.mid"]
    assert Path("b-3.mid").read_bytes() == Path("b-2-2-2.mid").read_bytes()


def test_again_makes_candidates_anew_and_tells_which_is_meant(made: Command) -> None:
    words = ("generate", "--bars", "2", "--seed", "1")
    assert made(*words, "-n", "2", "--candidates", "3", "-o", "b.mid").status == 0
    done = made("again", "1")
    assert done.out == ["b-2-1.mid", "b-2-2.mid"]
    assert done.err[-1] == "piece 1 again: b-2-1.mid"
    assert Path("b-1.mid").read_bytes() == Path("b-2-1.mid").read_bytes()


def test_a_sheet_that_is_there_is_refused_and_not_waited_for(
    made: Command, tiny_folder: Path
) -> None:
    pytest.importorskip("verovio")
    Path("one.pdf").write_text("mine")
    words = ("generate", "--bars", "1", "--model", tiny_folder)
    refused(made(*words, "--sheet", "one.pdf"), 2, "one.pdf: exists already")


def test_again_refuses_options_that_the_command_has_not(made: Command) -> None:
    made("edit", "tune.mid")
    refused(made("again", "0", "-n", "2"), 2, "no option -n; see symgen edit --help")


def test_history_can_be_left_out_and_cleared(
    made: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    made("edit", "tune.mid", "--no-history")
    monkeypatch.setenv("SYMGEN_NO_HISTORY", "1")
    made("edit", "tune.mid")
    monkeypatch.setenv("SYMGEN_NO_HISTORY", "0")
    assert made("history", "--json").out == []
    made("edit", "tune.mid")
    assert made("history", "--clear").err == ["forgotten: 1 piece; their files stay"]
    assert made("history", "--json").out == []
    assert "tune-edited-3.mid" in files()


def test_a_history_that_cannot_be_written_is_one_note(
    made: Command, monkeypatch: pytest.MonkeyPatch, tiny_folder: Path
) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("SYMGEN_DATA", str(Path("file").absolute()))
    monkeypatch.setattr("symgen.cli.history._TOLD", [])
    done = made(
        "generate", "--bars", "1", "-n", "2", "--seed", "1", "--model", tiny_folder, "-o", "a.mid"
    )
    assert (done.status, done.out) == (0, ["a-1.mid", "a-2.mid"])
    (note,) = done.err
    assert note.startswith("this piece is in no history: ")
    assert "--no-history" in note


def test_lines_that_are_no_pieces_are_left_out(made: Command) -> None:
    made("edit", "tune.mid")
    (path,) = Path(os.environ["SYMGEN_DATA"]).iterdir()
    with path.open("a", encoding="utf-8") as file:
        file.write('[1]\n{"when": 3}\nnonsense\n{"when": "torn')
    made("edit", "tune.mid")
    assert [json.loads(line)["number"] for line in made("history", "--json").out] == [1, 6]


def test_numbers_that_are_none(made: Command) -> None:
    refused(made("again", "1"), 2, "piece 1: the history is empty")
    made("edit", "tune.mid")
    refused(made("again", "7"), 2, "the history has 1-1")
    refused(made("history", "-n", "0"), 2, "count 0")
    refused(made("play", "9"), 2, "the history has 1-1")


def add_lines(path: Path, word: str) -> None:
    for _ in range(200):
        append_line(path, word * 2000)


def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=add_lines, args=(path, word)) for word in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sorted(lines) == [word * 2000 for word in "abc" for _ in range(200)]
