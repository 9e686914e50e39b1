"""The layers in numpy give what those of torch give, with the weights of torch by their names."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.nets import numpy_layers as layers
from symgen.system.errors import CheckpointError

Floats = NDArray[np.float32]


def weights_of(layer: nn.Module, name: str = "x") -> dict[str, Floats]:
    return {f"{name}.{key}": value.numpy() for key, value in layer.state_dict().items()}


def shapes_of(layer: nn.Module, name: str = "x") -> layers.Shapes:
    return {key: value.shape for key, value in weights_of(layer, name).items()}


def assert_close(found: Floats, wanted: Tensor) -> None:
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-5, atol=1e-5)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def test_a_dense_layer() -> None:
    layer, x = nn.Linear(5, 3), torch.randn(2, 4, 5)
    assert_close(layers.linear(weights_of(layer), "x", x.numpy()), layer(x))
    assert shapes_of(layer) == layers.layer_shapes({"x": (3, 5)})


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, None), (4, 2, 1), (5, 3, 1)])
def test_a_convolution_along_time(kernel: int, stride: int, padding: int | None) -> None:
    edge = kernel // 2 if padding is None else padding
    layer, x = nn.Conv1d(5, 3, kernel, stride, edge), torch.randn(2, 5, 12)
    found = layers.conv1d(
        weights_of(layer), "x", x.numpy().transpose(0, 2, 1), stride=stride, padding=padding
    )
    assert_close(found, layer(x).transpose(1, 2))


@pytest.mark.parametrize(("kernel", "stride"), [(4, 2), (5, 3)])
def test_a_transposed_convolution(kernel: int, stride: int) -> None:
    layer, x = nn.ConvTranspose1d(5, 3, kernel, stride, 1), torch.randn(2, 5, 4)
    found = layers.conv_transpose1d(
        weights_of(layer), "x", x.numpy().transpose(0, 2, 1), stride=stride, padding=1
    )
    assert_close(found, layer(x).transpose(1, 2))


@pytest.mark.parametrize("kernel", [(1, 1), (5, 3), (1, 5)])
def test_a_convolution_of_an_image(kernel: tuple[int, int]) -> None:
    padding = (kernel[0] // 2, kernel[1] // 2)
    layer, x = nn.Conv2d(4, 3, kernel, padding=padding), torch.randn(4, 7, 9)
    assert_close(layers.conv2d(weights_of(layer), "x", x.numpy()), layer(x[None])[0])


@pytest.mark.parametrize("gate", [layers.sigmoid, layers.logistic])
def test_steps_of_a_gru(gate: object) -> None:
    layer, x = nn.GRU(5, 3, batch_first=True), torch.randn(1, 6, 5)
    w, wanted, state = weights_of(layer), layer(x)[0][0], np.zeros(3, dtype=np.float32)
    for step, row in enumerate(x[0].numpy()):
        given = w["x.weight_ih_l0"] @ row + w["x.bias_ih_l0"]
        kept = w["x.weight_hh_l0"] @ state + w["x.bias_hh_l0"]
        state = layers.gru_step(given, kept, state, gate)  # type: ignore[arg-type]
        assert_close(state, wanted[step])
    assert shapes_of(layer) == layers.gru_shapes("x", 5, 3)


def test_gates_at_the_ends() -> None:
    far = np.array([-1e4, 0.0, 1e4], dtype=np.float32)
    assert layers.sigmoid(far).tolist() == [0.0, 0.5, 1.0]
    assert layers.logistic(np.clip(far, -80, 80)).tolist() == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"b": np.zeros((2, 1), dtype=np.float32)}, "b"),
        ({"c": np.zeros(1, dtype=np.float32)}, "c"),
        ({"a": np.zeros(3, dtype=np.float32), "c": np.zeros(1, dtype=np.float32)}, "a"),
    ],
)
def test_other_shapes_are_refused(change: dict[str, Floats], first: str) -> None:
    right = {"a": np.zeros(2, dtype=np.float32), "b": np.zeros((2, 2), dtype=np.float32)}
    wanted: layers.Shapes = {"a": (2,), "b": (2, 2)}
    layers.check_shapes("thing", wanted, right)
    with pytest.raises(CheckpointError, match=rf"thing: .* do not fit .*\({first}\)"):
        layers.check_shapes("thing", wanted, right | change)
    with pytest.raises(CheckpointError, match=r"\(b\); copy the thing again"):
        layers.check_shapes("thing", wanted, {"a": right["a"]})
