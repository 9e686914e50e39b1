"""Small tunes made by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score

_ABC = """X:1
T:The Test Jig
R:jig
M:6/8
L:1/8
K:G
D|:GAB c2d|edc B2A|GAB cde|1 dcA G2D:|2 dcA G3||

X:2
T:Another, Short
M:4/4
L:1/8
K:Ador
A2B2 c2d2|e4 A4|
"""


def _make_tune(seed: int, *, bars: int = 8, meter: str = "4/4", pickup: int = 0) -> Score:
    """A melody of eighths, quarters and halves on the white keys, different for each seed."""
    draw = random.Random(seed)  # noqa: S311
    measure = Meter.parse(meter)
    total, time, notes = int(measure.quarters * 480) * bars + pickup, 0, []
    while time < total:
        length = min(draw.choice([240, 240, 480, 960]), total - time)
        notes.append(Note(time, draw.choice([60, 62, 64, 65, 67, 69, 71, 72, 74]), length))
        time += length
    return Score((Part(tuple(notes)),), meters=(MeterChange(0, measure),))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def shared() -> Path:
    folder = Path(__file__).parents[2].parent / "shared"
    if not folder.is_dir():
        pytest.skip("the shared folder is not beside the checkout")
    return folder


@pytest.fixture
def make_tune() -> Callable[..., Score]:
    return _make_tune


@pytest.fixture
def abc_text() -> str:
    return _ABC
