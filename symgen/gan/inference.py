"""The generator of the bar GAN in numpy: it writes bars without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.gan.checkpoint import BEATS, CONDITIONS, GanConfig
from symgen.gan.steps import PITCHES, STEP_METERS, SYMBOLS
from symgen.nets.network import Weights
from symgen.nets.numpy_layers import (
    Shapes,
    check_shapes,
    conv1d,
    conv_transpose1d,
    layer_shapes,
    leaky_relu,
    linear,
)

__all__ = ["LOGIT_SCALE", "InferenceGenerator", "generator_shapes", "kernel_of", "pitch_basis"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Logits leave the network with mean 0 and this deviation over the symbols of each step. Left free, a
# generator that tries to fool the discriminator raises them until its choices are certain; then the
# softmax has no gradient left, and it stays with the few bars that it has found. With the deviation
# fixed, one symbol can only gain what others lose: of 38 the likeliest has a chance of 0.8 at most.
LOGIT_SCALE = 0.8

_SLOPE = 0.2
# How high a pitch lies is learned before its place in the octave, so that octaves stay apart.
_HEIGHT_SIZE, _CHROMA_SIZE = 1.5, 0.5
_OCTAVE = 12
_EPSILON = 1e-5


def pitch_basis() -> Floats:
    """Return smooth functions of the pitch, in which the generator says how much it wants each, shape (27, 36).

    Cosines and sines of the height (periods of 72 semitones and their first eight parts) and of the place in the
    octave (periods of twelve and their parts).
    """
    pitch = np.arange(PITCHES)
    rows = []
    for period, most, size in ((2 * PITCHES, 8, _HEIGHT_SIZE), (_OCTAVE, 6, _CHROMA_SIZE)):
        for k in range(1, most + 1):
            angle = 2 * np.pi * k * pitch / period
            rows.append(size * np.cos(angle))
            if 2 * k != period:  # that sine is zero at each pitch
                rows.append(size * np.sin(angle))
    return np.stack(rows).astype(np.float32)


def kernel_of(factor: int) -> int:
    """Return the kernel with which a stride of `factor`, padded by 1, changes the length exactly by it."""
    return 4 if factor == 2 else 5


def generator_shapes(config: GanConfig) -> Shapes:
    """Return the shape of every weight of the torch network, by name."""
    width, half, mapping = config.width, config.width // 2, config.mapping
    places = len(STEP_METERS) * BEATS
    layers: Shapes = {
        "mapping.0": (2 * mapping, config.tune_latent + config.bar_latent + CONDITIONS),
        "mapping.2": (mapping, 2 * mapping),
        "read": (half, config.context + 16, 3),
        "start": (2 * width, half + 32, 1),
        "seed": (2 * width * BEATS, mapping),
        "merge": (width, width + half, 1),
        "out": (len(pitch_basis()) + SYMBOLS - PITCHES, width, 3),
    }
    norms: Shapes = {}

    def modulated(name: str, channels: int, kernel: int) -> None:
        norms[f"{name}.norm"] = (channels,)
        layers[f"{name}.film"] = (2 * channels, mapping)
        layers[f"{name}.conv"] = (channels, channels, kernel)

    modulated("first", 2 * width, 3)
    modulated("last", width, 5)
    for i in range(len(config.factors) - 1):
        modulated(f"blocks.{i}", width, 3)
    for i, factor in enumerate(reversed(config.factors)):
        layers[f"downs.{i}"] = (half, half, kernel_of(factor))
    shapes = layer_shapes(layers | norms)
    for i, factor in enumerate(config.factors):
        before = width if i else 2 * width
        # Transposed: the bias goes with the second axis.
        shapes[f"ups.{i}.weight"] = (before + half, width, kernel_of(factor))
        shapes[f"ups.{i}.bias"] = (width,)
    shapes["step_place.weight"] = (places * config.grid, 16)
    shapes["quarter_place.weight"] = (places, 32)
    return shapes


class InferenceGenerator:
    """Writes bars; the same numbers as `symgen.gan.net.BarGenerator` up to rounding."""

    def __init__(self, config: GanConfig, weights: Weights) -> None:
        check_shapes("GAN", generator_shapes(config), weights)
        self.config, self._weights, self._basis = config, weights, pitch_basis()

    def logits(self, context: Ints, condition: Floats, meter: Ints, latents: Floats) -> Floats:
        """Say how much each symbol is wanted at each step, shape (batch, steps, SYMBOLS).

        Parameters
        ----------
        context : ndarray of int64, shape (batch, 3, steps)
            Symbols of the bars 1, 4 and 8 back.
        condition : ndarray of float32, shape (batch, CONDITIONS)
        meter : ndarray of int64, shape (batch,)
        latents : ndarray of float32, shape (batch, tune_latent + bar_latent)
        """
        w, factors = self._weights, self.config.factors
        batch, _, steps = context.shape
        quarters = steps // self.config.grid
        style = _leaky(linear(w, "mapping.0", np.concatenate([latents, condition], axis=1)))
        style = _leaky(linear(w, "mapping.2", style))

        one_hot = np.eye(SYMBOLS, dtype=np.float32)[context.transpose(0, 2, 1)]
        earlier = one_hot.reshape(batch, steps, -1)
        places = self._places("step_place", meter, steps)
        levels = [_leaky(conv1d(w, "read", _together(earlier, places)))]
        for i, factor in enumerate(reversed(factors)):
            levels.append(_leaky(conv1d(w, f"downs.{i}", levels[-1], stride=factor, padding=1)))

        places = self._places("quarter_place", meter, quarters)
        x = conv1d(w, "start", _together(levels[-1], places))
        seed = linear(w, "seed", style).reshape(batch, -1, BEATS)
        x = self._modulated("first", x + seed.transpose(0, 2, 1)[:, :quarters], style)
        for i, factor in enumerate(factors):
            # As in a U-net: what was read at this resolution comes back when it is written at it.
            both = _together(x, levels[-1 - i])
            x = conv_transpose1d(w, f"ups.{i}", both, stride=factor, padding=1)
            if i < len(factors) - 1:
                x = self._modulated(f"blocks.{i}", x, style)
        x = conv1d(w, "merge", _together(x, levels[0]))
        return self._symbols(_leaky(self._modulated("last", x, style)))

    def _symbols(self, x: Floats) -> Floats:
        """Turn channels into logits of mean 0 and deviation `LOGIT_SCALE` over the symbols."""
        out = conv1d(self._weights, "out", x)
        rest = SYMBOLS - PITCHES
        found = _together(out[:, :, rest:] @ self._basis, out[:, :, :rest])
        found = found - found.mean(axis=2, keepdims=True)
        variance = np.square(found).mean(axis=2, keepdims=True)
        scaled: Floats = LOGIT_SCALE * found / np.sqrt(variance + 0.01)
        return scaled

    def _places(self, name: str, meter: Ints, count: int) -> Floats:
        table = self._weights[f"{name}.weight"]
        longest = len(table) // len(STEP_METERS)
        found: Floats = table[meter[:, None] * longest + np.arange(count)]
        return found

    def _modulated(self, name: str, x: Floats, style: Floats) -> Floats:
        w = self._weights
        mean = x.mean(axis=(1, 2), keepdims=True)
        variance = x.var(axis=(1, 2), keepdims=True)
        norm = (x - mean) / np.sqrt(variance + _EPSILON)
        norm = norm * w[f"{name}.norm.weight"] + w[f"{name}.norm.bias"]
        scale, shift = np.split(linear(w, f"{name}.film", style)[:, None], 2, axis=2)
        out: Floats = x + conv1d(w, f"{name}.conv", _leaky(norm * (1 + scale) + shift))
        return out


def _together(*parts: Floats) -> Floats:
    return np.concatenate(parts, axis=2)


def _leaky(x: Floats) -> Floats:
    return leaky_relu(x, _SLOPE)
