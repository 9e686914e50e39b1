"""Layers of torch in numpy, for networks that run without it; weights have the names and shapes of torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from symgen.system.errors import CheckpointError

__all__ = [
    "Shapes",
    "check_shapes",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "gru_shapes",
    "gru_step",
    "layer_shapes",
    "leaky_relu",
    "linear",
    "logistic",
    "relu",
    "sigmoid",
]

Floats = NDArray[np.float32]
Shapes = dict[str, tuple[int, ...]]


# -- weights -----------------------------------------------------------------------------


def layer_shapes(weights: Shapes) -> Shapes:
    """Return the shapes of the weights and biases of layers, by the names of the layers."""
    shapes: Shapes = {}
    for name, shape in weights.items():
        shapes[f"{name}.weight"] = shape
        shapes[f"{name}.bias"] = shape[:1]
    return shapes


def gru_shapes(name: str, inputs: int, hidden: int, suffix: str = "") -> Shapes:
    """Return the shapes of the weights of one layer and direction of a GRU."""
    end = f"l0{suffix}"
    return {
        f"{name}.weight_ih_{end}": (3 * hidden, inputs),
        f"{name}.weight_hh_{end}": (3 * hidden, hidden),
        f"{name}.bias_ih_{end}": (3 * hidden,),
        f"{name}.bias_hh_{end}": (3 * hidden,),
    }


def check_shapes(noun: str, wanted: Shapes, weights: Mapping[str, Floats]) -> None:
    """Refuse weights that are not those of a configuration."""
    found = {name: value.shape for name, value in weights.items()}
    names = wanted.keys() | found.keys()
    wrong = [name for name in names if wanted.get(name) != found.get(name)]
    if wrong:
        raise CheckpointError(
            f"{noun}: its weights do not fit its configuration ({min(wrong)});"
            f" copy the {noun} again"
        )


# -- pointwise ---------------------------------------------------------------------------


def sigmoid(x: Floats) -> Floats:
    """Logistic function, by way of tanh, which cannot overflow."""
    result: Floats = 0.5 + 0.5 * np.tanh(0.5 * x)
    return result


def logistic(x: Floats) -> Floats:
    """Logistic function as it is written; its last bit is not always that of `sigmoid`."""
    odds: Floats = np.exp(-x)
    odds += 1.0
    return np.reciprocal(odds)


def relu(x: Floats) -> Floats:
    """Cut off below zero, in place."""
    return np.maximum(x, 0.0, out=x)


def leaky_relu(x: Floats, slope: float) -> Floats:
    """Weaken what lies below zero."""
    return np.where(x > 0, x, slope * x).astype(np.float32)


# -- layers ------------------------------------------------------------------------------


def linear(weights: Mapping[str, Floats], name: str, x: Floats) -> Floats:
    """Apply a dense layer to the last axis."""
    out: Floats = x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return out


def gru_step(
    given: Floats, kept: Floats, state: Floats, gate: Callable[[Floats], Floats] = sigmoid
) -> Floats:
    """Take one step of a GRU, whose gates stand along the last axis in the order reset, update."""
    # New.
    #
    # `given` is what the gates get from the input and `kept` what they get from the state, with
    # biases.
    n = state.shape[-1]
    # Reset and update at once: for so few numbers each call of numpy costs more than its arithmetic.
    both = gate(given[..., : 2 * n] + kept[..., : 2 * n])
    reset, update = both[..., :n], both[..., n:]
    new = np.tanh(given[..., 2 * n :] + reset * kept[..., 2 * n :])
    out: Floats = new + update * (state - new)
    return out


def conv1d(
    weights: Mapping[str, Floats],
    name: str,
    x: Floats,
    *,
    stride: int = 1,
    padding: int | None = None,
) -> Floats:
    """Convolve along the middle axis, shape (batch, steps, channels); by default as many steps as before."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    kernel = weight.shape[2]
    edge = kernel // 2 if padding is None else padding
    padded = np.pad(x, ((0, 0), (edge, edge), (0, 0)))
    count = (padded.shape[1] - kernel) // stride + 1
    out = np.zeros((len(x), count, len(weight)), dtype=np.float32) + bias
    # One product of matrices a place of the kernel: faster than laying the neighbors side by side.
    for k in range(kernel):
        seen = padded[:, k : k + stride * (count - 1) + 1 : stride]
        rows = np.ascontiguousarray(seen).reshape(len(x) * count, -1)
        out += (rows @ weight[:, :, k].T).reshape(out.shape)
    return out


def conv_transpose1d(
    weights: Mapping[str, Floats], name: str, x: Floats, *, stride: int, padding: int
) -> Floats:
    """Spread along the middle axis, shape (batch, steps, channels)."""
    weight = weights[f"{name}.weight"]  # in, out, kernel: the other way round than in `conv1d`
    batch, steps, _ = x.shape
    _, channels, kernel = weight.shape
    length = (steps - 1) * stride + kernel
    out = np.zeros((batch, length, channels), dtype=np.float32)
    rows = x.reshape(batch * steps, -1)
    for k in range(kernel):
        part = (rows @ weight[:, :, k]).reshape(batch, steps, -1)
        out[:, k : k + stride * (steps - 1) + 1 : stride] += part
    cut: Floats = out[:, padding:-padding] + weights[f"{name}.bias"]
    return cut


def conv2d(weights: Mapping[str, Floats], name: str, x: Floats) -> Floats:
    """Convolve an image, shape (channels, height, width), which stays as large as it is."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    _, height, width = x.shape
    high, wide = weight.shape[2:]
    columns = x if high == wide == 1 else _windows(x, high, wide)
    kernel = weight.reshape(len(weight), -1)
    out: Floats = kernel @ columns.reshape(kernel.shape[1], -1)
    out = out + bias[:, None]
    return out.reshape(-1, height, width)


def _windows(x: Floats, high: int, wide: int) -> Floats:
    """Lay the neighbors of each place one behind the other, shape (channels, high * wide, height, width)."""
    channels, height, width = x.shape
    above, before = high // 2, wide // 2
    padded = np.zeros((channels, height + high - 1, width + wide - 1), dtype=np.float32)
    padded[:, above : above + height, before : before + width] = x
    columns = np.empty((channels, high * wide, height, width), dtype=np.float32)
    for i in range(high * wide):
        top, left = divmod(i, wide)
        columns[:, i] = padded[:, top : top + height, left : left + width]
    return columns
