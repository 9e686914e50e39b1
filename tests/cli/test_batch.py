"""One command for many files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import Command, refused
from small import tune

from symgen.formats import load_score, save_score


@pytest.fixture
def tunes(command: Command) -> Command:
    """Run commands where there are tunes, two of one name."""
    for name in ("a", "b"):
        Path(name).mkdir()
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), "a/x.mid")
    save_score(tune("G4 A4 B4 C5|D5 E5 F#5 G5|D5 B4 C5 A4|G4:4"), "b/x.mid")
    shutil.copy("a/x.mid", "y.mid")
    return command


GO_ON = ("--bars", "1", "--seed", "5", "--out-dir", "out")


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_file_as_if_it_were_alone(jobs: int, tunes: Command, tiny_folder: Path) -> None:
    how = (*GO_ON, "--model", tiny_folder)
    done = tunes("continue", "a/x.mid", "b/x.mid", "y.mid", *how, "--jobs", jobs)
    assert (done.status, done.err[-1]) == (0, "3 files: 3 done")
    names = ["x-continued", "x-2-continued", "y-continued"]
    assert done.out == [str(Path("out", f"{name}.mid")) for name in names]
    for source, path in zip(("a/x.mid", "b/x.mid", "y.mid"), done.out, strict=True):
        tunes(
            "continue", source, *how[:-4], "--model", tiny_folder, "-o", "alone.mid", "--overwrite"
        )
        assert Path(path).read_bytes() == Path("alone.mid").read_bytes()


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_fails_is_a_line_and_the_others_go_on(jobs: int, tunes: Command) -> None:
    Path("empty.mid").write_bytes(b"")
    Path("ü\n.mid").write_bytes(b"MThd")
    files = ("y.mid", "missing.mid", "empty.mid", "ü\n.mid", "a/x.mid")
    done = tunes("edit", *files, "--transpose", "2", "--out-dir", "out", "--jobs", jobs)
    assert done.status == 3
    assert done.out == [str(Path("out", name)) for name in ("y-edited.mid", "x-edited.mid")]
    *lines, summary = done.err
    assert summary == "5 files: 2 done, 3 failed"
    assert [line.split(":")[1].strip() for line in lines] == ["missing.mid", "empty.mid", "ü .mid"]
    assert load_score(done.out[1]).parts[0].notes[0].pitch == 62


def test_one_seed_is_drawn_for_all(tunes: Command, tiny_folder: Path) -> None:
    done = tunes("vary", "a/x.mid", "y.mid", "--model", tiny_folder, "--particles", "2")
    assert [line for line in done.err if line.startswith("seed ")] == [done.err[0]]
    assert Path("x-varied.mid").read_bytes() == Path("y-varied.mid").read_bytes()


def test_no_input_is_replaced_by_the_output_for_another_file(tunes: Command) -> None:
    shutil.copy("y.mid", "y-edited.mid")
    before = Path("y-edited.mid").read_bytes()
    done = tunes("edit", "y.mid", "y-edited.mid", "--transpose", "1", "--overwrite")
    assert (done.status, done.out) == (0, ["y-edited-2.mid", "y-edited-edited.mid"])
    assert Path("y-edited.mid").read_bytes() == before


def test_files_that_are_drawn_and_rendered(tunes: Command) -> None:
    assert tunes("plot", "a/x.mid", "b/x.mid", "--out-dir", "p").out == [
        str(Path("p", name)) for name in ("x.png", "x-2.png")
    ]
    done = tunes("render", "a/x.mid", "b/x.mid", "--rate", "8000")
    assert done.out == [str(Path(name)) for name in ("a/x.wav", "b/x-2.wav")]


def test_what_is_for_one_file_is_refused(tunes: Command) -> None:
    refused(tunes("edit", "y.mid", "a/x.mid", "-o", "z.mid"), 2, "one file", "--out-dir")
    refused(tunes("edit", "y.mid", "a/x.mid", "--play"), 2, "play: is for one file")
    refused(tunes("edit", "y.mid", "a/x.mid", "--jobs", "0"), 2, "jobs 0: must be 1..")
    assert not Path("out").exists()


def test_a_folder_to_write_into_serves_one_file_too(tunes: Command) -> None:
    assert tunes("edit", "y.mid", "--out-dir", "o/p").out == [str(Path("o/p/y-edited.mid"))]
    assert tunes("edit", "y.mid", "--out-dir", "o", "-o", "z.mid").out == [str(Path("o/z.mid"))]


def test_what_cannot_be_described_does_not_stop_the_others(tunes: Command) -> None:
    done = tunes("describe", "missing.mid", "y.mid", "a/x.mid")
    assert (done.status, len(done.err)) == (3, 1)
    assert [line for line in done.out if line.startswith("File: ")] == [
        "File: y.mid.",
        "File: a/x.mid.",
    ]


def test_patterns_that_no_shell_has_expanded(tunes: Command) -> None:
    shutil.copy("y.mid", "z[1].mid")
    done = tunes("edit", "*/x.mid", "z[1].mid", "--transpose", "1", "--out-dir", "o", "--report")
    names = ["x-edited", "x-2-edited", "z[1]-edited"]
    assert done.out[::2] == [str(Path("o", f"{name}.mid")) for name in names]
    line = json.loads(Path("o/x-2-edited.json").read_text(encoding="utf-8"))["command"]
    assert line == f"symgen edit --transpose 1 --out-dir o --report {Path('b/x.mid')}"
    refused(tunes("edit", "*.abc"), 3, "*.abc: no such file")
