"""Phrases of small tunes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.performer.phrases import boundary_strengths, find_phrases

BAR = 1920


def tune(bars: int, phrase: int, upbeat: int = 0) -> Score:
    """Return quarters, with a half note at the end of every so many bars; what follows it begins as an upbeat."""
    notes, at = [], 0
    for bar in range(bars):
        for beat in range(4):
            is_long = (bar + 1) % phrase == 0 and beat == 3 - upbeat - 1
            if (bar + 1) % phrase == 0 and beat == 3 - upbeat:
                at += 480
                continue
            notes.append(Note(at, 60, 960 if is_long else 480))
            at += 480
    return Score((Part(tuple(notes)),))


def starts(score: Score) -> list[int]:
    return [phrase.start for phrase in find_phrases(score)]


def test_a_pause_is_as_strong_as_the_times_the_intervals_and_the_rests_differ() -> None:
    onset = np.array([0.0, 1.0, 2.0, 4.0, 5.0])
    end = np.array([1.0, 2.0, 3.0, 5.0, 6.0])
    pitch = np.array([60.0, 62.0, 64.0, 60.0, 62.0])
    # Times 1 1 2 1: changes 0, 1/3, 1/3; strengths 0, 1/3, 4/3, 1/3. Intervals 2 2 4 2 alike. Rests 0 0 1 0.
    one = np.array([0, 0.25, 1, 0.25])
    assert boundary_strengths(onset, end, pitch) == pytest.approx(
        0.75 * one + 0.25 * np.array([0, 0, 1, 0])
    )
    assert len(boundary_strengths(onset[:1], end[:1], pitch[:1])) == 0


@pytest.mark.parametrize("length", [3, 4, 6])
def test_phrases_end_where_the_melody_pauses(length: int) -> None:
    assert starts(tune(4 * length, length)) == [n * length * BAR for n in range(4)]


def test_an_upbeat_belongs_to_the_phrase_that_it_opens() -> None:
    assert starts(tune(16, 4, upbeat=1)) == [0, *(4 * n * BAR - 480 for n in (1, 2, 3))]


def test_where_nothing_pauses_phrases_have_four_bars() -> None:
    even = Score((Part(tuple(Note(480 * n, 60, 480) for n in range(64))),))
    assert starts(even) == [4 * n * BAR for n in range(4)]


def test_a_pickup_is_no_bar_of_a_phrase() -> None:
    notes = tuple(Note(480 * n, 60, 480) for n in range(49))
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4)))
    score = Score((Part(notes),), meters=meters)
    assert score.has_pickup
    assert starts(score) == [0, *(480 + 4 * n * 1440 for n in (1, 2, 3))]


def test_phrases_cover_the_piece_and_the_last_one_closes_it() -> None:
    score = Score(
        (Part((Note(100, 60, 100),)), Part((Note(0, 36, 10),), is_drum=True)), length=9000
    )
    found = find_phrases(score)
    assert found[0].start == 0
    assert found[-1].end == 9000
    assert found[-1].closes
    assert all(a.end == b.start for a, b in pairwise(found))
    assert find_phrases(Score()) == ()


def test_sections_close_after_two_phrases_or_four() -> None:
    closes = [phrase.closes for phrase in find_phrases(tune(32, 4))]
    gaps = np.diff(np.flatnonzero([True, *closes]))
    assert closes[-1]
    assert gaps.min() >= 2
    assert gaps.max() <= 4


def test_a_phrase_closes_with_the_degree_of_its_last_note() -> None:
    goals, notes = {3: 62, 7: 64, 11: 60, 15: 60}, []
    for bar in range(16):
        notes += [Note(BAR * bar + 480 * beat, (60, 64)[beat], 480) for beat in range(2)]
        goal = goals.get(bar)
        rest = [Note(BAR * bar + 960, goal, 960)] if goal else []
        notes += rest or [Note(BAR * bar + 480 * beat, 67, 480) for beat in (2, 3)]
    found = find_phrases(Score((Part(tuple(notes)),)))
    assert [(phrase.end // BAR, phrase.cadence) for phrase in found] == [
        (4, "half"), (8, "open"), (12, "full"), (16, "full"),
    ]  # fmt: skip
    drums = Score((Part((Note(0, 36, 10),), is_drum=True),), length=BAR)
    assert [phrase.cadence for phrase in find_phrases(drums)] == ["open"]
