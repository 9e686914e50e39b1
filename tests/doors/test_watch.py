"""A folder that is watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small import tune

from symgen.cli import main
from symgen.doors.watching import LEDGER, WatchedFolder
from symgen.formats import load_score, save_score
from symgen.system.errors import ControlError, FormatError
from symgen.system.processes import child_options

MELODY = tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4")
QUICK = ("--verb", "perform", "--seed", "1", "--once", "--every", "0.1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


def names(folder: str = "out") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir() if path.name != LEDGER)


def ready(watched: WatchedFolder) -> list[str]:
    watched.look()
    return [each.path.name for each in watched.look()]


# -- which files ---------------------------------------------------------------------------


def test_music_that_lies_still_is_ready(folder: Path) -> None:
    for name in ("a.mid", "b.MusicXML", "c.abc", ".d.mid", "~e.mid", "f.txt", "g.json", "h.wav"):
        Path("in", name).write_bytes(b"x")
    Path("in", "empty.mid").touch()
    Path("in", "folder.mid").mkdir()
    watched = WatchedFolder(Path("in"), Path("out"), "how")
    assert list(watched.look()) == []
    assert [each.path.name for each in watched.look()] == ["a.mid", "b.MusicXML", "c.abc"]


def test_a_file_that_grows_waits(folder: Path) -> None:
    watched = WatchedFolder(Path("in"), Path("out"), "how")
    path = Path("in", "a.mid")
    for length in range(1, 5):
        path.write_bytes(b"x" * length)
        assert list(watched.look()) == []
        assert watched.waiting == [path]
    assert [each.path for each in watched.look()] == [path]


def test_done_is_told_by_content_and_by_how(folder: Path) -> None:
    path = Path("in", "a.mid")
    path.write_bytes(b"x")
    Path("out").mkdir()
    watched = WatchedFolder(Path("in"), Path("out"), "how")
    list(watched.look())
    (found,) = watched.look()
    watched.finish(found, is_done=True)
    assert list(watched.look()) == []
    os.utime(path, (1, 1))
    Path("in", "copy.mid").write_bytes(b"x")
    for how, left in (("how", []), ("otherwise", ["a.mid", "copy.mid"])):
        after = WatchedFolder(Path("in"), Path("out"), how)
        list(after.look())
        assert [each.path.name for each in after.look()] == left


def test_what_changes_under_the_work_is_not_done(folder: Path) -> None:
    path = Path("in", "a.mid")
    path.write_bytes(b"x")
    Path("out").mkdir()
    watched = WatchedFolder(Path("in"), Path("out"), "how")
    list(watched.look())
    (found,) = watched.look()
    path.write_bytes(b"xy")
    watched.finish(found, is_done=True)
    assert list(watched.look()) == []
    assert [each.path for each in watched.look()] == [path]


def test_a_ledger_that_is_torn_is_read_as_far_as_it_goes(folder: Path) -> None:
    Path("in", "a.mid").write_bytes(b"x")
    Path("out").mkdir()
    Path("out", LEDGER).write_bytes(b'\xff\n[1]\n{"digest": 1}\n{"dig')
    watched = WatchedFolder(Path("in"), Path("out"), "how")
    list(watched.look())
    (found,) = watched.look()
    watched.finish(found, is_done=True)
    after = WatchedFolder(Path("in"), Path("out"), "how")
    list(after.look())
    assert list(after.look()) == []


def test_no_take_is_a_tune(folder: Path) -> None:
    with pytest.raises(ControlError, match="is the folder that is watched"):
        WatchedFolder(Path("in"), Path("in", "..", "in"), "how")
    with pytest.raises(FormatError, match="no such folder"):
        WatchedFolder(Path("nowhere"), Path("out"), "how")
    Path("in", "out").mkdir()
    Path("in", "out", "take.mid").write_bytes(b"x")
    try:
        Path("in", "link.mid").symlink_to(Path("out", "take.mid"))
    except OSError:
        pytest.skip("no links here")
    watched = WatchedFolder(Path("in"), Path("in", "out"), "how")
    list(watched.look())
    assert list(watched.look()) == []


# -- the command -----------------------------------------------------------------------------


def test_takes_once_and_errors_in_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_score(MELODY, Path("in", "a.mid"))
    save_score(MELODY, Path("in", "b.musicxml"))
    Path("in", "broken.mid").write_bytes(b"MThd")
    assert main(["watch", "in", "-o", "out", *QUICK]) == 3
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(Path("out", f"{name}-performed.mid")) for name in "ab"]
    failure, summary = told.err.splitlines()
    assert failure.startswith(f"symgen: {Path('in', 'broken.mid')}: ")
    assert summary == "2 done, 1 failed"
    Path("in", "broken.mid").unlink()
    assert main(["watch", "in", "-o", "out", *QUICK]) == 0
    assert capsys.readouterr().err == "0 done\n"
    assert names() == ["a-performed.mid", "b-performed.mid"]
    save_score(MELODY.transposed(1), Path("in", "a.mid"), overwrite=True)
    assert main(["watch", "in", "-o", "out", *QUICK]) == 0
    assert names() == ["a-performed-2.mid", "a-performed.mid", "b-performed.mid"]
    assert load_score(Path("out", "a-performed-2.mid")).parts[0].notes[0].pitch == 61


def test_options_reach_the_verb(folder: Path, tiny_folder: Path) -> None:
    save_score(MELODY, Path("in", "a.mid"))
    model = f"--model {tiny_folder.as_posix()}"
    line = ["watch", "in", "-o", "out", "--once", "--every", "0.1", "--with", model]
    assert main([*line, "--bars", "2", "-n", "2", "--format", "abc", "--seed", "3"]) == 0
    assert names() == ["a-continued-1.abc", "a-continued-2.abc"]
    assert len(load_score(Path("out", "a-continued-1.abc")).bars) == 6


@pytest.mark.parametrize(
    ("line", "status", "word"),
    [
        (["--verb", "vary", "--bars", "3"], 2, "no option --bars"),
        (["--verb", "infill"], 2, "--bars"),
        (["--verb", "nothing"], 2, "--verb"),
        (["--with", "'"], 2, "close the quotes"),
        (["--with=-o there.mid"], 2, "output is for the takes of all tunes"),
        (["--every", "0"], 2, "must be 0.1..3600"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_at_once(
    line: list[str], status: int, word: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = main(["watch", "in", "-o", "out", "--once", *line])
    (told,) = capsys.readouterr().err.splitlines()
    assert word in told
    assert found == status
    assert not Path("out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_watches_until_it_is_ended(folder: Path) -> None:
    how = [*QUICK[:-3], "--every", "0.2"]
    options = child_options()
    options["cwd"] = str(folder)
    with subprocess.Popen(
        [sys.executable, "-m", "symgen", "watch", "in", "-o", "out", *how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline().startswith("watching in: perform --seed=1; takes go into")
        save_score(MELODY, Path("in", "a.mid"))
        assert process.stdout.readline() == "out/a-performed.mid\n"
        save_score(MELODY.transposed(1), Path("in", "late.mid"))
        assert process.stdout.readline() == "out/late-performed.mid\n"
        while len(Path("out", LEDGER).read_text(encoding="utf-8").splitlines()) < 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert process.stderr.read() == "2 files done\n"
