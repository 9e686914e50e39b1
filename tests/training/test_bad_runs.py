"""What goes wrong around a run is one clear line, and nothing is lost: no music, bad files, a full disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import corpus_tunes, write_tunes
from training_tools import OPTIONS

from symgen.cli import main
from symgen.corpus import Store
from symgen.nets.checkpoint import load_model_files
from symgen.system import files
from symgen.system.errors import FormatError
from symgen.trainer import train
from symgen.training import Callbacks, TrainProgress, train_store
from symgen.training.run import BEST, LAST
from symgen.writing.model import load_model

TINY = ["--hidden", "8", "--head", "8", "--epochs", "1", "--device", "cpu"]


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, list[str]]:
    """Run a command; return its status and what it said."""
    status = main([str(word) for word in words])
    return status, capsys.readouterr().err.splitlines()


def test_no_music(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    music = tmp_path / "empty"
    music.mkdir()
    (music / "notes.txt").write_text("no music")
    status, said = told(capsys, "train", music, "-o", tmp_path / "run")
    assert status == 3
    assert len(said) == 1
    assert "holds no file with a suffix of" in said[0]
    assert not (tmp_path / "run").exists()


def test_a_bad_file_among_good_ones_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    music = write_tunes(tmp_path / "tunes", corpus_tunes())
    (music / "brök en.mid").write_bytes(b"garbage")
    (music / "nothing.mid").write_bytes(b"")
    status, said = told(capsys, "train", music, "-o", tmp_path / "run", *TINY)
    assert status == 0
    (dropped,) = [line for line in said if line.startswith("dropped ")]
    assert int(dropped.split()[1]) >= 2
    assert any("brök en.mid" in line for line in said)
    listed = (tmp_path / "run" / "corpus" / "left-out.csv").read_text(encoding="utf-8")
    assert "brök en.mid" in listed
    assert "nothing.mid" in listed


def full_disk(monkeypatch: pytest.MonkeyPatch, is_full: Callable[[Path], bool]) -> None:
    """Let files of some names find no room."""
    real = files.make_temporary

    def make(folder: Path) -> tuple[int, Path]:
        if is_full(Path(folder)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(folder)

    monkeypatch.setattr(files, "make_temporary", make)


def test_a_disk_that_fills_up_while_it_saves(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_store(store, tmp_path / "whole", options=OPTIONS)
    run = tmp_path / "run"
    is_full = [False]

    def fill(progress: TrainProgress) -> None:
        is_full[0] = is_full[0] or bool(progress.metrics and progress.epoch == 2)

    with monkeypatch.context() as patch:
        full_disk(patch, lambda folder: is_full[0] and folder.is_relative_to(run))
        with pytest.raises(FormatError, match="No space left on device") as told:
            train_store(store, run, options=OPTIONS, callbacks=Callbacks(fill))
    assert "\n" not in str(told.value)
    for name in (BEST, LAST):
        load_model_files(run / name)
    again = train_store(store, run, options=OPTIONS, resume=True)
    assert [row["step"] for row in again.rows] == [row["step"] for row in whole.rows]
    one, two = (load_model_files(report.folder / LAST).weights for report in (whole, again))
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_a_disk_that_fills_up_at_the_end_keeps_the_network(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    is_over = [False]

    def end(progress: TrainProgress) -> None:
        is_over[0] = is_over[0] or bool(progress.metrics and progress.epoch == OPTIONS.epochs)

    with monkeypatch.context() as patch:
        full_disk(patch, lambda folder: is_over[0] and folder.name == "samples")
        with pytest.raises(FormatError, match="No space left on device"):
            train(store, run, options=OPTIONS, report=end)
    assert load_model(run).generate(bars=2, seed=1)
    assert not (run / "report.html").exists()
    train(store, run, options=OPTIONS, resume=True)
    assert (run / "report.html").is_file()
    assert (run / "samples" / "sample-1.mid").is_file()


def test_another_corpus_is_one_line(
    store_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert told(capsys, "train", store_folder, "-o", run, *TINY)[0] == 0
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    music = write_tunes(tmp_path / "tunes", corpus_tunes(12)[3:])
    assert main(["corpus", str(music), "-o", str(tmp_path / "store2")]) == 0
    capsys.readouterr()
    status, said = told(capsys, "train", tmp_path / "store2", "-o", run, "--resume")
    assert status
    assert len(said) == 1
    assert "was trained on another corpus; resume with the same store" in said[0]
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_written(
    store_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    taken = tmp_path / "a file"
    taken.write_text("mine")
    status, said = told(capsys, "train", store_folder, "-o", taken, *TINY)
    assert status == 3
    assert len(said) == 1
    assert "cannot be written (Not a directory); choose another place" in said[0]
    assert taken.read_text() == "mine"

    def refuse(folder: Path) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files, "make_temporary", refuse)
    status, said = told(capsys, "train", store_folder, "-o", tmp_path / "run", *TINY)
    assert status == 3
    assert len(said) == 1
    assert "cannot be written (Permission denied); choose another place" in said[0]
    assert not (tmp_path / "run").exists()
