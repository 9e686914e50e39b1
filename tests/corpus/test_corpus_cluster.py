"""A corpus made by the workers of a dask scheduler over TCP: the same store, whatever is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clusters import Cluster

from symgen.cli import main
from symgen.corpus import CorpusOptions
from symgen.corpus.build import PARTS, build_corpus
from symgen.formats import save_score
from symgen.system.errors import ControlError, SymgenError

pytest.importorskip("distributed", reason="needs the extra cluster")

OPTIONS = CorpusOptions(min_bars=2, min_notes=6, ratios=(0.6, 0.2, 0.2), workers=1)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "cluster").mkdir()
    made = Cluster(tmp_path / "cluster")
    yield made
    made.stop()


@pytest.fixture
def music(tmp_path: Path, make_tune: Callable[..., Any]) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for seed in range(60):
        save_score(make_tune(seed % 50), folder / f"{seed}.mid")
    (folder / "broken.mid").write_bytes(b"MThd")
    return folder


def files(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(store.iterdir())}


def test_an_address_that_is_none_and_one_where_nobody_is(
    music: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("symgen.system.cluster._CONNECT_SECONDS", 1)
    for address, message in (
        ("8786", "write tcp://HOST:PORT"),
        ("tcp://127.0.0.1:9", "cannot be reached"),
    ):
        with pytest.raises(ControlError, match=message):
            build_corpus(music, tmp_path / "store", options=OPTIONS, scheduler=address)
        assert not (tmp_path / "store").exists()
    line = ["corpus", str(music), "-o", str(tmp_path / "store")]
    assert main([*line, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main([*line, "--scheduler", "tcp://127.0.0.1:9", "--shard", "1/2"]) == 2


@pytest.mark.long
def test_the_store_is_that_of_the_pool(music: Path, tmp_path: Path, cluster: Cluster) -> None:
    build_corpus(music, tmp_path / "pool", options=OPTIONS)
    told: list[tuple[int, int]] = []
    build_corpus(
        music, tmp_path / "dask", options=OPTIONS, scheduler=cluster.address,
        progress=lambda done, known: told.append((done, known)),
    )  # fmt: skip
    assert files(tmp_path / "pool") == files(tmp_path / "dask")
    assert told[-1] == (61, 61)


@pytest.mark.long
def test_workers_killed_twenty_times_change_nothing(
    music: Path, tmp_path: Path, cluster: Cluster
) -> None:
    build_corpus(music, tmp_path / "pool", options=OPTIONS)
    with cluster.killing(tmp_path / "dask" / PARTS, 20) as killed:
        while len(killed) < 20:
            build_corpus(
                music, tmp_path / "dask", options=OPTIONS, scheduler=cluster.address, overwrite=True
            )
            assert files(tmp_path / "pool") == files(tmp_path / "dask")


@pytest.mark.long
def test_a_scheduler_that_goes_keeps_what_is_done(
    music: Path, tmp_path: Path, cluster: Cluster
) -> None:
    build_corpus(music, tmp_path / "pool", options=OPTIONS)
    parts = tmp_path / "dask" / PARTS

    def stop(done: int, _: int) -> None:
        if done:
            cluster.scheduler.kill()

    with pytest.raises(SymgenError, match=r"is gone.*the same command does what is missing"):
        build_corpus(
            music, tmp_path / "dask", options=OPTIONS, scheduler=cluster.address, progress=stop
        )
    done = {path.name: path.stat().st_mtime_ns for path in parts.glob("*.done")}
    assert 1 <= len(done) <= 16
    build_corpus(music, tmp_path / "dask", options=OPTIONS)
    assert files(tmp_path / "pool") == files(tmp_path / "dask")
