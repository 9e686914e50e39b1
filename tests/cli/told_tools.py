"""Facts and shorthands of the tests of what is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from symgen.copies.report import Match
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score

Told = pytest.CaptureFixture[str]


MATCH = Match(notes=14, row=3, part=1, bars=(2, 5), title="Kesh", source="set")


# -- what is written ---------------------------------------------------------------------


def prompt(**more: Any) -> Any:
    drums = Part((Note(0, 36, 480),), is_drum=True)
    parts = (Part((Note(0, 60, 480),), name="Flute"), Part((Note(0, 50, 480),)), drums, Part())
    report = SimpleNamespace(max_shift=0.01, moved=2, notes=9)
    usual = {"score": Score(parts), "part": 0, "parts": (0,), "bars": 4, "meter": Meter(3, 4)}
    usual |= {
        "key": "G major",
        "key_origin": "signature",
        "inferred": None,
        "played": None,
        "manner": "",
    }
    usual |= {"report": report, "lanes": (0,), "drums": (), **more}
    return SimpleNamespace(**{"sounding": usual["parts"], "silent": frozenset(), **usual})
