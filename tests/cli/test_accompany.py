"""``symgen accompany``: files, reports, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from band_examples import band_midi
from small import tune

from symgen.cli import main
from symgen.formats import load_score, save_score


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_score(tune("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4"), "tune.mid")
    Path("band.mid").write_bytes(band_midi())
    return tmp_path


def test_a_band_is_written_and_reported() -> None:
    line = "accompany tune.mid --style band.mid --seed 1 -o song.mid --report --lead-sheet"
    assert main(line.split()) == 0
    song, before = load_score("song.mid"), load_score("tune.mid")
    assert song.parts[0].notes == before.parts[0].notes
    report = json.loads(Path("song.json").read_text(encoding="utf-8"))
    assert report["controls"]["parts"]["found"] == ["Bass", "Chords", "Drums", "Riff"]
    assert all(check["met"] for check in report["controls"].values())
    assert report["model"] == "style band.mid"
    lead = load_score("song-lead.musicxml")
    assert [note.pitch for note in lead.parts[0].notes] == [
        note.pitch for note in before.parts[0].notes
    ]
    assert lead.chords


def test_the_same_seed_gives_the_same_bytes() -> None:
    for name in ("a.mid", "b.mid"):
        line = f"accompany tune.mid --style band.mid --seed 5 -o {name}"
        assert main(line.split()) == 0
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("--style nothing", "style 'nothing'"),
        ("--style nothing.mid", "nothing.mid"),
        ("--style tune.mid", "nothing but a melody"),
        ("--style band.mid --parts violin", "parts 'violin'"),
        ("--style band.mid --stems", "stems: is for --wav"),
        ("--style band.mid --chords H", "chord 'H'"),
        ("--style band.mid --part 4", "part 4"),
    ],
)
def test_what_is_wrong_is_one_line(
    more: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accompany", "tune.mid", *more.split(), "-o", "song.mid"]) != 0
    error = capsys.readouterr().err.strip()
    assert said in error
    assert "\n" not in error
    assert not Path("song.mid").exists()
