"""The generator of the bar GAN in numpy: it writes bars without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.gan.checkpoint import BEATS, CONDITIONS, GanConfig
from symgen.gan.steps import PITCHES, STEP_METERS, SYMBOLS
from symgen.nets.network import Weights
from symgen.system.errors import CheckpointError

__all__ = ["LOGIT_SCALE", "LightGenerator", "pitch_basis", "shapes"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LOGIT_SCALE = 0.8
"""Logits have this deviation over the symbols: none gets sure enough to lose its gradient in training."""

_SLOPE = 0.2
_HEIGHT, _CHROMA = 1.5, 0.5
"""Sizes of the waves: how high a pitch lies is learned before its place in the octave, so that octaves stay apart."""
_EPSILON = 1e-5


def pitch_basis() -> Floats:
    """Return smooth functions of the pitch, in which the generator says how much it wants each pitch.

    Returns
    -------
    ndarray of float32, shape (27, 36)
        Cosines and sines of the height (periods of 72 semitones and their first eight parts) and of the place in the
        octave (periods of twelve and their parts).
    """
    pitch = np.arange(PITCHES)
    rows = []
    for period, most, size in ((2 * PITCHES, 8, _HEIGHT), (12, 6, _CHROMA)):
        for k in range(1, most + 1):
            angle = 2 * np.pi * k * pitch / period
            waves = [np.cos(angle)] if (period, k) == (12, 6) else [np.cos(angle), np.sin(angle)]
            rows += [size * wave for wave in waves]
    return np.stack(rows).astype(np.float32)


def shapes(config: GanConfig) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of all weights."""
    width, half, mapping = config.width, config.width // 2, config.mapping
    places = len(STEP_METERS) * BEATS
    found: dict[str, tuple[int, ...]] = {
        "step_place.weight": (places * config.grid, 16),
        "quarter_place.weight": (places, 32),
    }

    def layer(name: str, *shape: int, transposed: bool = False) -> None:
        found[f"{name}.weight"] = shape
        found[f"{name}.bias"] = (shape[1] if transposed else shape[0],)

    def modulated(name: str, channels: int, kernel: int) -> None:
        found[f"{name}.norm.weight"] = found[f"{name}.norm.bias"] = (channels,)
        layer(f"{name}.film", 2 * channels, mapping)
        layer(f"{name}.conv", channels, channels, kernel)

    layer("mapping.0", 2 * mapping, config.tune_latent + config.bar_latent + CONDITIONS)
    layer("mapping.2", mapping, 2 * mapping)
    layer("read", half, config.context + 16, 3)
    layer("start", 2 * width, half + 32, 1)
    layer("seed", 2 * width * BEATS, mapping)
    modulated("first", 2 * width, 3)
    for i, factor in enumerate(config.factors):
        layer(f"downs.{len(config.factors) - 1 - i}", half, half, _kernel(factor))
        layer(
            f"ups.{i}", (width if i else 2 * width) + half, width, _kernel(factor), transposed=True
        )
    for i in range(len(config.factors) - 1):
        modulated(f"blocks.{i}", width, 3)
    layer("merge", width, width + half, 1)
    modulated("last", width, 5)
    layer("out", len(pitch_basis()) + SYMBOLS - PITCHES, width, 3)
    return found


def _kernel(factor: int) -> int:
    return 4 if factor == 2 else 5


class LightGenerator:
    """Writes bars; the same numbers as `symgen.gan.net.BarGenerator` up to rounding.

    Parameters
    ----------
    config : GanConfig
    weights : mapping of str to ndarray of float32

    Raises
    ------
    CheckpointError
        If the weights are not those of such a network.
    """

    def __init__(self, config: GanConfig, weights: Weights) -> None:
        wanted = shapes(config)
        if {name: value.shape for name, value in weights.items()} != wanted:
            raise CheckpointError(
                "the weights do not fit the network that the card describes; copy the model again"
            )
        self.config, self._weights, self._basis = config, weights, pitch_basis()

    def logits(self, context: Ints, told: Floats, meter: Ints, latents: Floats) -> Floats:
        """Say how much each symbol is wanted at each step.

        Parameters
        ----------
        context : ndarray of int64, shape (batch, 3, steps)
            Symbols of the bars 1, 4 and 8 back.
        told : ndarray of float32, shape (batch, CONDITIONS)
        meter : ndarray of int64, shape (batch,)
        latents : ndarray of float32, shape (batch, tune_latent + bar_latent)

        Returns
        -------
        ndarray of float32, shape (batch, steps, SYMBOLS)
        """
        batch, _, steps = context.shape
        quarters = steps // self.config.grid
        earlier = np.eye(SYMBOLS, dtype=np.float32)[context.transpose(0, 2, 1)].reshape(
            batch, steps, -1
        )
        style = _leaky(self._linear("mapping.0", np.concatenate([latents, told], axis=1)))
        style = _leaky(self._linear("mapping.2", style))
        levels = [
            _leaky(
                self._conv(
                    "read", np.concatenate([earlier, self._places("step_place", meter, steps)], 2)
                )
            )
        ]
        for i, factor in enumerate(reversed(self.config.factors)):
            levels.append(_leaky(self._conv(f"downs.{i}", levels[-1], factor, 1)))
        x = self._conv(
            "start",
            np.concatenate([levels[-1], self._places("quarter_place", meter, quarters)], axis=2),
        )
        seed = self._linear("seed", style).reshape(batch, -1, BEATS).transpose(0, 2, 1)
        x = self._modulated("first", x + seed[:, :quarters], style)
        for i, factor in enumerate(self.config.factors):
            x = self._transposed(f"ups.{i}", np.concatenate([x, levels[-1 - i]], axis=2), factor)
            if i < len(self.config.factors) - 1:
                x = self._modulated(f"blocks.{i}", x, style)
        x = self._modulated(
            "last", self._conv("merge", np.concatenate([x, levels[0]], axis=2)), style
        )
        out = self._conv("out", _leaky(x))
        rest = SYMBOLS - PITCHES
        found = np.concatenate([out[:, :, rest:] @ self._basis, out[:, :, :rest]], axis=2)
        found = found - found.mean(axis=2, keepdims=True)
        scaled: Floats = (
            LOGIT_SCALE * found / np.sqrt(np.square(found).mean(axis=2, keepdims=True) + 0.01)
        )
        return scaled

    def _places(self, name: str, meter: Ints, count: int) -> Floats:
        table = self._weights[f"{name}.weight"]
        longest = len(table) // len(STEP_METERS)
        found: Floats = table[meter[:, None] * longest + np.arange(count)]
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        out: Floats = x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return out

    def _conv(self, name: str, x: Floats, stride: int = 1, padding: int | None = None) -> Floats:
        """Convolve along time, the middle axis; channels are the last one."""
        weight = self._weights[f"{name}.weight"]
        kernel = weight.shape[2]
        edge = kernel // 2 if padding is None else padding
        padded = np.pad(x, ((0, 0), (edge, edge), (0, 0)))
        count = (padded.shape[1] - kernel) // stride + 1
        out: Floats = self._weights[f"{name}.bias"] + np.zeros(
            (len(x), count, len(weight)), dtype=np.float32
        )
        for k in range(kernel):
            rows = np.ascontiguousarray(
                padded[:, k : k + stride * (count - 1) + 1 : stride]
            ).reshape(len(x) * count, -1)
            out += (rows @ weight[:, :, k].T).reshape(out.shape)
        return out

    def _transposed(self, name: str, x: Floats, stride: int) -> Floats:
        weight = self._weights[f"{name}.weight"]  # in, out, kernel
        kernel, steps = weight.shape[2], x.shape[1]
        out = np.zeros((len(x), (steps - 1) * stride + kernel, weight.shape[1]), dtype=np.float32)
        rows = x.reshape(len(x) * steps, -1)
        for k in range(kernel):
            part = (rows @ weight[:, :, k]).reshape(len(x), steps, -1)
            out[:, k : k + stride * (steps - 1) + 1 : stride] += part
        cut: Floats = out[:, 1:-1] + self._weights[f"{name}.bias"]
        return cut

    def _modulated(self, name: str, x: Floats, style: Floats) -> Floats:
        mean, variance = x.mean(axis=(1, 2), keepdims=True), x.var(axis=(1, 2), keepdims=True)
        norm = (x - mean) / np.sqrt(variance + _EPSILON)
        norm = norm * self._weights[f"{name}.norm.weight"] + self._weights[f"{name}.norm.bias"]
        scale, shift = np.split(self._linear(f"{name}.film", style)[:, None], 2, axis=2)
        out: Floats = x + self._conv(f"{name}.conv", _leaky(norm * (1 + scale) + shift))
        return out


def _leaky(x: Floats) -> Floats:
    return np.where(x > 0, x, _SLOPE * x).astype(np.float32)
