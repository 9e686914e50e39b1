"""How a class is drawn: probabilities, shares and what follows a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import V

from symgen.nets.session import later_heads
from symgen.sampling import events, sampler
from symgen.sampling.events import Drawing

LOGITS = np.log(np.array([4.0, 3.0, 2.0, 1.0], dtype=np.float32))
ALL = np.ones(4, dtype=bool)


@pytest.mark.parametrize(
    ("field", "how", "chances"),
    [
        ("pitch", {}, [0.4, 0.3, 0.2, 0.1]),
        ("pitch", {"temperature": 0.5}, [16 / 30, 9 / 30, 4 / 30, 1 / 30]),
        ("form", {"temperature": 0.5, "top_k": 1, "top_p": 0.1}, [0.4, 0.3, 0.2, 0.1]),
        ("pitch", {"top_k": 2}, [4 / 7, 3 / 7, 0, 0]),
        ("pitch", {"top_k": 9}, [0.4, 0.3, 0.2, 0.1]),
        ("pitch", {"top_p": 0.35}, [1, 0, 0, 0]),
        ("pitch", {"top_p": 0.45}, [4 / 7, 3 / 7, 0, 0]),
        ("pitch", {"top_p": 0.75}, [4 / 9, 3 / 9, 2 / 9, 0]),
        ("pitch", {"top_p": 0.75, "top_k": 2}, [4 / 7, 3 / 7, 0, 0]),
        ("pitch", {"top_p": 0.35, "top_k": 2}, [1, 0, 0, 0]),
    ],
)
def test_probabilities(field: str, how: dict[str, Any], chances: list[float]) -> None:
    found = Drawing(**how).probabilities(field, LOGITS, ALL)
    assert found == pytest.approx(np.array(chances))
    assert found.sum() == pytest.approx(1)


def test_what_is_not_allowed_is_not_drawn() -> None:
    found = Drawing(top_k=2).probabilities("pitch", LOGITS, np.array([False, True, False, True]))
    assert found == pytest.approx(np.array([0, 0.75, 0, 0.25]))


@pytest.mark.parametrize(
    ("some", "many", "share"),
    [
        ([0, 1], [0, 1], 1.0),
        ([0], [0, 1, 2, 3], 0.4),
        ([3], [2, 3], 1 / 3),
        ([], [0, 1], 0.0),
        ([], [], 1.0),
    ],
)
def test_the_share_of_some_classes(some: list[int], many: list[int], share: float) -> None:
    masks = [np.isin(np.arange(4), chosen) for chosen in (some, many)]
    with np.errstate(divide="ignore"):
        expected = np.log(share)
    assert events._log_share(LOGITS, *masks) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("time", "goals", "fields"),
    [
        (0, False, ["part", "pitch", "duration", "velocity"]),
        (95, True, ["part", "pitch", "duration", "velocity"]),
        (96, True, []),
        (97, False, ["form"]),
        (97, True, ["form", "goal"]),
        (98, True, []),
    ],
)
def test_what_follows_a_time(time: int, goals: bool, fields: list[str]) -> None:
    net: Any = SimpleNamespace(vocabulary=V, config=SimpleNamespace(goals=goals))
    assert list(later_heads(time, net)) == fields


@pytest.mark.parametrize(
    ("field", "hidden", "left", "ends"),
    [
        ("time", True, 0, True),
        ("time", True, 1, False),
        ("time", False, 0, False),
        ("form", True, 0, False),
    ],
)
def test_an_end_that_is_not_told_is_as_likely_as_a_bar(
    field: str, hidden: bool, left: int, ends: bool
) -> None:
    prefix = SimpleNamespace(hides_end=hidden, bars_left=left)
    session: Any = SimpleNamespace(prefix=prefix, net=SimpleNamespace(vocabulary=V))
    logits = np.zeros(99, dtype=np.float32)
    logits[V.bar] = np.log(3.0)
    found = events._with_end(logits, field, session)
    assert found[V.end] == pytest.approx(np.log(4.0) if ends else 0.0)
    assert logits[V.end] == 0.0


def test_the_numbers_of_drawing_again() -> None:
    assert (sampler._TRIES, sampler._HEAT, events._CLOSING_FACTOR) == (8, 0.1, 2.0)


@pytest.mark.parametrize(("part", "drawn"), [(0, 1), (1, 3)])
def test_rare_strokes_of_drums_are_not_cut_off(part: int, drawn: int) -> None:
    """The last class, of one in ten, is out of reach for pitched parts at a top-p of .65."""
    taken: list[int] = []
    session: Any = SimpleNamespace(
        net=SimpleNamespace(inputs=SimpleNamespace(heads=("pitch",))),
        prefix=None,
        state=SimpleNamespace(scores={"pitch": LOGITS}, draw_class=None),
        header=SimpleNamespace(chords=(), drums=(False, True)),
        draw=lambda _, value, __: taken.append(value),
    )
    drawing = Drawing(top_p=0.65, whole_kit=True)
    drawer = events.EventDrawer(session, events.Rules(), drawing, np.random.default_rng(0))
    drawer._draft.part = part
    head: Any = SimpleNamespace(mask=ALL)
    assert drawer._take("pitch", head, LOGITS, 0.99) == drawn
    assert taken == [drawn]
