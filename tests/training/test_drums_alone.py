"""A store of drums alone: trained on, never transposed, and drawn as drums."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.formats import load_score, save_score
from symgen.music.score import Note, Part, Score

pytest.importorskip("torch")

from training_tools import OPTIONS

from symgen.trainer import train
from symgen.training.tasks import EventTask, load_split
from symgen.writing.model import load_model


def kit(seed: int) -> Score:
    """Four bars of eighths as they are played."""
    draw = random.Random(seed)  # noqa: S311
    notes = [
        Note(max(0, place * 240 + draw.randint(-15, 15)), key, 50, draw.randint(40, 120))
        for place in range(32)
        for key in {42, draw.choice([36, 38, 42])}
    ]
    return Score((Part(tuple(sorted(notes)), is_drum=True),))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("drums")
    (folder / "kits").mkdir()
    for seed in range(12):
        save_score(kit(seed), folder / "kits" / f"{seed}.mid")
    build_corpus(folder / "kits", folder / "store", options=CorpusOptions(performed=True))
    return Store.open(folder / "store")


def test_drums_stay_at_their_keys(store: Store) -> None:
    records = store.pieces("train")
    split = load_split(store, records, EventTask(OPTIONS.net, store.vocabulary))
    assert np.array_equal(np.unique(split.ranges, axis=0), [[0, 127]])


def test_a_model_of_drums_writes_drums(store: Store, tmp_path: Path) -> None:
    result = train(store, tmp_path / "run", options=OPTIONS)
    assert not result.stopped
    piece = load_model(tmp_path / "run").generate(bars=2, seed=1)
    piece.save(tmp_path / "out.mid")
    found = load_score(tmp_path / "out.mid")
    assert [part.is_drum for part in found.parts] == [True]
    status = {byte for byte in (tmp_path / "out.mid").read_bytes() if byte == 0x99}
    assert status == {0x99}  # a key struck on channel 10
