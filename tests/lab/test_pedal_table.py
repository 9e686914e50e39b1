"""The figures of pedals, on cases that are counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lab.benchmarks.pedal import Case, judge, new_roots, plain_pedal
from symgen.evaluation.harmony import chords_on_beats
from symgen.evaluation.slices import cut
from symgen.music.score import Note, Part, Score

# Two notes of one second each, one after the other; the second one is another harmony.
CASE = Case(np.array([[0.0, 1.0, 48.0], [1.0, 2.0, 53.0]]), np.array([0.0, 1.0]), 0.125)


def test_a_pedal_that_goes_on_holds_the_harmony_before_over_the_new_one() -> None:
    found = judge(CASE, np.array([[0.1, 2.0]]))
    assert (found.changes, found.changed, found.held, found.lifted) == (1, 0, 1, 0)
    assert found.overlap == pytest.approx(1.0)


def test_a_pedal_that_is_changed_overlaps_for_as_long_as_it_is_late() -> None:
    found = judge(CASE, np.array([[0.1, 1.02], [1.1, 2.0]]))
    assert (found.changes, found.changed, found.held, found.lifted) == (1, 1, 1, 1)
    assert found.overlap == pytest.approx(0.02)


def test_without_a_pedal_nothing_overlaps_and_nothing_is_held() -> None:
    found = judge(CASE, np.zeros((0, 2)))
    assert (found.changes, found.changed, found.held, found.overlap) == (1, 1, 0, 0.0)


def test_a_key_that_is_struck_again_ends_what_the_pedal_held() -> None:
    notes = np.array([[0.0, 0.5, 48.0], [1.0, 2.0, 53.0], [1.2, 1.4, 48.0]])
    found = judge(Case(notes, np.array([0.0, 1.0]), 0.125), np.array([[0.1, 2.0]]))
    assert found.overlap == pytest.approx(0.2)


def test_a_plain_pedal_changes_at_the_bar_lines() -> None:
    found = plain_pedal(np.array([0.0, 1.0, 2.0]), CASE)
    assert found == pytest.approx(np.array([[0.1, 1.02], [1.1, 2.0]]))


def test_a_harmony_begins_with_another_root_of_three_tones_or_more() -> None:
    chords = [(48, 52, 55), (48, 52, 55, 58), (53,), (53, 57, 60), (48, 52, 55)]
    notes = [Note(480 * beat, pitch, 480) for beat, chord in enumerate(chords) for pitch in chord]
    slices = cut(Score((Part(tuple(notes)),)))
    assert new_roots(chords_on_beats(slices), slices.beat_at).tolist() == [0, 36, 48]
