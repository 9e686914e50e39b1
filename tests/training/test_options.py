"""Options of a training that make no sense are refused in one place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from symgen.system.errors import ControlError
from symgen.training import TrainOptions

OPTIONS = TrainOptions()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs 0: must be above 0"),
        ({"batch": -1}, "batch -1: must be above 0"),
        ({"steps": 0}, "steps 0"),
        ({"rate": 0.0}, "rate 0.0"),
        ({"rate": float("nan")}, "rate nan"),
        ({"patience": 0}, "patience 0"),
        ({"clip": 0.0}, "clip 0.0"),
        (
            {"minutes": -1.0},
            "minutes, weight-decay, transpose, validate-every, folds, save-every, valid-events and threads must be",
        ),
        ({"minutes": float("inf")}, "must be finite"),
        ({"transpose": -1}, "must be 0 or more"),
        ({"save_every": -1}, "must be 0 or more"),
        ({"validate_every": -1}, "must be 0 or more"),
        ({"valid_events": -1}, "must be 0 or more"),
        ({"device": "tpu"}, "device 'tpu': use auto, cpu or cuda"),
        ({"precision": "int8"}, "precision 'int8': use auto, float32 or bfloat16"),
    ],
    ids=str,
)
def test_options_out_of_range_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        replace(OPTIONS, **change)
