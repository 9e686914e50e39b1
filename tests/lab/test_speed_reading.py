"""The files that the speed of reading is measured with."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from small import random_score

from lab.benchmarks import speed_files
from lab.benchmarks.speed_reading import KINDS, choose


def corpora(folder: Path, kind: str) -> Path:
    """One zip with three tunes and what is no tune."""
    with zipfile.ZipFile(folder / f"{KINDS[kind][0]}.zip", "w") as archive:
        archive.writestr("broken.mid", b"MThd")
        archive.writestr("meta.json", b"{}")
        for seed in range(3):
            archive.writestr(f"{seed}.mid", random_score(seed, bars=4).to_bytes())
    return folder


def test_files_that_can_be_read_are_chosen(tmp_path: Path) -> None:
    source = corpora(tmp_path, "pop")
    assert choose(source, "pop", tmp_path / "two", 2, 1) == 2
    assert choose(source, "pop", tmp_path / "all", 9, 1) == 3
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["0.mid", "1.mid", "2.mid"]
    with pytest.raises(SystemExit):
        choose(source, "folk", tmp_path / "none", 9, 1)


def test_all_jobs_count_the_same_notes(tmp_path: Path) -> None:
    pytest.importorskip("pretty_midi")
    choose(corpora(tmp_path, "pop"), "pop", tmp_path / "all", 9, 1)
    folder = str(tmp_path / "all")
    notes = speed_files.read(folder)
    assert notes > 20
    assert speed_files.save(folder, fresh=True) == speed_files.save(folder, fresh=False) == notes
    assert speed_files.encode_scores(folder) == speed_files.decode_events(folder) == notes
    assert speed_files.read_rival(folder) == speed_files.save_rival(folder) == notes
    assert speed_files.memory(folder) > 10


@pytest.mark.parametrize("what", ["read", "save", "encode", "decode"])
def test_pieces_that_grow(what: str) -> None:
    speed_files.growing(what, 50)
