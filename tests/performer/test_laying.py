"""A performance laid over a score, by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from symgen.formats import score_bytes
from symgen.formats.midi import read_midi
from symgen.music.score import Note, Part, Score
from symgen.performer.interpretation import Floats, Interpretation, as_written, merged_clocks
from symgen.performer.keeping import keep_score, kept_score, midi_score
from symgen.performer.laying import laid_over

TUNE = Score((Part(tuple(Note(480 * i, 60 + i, 480) for i in range(8))),), length=3840)


def played(score: Score, **aspects: object) -> Interpretation:
    return replace(as_written(score), **aspects)


def onsets(score: Score) -> list[int]:
    return [note.onset for part in score.parts for note in part.notes]


def test_nothing_changes_without_feel_or_by_the_plain_interpretation() -> None:
    loud = played(TUNE, velocity=np.full(8, 100.0), late=np.full(8, 0.05), held=np.full(8, 0.5))
    assert laid_over(TUNE, loud, 0.0) == TUNE
    assert laid_over(TUNE, as_written(TUNE), 1.0) == TUNE


def test_feel_scales_velocity_time_and_length() -> None:
    # Half a second a quarter: 960 ticks a second. The written velocity is 80.
    loud = played(TUNE, velocity=np.full(8, 100.0), late=np.full(8, 0.05), held=np.full(8, 0.25))
    full, half = laid_over(TUNE, loud, 1.0), laid_over(TUNE, loud, 0.5)
    assert onsets(full) == [480 * i + 48 for i in range(8)]
    assert onsets(half) == [480 * i + 24 for i in range(8)]
    assert [note.velocity for note in half.parts[0].notes] == [90] * 8
    assert [note.duration for note in full.parts[0].notes][:7] == [120] * 7
    assert [note.duration for note in half.parts[0].notes][:7] == [240] * 7


def test_early_notes_at_a_bar_line_take_the_bar_line_along() -> None:
    late = np.zeros(8)
    late[4] = -0.04
    laid = laid_over(TUNE, played(TUNE, late=late), 1.0)
    assert onsets(laid)[4] == 1920
    assert laid.seconds(1920) == pytest.approx(2.0 - 0.04, abs=1e-5)
    # The others sound when they did.
    others = [laid.seconds(onset) for i, onset in enumerate(onsets(laid)) if i != 4]
    assert others == pytest.approx([0.5 * i for i in range(8) if i != 4], abs=1e-3)
    assert laid.seconds(laid.length) == pytest.approx(4.0, abs=1e-5)


def test_the_clock_bends_the_tempo_and_the_piece_keeps_its_length() -> None:
    clock = np.array([[0, 0], [1920, 0.2], [3840, 0]], dtype=float)
    laid = laid_over(TUNE, played(TUNE, clock=clock), 1.0)
    assert onsets(laid) == onsets(TUNE)
    assert [laid.seconds(tick) for tick in (960, 1920, 3840)] == pytest.approx([1.1, 2.2, 4.0])
    half = laid_over(TUNE, played(TUNE, clock=clock), 0.5)
    assert half.seconds(1920) == pytest.approx(2.1, abs=1e-5)


def test_nothing_begins_anew_before_the_join() -> None:
    clock = np.array([[0, 0], [960, 0.2], [1920, 0.3], [2880, 0.4], [3840, 0]], dtype=float)
    rng = np.random.default_rng(1)
    whole = played(TUNE, velocity=np.full(8, 9.0), late=rng.normal(0, 0.02, 8), clock=clock)
    laid = laid_over(TUNE, whole, 1.0, since=1920)
    assert laid.parts[0].notes[:3] == TUNE.parts[0].notes[:3]
    assert laid.seconds(1920) == pytest.approx(2.0)
    assert laid.seconds(3840) == pytest.approx(4.0, abs=1e-5)
    assert [note.velocity for note in laid.parts[0].notes] == [80] * 4 + [9] * 4


def test_onsets_keep_their_order_and_chords_go_from_the_lowest_up() -> None:
    notes = [Note(480, 60, 240), Note(480, 64, 240), Note(480, 67, 240), Note(600, 72, 120)]
    score = Score((Part(tuple(notes)),), length=1920)
    late = np.array([0.5, 0.02, -0.01, -0.5])
    laid = laid_over(score, played(score, late=late), 1.0)
    low, mid, high, last = laid.parts[0].notes
    assert (low.pitch, mid.pitch, high.pitch, last.pitch) == (60, 64, 67, 72)
    assert low.onset <= mid.onset <= high.onset < last.onset
    # Each may go less than half way to its neighbor.
    assert high.onset == 480 + 59
    assert last.onset == 600 - 60


def test_flams_keep_their_distance() -> None:
    drums = [Note(470, 38, 60, 40), Note(480, 38, 60, 100), Note(480, 42, 60, 90)]
    score = Score((Part(tuple(drums), is_drum=True),), length=1920)
    laid = laid_over(score, played(score, late=np.array([0.03, -0.01, 0.01])), 1.0)
    assert onsets(laid) == pytest.approx([480, 490, 490], abs=1)
    assert np.diff(onsets(laid)).tolist() == [10, 0]


def test_a_key_is_let_go_before_it_is_struck_again_and_at_the_end() -> None:
    score = Score(
        (
            Part(
                (Note(0, 60, 480), Note(480, 60, 1440)),
            ),
        ),
        length=1920,
    )
    long = played(score, held=np.full(2, 3.0), late=np.array([0.02, -0.02]))
    first, second = laid_over(score, long, 1.0).parts[0].notes
    assert first.end == second.onset
    assert second.end == 1920


def test_a_note_that_reaches_the_next_one_still_does() -> None:
    late = np.array([0, 0.03, 0, -0.02, 0, 0.01, 0, 0])
    notes = laid_over(TUNE, played(TUNE, late=late), 1.0).parts[0].notes
    assert all(a.end == b.onset for a, b in pairwise(notes))


def test_clocks_add_up_and_end_in_time() -> None:
    one: Floats = np.array([[0, 0.1], [3840, 0.1]])
    two: Floats = np.array([[0, 0], [1920, 0.3], [3840, 0.2]])
    summed = merged_clocks(TUNE, one, np.zeros((0, 2)), two)
    assert summed == pytest.approx(np.array([[0, 0], [1920, 0.2], [3840, 0]]))
    assert merged_clocks(TUNE).shape == (0, 2)


def test_the_score_comes_back_from_the_file() -> None:
    laid = laid_over(midi_score(TUNE), played(TUNE, held=np.full(8, 0.5)), 1.0)
    file = score_bytes(keep_score(laid, TUNE), "mid")
    found = kept_score(read_midi(file))
    assert found is not None
    assert score_bytes(found, "mid") == score_bytes(TUNE, "mid")


def test_a_performance_that_was_changed_is_a_piece_of_its_own() -> None:
    laid = laid_over(midi_score(TUNE), played(TUNE, held=np.full(8, 0.5)), 1.0)
    kept = keep_score(laid, TUNE)
    louder = replace(kept.parts[0].notes[0], velocity=99)
    changed = kept.with_parts([kept.parts[0].with_notes([louder, *kept.parts[0].notes[1:]])])
    assert kept_score(kept) == TUNE
    assert kept_score(changed) is None
    assert kept_score(TUNE) is None
