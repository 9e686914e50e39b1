"""Features that are kept beside a store: the same as worked out anew, whole or not there."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.packed import PackedFeatures, _Draft
from symgen.formats import save_score
from symgen.music.score import Note, Part, Score
from symgen.tokens.features import feature_array
from symgen.tokens.form import with_goals

MakeTune = Callable[..., Score]
OPTIONS = CorpusOptions(workers=1, ratios=(0.6, 0.2, 0.2), near=1.0, kin=1.0, leak=1.0)


@pytest.fixture
def music(tmp_path: Path, make_tune: MakeTune) -> Path:
    """Tunes with a bass below them."""
    folder = tmp_path / "music"
    for seed in range(6):
        score = make_tune(seed)
        bass = Part(tuple(Note(time, 40 + seed, 960) for time in range(0, score.length, 960)))
        save_score(score.with_parts([*score.parts, bass]), folder / f"{seed}.mid")
    return folder


@pytest.fixture
def store(music: Path, tmp_path: Path) -> Store:
    build_corpus(music, tmp_path / "store", options=OPTIONS)
    return Store.open(tmp_path / "store")


def kept(store: Store) -> list[str]:
    return sorted(path.suffix for path in store.path.glob("features-*"))


def check_all(store: Store, packed: PackedFeatures, voices: int, *, goals: bool) -> None:
    for record in store.pieces():
        events = store.events(record)
        events = with_goals(events, store.vocabulary, voices) if goals else events
        fields, features = packed.piece(record)
        assert np.array_equal(fields, events.fields)
        expected = feature_array(events, store.vocabulary, voices)
        assert features.dtype == expected.dtype
        assert np.array_equal(features, expected)


@pytest.mark.parametrize(("voices", "goals"), [(0, False), (0, True), (2, False)])
def test_they_are_those_of_the_events(store: Store, voices: int, goals: bool) -> None:
    packed = PackedFeatures(store, voices, goals=goals)
    check_all(store, packed, voices, goals=goals)
    check_all(store, packed, voices, goals=goals)  # out of the draft
    assert not packed.is_whole
    packed.finish()
    check_all(store, packed, voices, goals=goals)
    again = PackedFeatures(Store.open(store.path), voices, goals=goals)
    assert packed.is_whole
    assert again.is_whole
    check_all(store, again, voices, goals=goals)
    assert kept(store) == [".json", ".npy"]


def test_each_way_to_follow_parts_has_a_file(store: Store) -> None:
    for voices in (0, 2):
        PackedFeatures(store, voices, goals=False).finish()
    assert len(kept(store)) == 4


def test_nothing_is_left_of_what_did_not_become_whole(store: Store) -> None:
    packed = PackedFeatures(store, 0, goals=False)
    packed.piece(store.pieces()[0])
    before = {path.name for path in store.path.iterdir() if path.suffix == ".tmp"}
    assert len(before) == 1
    del packed
    gc.collect()
    assert not list(store.path.glob(".symgen-*"))
    assert kept(store) == []


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_damage_is_worked_out_anew(store: Store, suffix: str) -> None:
    PackedFeatures(store, 0, goals=False).finish()
    (file,) = store.path.glob(f"features-*{suffix}")
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    packed = PackedFeatures(store, 0, goals=False)
    assert not packed.is_whole
    check_all(store, packed, 0, goals=False)
    packed.finish()
    assert file.read_bytes() == whole


def test_features_that_are_worked_out_otherwise_now_are_not_taken(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    PackedFeatures(store, 0, goals=False).finish()

    def other(*how: Any, **more: Any) -> Any:
        return feature_array(*how, **more) + 1

    monkeypatch.setattr("symgen.corpus.packed.feature_array", other)
    packed = PackedFeatures(store, 0, goals=False)
    record = store.pieces()[0]
    expected = feature_array(store.events(record), store.vocabulary) + 1
    assert np.array_equal(packed.piece(record)[1], expected)


def test_another_store_in_the_folder_has_its_own(store: Store, music: Path) -> None:
    packed = PackedFeatures(store, 0, goals=False)
    packed.finish()
    build_corpus(music / "1.mid", store.path, options=OPTIONS, overwrite=True)
    assert kept(store) == []
    other = Store.open(store.path)
    check_all(other, PackedFeatures(other, 0, goals=False), 0, goals=False)


def test_a_store_that_was_left_without_an_index_may_be_built_again(
    store: Store, music: Path
) -> None:
    PackedFeatures(store, 0, goals=False).finish()
    (store.path / "index.json").unlink()
    (store.path / "left-out.csv").unlink()
    build_corpus(music, store.path, options=OPTIONS)
    assert kept(store) == []


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="this user may write anywhere")
def test_a_folder_that_cannot_be_written_to_does_without(store: Store) -> None:
    store.path.chmod(0o500)
    try:
        packed = PackedFeatures(store, 0, goals=False)
        check_all(store, packed, 0, goals=False)
        packed.finish()
        check_all(store, packed, 0, goals=False)
    finally:
        store.path.chmod(0o700)
    assert kept(store) == []


def test_on_a_full_disk_they_stay_in_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = PackedFeatures(store, 0, goals=False)
    first, *_ = store.pieces()
    packed.piece(first)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_Draft, "_place", full)
    check_all(store, packed, 0, goals=False)
    packed.finish()
    check_all(store, packed, 0, goals=False)
    assert kept(store) == []
    assert not list(store.path.glob(".symgen-*"))


def test_a_part_of_a_store_keeps_nothing_for_the_whole(store: Store) -> None:
    first, *others = store.pieces()
    part = Store(store.path, store.vocabulary, store.index, store.array, (first,), store.seal)
    few = PackedFeatures(part, 2, goals=False)
    few.piece(first)
    few.finish()
    assert not few.path.exists()
    whole = PackedFeatures(store, 2, goals=False)
    for record in others:
        assert whole.piece(record)[1].any()


def test_a_store_in_memory_has_no_file(store: Store) -> None:
    made = Store(store.path, store.vocabulary, store.index, store.array, tuple(store.pieces()))
    packed = PackedFeatures(made, 0, goals=False)
    check_all(made, packed, 0, goals=False)
    packed.finish()
    assert kept(store) == []
