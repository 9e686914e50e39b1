"""Rooms and recorders: what they may do to a sound, and what not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lab.renditions.negatives import NEGATIVES, no_melody
from lab.renditions.recorders import limit_rate, lossy, overdrive
from lab.renditions.rooms import (
    Samples,
    colored_noise,
    degrade,
    fast_size,
    room_response,
    to_level,
)
from symgen.audio.reading import RATE

CLICKS = np.zeros(3 * RATE, dtype=np.float32)
for _at in (0.5, 1.5, 2.5):
    CLICKS[round(_at * RATE) : round(_at * RATE) + 800] = np.sin(
        2 * np.pi * 700 * np.arange(800) / RATE
    )


def begins(samples: Samples) -> float:
    """Seconds at which the tone in the middle begins: where it passes a quarter of its peak."""
    first = round(1.3 * RATE)
    piece = np.abs(samples[first : first + round(0.4 * RATE)])
    return float((first + np.argmax(piece > 0.25 * piece.max())) / RATE)


@pytest.mark.parametrize("seed", range(40))
def test_recordings_are_as_long_and_not_later(seed: int) -> None:
    heard, facts = degrade(CLICKS, np.random.default_rng(seed))
    assert heard.shape == CLICKS.shape
    assert heard.dtype == np.float32
    assert np.isfinite(heard).all()
    if facts.get("snr", 99) > 30 and facts.get("microphone") != "telephone":
        assert begins(heard) == pytest.approx(1.5, abs=0.008)


@pytest.mark.parametrize("work", [limit_rate, lossy, overdrive])
def test_recorders_keep_time_and_take_silence(work: Callable[..., tuple[Samples, object]]) -> None:
    for seed in range(6):
        heard, _ = work(CLICKS, np.random.default_rng(seed))
        assert heard.shape == CLICKS.shape
        assert heard.dtype == np.float32
        assert begins(heard) == pytest.approx(1.5, abs=0.004)
    assert not work(np.zeros(RATE, dtype=np.float32), np.random.default_rng(0))[0].any()


def test_rooms_begin_with_the_direct_sound() -> None:
    for seed in range(10):
        response = room_response(np.random.default_rng(seed))
        assert response[0] == 1.0
        assert np.isfinite(response).all()


def test_noise_has_its_color() -> None:
    rng = np.random.default_rng(0)
    for fall in (0.0, -3.0, -6.0):
        noise = colored_noise(RATE * 4, fall, rng)
        power = np.abs(np.fft.rfft(noise)) ** 2
        low, high = power[4 * 500 : 4 * 600].mean(), power[4 * 4000 : 4 * 4800].mean()
        assert 10 * np.log10(high / low) == pytest.approx(3 * fall, abs=1.0)
        assert noise.std() == pytest.approx(1, abs=0.01)


def test_levels() -> None:
    assert np.abs(to_level(CLICKS, -6.0)).max() == pytest.approx(10 ** (-6 / 20))
    assert not to_level(np.zeros(5, dtype=np.float32), 0.0).any()
    for count in (1, 7, 1000, 224_001):
        assert fast_size(count) >= count


def test_every_sound_without_a_melody_can_be_made() -> None:
    rng, kinds = np.random.default_rng(0), set()
    for _ in range(60):
        samples, kind = no_melody(1.5, rng)
        kinds.add(kind)
        assert samples.shape == (24000,)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1
        assert samples.any() == (kind != "silence")
    assert kinds == set(NEGATIVES)
