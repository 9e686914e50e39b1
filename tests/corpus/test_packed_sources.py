"""Packed parts as a source of a corpus."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from small import corpus_tunes

from symgen.cli import main
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.find import Archives, find_items, find_places
from symgen.formats import score_bytes
from symgen.formats.packs import PackedPiece, write_pack
from symgen.system.errors import FormatError


@pytest.fixture
def parts(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight pieces in two parts."""
    monkeypatch.chdir(tmp_path)
    line = f"generate --packed -n 8 --bars 4 --seed 3 --style jig -o parts --jobs 1 --model {tiny_folder}"
    for number in (1, 2):
        assert main([*line.split(), "--shard", f"{number}/2"]) == 0
    return tmp_path / "parts"


def test_pieces_are_found_with_the_style_that_was_asked_for(parts: Path) -> None:
    items = list(find_items(parts))
    assert [item.locator for item in items] == [f"piece-{number:06}.mid" for number in range(3, 11)]
    assert {item.source for item in items} == {"parts"}
    assert {item.meta["rhythm"] for item in items} == {"jig"}
    assert all(item.data.startswith(b"MThd") for item in items)
    alone = list(find_items(parts / "part-2-of-2.tar.gz"))
    assert [item.data for item in alone] == [item.data for item in items[4:]]


def test_a_store_of_them_is_that_of_their_files(tmp_path: Path) -> None:
    tunes = list(map(score_bytes, corpus_tunes(8)))
    with (tmp_path / "part-1-of-1.tar.gz").open("wb") as file:
        about = {"part": "1/1", "seed": 0, "count": len(tunes)}
        write_pack(file, itertools.starmap(PackedPiece, enumerate(tunes)), about)
    (tmp_path / "files").mkdir()
    for number, tune in enumerate(tunes):
        (tmp_path / "files" / f"piece-{number:06}.mid").write_bytes(tune)
    made = []
    for source in ("part-1-of-1.tar.gz", "files"):
        store = tmp_path / f"{source}-store"
        build_corpus(tmp_path / source, store, options=CorpusOptions(workers=1))
        made.append(Store.open(store).array.tolist())
    assert made[0] == made[1]


def test_a_damaged_part_is_left_out_piece_by_piece(parts: Path) -> None:
    (parts / "part-2-of-2.tar.gz").write_bytes(b"\x1f\x8bno")
    items = list(find_items(parts))
    assert [bool(item.problem) for item in items] == [False] * 4 + [True] * 4
    assert "damaged" in items[-1].problem


def test_a_piece_that_a_part_does_not_hold(parts: Path) -> None:
    with Archives() as archives, pytest.raises(FormatError, match="does not hold piece 99"):
        archives.read(str(parts / "part-1-of-2.tar.gz"), "99", 2**20)


def test_listing_opens_one_part(parts: Path) -> None:
    """A million pieces are listed without reading them."""
    (parts / "part-2-of-2.tar.gz").write_bytes(b"")
    assert len(list(find_places(parts))) == 8
