"""The picture of a recording: known tones stand at known bins, whatever their level, and blocks make the whole."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.audio.reading import RATE
from symgen.transcriber.spectrum import (
    BINS,
    BINS_A_SEMITONE,
    FRAMES_PER_SECOND,
    LOWEST_BIN,
    bin_frequencies,
    count_frames,
    find_level,
    log_spectrogram,
    spectrogram_blocks,
)


def tone(pitch: float, seconds: float = 1.0, peak: float = 0.3) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * times)).astype(np.float32)


@pytest.mark.parametrize("pitch", [48, 60, 69, 81, 100, 116])
def test_a_tone_stands_at_its_bin(pitch: int) -> None:
    picture = log_spectrogram(tone(pitch))
    assert picture.shape == (FRAMES_PER_SECOND, BINS, 2)
    loudest = picture[20:80, :, 0].mean(axis=0).argmax()
    assert abs(loudest - (pitch - LOWEST_BIN) * BINS_A_SEMITONE) <= 1


def test_bins_are_thirds_of_semitones() -> None:
    frequencies = bin_frequencies()
    assert frequencies[(69 - 35) * 3] == pytest.approx(440)
    assert frequencies[36] / frequencies[0] == pytest.approx(2)
    assert frequencies[-1] < RATE / 2


def test_level_does_not_change_the_picture() -> None:
    loud, soft = (log_spectrogram(tone(60, peak=peak)) for peak in (0.8, 0.02))
    assert np.abs(loud - soft).max() < 0.01


def test_silence_and_hiss_far_below_full_scale_stay_dark() -> None:
    hiss = np.random.default_rng(0).normal(0, 1e-5, RATE).astype(np.float32)
    assert log_spectrogram(np.zeros(RATE, dtype=np.float32)).max() == 0
    assert log_spectrogram(hiss).max() < 0.4
    assert find_level(hiss) == find_level(np.zeros(RATE, dtype=np.float32))


def test_the_short_window_sees_a_beginning_sooner_than_it_is_smeared() -> None:
    sound = np.concatenate([np.zeros(RATE // 2, dtype=np.float32), tone(69, 0.5)])
    picture = log_spectrogram(sound)[:, 102]
    before = FRAMES_PER_SECOND // 2 - 4
    assert picture[before, 1] < 0.2 < picture[before, 0]


@pytest.mark.parametrize(("size", "margin"), [(7, 0), (64, 3), (1000, 5)])
def test_blocks_make_the_whole(size: int, margin: int) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 12_345).astype(np.float32)
    whole = log_spectrogram(sound)
    at = 0
    for first, block in spectrogram_blocks(sound, size, margin):
        np.testing.assert_allclose(block, whole[first : first + len(block)], atol=1e-5)
        assert first == max(0, at - margin)
        at += size
    assert at >= len(whole) == count_frames(len(sound))


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 161])
def test_very_short_sounds(samples: int) -> None:
    picture = log_spectrogram(np.ones(samples, dtype=np.float32))
    assert picture.shape == (count_frames(samples), BINS, 2)
    assert np.isfinite(picture).all()
