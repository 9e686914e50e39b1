"""Facts of a card: what each may be, and the value just beyond."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from symgen.nets.card import wrong_facts
from symgen.nets.checkpoint import NetConfig
from symgen.system.errors import CheckpointError, ControlError

BAND = [[0, 40], [False, True], ["one", ""], "reel", "", 2]
NORM = {"mean": [1, 2.5], "deviation": [0.5], "returns": [[8, 3, 2]]}


def changed(row: list[Any], **values: Any) -> list[Any]:
    """Replace entries by their place: ``_3=...``."""
    return [values.get(f"_{i}", value) for i, value in enumerate(row)]


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("name", "folk", True),
        ("name", 3, False),
        ("program", 0, True),
        ("program", 127, True),
        ("program", 128, False),
        ("program", -1, False),
        ("program", True, False),
        ("program", 3.0, False),
        ("variation", -1.5, True),
        ("variation", 0, True),
        ("variation", True, False),
        ("variation", math.inf, False),
        ("variation", "1", False),
        ("metrics", {}, True),
        ("metrics", [], False),
        ("corpus", {"pieces": 3}, True),
        ("corpus", "tunes", False),
        ("usual", [], True),
        ("usual", [["4/4", "reel", "", 0]], True),
        ("usual", (("4/4", "reel", "", 3),), True),
        ("usual", {}, False),
        ("usual", "4/4", False),
        ("usual", [["4/4", "reel", ""]], False),
        ("usual", [["4/4", "reel", "", 1, 1]], False),
        ("usual", [["4/4", "reel", 1, 1]], False),
        ("usual", [["4/4", "reel", "", "1"]], False),
        ("usual", [["4/4", "reel", "", -1]], False),
        ("usual", [["4/4", "reel", "", 1], []], False),
        ("ensembles", [BAND], True),
        ("ensembles", [BAND[:5]], False),
        ("ensembles", [changed(BAND, _0=[])], False),
        ("ensembles", [[[], [], [], "", "", 1]], False),
        ("ensembles", [changed(BAND, _0=7)], False),
        ("ensembles", [changed(BAND, _0=[0, -1])], False),
        ("ensembles", [changed(BAND, _1=[False])], False),
        ("ensembles", [changed(BAND, _1=[False, 0.5])], False),
        ("ensembles", [changed(BAND, _2=["one"])], False),
        ("ensembles", [changed(BAND, _2=["one", 2])], False),
        ("ensembles", [changed(BAND, _3=0)], False),
        ("ensembles", [changed(BAND, _4=None)], False),
        ("ensembles", [changed(BAND, _5="2")], False),
        ("ensembles", [changed(BAND, _5=0.5)], True),
        ("norms", {"": NORM, "reel": NORM}, True),
        ("norms", [], False),
        ("norms", {"": []}, False),
        ("norms", {3: NORM}, False),
        ("norms", {"": {**NORM, "mean": ["1"]}}, False),
        ("norms", {"": {**NORM, "deviation": None}}, False),
        ("norms", {"": {**NORM, "returns": [[8, 3]]}}, False),
        ("norms", {"": {**NORM, "returns": [[8, 3, -1]]}}, False),
    ],
)
def test_facts(name: str, value: Any, right: bool) -> None:
    assert wrong_facts({name: value}, {}) == ([] if right else [name])


def test_facts_may_be_missing_and_more_can_be_asked() -> None:
    assert wrong_facts({}, {"size": lambda value: value > 3}) == []
    assert wrong_facts({"size": 4, "other": object()}, {"size": lambda value: value > 3}) == []
    assert wrong_facts({"size": 3, "name": 1}, {"size": lambda value: value > 3}) == [
        "name",
        "size",
    ]


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({"hidden": 65_536, "head": 65_536, "layers": 64}, True),
        ({"hidden": 65_537}, False),
        ({"head": 65_537}, False),
        ({"layers": 65}, False),
        ({"hidden": 1, "head": 1}, True),
        ({"hidden": 0}, False),
        ({"head": 0}, False),
        ({"layers": 0}, False),
        ({"kind": "plain"}, True),
        ({"kind": "other"}, False),
        ({"dropout": 0.0}, True),
        ({"dropout": 0.99}, True),
        ({"dropout": 1.0}, False),
        ({"dropout": -0.1}, False),
        ({"voices": 8}, True),
        ({"voices": 9}, False),
        ({"voices": -1}, False),
        ({"timing": True}, False),
        ({"timing": True, "voices": 1}, True),
        ({"styles": ("a", 1)}, False),
        ({"periods": (1,)}, False),
        ({"fixed": ((1, 1),)}, False),
        ({"fixed": (("part", "0"),)}, False),
    ],
)
def test_sizes_of_networks(change: dict[str, Any], right: bool) -> None:
    if right:
        assert replace(NetConfig(), **change)
        return
    with pytest.raises(ControlError, match="network"):
        replace(NetConfig(), **change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden": None}, "hidden None is of a wrong kind"),
        ({"hidden": 8.0}, "hidden 8.0 is of a wrong kind"),
        ({"copy": 1}, "copy 1 is of a wrong kind"),
        ({"new": 1}, "new: missing or unknown"),
        ({"styles": "ab"}, "styles 'ab' is of a wrong kind"),
    ],
)
def test_stored_configurations_of_a_wrong_kind(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        NetConfig.from_json({**NetConfig().to_json(), **change})


def test_stored_configurations_may_lack_what_came_later_alone() -> None:
    whole = NetConfig(hidden=8, styles=("a",), fixed=(("part", 0),)).to_json()
    assert NetConfig.from_json(
        {**whole, "styles": ["a"], "fixed": [["part", 0]], "dropout": 0}
    ) == (NetConfig(hidden=8, styles=("a",), fixed=(("part", 0),), dropout=0))
    for name in sorted(whole):
        rest = {key: value for key, value in whole.items() if key != name}
        if name in NetConfig.LATER:
            assert NetConfig.from_json(rest).hidden == 8
        else:
            with pytest.raises(CheckpointError, match=f"{name}: missing or unknown"):
                NetConfig.from_json(rest)
