from __future__ import annotations

from ctypes import c_void_p

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.kernel import library
from symgen.kernel.drawing import calls

PANEL = 64

pytestmark = pytest.mark.skipif(library() is None, reason="the C library was not built")


def product(
    weights: NDArray[np.float32], rows: NDArray[np.float32], *, halves: bool = False
) -> NDArray[np.float32]:
    lib = library()
    assert lib is not None
    outputs, inputs = weights.shape
    packed = np.ascontiguousarray(weights.reshape(-1, PANEL, inputs).transpose(0, 2, 1))
    packed = packed.astype(np.float16) if halves else packed
    out = np.zeros((len(rows), outputs), dtype=np.float32)
    kind = c_void_p * len(rows)
    lib.symgen_product(
        c_void_p(packed.ctypes.data),
        int(halves),
        outputs // PANEL,
        inputs,
        kind(*(row.ctypes.data for row in rows)),
        kind(*(row.ctypes.data for row in out)),
        len(rows),
    )
    return out


@pytest.mark.parametrize("inputs", [1, 7, 64, 321])
def test_a_product_is_that_of_numpy(inputs: int) -> None:
    rng = np.random.default_rng(inputs)
    weights = rng.standard_normal((128, inputs)).astype(np.float32)
    rows = rng.standard_normal((9, inputs)).astype(np.float32)
    exact = rows.astype(np.float64) @ weights.astype(np.float64).T
    assert np.allclose(product(weights, rows), exact, atol=1e-4)


def test_a_row_is_the_same_alone_and_among_others() -> None:
    rng = np.random.default_rng(1)
    weights = rng.standard_normal((192, 320)).astype(np.float32)
    rows = rng.standard_normal((11, 320)).astype(np.float32)
    many = product(weights, rows)
    for count in range(1, 11):
        assert (product(weights, rows[:count]) == many[:count]).all()
    for place in range(11):
        assert (product(weights, rows[place : place + 1]) == many[place]).all()


@pytest.mark.parametrize("panels", [1, 2, 3, 15])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 11])
def test_weights_of_sixteen_bits_give_the_very_same_numbers(panels: int, count: int) -> None:
    if not calls().reads_halves():
        pytest.skip("this processor does not read them")
    rng = np.random.default_rng(panels)
    weights = rng.standard_normal((PANEL * panels, 97)).astype(np.float16).astype(np.float32)
    weights[0, :3] = [0.0, -65504.0, 6e-8]
    rows = rng.standard_normal((count, 97)).astype(np.float32)
    assert (product(weights, rows, halves=True) == product(weights, rows)).all()
