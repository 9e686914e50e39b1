"""Controls: what is accepted, and as what it is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import ControlError


def test_numbers_of_any_kind_are_kept_as_plain_ones() -> None:
    numpy = Controls(
        bars=np.int64(8), tempo=np.float32(90), top_k=np.float64(5), top_p=np.float64(0.5)
    )  # type: ignore[arg-type]
    plain = Controls(bars=8.0, tempo=90, top_k=5.0, top_p=0.5, temperature=1)  # type: ignore[arg-type]
    assert numpy == plain
    for controls in (numpy, plain):
        assert (type(controls.bars), type(controls.top_k)) == (int, int)
        assert {type(getattr(controls, name)) for name in ("tempo", "top_p", "temperature")} == {
            float
        }
    assert Controls(instrument=np.int64(73)).instrument == 73  # type: ignore[arg-type]
    assert Controls(key=Key.parse("G"), meter=Meter(6, 8)) == Controls(key="G", meter="6/8")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": 5}, "key 5: write it like"),
        ({"key": ["G"]}, "key ..G..: write it like"),
        ({"meter": 3}, "meter 3: write it like"),
        ({"meter": (3, 4)}, r"meter .3, 4.: write it like"),
        ({"bars": np.bool_(True)}, "bars True: must be"),
        ({"bars": np.float64("nan")}, "bars nan: must be"),
        ({"bars": 8.5}, "bars 8.5: must be a whole number"),
        ({"bars": 1j}, "bars 1j: must be"),
        (
            {"bars": 1000, "meter": "255/1"},
            "bars 1000 of 255/1: longer than 200,000 quarters; ask for fewer bars",
        ),
        ({"instruments": "violin,nonsense"}, "instrument 'nonsense': unknown"),
        ({"instruments": ()}, "instruments: 0 of them; name 1..32"),
        ({"instruments": "viola,cello", "instrument": "flute"}, "give one of them"),
        ({"bars": 197, "meter": "255/1"}, "longer than"),
    ],
    ids=str,
)
def test_what_is_none_of_them_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        Controls(**values)


def test_the_longest_piece() -> None:
    assert Controls(bars=196, meter="255/1").bars == 196


def test_instruments_are_kept_as_programs() -> None:
    expected = (40, 40, 41, 42)
    assert Controls(instruments="violin,violin, viola,cello").instruments == expected
    assert Controls(instruments=["Violin", 40, "viola", "42"]).instruments == expected
    assert Controls().instruments is None
