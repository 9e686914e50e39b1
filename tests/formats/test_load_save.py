"""Loading and saving by suffix: the right reader, and one clear line for each mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from symgen.formats import READABLE, WRITABLE, load_score, save_score, write_midi
from symgen.formats.notation import WorkerPool, ask_pieces
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ExistsError, FormatError

TUNE = Score((Part((Note(0, 60, 96),), name="A"), Part((Note(96, 67, 96),), name="B")), 96)


def test_a_saved_score_is_loaded_equal(tmp_path: Path) -> None:
    for name in ("a.mid", "b.MIDI"):
        save_score(TUNE, tmp_path / name)
        assert load_score(tmp_path / name) == TUNE == load_score(str(tmp_path / name))
    assert load_score(write_midi(TUNE)) == TUNE == load_score(TUNE)


def test_one_part_is_chosen() -> None:
    assert [p.name for p in load_score(TUNE, part=1).parts] == ["B"]
    with pytest.raises(FormatError, match="score: has no part 2; choose one of: 0 'A', 1 'B'"):
        load_score(TUNE, part=2)


def test_no_notes_are_refused_unless_allowed(tmp_path: Path) -> None:
    save_score(Score(length=480), tmp_path / "e.mid")
    with pytest.raises(FormatError, match=r"e\.mid: holds no notes; "):
        load_score(tmp_path / "e.mid")
    assert load_score(tmp_path / "e.mid", allow_empty=True) == Score(length=480)
    with pytest.raises(FormatError, match="part 0 holds no notes"):
        load_score(Score((Part(), *TUNE.parts)), part=0)


def test_bad_files_are_named(tmp_path: Path) -> None:
    for name, data, message in [
        ("empty.mid", b"", r"empty\.mid: is empty"),
        ("text.mid", b"la la", r"text\.mid: is no MIDI file"),
        ("a.doc", b"RIFF", r"a\.doc: files called '\.doc' cannot be read; use \.mid, "),
        (
            "a.wav",
            b"RIFF",
            r"a\.wav: is a recording, no written music; write it down with symgen\.transcribe",
        ),
        ("noname", b"", "noname: files called 'without a suffix' cannot be read"),
    ]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FormatError, match=message):
            load_score(tmp_path / name)
    with pytest.raises(FormatError, match=r"gone\.mid: no such file"):
        load_score(tmp_path / "gone.mid")
    with pytest.raises(FormatError, match="int: is no music that can be read; pass a path"):
        load_score(3)


def test_an_existing_file_is_kept_unless_overwrite(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(b"mine")
    with pytest.raises(ExistsError, match="exists already"):
        save_score(TUNE, path)
    assert path.read_bytes() == b"mine"
    save_score(TUNE, path, overwrite=True)
    assert load_score(path) == TUNE
    with pytest.raises(
        FormatError, match=r"a\.krn: files called '\.krn' cannot be written; use \.mid"
    ):
        save_score(TUNE, tmp_path / "a.krn")
    assert [p.name for p in tmp_path.iterdir()] == ["a.mid"]


def test_the_table_of_suffixes() -> None:
    assert READABLE[:7] == (".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc", ".krn")
    assert READABLE[7:] == (".kar", ".smf", ".rmi", ".rmid")
    assert WRITABLE == (".mid", ".midi", ".musicxml", ".xml", ".abc")


def test_importing_loads_no_heavy_library() -> None:
    heavy = {"music21", "pretty_midi", "mido", "symusic", "torch"}
    code = f"import sys, symgen.formats; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_that_no_file_can_have_are_refused_in_one_line(tmp_path: Path) -> None:
    for use in (load_score, lambda path: save_score(TUNE, path)):
        with pytest.raises(FormatError, match="check its name and permissions") as caught:
            use(tmp_path / f"{'x' * 300}.mid")
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("fresh_readers")
@pytest.mark.parametrize("module", ["music21", "types", "symgen"])
def test_modules_in_the_working_folder_are_not_run(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{module}.py").write_text("open('was_run', 'w').close()\nraise SystemExit(3)\n")
    (tmp_path / "a.abc").write_text("X:1\nM:2/4\nL:1/8\nK:C\nABcd|\n")
    monkeypatch.chdir(tmp_path)
    assert load_score("a.abc").note_count == 4
    with WorkerPool(30) as pool:
        assert len(ask_pieces(pool, Path("a.abc").read_bytes(), ".abc")["pieces"]) == 1
    assert not (tmp_path / "was_run").exists()
