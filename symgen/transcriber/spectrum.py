"""What the network reads: magnitudes on a logarithmic axis of frequency, by two windows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from symgen.audio.reading import RATE

__all__ = [
    "BINS",
    "BINS_A_SEMITONE",
    "FRAMES_PER_SECOND",
    "HOP",
    "LOWEST_BIN",
    "bin_frequencies",
    "count_frames",
    "find_level",
    "log_spectrogram",
    "spectrogram_blocks",
]

Floats = NDArray[np.float32]

HOP = 160
FRAMES_PER_SECOND = RATE // HOP

BINS_A_SEMITONE = 3
LOWEST_BIN = 35.0
"""Pitch of bin 0, as a MIDI number."""
BINS = 252

WINDOWS = (2048, 512)
"""Samples: the long one tells pitches apart, the short one tells when they begin."""
_RANGE = 70.0
"""Decibels from the floor of the picture to the level of the loud frames."""
_CEILING = 1.2
_LOUD_SHARE = 0.95
_FAINTEST = 10 ** (-62 / 20)
"""Recordings whose loud frames are fainter are not raised further: it would be noise."""
_SLICE = 2048


def bin_frequencies() -> NDArray[np.float64]:
    """Center frequencies of the bins in Hz, shape (bins,)."""
    pitches = LOWEST_BIN + np.arange(BINS) / BINS_A_SEMITONE
    return np.asarray(440.0 * 2.0 ** ((pitches - 69.0) / 12.0))


@cache
def _filters(size: int) -> Floats:
    """Triangles on the axis of frequency, at least as wide as the window can tell apart; shape (size / 2 + 1, bins)."""
    centers = bin_frequencies()
    lines = np.arange(size // 2 + 1) * RATE / size
    width = np.maximum(RATE / size, centers * (2 ** (1 / (12 * BINS_A_SEMITONE)) - 1))
    weights = np.maximum(0.0, 1.0 - np.abs(lines[:, None] - centers) / width)
    made: Floats = (weights / weights.sum(axis=0)).astype(np.float32)
    return made


def count_frames(samples: int) -> int:
    """Return how many frames a recording of so many samples has: one for each hop that begins in it."""
    return -(-samples // HOP)


def find_level(samples: Floats) -> float:
    """Return how loud the loud frames of a recording are."""
    # `samples`: shape (samples,), at `RATE`, full scale is 1.
    hops = len(samples) // HOP
    if not hops:
        return max(_FAINTEST, float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0)
    power = np.mean(np.square(samples[: hops * HOP]).reshape(hops, HOP), axis=1, dtype=np.float64)
    return max(_FAINTEST, float(np.sqrt(np.quantile(power, _LOUD_SHARE))))


def log_spectrogram(samples: Floats) -> Floats:
    """Return the picture of a recording."""
    # `samples`: shape (samples,), at `RATE`, full scale is 1; returns shape (frames, bins, 2), by
    # the long and the short window; 0 is 70 dB below the level of the loud frames, 1 that level.
    # Frame ``i`` is centered on ``i / FRAMES_PER_SECOND`` seconds.
    blocks = [block for _, block in spectrogram_blocks(samples)]
    return np.concatenate(blocks) if blocks else np.zeros((0, BINS, len(WINDOWS)), dtype=np.float32)


def spectrogram_blocks(
    samples: Floats, size: int = _SLICE, margin: int = 0
) -> Iterator[tuple[int, Floats]]:
    """Yield the picture in blocks, so that memory does not grow with the length."""
    # `samples`: shape (samples,), as for `log_spectrogram`; returns shape (frames, bins, 2).
    frames, level = count_frames(len(samples)), find_level(samples)
    for start in range(0, frames, size):
        first, last = max(0, start - margin), min(frames, start + size + margin)
        yield (
            first,
            np.stack(
                [_magnitudes(samples, first, last, window, level) for window in WINDOWS], axis=-1
            ),
        )


def _magnitudes(samples: Floats, first: int, last: int, size: int, level: float) -> Floats:
    """Return some frames by one window, shape (frames, bins)."""
    half = size // 2
    start, stop = first * HOP - half, (last - 1) * HOP + half
    padded = np.zeros(stop - start, dtype=np.float32)
    inside = samples[max(0, start) : min(len(samples), stop)]
    padded[max(0, -start) : max(0, -start) + len(inside)] = inside
    views = np.lib.stride_tricks.sliding_window_view(padded, size)[::HOP]
    window = np.hanning(size + 1)[:-1].astype(np.float32)
    spectrum = np.abs(np.fft.rfft(views * window, axis=1)).astype(np.float32) * (
        2.0 / float(window.sum())
    )
    power = np.square(spectrum) @ _filters(size)
    decibels = 10.0 * np.log10(np.maximum(power, 1e-20)) - 20.0 * np.log10(level)
    picture: Floats = np.clip(1.0 + decibels / _RANGE, 0.0, _CEILING).astype(np.float32)
    return picture
