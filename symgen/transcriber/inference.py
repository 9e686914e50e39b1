"""The transcriber's network in numpy, block by block; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.nets.numpy_layers import (
    Shapes,
    check_shapes,
    conv2d,
    gru_shapes,
    gru_step,
    layer_shapes,
    linear,
    logistic,
    relu,
)
from symgen.system.awaiting import stop_point
from symgen.system.files import PathLike
from symgen.system.following import advanced
from symgen.transcriber.checkpoint import (
    HARMONIC_BINS,
    PITCH_BINS,
    SEMITONES,
    TranscriberConfig,
    read_transcriber,
)
from symgen.transcriber.spectrum import BINS, BINS_A_SEMITONE, count_frames, spectrogram_blocks

__all__ = ["Frames", "InferenceTranscriber", "load_transcriber", "transcriber_shapes"]

Floats = NDArray[np.float32]

_BLOCK = 64
"""Frames: what the convolutions hold of them stays in the cache."""
_MARGIN = 3
"""Frames that the convolutions see to each side."""
_WAYS = ("", "_reverse")


@dataclass(frozen=True, slots=True)
class Frames:
    """What the network says of each frame, `FRAMES_PER_SECOND` of them, as chances."""

    # shape (frames, pitch bins + 1); of each third of a semitone from `LOWEST_PITCH` on, and, last,
    # of no melody
    pitch: Floats
    onset: Floats  # shape (frames,); that a note begins
    crowd: Floats  # shape (frames,); that other notes sound beside the melody


class InferenceTranscriber:
    """The weights of the network, laid out for whole recordings."""

    def __init__(self, config: TranscriberConfig, weights: Mapping[str, Floats]) -> None:
        check_shapes("transcriber", transcriber_shapes(config), weights)
        self.config = config
        self.parameters = sum(value.size for value in weights.values())
        self._weights = {
            name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()
        }
        self._inputs = np.ascontiguousarray(self._weights["inputs.weight"].T)

    def frames(self, samples: Floats) -> Frames:
        """Listen to a recording: samples at `symgen.audio.reading.RATE`, full scale is 1."""
        count, width = count_frames(len(samples)), self.config.width
        inside = np.empty((count, width), dtype=np.float32)
        salience = np.empty((count, PITCH_BINS), dtype=np.float32)
        # The convolutions see a few frames to each side, so they can go block by block, in memory that
        # does not grow with the recording; the GRU needs all of it, forwards and backwards.
        for first, block in spectrogram_blocks(samples, _BLOCK, _MARGIN):
            stop_point()
            left = _MARGIN if first else 0
            rows = slice(first + left, min(first + left + _BLOCK, count))
            kept = slice(left, left + rows.stop - rows.start)
            inside[rows], salience[rows] = self._convolve(block, kept)
            advanced(rows.stop, 2 * count)
        state = self._recur(inside)
        return self._answer(state, inside, salience)

    def _convolve(self, picture: Floats, kept: slice) -> tuple[Floats, Floats]:
        """Return what the GRU sees and the salience of the pitches, of some frames of a block."""
        w = self._weights
        x = relu(conv2d(w, "conv1", picture.transpose(2, 0, 1)))
        x = relu(conv2d(w, "conv2", x))
        x = relu(conv2d(w, "conv3", _harmonics(x)))
        x = relu(conv2d(w, "conv4", x))[:, kept]
        salience = conv2d(w, "salience", x)[0]
        small = relu(conv2d(w, "squeeze", x))
        channels, frames, _ = small.shape
        by_semitone = small.reshape(channels, frames, SEMITONES, BINS_A_SEMITONE).max(axis=3)
        flat = by_semitone.transpose(1, 0, 2).reshape(frames, -1)
        seen = np.concatenate([flat, picture[kept, :, 1]], axis=1)
        return relu(seen @ self._inputs + w["inputs.bias"]), salience

    def _recur(self, inside: Floats) -> Floats:
        """Run the GRU over a recording, shape (frames, 2 * hidden)."""
        w, hidden, count = self._weights, self.config.hidden, len(inside)
        gates = [
            inside @ w[f"gru.weight_ih_l0{way}"].T + w[f"gru.bias_ih_l0{way}"] for way in _WAYS
        ]
        # Both directions at once: the second one runs over the recording turned round.
        forward, backward = gates
        given = np.stack([forward, backward[::-1]], axis=1)  # frames, ways, 3 * hidden
        back = np.stack([w[f"gru.weight_hh_l0{way}"].T for way in _WAYS])
        bias = np.stack([w[f"gru.bias_hh_l0{way}"] for way in _WAYS])
        state = np.zeros((2, hidden), dtype=np.float32)
        out = np.empty((count, 2, hidden), dtype=np.float32)
        for i in range(count):
            if i % _BLOCK == 0:
                advanced(count + i, 2 * count)
            kept = (state[:, None, :] @ back)[:, 0] + bias
            out[i] = state = gru_step(given[i], kept, state, logistic)
        return np.concatenate([out[:, 0], out[::-1, 1]], axis=1)

    def _answer(self, state: Floats, inside: Floats, salience: Floats) -> Frames:
        pitch = linear(self._weights, "pitch", state)
        pitch[:, :-1] += salience
        pitch -= pitch.max(axis=1, keepdims=True)
        np.exp(pitch, out=pitch)
        pitch /= pitch.sum(axis=1, keepdims=True)
        events = linear(self._weights, "events", np.concatenate([state, inside], axis=1))
        # Clipped so that the exponential stays a 32-bit number.
        chances = logistic(np.clip(events, -80.0, 80.0))
        return Frames(pitch, chances[:, 0], chances[:, 1])


def _harmonics(x: Floats) -> Floats:
    """Lay what stands at the harmonics of each pitch one behind the other, (harmonics * channels, frames, pitches)."""
    channels, frames, bins = x.shape
    columns = np.zeros((len(HARMONIC_BINS), channels, frames, PITCH_BINS), dtype=np.float32)
    for i, shift in enumerate(HARMONIC_BINS):
        low, high = max(0, -shift), min(PITCH_BINS, bins - shift)
        columns[i, :, :, low:high] = x[:, :, low + shift : high + shift]
    return columns.reshape(-1, frames, PITCH_BINS)


def transcriber_shapes(config: TranscriberConfig) -> Shapes:
    """Return the shape of every weight of the torch network, by name."""
    c = config
    kernels: Shapes = {
        "conv1": (c.first, 2, 5, 3),
        "conv2": (c.second, c.first, 1, 5),
        "conv3": (c.third, c.second * len(HARMONIC_BINS), 1, 1),
        "conv4": (c.third, c.third, 3, 3),
        "salience": (1, c.third, 1, 1),
        "squeeze": (c.squeezed, c.third, 1, 1),
        "inputs": (c.width, c.squeezed * SEMITONES + BINS),
        "pitch": (PITCH_BINS + 1, 2 * c.hidden),
        "events": (2, 2 * c.hidden + c.width),
    }
    shapes = layer_shapes(kernels)
    for way in _WAYS:
        shapes |= gru_shapes("gru", c.width, c.hidden, way)
    return shapes


def load_transcriber(folder: PathLike) -> InferenceTranscriber:
    """Load a transcriber that listens without torch."""
    model = read_transcriber(folder)
    return InferenceTranscriber(model.config, model.weights)
