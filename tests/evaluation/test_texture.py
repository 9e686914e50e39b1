"""MusPy's metrics against figures worked out by hand, and against what MusPy 0.5 itself gave."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import pytest
from small_tunes import tune, with_pickup

from symgen.evaluation.table import note_table
from symgen.evaluation.texture import (
    empty_beat_rate,
    groove_consistency,
    sounding_counts,
    texture_metrics,
)
from symgen.music.score import Note, Part, Score

A = "C4 D4 E4 F4"
CHORDS = Score(
    (Part((Note(0, 60, 24), Note(0, 64, 24), Note(12, 67, 12))), Part((Note(36, 48, 12),))), 12
)
DRUMS = Score((Part((Note(0, 36, 12), Note(24, 38, 12)), is_drum=True),), 12)


def test_pitch() -> None:
    found = texture_metrics(tune("C4 C5 E4 G4"))
    assert found["pitch_class_entropy"] == pytest.approx(0.5 + 2 * 0.25 * log2(4))
    assert found["scale_consistency"] == 1
    assert found["pitch_range"] == 12
    assert found["pitches_used"] == 4
    assert found["pitch_classes_used"] == 3
    assert found["polyphony"] == 1
    assert found["polyphony_rate"] == 0


def test_polyphony() -> None:
    assert sounding_counts(note_table(CHORDS)).tolist() == [2] * 12 + [3] * 12 + [0] * 12 + [1] * 12
    found = texture_metrics(CHORDS)
    assert found["polyphony"] == (2 + 3 + 1) / 3
    assert found["polyphony_rate"] == 1 / 4  # three at once in one quarter of four
    doubled = Score((Part((Note(0, 60, 12), Note(0, 60, 24))),), 12)
    assert texture_metrics(doubled)["polyphony"] == 1


def test_empty_beats() -> None:
    # The note that ends on beat 1 fills that beat too, as in MusPy: only beat 2 is empty, of beats 0 to 4.
    assert empty_beat_rate(note_table(tune("C4 - - D4"))) == pytest.approx(1 / 5)
    assert empty_beat_rate(note_table(tune("C4:.5 - - - D4:.5"))) == pytest.approx(2 / 5)
    assert empty_beat_rate(note_table(Score())) is None


def test_grooves() -> None:
    # Three bars and the empty one in which the last note ends: 0, 1 and 4 places differ of 48 each.
    other = "C4:2 E4 F4"
    assert groove_consistency(note_table(tune(f"{A}|{A}|{other}"))) == pytest.approx(
        1 - (0 + 1 + 3) / (48 * 3)
    )
    # A last note that ends inside its bar makes no further bar.
    assert groove_consistency(note_table(tune("C4|C4"))) == 1
    assert groove_consistency(note_table(tune("C4"))) is None
    assert groove_consistency(note_table(Score())) is None


def test_grooves_need_bars_of_one_length_and_begin_after_the_pickup() -> None:
    plain, picked = tune(f"{A}|C4"), with_pickup(f"G3|{A}|C4")
    assert (
        groove_consistency(note_table(picked))
        == groove_consistency(note_table(plain))
        == 1 - 3 / 48
    )
    changed = replace(
        plain, meters=(*plain.meters, *(replace(m, tick=48) for m in tune(A, meter="2/2").meters))
    )
    assert groove_consistency(note_table(changed)) is not None  # 2/2 is as long as 4/4
    third = tune("C4", meter="3/4").meters[0]
    assert (
        groove_consistency(
            note_table(replace(plain, meters=(*plain.meters, replace(third, tick=48))))
        )
        is None
    )


def test_drums_have_rhythm_and_no_pitch() -> None:
    assert texture_metrics(DRUMS) == {"empty_beat_rate": 0.0}
    both = replace(tune(f"{A}|-|{A}"), parts=(*tune(f"{A}|-|{A}").parts, *DRUMS.parts))
    assert texture_metrics(both)["pitch_range"] == 5
    late = DRUMS.with_parts([DRUMS.parts[0].with_notes([Note(0, 36, 12), Note(192, 38, 12)])])
    assert texture_metrics(late)["empty_beat_rate"] == pytest.approx(14 / 18)


def test_one_note_and_none() -> None:
    found = texture_metrics(tune("C4"))
    assert found == {
        "empty_beat_rate": 0.0,
        "pitch_class_entropy": 0.0,
        "scale_consistency": 1.0,
        "pitch_range": 0.0,
        "pitches_used": 1.0,
        "pitch_classes_used": 1.0,
        "polyphony": 1.0,
        "polyphony_rate": 0.0,
    }
    assert texture_metrics(Score()) == {}


@pytest.mark.parametrize("shift", [-7, 5, 12])
def test_transposition_changes_nothing(shift: int) -> None:
    score = CHORDS.transposed(1)
    assert texture_metrics(score.transposed(shift)) == pytest.approx(texture_metrics(score))
