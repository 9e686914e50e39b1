import gzip
import json
import os
from dataclasses import replace

import numpy as np
import pytest

import symgen.corpus.load as loading
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.formats.midi import write_midi
from symgen.formats.worker_pool import WorkerPool
from symgen.system.errors import CheckpointError, ControlError, ExistsError, FormatError
from symgen.system.files import seal_json, unseal_json
from symgen.tokens import Vocabulary, decode, encode

OPTIONS = CorpusOptions(workers=1, ratios=(0.6, 0.2, 0.2), licences={"tunes": "CC0"})


@pytest.fixture
def folder(tmp_path, make_tune):
    path = tmp_path / "tunes"
    path.mkdir()
    for seed in range(12):
        (path / f"{seed:02}.mid").write_bytes(write_midi(make_tune(seed)))
    (path / "copy.mid").write_bytes(write_midi(make_tune(3).transposed(2)))
    (path / "broken.mid").write_bytes(b"MThd nothing")
    return path


@pytest.fixture
def built(folder, tmp_path):
    report = build_corpus([folder], tmp_path / "store", options=OPTIONS)
    return report, tmp_path / "store"


def test_every_piece_comes_back(built, make_tune):
    report, path = built
    store = Store.open(path)
    assert len(store) == report.kept == 12
    assert report.dropped == {"duplicate": 1, "unreadable": 1}
    records = {record.locator: record for record in store.pieces()}
    for seed in range(12):
        expected, _ = encode(make_tune(seed), Vocabulary())
        events = store.events(records[f"{seed:02}.mid"])
        assert np.array_equal(events.fields, expected.fields)
        assert decode(events, store.vocabulary).parts[0].notes == make_tune(seed).parts[0].notes
    assert store.array.dtype == np.uint8
    assert not store.array.flags.writeable


def test_every_file_that_is_left_out_is_listed(built):
    _, path = built
    header, *rows = (path / "left-out.csv").read_text(encoding="utf-8").splitlines()
    assert header == "piece,reason,detail"
    assert sorted(row.split(",")[:2] for row in rows) == [
        ["tunes/broken.mid", "unreadable"],
        ["tunes/copy.mid", "duplicate"],
    ]


def test_the_index_tells_source_licence_and_counts(built):
    report, path = built
    index = json.loads((path / "index.json").read_text())
    assert index["vocabulary_hash"] == Vocabulary().hash
    (source,) = index["report"]["sources"]
    assert source == {"name": "tunes", "licence": "CC0", "kept": 12, "dropped": 2}
    assert sum(report.splits.values()) == 12
    assert report.notes == sum(index["report"]["meters"].values()) * report.notes // 12
    assert str(path.parent) not in (path / "index.json").read_text()
    for word in ("kept", "duplicate", "unreadable", "4/4", "CC0"):
        assert word in report.table()


def test_the_same_sources_give_the_same_bytes(built, folder, tmp_path):
    build_corpus([folder], tmp_path / "again", options=OPTIONS)
    for name in (events(built[1]).name, "index.json"):
        assert (tmp_path / "again" / name).read_bytes() == (built[1] / name).read_bytes()


def test_splits_are_read_one_by_one(built):
    store = Store.open(built[1])
    parts = [store.pieces(split) for split in ("train", "valid", "test")]
    assert sum(map(len, parts)) == len(store)
    assert {record.split for record in parts[0]} <= {"train"}
    assert len(store.digest) == 64


def test_an_existing_store_is_kept(built, folder):
    before = (built[1] / "index.json").read_bytes()
    with pytest.raises(ExistsError, match="overwrite=True"):
        build_corpus([folder], built[1], options=OPTIONS)
    assert (built[1] / "index.json").read_bytes() == before
    build_corpus([folder], built[1], options=replace(OPTIONS, min_bars=2), overwrite=True)
    assert (built[1] / "index.json").read_bytes() != before


def test_a_folder_that_is_no_store_is_never_replaced(folder):
    with pytest.raises(ExistsError, match="no corpus store"):
        build_corpus([folder], folder, options=OPTIONS, overwrite=True)
    assert (folder / "00.mid").exists()


def test_nothing_is_left_behind_when_building_fails(folder, tmp_path):
    with pytest.raises(FormatError, match="no piece is left"):
        build_corpus([folder], tmp_path / "none", options=replace(OPTIONS, min_bars=60))
    with pytest.raises(FormatError, match="no such"):
        build_corpus([folder, tmp_path / "missing"], tmp_path / "none", options=OPTIONS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tunes"]


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda p: (p / "index.json").unlink(), "is missing"),
        (lambda p: events(p).unlink(), "is missing"),
        (lambda p: (p / "index.json").write_text("{"), "damaged"),
        (lambda p: _flip(events(p)), "does not match"),
        (lambda p: _edit(p, "vocabulary_hash", "0"), "another vocabulary"),
        (lambda p: _edit(p, "version", 99), "version 99"),
        (lambda p: _edit(p, "pieces", [{}]), "damaged"),
    ],
)
def test_damage_is_found(built, harm, message):
    harm(built[1])
    with pytest.raises(CheckpointError, match=message) as caught:
        Store.open(built[1])
    assert "symgen corpus" in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="names are text here")
def test_a_name_that_is_no_text_is_no_hindrance(folder, tmp_path):
    try:
        (folder / "00.mid").rename(folder / os.fsdecode(b"\xff\xfe.mid"))
    except OSError:
        pytest.skip("this file system wants names that are text")
    report = build_corpus([folder], tmp_path / "store", options=OPTIONS)
    assert len(Store.open(tmp_path / "store")) == report.kept > 5


def events(path):
    return next(path.glob("events-*.npy"))


def _flip(path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def _edit(path, name, value):
    index = unseal_json((path / "index.json").read_bytes())
    index[name] = value
    (path / "index.json").write_text(seal_json(index))


@pytest.mark.usefixtures("fresh_readers")
def test_abc_in_both_forms_with_a_cache(tmp_path, abc_text, monkeypatch):
    book = tmp_path / "book.abc"
    book.write_text(abc_text)
    options = CorpusOptions(
        repeats="both", workers=1, min_bars=2, min_notes=6, ratios=(1.0, 0.0, 0.0)
    )
    seen = []
    report = build_corpus(
        [book],
        tmp_path / "a",
        options=options,
        progress=lambda done, known: seen.append((done, known)),
    )
    assert seen[-1] == (2, 2)
    records = Store.open(tmp_path / "a").pieces()
    assert [(r.locator, r.form, r.header.bars) for r in records] == [
        ("book.abc#1", "written", 5),
        ("book.abc#1", "played", 9),
        ("book.abc#2", "written", 2),
    ]
    assert (records[0].header.style, str(records[0].header.key), records[0].header.pickup) == (
        "jig",
        "G major",
        True,
    )
    assert str(records[2].header.key) == "A dorian"
    assert records[0].group == records[1].group != records[2].group
    # From here on only the cache can answer.
    monkeypatch.setattr("symgen.system.pool.Worker", None)
    assert build_corpus([book], tmp_path / "b", options=options) == report


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no gzip",
        gzip.compress(b"[[", mtime=0),
        gzip.compress(b'{"pieces": [3]}', mtime=0),
        gzip.compress(b"[" * 200_000, mtime=0),
    ],
)
def test_a_damaged_cache_is_read_anew(abc_text, damage, tmp_path, monkeypatch):
    from symgen.corpus.find import Item

    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path))
    item = Item("book", "x.abc", abc_text.encode())
    first = list(loading.load_items(iter([item]), workers=1))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".gz"}
    for path in files:
        assert json.loads(gzip.decompress(path.read_bytes()))["pieces"]  # JSON and nothing else
        path.write_bytes(damage)
    again = list(loading.load_items(iter([item]), workers=1))
    assert [piece.score for piece in again] == [piece.score for piece in first]
    assert len(first) == len(files) == 2


@pytest.mark.usefixtures("fresh_readers")
def test_one_process_reads_all_kinds_of_notation(abc_text, tmp_path, make_tune, monkeypatch):
    from symgen.corpus.find import find_items
    from symgen.formats import save_score, worker_pool
    from symgen.system import pool

    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "a.abc").write_text(abc_text)
    (tmp_path / "music" / "b.krn").write_text("**kern\n*M2/4\n=1\n4c\n4d\n==\n*-\n")
    for number in range(3):
        save_score(make_tune(4), tmp_path / "music" / f"{number}.musicxml")
    started = []
    start = pool.Worker
    monkeypatch.setattr(pool, "Worker", lambda *how: started.append(how[0][-1]) or start(*how))
    found = list(loading.load_items(find_items(tmp_path / "music"), workers=1, repeats="both"))
    assert [piece.locator for piece in found][:3] == ["0.musicxml", "1.musicxml", "2.musicxml"]
    assert {piece.locator for piece in found} >= {"a.abc#1", "a.abc#2", "b.krn"}
    assert started == [str(worker_pool.MEMORY)]


def test_a_tune_that_takes_too_long_is_left_out(abc_text, monkeypatch):
    from symgen.corpus.find import Item

    asleep = "import time; print('{\"ready\": true}', flush=True); time.sleep(60)"
    monkeypatch.setattr(
        loading, "WorkerPool", lambda timeout: WorkerPool(timeout, command=("-c", asleep))
    )
    items = iter([Item("book", "x.abc", abc_text.encode())])
    results = list(loading.load_items(items, workers=1, timeout=0.05))
    assert [result.reason for result in results] == ["unreadable", "unreadable"]
    assert "took more than" in results[0].detail


def test_musicxml_goes_the_same_way(tmp_path, make_tune):
    from symgen.formats import save_score

    save_score(make_tune(4), tmp_path / "x.musicxml")
    report = build_corpus(
        [tmp_path / "x.musicxml"], tmp_path / "s", options=CorpusOptions(workers=1)
    )
    assert report.kept == 1


def test_bar_errors_told_by_the_source_are_trusted():
    from symgen.corpus.find import Item

    (drop,) = loading.load_items(iter([Item("set", "x.mid", b"", {"abc_errors": 3})]))
    assert drop.reason == "bar errors"


def test_load_options_are_checked():
    with pytest.raises(ControlError, match="repeats"):
        next(loading.load_items(iter([]), repeats="twice"))
