"""The transcriber's network without torch: numpy, block by block. A test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.audio.spectrum import BINS, BINS_A_SEMITONE, count_frames, spectrogram_blocks
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike
from symgen.transcriber.checkpoint import (
    HARMONIC_BINS,
    PITCH_BINS,
    SEMITONES,
    TranscriberConfig,
    read_transcriber,
)

__all__ = ["Frames", "LightTranscriber", "load_transcriber", "transcriber_shapes"]

Floats = NDArray[np.float32]

_BLOCK = 64
"""Frames: what the convolutions hold of them stays in the cache."""
_MARGIN = 3
"""Frames that the convolutions see to each side."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What the network says of each frame, `FRAMES_PER_SECOND` of them.

    Parameters
    ----------
    pitch : ndarray of float32, shape (frames, pitch bins + 1)
        Chances of each third of a semitone from `LOWEST_PITCH` on, and, last, of no melody.
    onset : ndarray of float32, shape (frames,)
        Chance that a note begins.
    crowd : ndarray of float32, shape (frames,)
        Chance that other notes sound beside the melody.
    """

    pitch: Floats
    onset: Floats
    crowd: Floats


class LightTranscriber:
    """The weights of the network, laid out for whole recordings.

    Parameters
    ----------
    config : TranscriberConfig
    weights : mapping of str to ndarray of float32
        By the names of the torch network.

    Raises
    ------
    CheckpointError
        If the weights are not those of the configuration.
    """

    def __init__(self, config: TranscriberConfig, weights: Mapping[str, Floats]) -> None:
        wanted, found = (
            transcriber_shapes(config),
            {name: value.shape for name, value in weights.items()},
        )
        if wanted != found:
            names = wanted.keys() | found.keys()
            first = min(name for name in names if wanted.get(name) != found.get(name))
            raise CheckpointError(
                f"transcriber: its weights do not fit its configuration ({first}); copy it again"
            )
        self.config = config
        self.parameters = sum(value.size for value in weights.values())
        self._w = {
            name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()
        }
        kernels = {
            name.removesuffix(".weight"): value
            for name, value in self._w.items()
            if value.ndim == 4
        }
        self._kernels = {name: value.reshape(len(value), -1) for name, value in kernels.items()}
        self._inputs = np.ascontiguousarray(self._w["inputs.weight"].T)

    def frames(self, samples: Floats) -> Frames:
        """Listen to a recording.

        Parameters
        ----------
        samples : ndarray of float32, shape (samples,)
            At `symgen.audio.spectrum.RATE`, full scale is 1.
        """
        count, width = count_frames(len(samples)), self.config.width
        inside = np.empty((count, width), dtype=np.float32)
        salience = np.empty((count, PITCH_BINS), dtype=np.float32)
        for first, block in spectrogram_blocks(samples, _BLOCK, _MARGIN):
            left = _MARGIN if first else 0
            rows = slice(first + left, min(first + left + _BLOCK, count))
            kept = slice(left, left + rows.stop - rows.start)
            inside[rows], salience[rows] = self._convolve(block, kept)
        state = self._recur(inside)
        return self._answer(state, inside, salience)

    def _convolve(self, picture: Floats, kept: slice) -> tuple[Floats, Floats]:
        """Return what the GRU sees and the salience of the pitches, of some frames of a block."""
        x = _relu(self._layer("conv1", _windows(picture.transpose(2, 0, 1), 5, 3)))
        x = _relu(self._layer("conv2", _windows(x, 1, 5)))
        x = _relu(self._layer("conv3", _harmonics(x)))
        x = _relu(self._layer("conv4", _windows(x, 3, 3)))[:, kept]
        salience = self._layer("salience", x)[0]
        small = _relu(self._layer("squeeze", x)).reshape(
            len(self._kernels["squeeze"]), -1, SEMITONES, BINS_A_SEMITONE
        )
        flat = small.max(axis=3).transpose(1, 0, 2).reshape(len(salience), -1)
        inside = (
            np.concatenate([flat, picture[kept, :, 1]], axis=1) @ self._inputs
            + self._w["inputs.bias"]
        )
        return _relu(inside), salience

    def _layer(self, name: str, columns: Floats) -> Floats:
        """Apply a kernel to what it sees, shape (seen, frames, bins)."""
        seen, frames, bins = columns.shape
        made: Floats = (
            self._kernels[name] @ columns.reshape(seen, -1) + self._w[f"{name}.bias"][:, None]
        )
        return made.reshape(-1, frames, bins)

    def _recur(self, inside: Floats) -> Floats:
        """Run the GRU over a recording in both directions at once, shape (frames, 2 * hidden)."""
        hidden, count = self.config.hidden, len(inside)
        gates = [
            inside @ self._w[f"gru.weight_ih_l0{way}"].T + self._w[f"gru.bias_ih_l0{way}"]
            for way in _WAYS
        ]
        gates[1] = gates[1][::-1]
        given = np.stack(gates, axis=1)  # frames, ways, 3 * hidden
        back = np.stack([self._w[f"gru.weight_hh_l0{way}"].T for way in _WAYS])
        bias = np.stack([self._w[f"gru.bias_hh_l0{way}"] for way in _WAYS])
        state = np.zeros((2, hidden), dtype=np.float32)
        out = np.empty((count, 2, hidden), dtype=np.float32)
        for i in range(count):
            own = (state[:, None, :] @ back)[:, 0] + bias
            both = 1.0 / (1.0 + np.exp(-(given[i, :, : 2 * hidden] + own[:, : 2 * hidden])))
            fresh = np.tanh(given[i, :, 2 * hidden :] + both[:, :hidden] * own[:, 2 * hidden :])
            keep = both[:, hidden:]
            state = fresh + keep * (state - fresh)
            out[i] = state
        return np.concatenate([out[:, 0], out[::-1, 1]], axis=1)

    def _answer(self, state: Floats, inside: Floats, salience: Floats) -> Frames:
        w = self._w
        pitch = state @ w["pitch.weight"].T + w["pitch.bias"]
        pitch[:, :-1] += salience
        pitch -= pitch.max(axis=1, keepdims=True)
        np.exp(pitch, out=pitch)
        pitch /= pitch.sum(axis=1, keepdims=True)
        events = np.concatenate([state, inside], axis=1) @ w["events.weight"].T + w["events.bias"]
        chances = 1.0 / (1.0 + np.exp(-np.clip(events, -80.0, 80.0)))
        return Frames(pitch, chances[:, 0], chances[:, 1])


_WAYS = ("", "_reverse")


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0.0, out=x)


def _windows(x: Floats, high: int, wide: int) -> Floats:
    """Lay the neighbors of each place one behind the other, shape (channels * high * wide, frames, bins)."""
    channels, frames, bins = x.shape
    padded = np.zeros((channels, frames + high - 1, bins + wide - 1), dtype=np.float32)
    padded[:, high // 2 : high // 2 + frames, wide // 2 : wide // 2 + bins] = x
    columns = np.empty((channels, high * wide, frames, bins), dtype=np.float32)
    for i in range(high * wide):
        columns[:, i] = padded[:, i // wide : i // wide + frames, i % wide : i % wide + bins]
    return columns.reshape(-1, frames, bins)


def _harmonics(x: Floats) -> Floats:
    """Lay what stands at the harmonics of each pitch one behind the other, (harmonics * channels, frames, pitches)."""
    channels, frames, bins = x.shape
    columns = np.zeros((len(HARMONIC_BINS), channels, frames, PITCH_BINS), dtype=np.float32)
    for i, shift in enumerate(HARMONIC_BINS):
        low, high = max(0, -shift), min(PITCH_BINS, bins - shift)
        columns[i, :, :, low:high] = x[:, :, low + shift : high + shift]
    return columns.reshape(-1, frames, PITCH_BINS)


def transcriber_shapes(config: TranscriberConfig) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight of the torch network, by name."""
    c = config
    kernels = {
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
    shapes: dict[str, tuple[int, ...]] = {}
    for name, shape in kernels.items():
        shapes[f"{name}.weight"], shapes[f"{name}.bias"] = shape, shape[:1]
    for way in _WAYS:
        shapes[f"gru.weight_ih_l0{way}"], shapes[f"gru.bias_ih_l0{way}"] = (
            (3 * c.hidden, c.width),
            (3 * c.hidden,),
        )
        shapes[f"gru.weight_hh_l0{way}"], shapes[f"gru.bias_hh_l0{way}"] = (
            (3 * c.hidden, c.hidden),
            (3 * c.hidden,),
        )
    return shapes


def load_transcriber(folder: PathLike) -> LightTranscriber:
    """Load a transcriber that listens without torch."""
    model = read_transcriber(folder)
    return LightTranscriber(model.config, model.weights)
