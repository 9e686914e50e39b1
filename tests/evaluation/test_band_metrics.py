"""What is measured of bands, on a few bars that one can count."""

from __future__ import annotations

import pytest

from symgen import evaluate
from symgen.evaluation.bands import band_metrics
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Note, Part, Score

QUARTER, BAR = 480, 1920


def _part(name: str, program: int, *notes: tuple[float, int, float], drums: bool = False) -> Part:
    made = (Note(int(at * QUARTER), pitch, int(long * QUARTER)) for at, pitch, long in notes)
    return Part(tuple(made), program, drums, name)


def _band() -> Score:
    """Two bars over C and F: the bass of the second one begins on a tone that F has not."""
    melody = _part("Melody", 73, (0, 72, 2), (2, 77, 2))
    drums = _part(
        "Drums", 0, *((bar * 4 + at, 36 + 2 * (at % 2), 0.25) for bar in (0, 1) for at in range(4)),
        drums=True,
    )  # fmt: skip
    drums = drums.with_notes([*drums.notes, Note(160, 42, 20)])
    bass = _part("Bass", 33, (0, 36, 2), (3, 43, 1), (4, 38, 2), (6, 41, 2))
    chords = _part("Chords", 0, (0, 60, 4), (0, 64, 4), (0, 67, 4))
    symbols = (ChordChange(0, "C"), ChordChange(BAR, "F"))
    return Score((melody, drums, bass, chords), QUARTER, chords=symbols, length=2 * BAR)


def test_figures_of_a_band_are_those_that_one_counts() -> None:
    found = band_metrics(_band())
    assert found["empty_bars_melody"] == found["empty_bars_chords"] == 1 / 2
    assert found["empty_bars_drums"] == 0
    # Strong are the first beat and the third: C and then, over F, a D and an F.
    assert found["bass_on_chords"] == pytest.approx(2 / 3)
    assert found["bass_with_kick"] == 3 / 4
    assert found["drums_of_the_kit"] == 3
    assert found["drum_pattern"] == pytest.approx(8 / 9)
    assert found["literal_bars_bass"] == 0
    # The F of the tune stands above the E of the chords.
    assert found["melody_clash"] == pytest.approx(1 / 2)
    assert found["pitch_classes_a_bar"] == pytest.approx((4 + 2) / 2)
    assert found["bass_distance"] > 0


def test_what_is_no_band_has_no_such_figures() -> None:
    tune = Score((_part("Melody", 73, (0, 72, 2)),), QUARTER)
    assert band_metrics(tune) == {}
    assert "bands" not in evaluate([tune], [tune], resamples=2, classifiers=False).tables


def test_drums_alone_are_measured_too() -> None:
    drums = Score((_part("", 0, (0, 36, 1), (4, 36, 1), drums=True),), QUARTER)
    found = band_metrics(drums)
    assert found["literal_bars_drums"] == 1
    assert "bass_with_kick" not in found


def test_the_report_has_a_table_of_bands() -> None:
    report = evaluate([_band()], [_band()], resamples=2, classifiers=False)
    assert report.tables["bands"]["bass_on_chords"]["generated"] == pytest.approx(2 / 3)
    assert "## Bands" in report.to_markdown()
