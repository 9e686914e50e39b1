"""The table of fields: sizes, round trip, and a hash that changes with the meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest

from symgen.system.errors import CheckpointError
from symgen.tokens import FIELDS, Vocabulary

V = Vocabulary()


def test_the_classes_of_a_grid_of_12() -> None:
    assert FIELDS == ("time", "part", "pitch", "duration", "velocity", "form")
    assert (V.longest, V.skip, V.bar, V.end, V.tie) == (96, 96, 97, 98, 97)
    assert V.sizes == (99, 32, 128, 98, 128, 21)


def test_every_class_fits_a_byte_on_every_grid() -> None:
    for grid in (12, 24):
        assert max(Vocabulary(grid).sizes) <= 256


def test_form_classes_point_back() -> None:
    assert V.form_lag(0) == 0
    for i, lag in enumerate(V.lags):
        assert V.form_lag(1 + 2 * i) == V.form_lag(2 + 2 * i) == lag
    assert len(set(V.lags)) == len(V.lags)


@pytest.mark.parametrize("grid", [12, 24])
def test_round_trip_through_json(grid: int) -> None:
    made = Vocabulary(grid)
    back = Vocabulary.from_json(json.loads(json.dumps(made.to_json())))
    assert back == made
    assert back.hash == made.hash


def test_the_hash_is_known_and_changes_with_the_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores and models on disk carry this hash: a change of it must be meant."""
    assert V.hash == "6af3773133af542c"
    seen = {V.hash, Vocabulary(24).hash}
    for name, value in (("lags", (8, 16, 4)), ("sizes", (99, 32, 128, 98, 128, 22))):
        with monkeypatch.context() as patch:
            patch.setattr(Vocabulary, name, property(lambda _self, value=value: value))
            seen.add(V.hash)
    with monkeypatch.context() as patch:
        patch.setattr("symgen.tokens.vocabulary._VERSION", 2)
        seen.add(V.hash)
    assert len(seen) == 5


@pytest.mark.parametrize("grid", [0, 8, 480])
def test_other_grids_are_refused(grid: int) -> None:
    with pytest.raises(CheckpointError, match=f"grid {grid}: must be 12 or 24"):
        Vocabulary(grid)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "damaged"),
        ({"grid": "x"}, "damaged"),
        ({"grid": None}, "damaged"),
        ([], "damaged"),
        ({**V.to_json(), "lags": [1, 2]}, "another version"),
        ({**V.to_json(), "version": 0}, "another version"),
        ({**V.to_json(), "more": 1}, "another version"),
        ({**V.to_json(), "grid": 24}, "another version"),
        ({**V.to_json(), "grid": 7}, "must be 12 or 24"),
    ],
)
def test_foreign_data_are_refused(data: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        Vocabulary.from_json(data)
