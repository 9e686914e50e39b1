"""Corpora whose sources, parts and stores lie elsewhere: in memory and in an object store, by way of fsspec."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from symgen.corpus import CorpusOptions, Store
from symgen.corpus.build import build_corpus, prepare_shard
from symgen.corpus.find import find_items
from symgen.formats import save_score
from symgen.system import places
from symgen.system.errors import CheckpointError, ExistsError, FormatError, MissingDependencyError
from symgen.system.shards import Shard

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")

OPTIONS = CorpusOptions(min_bars=2, min_notes=6, ratios=(0.6, 0.2, 0.2), workers=1)


@pytest.fixture
def music(tmp_path: Path, make_tune: Callable[..., Any]) -> Path:
    folder = tmp_path / "my music"
    (folder / "deep" / "down").mkdir(parents=True)
    for seed in range(9):
        save_score(make_tune(seed), folder / f"{seed} ü.mid")
    for name in ("deep.mid", "deep/a.mid", "deep/down/b.mid", "deep-er.mid"):
        save_score(make_tune(len(name) + 20), folder / name)
    (folder / "broken.mid").write_bytes(b"MThd")
    (folder / "meta.json").write_text('[{"file": "2 ü.mid", "title": "Two"}]')
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for seed in range(6, 12):
            save_score(make_tune(seed), tmp_path / "one.mid", overwrite=True)
            archive.write(tmp_path / "one.mid", f"{seed}.mid")
    return folder


@pytest.fixture
def memory() -> Iterator[str]:
    name = f"memory://{uuid.uuid4().hex}"
    yield name
    files, path = fsspec.core.url_to_fs(name)
    with suppress(FileNotFoundError):
        files.rm(path, recursive=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An object store that only looks like one, in a process of its own."""
    pytest.importorskip("s3fs", reason="needs s3fs")
    pytest.importorskip("moto", reason="needs moto, the stand-in for an object store")
    folder = tmp_path_factory.mktemp("server")
    code = (
        "import pathlib, threading; from moto.server import ThreadedMotoServer as S\n"
        "s = S(ip_address='127.0.0.1', port=0, verbose=False); s.start()\n"
        "pathlib.Path('port').write_text('%s:%s\\n' % s.get_host_and_port()); threading.Event().wait()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stderr=subprocess.DEVNULL)
    told = folder / "port"
    while not told.exists() or not told.read_text().endswith("\n"):
        assert process.poll() is None
        time.sleep(0.1)
    yield f"http://{told.read_text().strip()}"
    process.kill()
    process.wait()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    name = f"b{uuid.uuid4().hex}"
    request = urllib.request.Request(f"{server}/{name}", method="PUT")  # noqa: S310 - of this test
    urllib.request.urlopen(request).close()  # noqa: S310
    return f"s3://{name}"


def lay(source: Path, address: str) -> None:
    files, path = fsspec.core.url_to_fs(address)
    below = [p for p in source.rglob("*") if p.is_file()] if source.is_dir() else [source]
    for file in below:
        name = file.relative_to(source).as_posix() if source.is_dir() else ""
        target = f"{path}/{name}".rstrip("/")
        files.makedirs(target.rpartition("/")[0], exist_ok=True)
        files.put_file(str(file), target)


def files_of(place: str | Path) -> dict[str, bytes]:
    return {
        name: places.read_place(places.join_place(place, name)) for name in places.names_in(place)
    }


@pytest.mark.parametrize("kind", ["memory", pytest.param("bucket", marks=pytest.mark.long)])
def test_a_corpus_elsewhere_is_that_of_this_machine(
    kind: str, music: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    top = request.getfixturevalue(kind)
    build_corpus([music, tmp_path / "set.zip"], tmp_path / "here", options=OPTIONS)
    here = files_of(tmp_path / "here")
    lay(music, f"{top}/my music")
    lay(tmp_path / "set.zip", f"{top}/set.zip")
    sources, store = [f"{top}/my music", f"{top}/set.zip"], f"{top}/stores/there"
    # From there to here, from here to there, and all of it there, in shards.
    build_corpus(sources, tmp_path / "fetched", options=OPTIONS)
    assert files_of(tmp_path / "fetched") == here
    build_corpus([music, tmp_path / "set.zip"], f"{top}/sent", options=OPTIONS)
    assert files_of(f"{top}/sent") == here
    for shard in Shard.all(3):
        assert not prepare_shard(sources, store, shard, options=OPTIONS).was_done
    assert prepare_shard(sources, store, Shard(2, 3), options=OPTIONS).was_done
    places.remove_place(f"{store}/parts/part-3-of-3.done")
    build_corpus(sources, store, options=OPTIONS)
    assert files_of(store) == here
    with pytest.raises(ExistsError, match="exists already"):
        build_corpus(sources, store, options=OPTIONS)
    build_corpus(sources[:1], store, options=OPTIONS, overwrite=True)
    assert len(files_of(store)) == len(here)
    opened = Store.open(f"{top}/sent")
    assert [r.title for r in opened.pieces()] == [
        r.title for r in Store.open(tmp_path / "here").pieces()
    ]
    assert Store.open(f"{top}/sent").digest == opened.digest


def test_addresses_of_plain_files_are_paths(music: Path, tmp_path: Path) -> None:
    build_corpus(music, tmp_path / "one", options=OPTIONS)
    build_corpus(f"file://{music}", f"file://{tmp_path}/two", options=OPTIONS)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert len(Store.open(f"file://{tmp_path}/two")) > 0


def test_plain_paths_load_no_fsspec(music: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from symgen.corpus import Store, build_corpus, CorpusOptions\n"
        "build_corpus(*sys.argv[1:], options=CorpusOptions(workers=1, min_bars=2)); Store.open(sys.argv[2])\n"
        "assert not {'fsspec', 'distributed', 'dask'} & set(sys.modules)"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", code, str(music), str(tmp_path / "store")],
        env={**os.environ, "PYTHONPATH": root},
        check=True,
    )


def test_what_is_not_there_is_one_line(
    music: Path, memory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FormatError, match=r"no such file or folder"):
        build_corpus(f"{memory}/nothing", tmp_path / "store", options=OPTIONS)
    with pytest.raises(FormatError, match="is no address that is known"):
        build_corpus("nonsense://x/y", tmp_path / "store", options=OPTIONS)
    with pytest.raises(FormatError, match="no such file or folder"):
        Store.open(f"{memory}/nothing")
    lay(music / "meta.json", f"{memory}/index.json")
    with pytest.raises(CheckpointError, match="damaged corpus store"):
        Store.open(memory)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingDependencyError, match=r"symgen\[cluster\]"):
        build_corpus(f"{memory}/nothing", tmp_path / "store", options=OPTIONS)
    assert not (tmp_path / "store").exists()


def test_an_order_does_not_depend_on_where_files_lie(music: Path, memory: str) -> None:
    lay(music, f"{memory}/my music")
    there = [item.locator for item in find_items(f"{memory}/my music")]
    assert there == [item.locator for item in find_items(music)]
    paths = sorted(p for p in music.rglob("*.mid"))
    assert there == [path.relative_to(music).as_posix() for path in paths]
