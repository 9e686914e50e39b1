"""A store of melodies, and a small generator."""

from __future__ import annotations

from pathlib import Path

import pytest
from small import corpus_tunes, random_score, write_tunes
from small_gan import make_model, waltz

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.gan import BarGan, load_gan
from symgen.gan.checkpoint import save_gan


@pytest.fixture(scope="module")
def melodies(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of melodies in all meters, and of pieces that the GAN cannot read."""
    odd = [random_score(1, meter="5/4"), random_score(2, parts=2, chords=True)]
    scores = [*corpus_tunes(12), *(waltz(s, "6/8" if s % 2 else "3/4") for s in range(12)), *odd]
    folder = tmp_path_factory.mktemp("gan")
    options = CorpusOptions(workers=1, ratios=(0.5, 0.25, 0.25), near=1.0, kin=1.0, leak=1.0)
    build_corpus([write_tunes(folder / "music", scores)], folder / "store", options=options)
    return Store.open(folder / "store")


@pytest.fixture(scope="module")
def gan_folder(melodies: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generator that has learned nothing."""
    folder = tmp_path_factory.mktemp("models") / "small"
    save_gan(make_model(melodies), folder)
    return folder


@pytest.fixture(scope="module")
def gan(gan_folder: Path) -> BarGan:
    return load_gan(gan_folder)
