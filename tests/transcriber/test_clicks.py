"""Count-ins that are made here."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.system.errors import ControlError, FormatError
from symgen.transcriber.quantize import find_clicks

Samples = NDArray[np.float32]
RATE = 16_000


def recording(seconds: float, noise: float = 1e-4, rate: int = RATE) -> Samples:
    return np.random.default_rng(0).normal(0, noise, int(seconds * rate)).astype(np.float32)


def add_click(
    samples: Samples, at: float, *, loud: float = 0.5, rate: int = RATE, kind: str = "click"
) -> None:
    """Mix in a click (a beep of 20 ms), or a clap (noise that fades over 60 ms)."""
    time = np.arange(int(0.12 * rate)) / rate
    if kind == "click":
        sound = np.sin(2 * np.pi * 1500 * time) * np.exp(-time / 0.01)
    else:
        sound = np.random.default_rng(int(at * 1000)).normal(size=len(time)) * np.exp(-time / 0.02)
    start = int(at * rate)
    samples[start : start + len(sound)] += (loud * sound).astype(np.float32)[: len(samples) - start]


def add_tone(
    samples: Samples, start: float, end: float, *, pitch: float = 440.0, loud: float = 0.3
) -> None:
    """Mix in a tone that sets in softly."""
    time = np.arange(int((end - start) * RATE)) / RATE
    shape = np.minimum(time / 0.03, 1) * np.minimum((end - start - time) / 0.03, 1)
    first = int(start * RATE)
    samples[first : first + len(time)] += (loud * shape * np.sin(2 * np.pi * pitch * time)).astype(
        np.float32
    )


@pytest.mark.parametrize("kind", ["click", "clap"])
@pytest.mark.parametrize("step", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("noise", [1e-5, 5e-3])
def test_four_clicks_before_a_melody(kind: str, step: float, noise: float) -> None:
    samples = recording(11, noise)
    times = 0.7 + step * np.arange(4)
    for at in times:
        add_click(samples, at, kind=kind)
    for i in range(6):
        add_tone(samples, 0.7 + step * (4 + i), 0.7 + step * (4.8 + i), pitch=300 + 40 * i)
    np.testing.assert_allclose(find_clicks(samples, RATE, 4), times, atol=0.006)


def test_clicks_that_are_not_quite_even_or_equally_loud() -> None:
    samples = recording(4)
    times = np.array([0.5, 1.02, 1.49, 2.01])
    for at, loud in zip(times, (0.6, 0.3, 0.4, 0.5), strict=True):
        add_click(samples, at, loud=loud)
    np.testing.assert_allclose(find_clicks(samples, RATE, 4), times, atol=0.006)


def test_a_bump_before_the_clicks_is_passed_over() -> None:
    samples = recording(5)
    add_click(samples, 0.2, kind="clap")
    times = 1.1 + 0.6 * np.arange(4)
    for at in times:
        add_click(samples, at)
    np.testing.assert_allclose(find_clicks(samples, RATE, 4), times, atol=0.006)


def test_only_as_many_as_are_asked_for() -> None:
    samples = recording(6)
    for i in range(8):
        add_click(samples, 0.5 + 0.5 * i)
    np.testing.assert_allclose(find_clicks(samples, RATE, 2), [0.5, 1.0], atol=0.006)


def test_another_rate() -> None:
    samples = recording(4, rate=44_100)
    for i in range(4):
        add_click(samples, 0.4 + 0.45 * i, rate=44_100)
    np.testing.assert_allclose(
        find_clicks(samples, 44_100, 4), 0.4 + 0.45 * np.arange(4), atol=0.006
    )


@pytest.mark.parametrize("seconds", [0.0, 0.001, 3.0])
def test_no_clicks(seconds: float) -> None:
    with pytest.raises(
        FormatError, match="does not begin with 4 even clicks; leave the count-in out"
    ):
        find_clicks(np.zeros(int(seconds * RATE), dtype=np.float32), RATE, 4)


def test_uneven_claps_are_no_count_in() -> None:
    samples = recording(5)
    for at in (0.3, 0.9, 2.4, 2.8, 4.4):
        add_click(samples, at, kind="clap")
    with pytest.raises(FormatError, match="even clicks"):
        find_clicks(samples, RATE, 4)


@pytest.mark.parametrize("count", [0, 1, 17])
def test_a_count_out_of_range(count: int) -> None:
    with pytest.raises(ControlError, match=r"must be 2\.\.16"):
        find_clicks(recording(1), RATE, count)
