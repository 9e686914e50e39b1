"""What is chosen on the way from frames to notes, at its boundaries, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.audio.reading import RATE
from symgen.transcriber.checkpoint import PITCH_BINS
from symgen.transcriber.inference import Frames
from symgen.transcriber.notes import (
    Segment,
    SegmentWeights,
    _candidates,
    _Evidence,
    _fine_pitch,
    _follow,
    _levels,
    _near,
    _peak_shift,
    _runs,
    _strengths,
    detect_notes,
    estimate_tuning,
    notes_of_frames,
    round_pitches,
    settle_ends,
)
from symgen.transcriber.spectrum import HOP

HALF = 12 * np.log(2)
"""Seconds in which what is near counts half."""


def rows_of(*notes: tuple[float, float, float]) -> NDArray[np.float64]:
    """Rows of onset, offset and pitch."""
    return np.array([[*note, 1.0] for note in notes])


# -- tuning ------------------------------------------------------------------------------


def test_what_is_near_fades_by_half_in_its_time() -> None:
    """Neighbors count 1/2 and 1/4: 1 + 10 / 2 + 100 / 8, 10 + 1 / 2 + 100 / 4, 100 + 10 / 4 + 1 / 8."""
    found = _near(np.array([1, 10, 100]), np.array([0, HALF, 3 * HALF]))
    assert found.real.tolist() == pytest.approx([18.5, 35.5, 102.625])


def test_drift_is_followed_and_brought_back_to_the_nearest_turn() -> None:
    assert _follow(np.array([3.1, -3.0, -2.9])).tolist() == pytest.approx(
        [3.1 - 2 * np.pi, -3.0, -2.9]
    )
    assert _follow(np.array([0.5, 3.1, -3.1])).tolist() == pytest.approx(
        [0.5, 3.1, 2 * np.pi - 3.1]
    )


@pytest.mark.parametrize(
    ("notes", "cents"),
    [
        # a quarter of a semitone apart, both longer than a second: half way, as 1 and i have 45 degrees
        ([(0, 1, 60), (2, 5, 60.25)], 12.5),
        # both shorter than 20 ms
        ([(0, 0.001, 60), (1, 1.02, 60.25)], 12.5),
        # one lasts half as long as the other: the angle of 2 + i
        ([(0, 1, 60), (1, 1.5, 60.25)], 100 * np.arctan(0.5) / (2 * np.pi)),
        # they agree to 0.325, half way between no belief and all of it
        ([(0, 1, 60.1 - np.arccos(0.325) / (2 * np.pi)), (1, 2, 60.1 + np.arccos(0.325) / (2 * np.pi))], 5),
        # to 0.25, a fifth of the way
        ([(0, 1, 60.1 - np.arccos(0.25) / (2 * np.pi)), (1, 2, 60.1 + np.arccos(0.25) / (2 * np.pi))], 2),
    ],
)  # fmt: skip
def test_the_tuning_is_the_mean_direction(
    notes: list[tuple[float, float, float]], cents: float
) -> None:
    assert estimate_tuning(rows_of(*notes))[0] == pytest.approx(cents)


def test_the_whole_counts_twice_beside_what_is_near() -> None:
    """Directions 1 and i: near are 1 + i / 2 and i + 1 / 2; the whole is 2 (1 + i) / 2 times 1.5."""
    _, local = estimate_tuning(rows_of((0, 1, 60), (HALF, HALF + 1, 60.25)))
    turns = np.arctan2([2.0, 2.5], [2.5, 2.0]) / (2 * np.pi)
    assert local.tolist() == pytest.approx((100 * turns).tolist())


def test_pitches_are_rounded_after_the_tuning_and_stay_in_midi() -> None:
    rows = rows_of((0, 1, 60.4), (1, 2, 60.6), (2, 3, 60.6), (3, 4, -4), (4, 5, 200))
    tuning = np.array([0, 0, 20, 0, 0])
    assert round_pitches(rows, tuning).tolist() == [60, 61, 60, 0, 127]


# -- places ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("onset", "frame", "shift"),
    [
        ([0, 1, 0], 1, 0),
        ([0.5, 1, 0], 1, -1 / 6),
        ([0, 1, 0.5], 1, 1 / 6),
        ([1, 1, 0], 1, -0.5),
        ([1, 1, 1], 1, 0),  # no peak at all
        ([0.25, 0.5, 0.625], 1, 0),  # the right neighbor is higher
        ([0, 0, 1, 0.5], 2, 1 / 6),
        ([1, 0.5, 0], 0, 0),  # there is nothing before it
        ([0, 0.5, 1], 2, 0),
    ],
)
def test_a_peak_stands_between_frames(onset: list[float], frame: int, shift: float) -> None:
    assert _peak_shift(np.array(onset, dtype=np.float32), frame) == pytest.approx(shift)


def test_runs_of_frames() -> None:
    assert _runs([]) == []
    assert _runs([3, 4, 5, 7, 9, 10]) == [(3, 5), (7, 7), (9, 10)]


def frames_with(
    onsets: dict[int, float], bins: dict[int, int], silent: float = 1.0, count: int = 40
) -> Frames:
    """Frames that are silent but where they have a bin."""
    pitch = np.zeros((count, PITCH_BINS + 1), dtype=np.float32)
    pitch[:, -1] = silent
    for frame, place in bins.items():
        pitch[frame, -1] = 0.0
        pitch[frame, place] = 1.0
    onset = np.zeros(count, dtype=np.float32)
    for frame, chance in onsets.items():
        onset[frame] = chance
    return Frames(pitch, onset, np.zeros(count, dtype=np.float32))


def voiced(start: int, *gaps: int, place: int = 30, stop: int = 40) -> dict[int, int]:
    return {frame: place for frame in range(start, stop) if frame not in gaps}


@pytest.mark.parametrize(
    ("onsets", "bins", "places"),
    [
        ({0: 0.5, 9: 0.125, 20: 0.12, 39: 0.5}, {}, [0, 9, 39]),  # from the least chance on
        ({9: 0.5, 10: 0.5}, {}, [9]),  # of a flat peak the first
        ({}, voiced(20), [19]),  # frames 18..21 have silence two frames before and sound two behind
        ({}, voiced(0, 20), [22]),
        ({}, voiced(0, 20, 23), [22]),  # within four frames it is the same place
        ({}, voiced(0, 20, 25), [22, 27]),
        ({}, voiced(0, 0, 3), [2]),
        ({15: 0.5}, voiced(20), [15]),  # a peak within four frames says the same
        ({14: 0.5}, voiced(20), [14, 19]),
        ({23: 0.5}, voiced(20), [23]),
        ({24: 0.5}, voiced(20), [19, 24]),
        ({2: 0.5}, voiced(6), [2]),
        ({}, voiced(0, stop=20) | voiced(20, place=32), []),  # two thirds of a semitone are no jump
        ({}, voiced(0, stop=20) | voiced(20, place=33), [19]),
        ({}, voiced(0, stop=20) | voiced(20, place=27), [19]),
    ],
)
def test_places_where_a_note_may_begin(
    onsets: dict[int, float], bins: dict[int, int], places: list[int]
) -> None:
    assert _candidates(frames_with(onsets, bins), SegmentWeights(candidate=0.125)) == places


@pytest.mark.parametrize(("silent", "places"), [(0.5, []), (0.49, [19])])
def test_a_frame_is_voiced_if_silence_is_less_likely_than_not(
    silent: float, places: list[int]
) -> None:
    frames = frames_with({}, {})
    frames.pitch[20:, -1] = silent
    assert _candidates(frames, SegmentWeights()) == places


# -- ends --------------------------------------------------------------------------------


def steps(*runs: tuple[int, float]) -> NDArray[np.float32]:
    """Hops of one level each: how many, and their decibels."""
    decibels = np.concatenate([np.full(count, level) for count, level in runs])
    signs = np.tile([1.0, -1.0], HOP // 2)
    return (10 ** (decibels[:, None] / 20) * signs).ravel().astype(np.float32)


@pytest.mark.parametrize(
    ("runs", "end"),
    [
        # The level is taken over two hops: frame 31 is the first soft one, 26 the one five before, and
        # the note ends two frames after that and lingers for two.
        ([(30, 0), (80, -20)], 0.30),
        ([(30, 0), (80, -14.5)], 0.30),
        ([(30, 0), (80, -13.5)], 1.0),  # not deep enough
        # it falls by 5 decibels at once, or only three frames later
        ([(30, 0), (4, -5.1), (80, -60)], 0.30),
        ([(30, 0), (4, -4.9), (80, -60)], 0.33),
        # what falls comes up again to 3 or to 5 decibels below
        ([(30, 0), (2, -30), (2, -3), (80, -60)], 0.33),
        ([(30, 0), (2, -30), (2, -5), (80, -60)], 0.30),
        # it is as deep only four frames later, or five
        ([(30, 0), (4, -10), (80, -60)], 0.30),
        ([(30, 0), (5, -10), (80, -60)], 0.31),
        ([(100, 0), (20, -60)], 1.0),
        ([(95, 0), (20, -60)], 0.95),
        ([(4, 0), (2, 10), (100, -40)], 0.09),  # nothing ends in its first five frames
    ],
)
def test_a_note_ends_where_it_breaks_off(runs: list[tuple[int, float]], end: float) -> None:
    settled = settle_ends(rows_of((0, 1.0, 69)), steps(*runs))
    assert settled[0, 1] == pytest.approx(end)


def test_levels_are_taken_over_two_hops() -> None:
    """At the beginning over the one that there is."""
    levels = _levels(steps((1, 0), (1, -20), (1, -40)))
    powers = [1, (1 + 0.01) / 2, (0.01 + 0.0001) / 2]
    assert levels.tolist() == pytest.approx([10 * np.log10(power) for power in powers], abs=1e-6)


# -- evidence ----------------------------------------------------------------------------


def test_evidence_is_summed_over_frames() -> None:
    """Three frames of a note, of which three bins have 0.75, and two of a rest; onsets count for their neighbors."""
    frames = frames_with({0: 0.5, 1: 0.8, 2: 0.1}, {}, count=5)
    frames.pitch[:3, [30, 31, -1]] = 0.5, 0.25, 0.25
    frames.pitch[3:, -1] = 0.9
    evidence = _Evidence(frames, SegmentWeights())
    onset = np.log(0.8 / 0.2) - 0.2
    assert evidence.note(0, 3) == pytest.approx(onset + 0.1 * 3 * np.log(0.75))
    assert evidence.note(0, 5) == pytest.approx(onset + 0.1 * (3 * np.log(0.75) + 2 * np.log(0.9)))
    assert evidence.note(2, 5) == pytest.approx(onset + 0.1 * (np.log(0.75) + 2 * np.log(0.9)))
    assert evidence.silence(1, 5) == pytest.approx(0.1 * (2 * np.log(0.25) + 2 * np.log(0.9)))
    assert evidence.segment(0, 5)[2:] == (0, 3, 30)
    frames.pitch[:3, -1] = 0  # no frame by itself decides: 0.02 at least
    assert _Evidence(frames, SegmentWeights()).silence(0, 3) == pytest.approx(0.3 * np.log(0.02))


# -- pitch and strength ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mass", "pitch"),
    [
        ({(4, 29): 1, (17, 31): 1}, 36 + 29 / 3),  # bin 1 is the C at the bottom
        ({(3, 32): 1, (4, 30): 1, (18, 32): 1}, 36 + 29 / 3),  # a fifth at its beginning, half of it at its end
        ({(9, 30): 1, (9, 33): 1, (9, 34): 9}, 36 + 30.5 / 3),  # three bins to each side
        ({(9, 30): 1, (9, 27): 1, (9, 26): 9}, 36 + 27.5 / 3),
    ],
)  # fmt: skip
def test_the_fine_pitch_comes_from_the_middle(
    mass: dict[tuple[int, int], float], pitch: float
) -> None:
    chances = np.zeros((40, PITCH_BINS + 1), dtype=np.float32)
    for (frame, place), value in mass.items():
        chances[frame, place] = value
    assert _fine_pitch(chances, Segment(0, 0.2, 0, 20, 30)) == pytest.approx(pitch)


def test_long_notes_are_trimmed_by_eight_frames_at_most() -> None:
    chances = np.zeros((100, PITCH_BINS + 1), dtype=np.float32)
    chances[[7, 96], 32] = 1.0
    chances[[8, 95], 30] = 1.0
    assert _fine_pitch(chances, Segment(0, 1, 0, 100, 30)) == pytest.approx(36 + 29 / 3)


def test_strength_is_told_in_decibels_from_the_loud_frames() -> None:
    """0.8 at their level, 0 at 30 decibels below it, no less than 0.05 and no more than 1."""
    loud = [(100, -20)] * 3
    sound = steps(*loud, (100, -35), (100, -52), (10, -10), (90, -20), (8, -120), (8, -20), (1, -120), (8, -20),
                  (90, -20))  # fmt: skip
    rows = rows_of(
        (0.5, 1.5, 60),
        (3.1, 3.9, 60),
        (4.1, 4.9, 60),
        (5.0, 5.1, 60),
        (6.0, 6.16, 60),
        (6.16, 6.17, 60),  # what is shorter is measured over 80 ms: seven of eight hops
    )
    short = 0.8 * (1 + 10 * np.log10(7 / 8) / 30)
    assert _strengths(rows, sound) == pytest.approx([0.8, 0.4, 0.05, 1.0, 0.8, short], abs=1e-5)


def test_company_and_clarity_are_those_of_the_notes_alone() -> None:
    frames = frames_with({20: 0.9}, voiced(20, stop=60), count=80)
    frames.pitch[20:60, -1], frames.pitch[20:60, 30] = 0.25, 0.75
    frames.crowd[:] = 1.0
    frames.crowd[20:60] = 0.5
    heard = notes_of_frames(frames, steps((80, -20)))
    assert (heard.rows[0, 0], heard.rows[0, 1]) == pytest.approx((0.2, 0.6))
    assert (heard.crowded, heard.clarity) == (0.5, 0.75)


@pytest.mark.parametrize(("samples", "asked"), [(0, 0), (HOP - 1, 0), (HOP, 1)])
def test_less_than_a_frame_is_not_listened_to(samples: int, asked: int) -> None:
    class Net:
        asked = 0

        def frames(self, sound: NDArray[np.float32]) -> Frames:
            self.asked += 1
            return frames_with({}, {}, count=1)

    net = Net()
    heard = detect_notes(np.full(samples, 0.1, dtype=np.float32), net)  # type: ignore[arg-type]
    assert net.asked == asked
    assert (heard.tuning, heard.crowded, heard.clarity, len(heard.pitches)) == (0, 0, 0, 0)
    assert RATE == 100 * HOP
