"""Exports: the files are those that the commands write."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from serving import ROOT
from small import tune

from symgen.formats import load_score, save_score
from symgen.music.score import Score
from symgen.studio.exporting import KINDS, disposition, export, file_name
from symgen.system.errors import FormatError

TUNE = replace(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), title="Etüde/1")


def command(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "symgen", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "SYMGEN_NO_HISTORY": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_sound_is_that_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_bytes(export(TUNE, "mid").data)
    command(tmp_path, "render", "a.mid", "-o", "a.wav", "--stems")
    assert export(TUNE, "wav").data == (tmp_path / "a.wav").read_bytes()
    made = export(TUNE, "stems", "a")
    assert made.suffix == "-stems.zip"
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert sorted(archive.namelist()) == sorted(path.name for path in tmp_path.glob("*.wav"))
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("kind", ["mid", "musicxml", "abc"])
def test_notation_and_midi_hold_the_notes(kind: str, tmp_path: Path) -> None:
    made = export(TUNE, kind)
    path = tmp_path / f"a{made.suffix}"
    path.write_bytes(made.data)
    back = load_score(path)
    assert [(n.onset, n.pitch) for n in back.with_resolution(480).parts[0].notes] == [
        (n.onset, n.pitch) for n in TUNE.with_resolution(480).parts[0].notes
    ]
    save_score(TUNE, tmp_path / f"b{made.suffix}")
    assert (tmp_path / f"b{made.suffix}").read_bytes() == made.data


def test_paper_is_paper() -> None:
    pytest.importorskip("verovio")
    pytest.importorskip("typst")
    assert export(TUNE, "pdf").data.startswith(b"%PDF")
    assert export(TUNE, "png").data.startswith(b"\x89PNG")
    many = replace(TUNE, parts=TUNE.parts * 30)
    pages = export(many, "png")
    assert pages.suffix in (".png", "-png.zip")


def test_the_report_is_what_describe_tells(tmp_path: Path) -> None:
    found = json.loads(export(TUNE, "report").data)
    (tmp_path / "a.mid").write_bytes(export(TUNE, "mid").data)
    told = json.loads(command(tmp_path, "describe", "a.mid", "--full", "--json"))
    assert {**found, "title": ""} == {
        key: value for key, value in told.items() if key != "path"
    } | {"title": ""}


def test_what_holds_no_notes_makes_no_sound() -> None:
    with pytest.raises(FormatError, match="no notes"):
        export(Score(), "wav")
    assert set(KINDS) >= {"mid", "wav", "flac", "ogg"}


def test_names_of_files_are_plain() -> None:
    assert file_name("Etüde/1") == "et-de-1"
    assert file_name("../../x") == "x"
    assert file_name("\u266b") == "piece"
    told = disposition('a"b\r\nSet-Cookie: x', ".mid")
    assert (
        told
        == "attachment; filename=\"a-b-set-cookie-x.mid\"; filename*=UTF-8''a%20b%20Set-Cookie%20%20x.mid"
    )
