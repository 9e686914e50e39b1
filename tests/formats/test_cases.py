"""Small notation files with the notes that they must give, written down by hand from the standards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.notation import parse_notation
from symgen.music.score import Score

CASES = Path(__file__).parent / "data" / "cases"
EXPECTED: dict[str, Any] = json.loads((CASES / "expected.json").read_text())
"""For each file its notes ``[onset, MIDI pitch, duration]`` in quarters, and its tempos ``[quarter, bpm]``."""


def read(name: str) -> Score:
    path = CASES / name
    return parse_notation(path.read_bytes(), path.suffix, "written", DEFAULT_LIMITS)[0][1].score


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_notes_and_tempos(name: str) -> None:
    score = read(name)
    quarter = score.resolution
    notes = sorted(
        (n.onset / quarter, n.pitch, n.duration / quarter) for part in score.parts for n in part.notes
    )  # fmt: skip
    assert notes == [pytest.approx(note, abs=1e-3) for note in EXPECTED[name]["notes"]]
    if "tempos" in EXPECTED[name]:
        tempos = [(change.tick / quarter, change.bpm) for change in score.tempos]
        assert tempos == [pytest.approx(tempo, abs=1e-2) for tempo in EXPECTED[name]["tempos"]]
