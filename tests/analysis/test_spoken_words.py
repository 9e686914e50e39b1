"""Music in words: no sign that a screen reader would spell out."""

from __future__ import annotations

import pytest

from symgen.analysis.words import (
    bar_list_text,
    beat_text,
    chord_text,
    interval_text,
    length_text,
    pitch_text,
    seconds_text,
    times_text,
)


@pytest.mark.parametrize(
    ("quarters", "told"),
    [
        (1, "quarter"), (0.5, "eighth"), (1.5, "dotted quarter"), (1 / 3, "triplet eighth"), (0.75, "dotted eighth"),
        (0.125, "thirty-second"), (5, "five quarters long"), (2.5, "2.5 quarters long"), (180, "180 quarters long"),
        (0.98, "quarter"), (7 / 12, "0.6 quarters long"),
    ],
)  # fmt: skip
def test_note_values_have_names(quarters: float, told: str) -> None:
    assert length_text(quarters) == told


@pytest.mark.parametrize(
    ("semitones", "told"),
    [(0, "a unison"), (6, "a tritone"), (12, "an octave"), (21, "an octave and a major sixth"), (-24, "two octaves")],
)  # fmt: skip
def test_distances_have_names(semitones: int, told: str) -> None:
    assert interval_text(semitones) == told


@pytest.mark.parametrize(
    ("pitch", "sharps", "told"),
    [(60, 0, "C4"), (61, 2, "C sharp 4"), (61, -4, "D flat 4"), (70, 0, "B flat 4"),
     (0, 0, "C minus 1"), (66, 6, "F sharp 4")],
)  # fmt: skip
def test_pitches_are_spelled_in_words(pitch: int, sharps: int, told: str) -> None:
    assert pitch_text(pitch, sharps) == told


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_no_pitch_needs_a_double_accidental(sharps: int) -> None:
    assert not any("double" in pitch_text(pitch, sharps) for pitch in range(128))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Bbm7/F", "B flat minor seven over F"), ("F#dim", "F sharp diminished"), ("G7", "G seven"), ("C", "C major"),
        ("Aaug7", "A augmented 7"), ("C7#9", "C 7 sharp 9"), ("Cmaj7#11", "C major 7 sharp 11"),
        ("E5", "E without a third"),
        ("N.C.", "no chord"), ("play twice", "play twice"),
    ],
)  # fmt: skip
def test_chord_symbols_are_said(name: str, told: str) -> None:
    assert chord_text(name) == told


def test_counts_and_places_are_said() -> None:
    assert [times_text(n) for n in (1, 2, 3, 30)] == ["once", "twice", "three times", "30 times"]
    assert [beat_text(b) for b in (1, 2.5, 1.25)] == ["1", "2 and a half", "1.25"]
    assert [bar_list_text(b) for b in ((4,), (4, 5), (1, 3, 4, 5, 9))] == [
        "bar 4", "bars 4 and 5", "bars 1, 3 to 5 and 9",
    ]  # fmt: skip
    assert [seconds_text(s) for s in (5, 59.6, 61, 120)] == [
        "5.0 seconds", "1 minute", "1 minute 1 second", "2 minutes",
    ]  # fmt: skip
