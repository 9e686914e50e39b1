"""A run that tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_tools import OPTIONS

from symgen.trainer import train
from symgen.training import TrainReport


@pytest.fixture(scope="module")
def run(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    """A whole run, with samples and curves."""
    return train(store_folder, tmp_path_factory.mktemp("runs") / "run", options=OPTIONS)
