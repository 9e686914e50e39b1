"""A corpus made in shards: the same store as at once, whatever is done again, killed or damaged in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgen.corpus import CorpusOptions, Store
from symgen.corpus.build import PARTS, build_corpus, prepare_shard
from symgen.corpus.dealing import Dealt, deal, items_of
from symgen.corpus.find import Item
from symgen.corpus.packed import PackedFeatures
from symgen.corpus.rows import Rows
from symgen.corpus.targets import Target
from symgen.formats import save_score
from symgen.system.errors import CheckpointError, ExistsError, FormatError
from symgen.system.shards import Part, Shard

MakeTune = Callable[..., Any]
OPTIONS = CorpusOptions(
    repeats="both", min_bars=2, min_notes=6, ratios=(0.6, 0.2, 0.2), workers=1, where=("file!=5.*",)
)
STORE = ("index.json", "left-out.csv")


@pytest.fixture
def sources(tmp_path: Path, make_tune: MakeTune, abc_text: str) -> list[Path]:
    """A folder and a zip: tunes, doubles, a book, damage, names of all kinds."""
    folder = tmp_path / "my music"
    (folder / "deep").mkdir(parents=True)
    for seed in range(12):
        save_score(make_tune(seed), folder / f"{seed} ü.mid")
    save_score(make_tune(3), folder / "deep" / "double.mid")
    (folder / "broken.mid").write_bytes(b"MThd, but no more")
    (folder / "empty.mid").write_bytes(b"")
    (folder / "book.abc").write_text(abc_text)
    (folder / "meta.json").write_text(json.dumps([{"file": "2 ü.mid", "title": "Two"}]))
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for seed in range(8, 16):
            save_score(make_tune(seed), tmp_path / "one.mid", overwrite=True)
            archive.write(tmp_path / "one.mid", f"{seed}.mid")
    return [folder, tmp_path / "set.zip"]


def files(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(store.iterdir())}


@pytest.fixture
def whole(sources: list[Path], tmp_path: Path) -> dict[str, bytes]:
    """The store that is built at once."""
    build_corpus(sources, tmp_path / "whole", options=OPTIONS)
    return files(tmp_path / "whole")


@pytest.mark.parametrize("count", [1, 2, 5, 60])
def test_shards_by_hand_make_the_store_that_is_built_at_once(
    count: int, sources: list[Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    for number in reversed(range(1, count + 1)):
        made = prepare_shard(sources, store, Shard(number, count), options=OPTIONS)
        assert (made.was_done, made.done) == (False, count - number + 1)
    build_corpus(sources, store, options=OPTIONS)
    assert files(store) == whole


def test_works_that_are_held_out_are_found_in_parts(sources: list[Path], tmp_path: Path) -> None:
    options = replace(OPTIONS, hold_out={"test": sources[0] / "7 ü.mid"}, styles={"set": "air"})
    build_corpus(sources, tmp_path / "one", options=options)
    for shard in Shard.all(3):
        prepare_shard(sources, tmp_path / "two", shard, options=options)
    build_corpus(sources, tmp_path / "two", options=options)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_what_is_done_is_not_done_again_and_what_is_missing_is_made_while_joining(
    sources: list[Path],
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = tmp_path / "store"
    for number in (1, 3):
        prepare_shard(sources, store, Shard(number, 4), options=OPTIONS)
    assert prepare_shard(sources, store, Shard(3, 4), options=OPTIONS).was_done
    before = {path.name: path.stat().st_mtime_ns for path in (store / PARTS).iterdir()}
    # Half-written: files without a marker, a marker without its files, one that was cut off.
    shutil.copy(store / PARTS / "part-1-of-4.events", store / PARTS / "part-2-of-4.events")
    prepare_shard(sources, store, Shard(4, 4), options=OPTIONS)
    (store / PARTS / "part-4-of-4.grams").unlink()
    made = []
    writing = Part.writing
    monkeypatch.setattr(
        Part, "writing", lambda part, how: made.append(part.shard) or writing(part, how)
    )
    monkeypatch.setattr(Target, "remove_parts", lambda _: None)
    build_corpus(sources, store, options=OPTIONS)
    assert made == [Shard(2, 4), Shard(4, 4)]
    after = {path.name: path.stat().st_mtime_ns for path in (store / PARTS).iterdir()}
    assert before.items() <= after.items()
    assert {name: (store / name).read_bytes() for name in STORE} == {n: whole[n] for n in STORE}


def test_parts_of_other_sources_or_options_are_refused(
    sources: list[Path], tmp_path: Path, make_tune: MakeTune
) -> None:
    store = tmp_path / "store"
    prepare_shard(sources, store, Shard(1, 2), options=OPTIONS)
    before = files(store / PARTS)
    for sources_now, options, what in (
        (sources, replace(OPTIONS, max_notes=77), "other options"),
        (sources[:1], OPTIONS, "other files"),
        (sources[::-1], OPTIONS, "other files"),
    ):
        for call in (
            lambda s, o: prepare_shard(s, store, Shard(1, 2), options=o),
            lambda s, o: build_corpus(s, store, options=o),
        ):
            with pytest.raises(CheckpointError, match=what):
                call(sources_now, options)
    with pytest.raises(CheckpointError, match="another number of shards"):
        prepare_shard(sources, store, Shard(1, 3), options=OPTIONS)
    assert files(store / PARTS) == before
    # What only the joining looks at may change, and so may the processes.
    build_corpus(sources, store, options=replace(OPTIONS, ratios=(0.9, 0.1, 0.0), workers=2))
    with pytest.raises(ExistsError, match="exists already"):
        prepare_shard(sources, store, Shard(1, 2), options=OPTIONS)


def test_a_store_of_parts_is_read_as_one(sources: list[Path], tmp_path: Path) -> None:
    options = replace(OPTIONS, keep_parts=True)
    build_corpus(sources, tmp_path / "whole", options=OPTIONS)
    for shard in Shard.all(3):
        prepare_shard(sources, tmp_path / "parts", shard, options=OPTIONS)
    inode = (tmp_path / "parts" / PARTS / "part-1-of-3.events").stat().st_ino
    build_corpus(sources, tmp_path / "parts", options=options)
    names = sorted(path.name for path in (tmp_path / "parts").glob("events-*"))
    assert len(names) == 3
    assert inode in [(tmp_path / "parts" / name).stat().st_ino for name in names]  # not copied
    assert not (tmp_path / "parts" / PARTS).exists()
    whole, parts = Store.open(tmp_path / "whole"), Store.open(tmp_path / "parts")
    assert (whole.digest, len(whole)) == (parts.digest, len(parts))
    for one, other in zip(whole.pieces(), parts.pieces(), strict=True):
        assert replace(one, offset=0) == replace(other, offset=0)
        assert np.array_equal(whole.events(one).fields, parts.events(other).fields)
    packed = PackedFeatures(parts, 0, goals=False)
    packed.finish()
    assert PackedFeatures(parts, 0, goals=False).is_whole
    # One file of several is cut off, or another.
    (tmp_path / "parts" / names[1]).write_bytes(b"x" * 12)
    with pytest.raises(CheckpointError, match="does not match its index"):
        Store.open(tmp_path / "parts")
    build_corpus(sources, tmp_path / "parts", options=OPTIONS, overwrite=True)
    assert files(tmp_path / "parts") == files(tmp_path / "whole")


def test_rows_of_several_files_are_those_of_one() -> None:
    whole = np.arange(60, dtype=np.uint8).reshape(10, 6)
    rows = Rows([whole[:3], whole[3:4], whole[4:]])
    assert (len(rows), rows.shape, rows.ndim) == (10, (10, 6), 2)
    assert np.array_equal(np.asarray(rows), whole)
    for start in range(11):
        for stop in range(start, 12):
            assert np.array_equal(rows[start:stop], whole[start:stop])


def test_a_folder_of_something_else_is_no_place_for_parts(
    sources: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ExistsError, match="exists"):
        prepare_shard(sources, tmp_path / "mine", Shard(1, 2), options=OPTIONS)
    with pytest.raises(FormatError, match="no such folder"):
        prepare_shard(tmp_path / "nothing", tmp_path / "new", Shard(1, 2), options=OPTIONS)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("size", [0, 300, 1_000])
def test_a_full_disk_leaves_no_marker_and_loses_nothing(
    size: int, sources: list[Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource", reason="needs limits on the size of files")
    store = tmp_path / "store"
    prepare_shard(sources, store, Shard(1, 2), options=OPTIONS)
    before = files(store / PARTS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(FormatError, match="cannot be written"):
            prepare_shard(sources, store, Shard(2, 2), options=OPTIONS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    after = files(store / PARTS)
    assert before.items() <= after.items()
    assert not any(name.endswith((".done", ".tmp")) for name in set(after) - set(before))
    build_corpus(sources, store, options=OPTIONS)
    assert files(store) == whole


def test_what_is_stopped_leaves_nothing_half(sources: list[Path], tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_shard(sources, tmp_path / "a" / "b", Shard(1, 2), options=OPTIONS, progress=stop)
    assert not (tmp_path / "a").exists()


def test_two_that_make_one_part_at_once_lose_nothing(
    sources: list[Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    workers = [start(sources, store, shard) for shard in ("1/2", "1/2", "2/2", "2/2")]
    assert [worker.wait(300) for worker in workers] == [0] * 4
    build_corpus(sources, store, options=OPTIONS)
    assert files(store) == whole


@pytest.mark.long
def test_workers_killed_half_way_change_nothing(
    sources: list[Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    store, killed = tmp_path / "store", 0
    for step in range(40):
        worker = start(sources, store, f"{1 + step % 3}/3")
        time.sleep(0.25 + 0.02 * step)
        worker.send_signal(signal.SIGKILL)
        killed += worker.wait(60) == -signal.SIGKILL
    assert killed >= 20
    build_corpus(sources, store, options=OPTIONS)
    assert files(store) == whole


def start(sources: list[Path], store: Path, shard: str) -> subprocess.Popen[bytes]:
    code = (
        "import sys, test_corpus_shards as t; from pathlib import Path\n"
        "t.prepare_shard([*map(Path, sys.argv[3:])], sys.argv[1], t.Shard.parse(sys.argv[2]), options=t.OPTIONS)"
    )
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    words = [str(store), shard, *map(str, sources)]
    return subprocess.Popen([sys.executable, "-c", code, *words], env=env)


def test_files_are_dealt_evenly_and_once(tmp_path: Path) -> None:
    kinds = [".mid", ".abc", ".krn", ".xml"]  # in turns, as where each piece lies in four formats
    items = [Item("s", f"{n}{kinds[n % 4]}", size=1000 * (n * 37 % 50)) for n in range(2000)]
    dealt = list(deal(items, 8))
    assert [rank for _, rank, _ in dealt] == list(range(2000))
    assert [item for *_, item in dealt] == items
    assert dealt == list(deal(items, 8))
    loads = Counter[int]()
    for shard, _, item in dealt:
        loads[shard] += item.size + (2**15 if item.suffix == ".mid" else 2**18)
    assert max(loads.values()) - min(loads.values()) <= 2**18 + 50_000
    assert min(Counter((shard, item.suffix) for shard, _, item in dealt).values()) > 20
    at_once = Dealt(items, 8, tmp_path)
    one_by_one = [items_of(items, shard) for shard in Shard.all(8)]
    assert at_once.digests == [digest for _, digest in one_by_one]
    assert [at_once.items(shard) for shard in Shard.all(8)] == [mine for mine, _ in one_by_one]
    assert sorted(item.rank for mine, _ in one_by_one for item in mine) == list(range(2000))


def test_a_list_of_files_is_told_by_names_sizes_and_facts() -> None:
    items = [Item("s", f"{n}.mid", size=100) for n in range(9)]
    known = [items_of(items, shard)[1] for shard in Shard.all(3)]
    for change in (
        Item("s", "4.mid", size=101),
        Item("s", "5!.mid", size=100),
        Item("s", "4.mid", size=100, meta={"title": "x"}),
    ):
        other = [*items[:4], change, *items[5:]]
        assert [items_of(other, shard)[1] for shard in Shard.all(3)] != known
