from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.kernel.drawing import log_chance
from symgen.sampling import events
from symgen.sampling.events import Drawing
from symgen.system.errors import CheckpointError

pytestmark = pytest.mark.skipif(library() is None, reason="the C library was not built")

LEVELS = st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=130)


def plainly(
    drawing: Drawing,
    field: str,
    logits: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    chance: float,
) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "library", lambda: None)
        return drawing.choose(field, logits, allowed, chance)


@given(
    LEVELS,
    st.integers(0, 2**130 - 1),
    st.sampled_from([0.3, 1.0, 1.7]),
    st.sampled_from([0.01, 0.5, 0.9, 1.0]),
    st.sampled_from([0, 1, 3, 200]),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(["form", "pitch"]),
)
def test_a_class_is_chosen_as_numpy_chooses_it(
    levels: list[float],
    bits: int,
    temperature: float,
    top_p: float,
    top_k: int,
    chance: float,
    field: str,
) -> None:
    logits = np.array(levels, dtype=np.float32)
    allowed = np.array([bits >> i & 1 for i in range(len(levels))], dtype=bool)
    drawing = Drawing(temperature, top_p, top_k)
    found = drawing.choose(field, logits, allowed, chance)
    wanted = plainly(drawing, field, logits, allowed, chance)
    if found != wanted:  # sums in another order: only where the chance falls between two classes
        chances = drawing.probabilities(field, logits, allowed)
        edges = np.cumsum(chances)
        assert np.abs(edges - chance).min() < 1e-9


def test_classes_come_as_often_as_their_chances_say() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05], dtype=np.float32))
    everything = np.ones(4, dtype=bool)
    chances = (np.arange(1000) + 0.5) / 1000
    drawn = [Drawing().choose("pitch", logits, everything, one) for one in chances]
    assert np.bincount(drawn).tolist() == [500, 300, 150, 50]
    narrow = [Drawing(top_p=0.75).choose("pitch", logits, everything, one) for one in chances]
    assert np.bincount(narrow).tolist() == [625, 375]


def test_where_nothing_is_allowed_nothing_is_chosen() -> None:
    logits, nothing = np.zeros(5, dtype=np.float32), np.zeros(5, dtype=bool)
    assert Drawing().choose("pitch", logits, nothing, 0.5) == -1
    assert plainly(Drawing(), "pitch", logits, nothing, 0.5) == -1


@pytest.mark.parametrize("level", [np.nan, np.inf])
def test_what_is_no_number_is_refused(level: float) -> None:
    logits, everything = np.full(5, level, dtype=np.float32), np.ones(5, dtype=bool)
    with pytest.raises(CheckpointError, match="train it again"):
        Drawing().choose("pitch", logits, everything, 0.5)
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(CheckpointError, match="train it again"),
    ):
        plainly(Drawing(), "pitch", logits, everything, 0.5)


@given(LEVELS, st.data())
def test_the_log_of_a_chance(levels: list[float], data: st.DataObject) -> None:
    logits = np.array(levels, dtype=np.float32)
    value = data.draw(st.integers(0, len(levels) - 1))
    exact = logits.astype(np.float64)
    wanted = exact[value] - exact.max() - np.log(np.exp(exact - exact.max()).sum())
    assert log_chance(logits, value) == pytest.approx(wanted, abs=1e-9)


def test_one_class_is_chosen_with_any_chance() -> None:
    logits = np.array([-1e30, 3.0], dtype=np.float32)
    only = np.array([True, False])
    for chance in (0.0, 0.999999):
        assert Drawing(top_p=0.5, top_k=1).choose("pitch", logits, only, chance) == 0
