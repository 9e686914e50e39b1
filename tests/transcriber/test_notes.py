"""From frames to notes: what the network would say of small music, cut and rounded."""

from __future__ import annotations

import numpy as np
import pytest

from lab.transcriber.targets import frame_targets
from symgen.audio.reading import RATE
from symgen.transcriber.checkpoint import LOWEST_PITCH, PITCH_BINS, TranscriberConfig
from symgen.transcriber.inference import Frames, InferenceTranscriber, transcriber_shapes
from symgen.transcriber.notes import (
    detect_notes,
    estimate_tuning,
    find_segments,
    notes_of_frames,
    round_pitches,
)
from symgen.transcriber.spectrum import FRAMES_PER_SECOND, HOP

NOBODY = np.zeros((0, 4))


def frames_of(rows: np.ndarray, seconds: float, *, noise: float = 0.0, sure: float = 0.9) -> Frames:
    """What a network says that hears these notes, with a little doubt."""
    count = round(seconds * FRAMES_PER_SECOND)
    targets = frame_targets(rows, NOBODY, count)
    rng = np.random.default_rng(0)
    pitch = rng.random((count, PITCH_BINS + 1)) * noise + 1e-4
    for i, height in enumerate(targets.pitch):
        if np.isnan(height):
            pitch[i, -1] += sure
        else:
            place = (height - LOWEST_PITCH) * 3 + 1
            near = np.exp(-0.5 * ((np.arange(PITCH_BINS) - place) / 0.7) ** 2)
            pitch[i, :-1] += sure * near / near.sum()
    onset = np.clip(targets.onset * sure + rng.random(count) * noise * 5, 0.001, 0.999)
    pitch /= pitch.sum(axis=1, keepdims=True)
    return Frames(
        pitch.astype(np.float32), onset.astype(np.float32), np.zeros(count, dtype=np.float32)
    )


def sound_of(seconds: float) -> np.ndarray:
    return np.full(round(seconds * RATE), 0.1, dtype=np.float32)


TUNE = np.array([
    [0.20, 0.45, 60.0, 1], [0.50, 0.75, 62.0, 1], [0.75, 1.00, 62.0, 1], [1.00, 1.06, 64.0, 1], [1.50, 2.20, 47.0, 1],
])  # fmt: skip


@pytest.mark.parametrize("noise", [0.0, 0.004])
def test_notes_come_back(noise: float) -> None:
    """A rest, a repeated note, a very short one, a long one after silence."""
    found = find_segments(frames_of(TUNE, 2.5, noise=noise))
    assert len(found) == len(TUNE)
    for segment, row in zip(found, TUNE, strict=True):
        assert segment.onset == pytest.approx(row[0], abs=0.012)
        assert segment.offset == pytest.approx(row[1], abs=0.03)
        assert (segment.bin - 1) / 3 + LOWEST_PITCH == pytest.approx(row[2], abs=0.34)


def test_onsets_fall_between_frames() -> None:
    rows = np.array([[0.2035, 0.5, 60, 1], [0.6065, 0.9, 60, 1]])
    found = find_segments(frames_of(rows, 1.2))
    assert [segment.onset for segment in found] == pytest.approx([0.2035, 0.6065], abs=0.004)


def test_a_jump_of_the_pitch_is_a_note_without_an_onset() -> None:
    rows = np.array([[0.2, 0.6, 60, 1], [0.6, 1.0, 67, 1]])
    frames = frames_of(rows, 1.2)
    frames.onset[55:65] = 0.02
    assert [round((s.bin - 1) / 3 + LOWEST_PITCH) for s in find_segments(frames)] == [60, 67]


def test_nothing_is_invented() -> None:
    silent = frames_of(NOBODY, 3.0, noise=0.004)
    assert find_segments(silent) == []
    heard = notes_of_frames(silent, sound_of(3.0))
    assert heard.rows.shape == (0, 4)
    assert heard.crowded == 0.0


def test_a_phantom_onset_in_a_rest_or_a_note_is_left_out() -> None:
    frames = frames_of(TUNE, 2.5)
    frames.onset[130] = 0.3
    frames.onset[185] = 0.15
    assert len(find_segments(frames)) == len(TUNE)


def test_a_long_rest_full_of_candidates_is_bridged() -> None:
    rows = np.array([[0.2, 0.5, 60, 1], [9.0, 9.5, 62, 1]])
    frames = frames_of(rows, 10.0)
    frames.onset[60:880:8] = 0.1
    assert len(find_segments(frames)) == 2


@pytest.mark.parametrize("cents", [-45, -20, 0, 30, 48])
def test_tuning_is_found_and_taken_off(cents: int) -> None:
    rows = TUNE.copy()
    rows[:, 2] += cents / 100
    heard = notes_of_frames(frames_of(rows, 2.5), sound_of(2.5))
    assert heard.tuning == pytest.approx(cents, abs=6)
    assert heard.pitches.tolist() == [60, 62, 62, 64, 47]
    np.testing.assert_allclose(heard.rows[:, 2], rows[:, 2], atol=0.08)


def test_a_singer_who_sinks_is_followed() -> None:
    """Down by a semitone over two minutes: the tune stays what it was."""
    steps = np.tile([0, 2, 4, 5, 7, 5, 4, 2], 30)
    rows = np.array(
        [[i * 0.5, i * 0.5 + 0.4, 60 + step - i / 240, 1] for i, step in enumerate(steps)]
    )
    rounded = round_pitches(rows, estimate_tuning(rows)[1])
    assert set(rounded - steps) <= {59, 60, 61}
    changes = np.count_nonzero(np.diff(rounded - steps))
    assert changes <= 1


def test_pitches_that_lie_anywhere_have_no_tuning() -> None:
    rng = np.random.default_rng(3)
    rows = np.stack(
        [np.arange(60.0), np.arange(60.0) + 0.5, rng.uniform(50, 70, 60), np.ones(60)], axis=1
    )
    tuning, local = estimate_tuning(rows)
    assert tuning == 0
    assert not local.any()
    assert estimate_tuning(NOBODY)[0] == 0.0


def test_strength_follows_loudness() -> None:
    sound = np.zeros(round(2.5 * RATE), dtype=np.float32)
    for level, (start, end) in zip((0.3, 0.03, 0.3, 0.3, 0.1), TUNE[:, :2], strict=True):
        sound[round(start * RATE) : round(end * RATE)] = level
    strengths = notes_of_frames(frames_of(TUNE, 2.5), sound).rows[:, 3]
    assert strengths[1] < strengths[4] < strengths[0]
    assert ((strengths > 0) & (strengths <= 1)).all()


def test_company_is_reported() -> None:
    frames = frames_of(TUNE, 2.5)
    frames.crowd[:] = 0.75
    assert notes_of_frames(frames, sound_of(2.5)).crowded == pytest.approx(0.75)


@pytest.mark.parametrize("samples", [0, 1, HOP, 1600])
def test_very_short_recordings(samples: int) -> None:
    config = TranscriberConfig(first=3, second=2, third=4, squeezed=2, width=8, hidden=5)
    weights = {
        name: np.zeros(shape, dtype=np.float32)
        for name, shape in transcriber_shapes(config).items()
    }
    heard = detect_notes(np.zeros(samples, dtype=np.float32), InferenceTranscriber(config, weights))
    assert heard.rows.shape[1] == 4


def test_targets_of_frames() -> None:
    rows, others = (
        np.array([[0.10, 0.30, 60.2, 1], [0.30, 0.40, 62.2, 1]]),
        np.array([[0.2, 0.5, 48.0, 1]]),
    )
    targets = frame_targets(rows, others, 60)
    assert np.isnan(targets.pitch[[9, 40]]).all()
    assert targets.pitch[[10, 29]] == pytest.approx(60.2)
    assert targets.pitch[[30, 39]] == pytest.approx(62.2)
    assert targets.onset[10] == pytest.approx(1)
    assert targets.onset[[9, 11]] == pytest.approx(0.6)
    assert targets.onset[[5, 14, 26]] == pytest.approx(0)
    assert targets.crowd[[19, 20, 49, 50]].tolist() == [0, 1, 1, 0]
    assert (targets.weight[40:43] < 1).all()
    assert targets.weight[[10, 30, 39, 44]].tolist() == [1, 1, 1, 1]
