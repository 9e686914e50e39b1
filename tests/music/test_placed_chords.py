"""Chords with their places in time."""

from __future__ import annotations

import pytest

from symgen.music.harmony import PlacedChord, chord_beat, chord_beats, only_changes
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import ControlError


def test_a_chord_stands_on_its_root_unless_it_has_another_bass() -> None:
    assert PlacedChord(0, 9, "m7").bass == 9
    assert PlacedChord(0, 7, "", 11).pitch_classes == {7, 11, 2}
    assert PlacedChord(0, 0, "", 2).pitch_classes == {0, 2, 4, 7}
    assert PlacedChord(4, -1).pitch_classes == frozenset()
    assert not PlacedChord(4, -1).is_chord


@pytest.mark.parametrize(
    "values", [(-1, 0), (0, 12), (0, 0, "maj9"), (0, 0, "", 12), (0, -1, "m"), (0, -1, "", 3)]
)
def test_what_is_no_chord_is_refused(values: tuple[int, int]) -> None:
    with pytest.raises(ControlError, match="no chord"):
        PlacedChord(*values)


def test_only_changes_stay() -> None:
    row = [PlacedChord(12, 0), PlacedChord(0, 0), PlacedChord(24, 0, "7"), PlacedChord(24, 7)]
    assert only_changes(row) == (PlacedChord(0, 0), PlacedChord(24, 7))


@pytest.mark.parametrize(
    ("meter", "quarters"), [("4/4", 1), ("2/2", 1), ("6/8", 1.5), ("3/8", 1.5), ("3/4", 1)]
)
def test_a_beat_is_that_of_the_meter(meter: str, quarters: float) -> None:
    assert float(chord_beat(Meter.parse(meter))) == quarters


def test_beats_lie_in_their_bars() -> None:
    score = Score((Part((Note(0, 60, 1440 * 2),)),), 480, meters=(MeterChange(0, Meter(3, 4)),))
    starts, ends, levels = chord_beats(score.bars, 480)
    assert starts.tolist() == list(range(0, 2880, 480))
    assert ends.tolist() == list(range(480, 2881, 480))
    assert levels.tolist() == [0, 2, 2] * 2
