"""Models that many tests share: one that learned nothing, and one that was trained for a moment."""

from __future__ import annotations

import gc
import os

# Networks this small gain nothing from threads, and lose much on a busy machine. Set before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# What a user has set is not for the tests.
os.environ["SYMGEN_CONFIG"] = ""
# No test writes into the history of whoever runs it.
os.environ["SYMGEN_NO_HISTORY"] = "1"

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from small import corpus_tunes, random_model, save_model, write_tunes

from symgen.audio.synthesizer import import_fluidsynth
from symgen.corpus import CorpusOptions, Store, build_corpus, load
from symgen.formats import notation
from symgen.writing.model import Model, load_model

# FluidSynth decodes the samples of a soundfont with the libsndfile that it finds; where the package
# soundfile is loaded first, it finds that one's copy, and the last bits of the sound are others.
import_fluidsynth()

# Few and always the same examples in the suite; many and new ones with --hypothesis-profile=long (make test-long).
# Neither is held to the clock: a busy machine would fail.
settings.register_profile(
    "suite",
    max_examples=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long", settings.get_profile("suite"), max_examples=300, derandomize=False
)
settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Leave what is loaded out of each later look for garbage: a tenth of the time."""
    gc.freeze()


class _WarmPool(notation.WorkerPool):
    """Readers of notation that stay for the next file: each takes half a second to start."""

    def __enter__(self) -> notation.WorkerPool:
        self._idle, _READERS[:] = _READERS[:], []
        for worker in self._idle:
            worker.explain = self._explain  # with the time limit of this pool
        return self

    def __exit__(self, *_: object) -> None:
        _READERS.extend(self._idle)


_READERS: list[Any] = []


def _end_readers() -> None:
    with notation.WorkerPool(60) as last:
        last._idle, _READERS[:] = _READERS[:], []


@pytest.fixture(scope="session", autouse=True)
def warm_readers() -> Iterator[None]:
    """Let the same process read one file after the other; tests of the readers have pools of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (notation, load):
            patch.setattr(module, "WorkerPool", _WarmPool)
        yield
    _end_readers()


@pytest.fixture
def fresh_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a process for each file, as a user's command does, in the folder and environment of the test."""
    for module in (notation, load):
        monkeypatch.setattr(module, "WorkerPool", _WarmPool.__base__)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model with random weights."""
    return save_model(tmp_path_factory.mktemp("models") / "tiny", random_model())


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Model:
    """The model with random weights."""
    return load_model(tiny_folder)


@pytest.fixture(scope="session")
def tunes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twenty MIDI files."""
    return write_tunes(tmp_path_factory.mktemp("music") / "tunes", corpus_tunes())


@pytest.fixture(scope="session")
def store_folder(tunes_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of these files."""
    target = tmp_path_factory.mktemp("stores") / "store"
    options = CorpusOptions(workers=1, ratios=(0.7, 0.2, 0.1), near=1.0, kin=1.0, leak=1.0)
    build_corpus([tunes_folder], target, options=options)
    return target


@pytest.fixture(scope="session")
def store(store_folder: Path) -> Store:
    """The corpus, opened."""
    return Store.open(store_folder)
