"""Packed parts that the workers of a dask scheduler write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Command, refused

pytest.importorskip("distributed", reason="needs the extra cluster")

from clusters import Cluster

LINE = ("--packed", "-n", 100, "--seed", 30, "--bars", 8)


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.stop()


def contents(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def test_a_scheduler_that_cannot_be_asked(
    generate: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symgen.system.cluster._CONNECT_SECONDS", 1)
    for words, said in (
        (("--scheduler", "8786"), "write tcp://HOST:PORT"),
        (("--scheduler", "tcp://127.0.0.1:9"), "cannot be reached"),
        (("--scheduler", "tcp://127.0.0.1:9", "--shard", "1/2"), "use one"),
    ):
        refused(generate(*LINE, "-o", "parts", *words), 2, said)
        assert not list(Path().glob("parts/*"))


@pytest.mark.long
def test_a_cluster_writes_what_this_process_writes(
    generate: Command, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever workers are killed meanwhile."""
    with cluster.killing(Path("there"), 3):
        done = generate(*LINE, "-o", "there", "--scheduler", cluster.address)
    assert done.status == 0, done
    assert done.out == [f"there/part-{number:02}-of-16.tar.gz" for number in range(1, 17)]
    again = generate(*LINE, "-o", "there", "--scheduler", cluster.address)
    assert (again.out, again.err) == ([], ["pieces 30-129 in 16 parts; 0 written, 16 were there"])
    monkeypatch.setattr("symgen.cli.packing._ON_CLUSTER", 1)
    for number in range(1, 17):
        generate(*LINE, "-o", "here", "--shard", f"{number}/16", "--jobs", 1)
    assert contents("here") == contents("there")
