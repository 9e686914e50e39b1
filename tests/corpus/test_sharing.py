"""Pieces prepared in one process or several: the same store, whatever becomes of a process."""

from __future__ import annotations

import json
import os
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symgen.corpus import CorpusOptions, build_corpus, sharing
from symgen.formats import save_score
from symgen.system.errors import ControlError, SymgenError
from symgen.system.pool import Workers

MakeTune = Callable[..., Any]


@pytest.fixture
def music(tmp_path: Path, make_tune: MakeTune, abc_text: str) -> Path:
    """A dozen files: tunes, a double, a book, damage, names of all kinds."""
    folder = tmp_path / "music"
    (folder / "deep").mkdir(parents=True)
    for seed in range(8):
        save_score(make_tune(seed), folder / f"{seed} ü.mid")
    save_score(make_tune(3), folder / "deep" / "double.mid")
    (folder / "broken.mid").write_bytes(b"MThd, but no more")
    (folder / "empty.mid").write_bytes(b"")
    (folder / "book.abc").write_text(abc_text)
    (folder / "book called.mid").write_text(abc_text)
    (folder / "meta.json").write_text(json.dumps([{"file": "2 ü.mid", "title": "Two"}]))
    return folder


@pytest.fixture
def small_parcels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_FILES", 2)
    monkeypatch.setattr(sharing, "_FEW", 1)


def build(sources: Path | list[Path], store: Path, **options: Any) -> dict[str, bytes]:
    given = {"repeats": "both", "min_bars": 2, "min_notes": 6, "ratios": (0.6, 0.2, 0.2), **options}
    build_corpus(sources, store, options=CorpusOptions(**given))
    return {path.name: path.read_bytes() for path in store.iterdir()}


@pytest.mark.usefixtures("small_parcels")
def test_the_store_is_the_same_for_any_number_of_processes(music: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in sorted(music.glob("*.mid")):
            archive.write(file, file.name)
    sources = [music, tmp_path / "set.zip"]
    how = {
        "where": ("file!=5.*",),
        "styles": {"music": "air"},
        "hold_out": {"test": music / "7 ü.mid"},
    }
    one = build(sources, tmp_path / "one", workers=1, **how)
    assert one == build(sources, tmp_path / "three", workers=3, **how)
    left_out = one["left-out.csv"].decode()
    assert "not asked for" in left_out
    assert "duplicate" in left_out
    assert "unreadable" in left_out
    assert "book called.mid#2" in one["index.json"].decode()


@pytest.mark.usefixtures("small_parcels")
def test_paths_are_those_of_the_caller(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert build(Path(music.name), Path("two"), workers=2) == build(music, Path("one"), workers=1)


@pytest.mark.usefixtures("small_parcels")
def test_a_process_that_dies_is_replaced(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = build(music, tmp_path / "one", workers=1)
    answer = Workers.answer
    killed = []

    def dying(workers: Workers, worker: Any, question: dict[str, Any]) -> dict[str, Any]:
        if len(killed) < 2:
            killed.append(worker.process.pid)
            os.kill(worker.process.pid, signal.SIGKILL)
        return answer(workers, worker, question)

    monkeypatch.setattr(Workers, "answer", dying)
    assert build(music, tmp_path / "two", workers=2) == expected
    assert len(killed) == 2


@pytest.mark.usefixtures("small_parcels")
def test_a_file_over_which_processes_break_down_is_left_out(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Workers.ask

    def breaking(workers: Workers, question: dict[str, Any]) -> dict[str, Any]:
        items = question.get("items", [])
        mine = items[question["from"][0] :] if items else []
        mine = mine[:1] if question.get("one") else mine
        if any(row["locator"] == "4 ü.mid" for row in mine):
            raise SymgenError("broke down over it")
        return ask(workers, question)

    monkeypatch.setattr(Workers, "ask", breaking)
    left_out = build(music, tmp_path / "two", workers=2)["left-out.csv"].decode()
    assert "music/4 ü.mid,unreadable,broke down over it" in left_out
    assert sum("broke down" in line for line in left_out.splitlines()) == 1


@pytest.mark.usefixtures("small_parcels")
def test_a_process_answers_in_spells(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = build(music, tmp_path / "one", workers=1)
    ask, asked = Workers.ask, []

    def one_by_one(workers: Workers, question: dict[str, Any]) -> dict[str, Any]:
        asked.append(question.get("from"))
        return ask(workers, {**question, "one": True} if "from" in question else question)

    monkeypatch.setattr(Workers, "ask", one_by_one)
    assert build(music, tmp_path / "two", workers=2) == expected
    assert [0, 1] in asked


@pytest.mark.usefixtures("small_parcels")
def test_nothing_is_left_where_the_run_ends_early(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    start = Workers.start

    def kept(workers: Workers) -> Any:
        started.append(start(workers))
        return started[-1]

    monkeypatch.setattr(Workers, "start", kept)

    def stop(done: int, known: int) -> None:
        assert done <= known
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_corpus(
            music, tmp_path / "out" / "store", options=CorpusOptions(workers=2), progress=stop
        )
    assert not (tmp_path / "out").exists()
    assert started
    count = len(started)
    assert all(worker.process.wait(30) is not None for worker in started)
    # Those that waited for an answer ask no others.
    assert len(started) == count


def test_a_few_files_start_no_process(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (music / "book.abc").unlink()
    (music / "book called.mid").unlink()
    monkeypatch.setattr("symgen.system.pool.Worker", None)
    assert build(music, tmp_path / "store", workers=4)


@pytest.mark.parametrize("workers", [0, -1, 2.0, True, "2", 5000])
def test_workers_are_a_number_that_makes_sense(workers: Any) -> None:
    with pytest.raises(ControlError, match="jobs"):
        CorpusOptions(workers=workers)
