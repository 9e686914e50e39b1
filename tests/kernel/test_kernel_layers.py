from __future__ import annotations

from ctypes import c_void_p

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.kernel import library

PANEL = 64

pytestmark = pytest.mark.skipif(library() is None, reason="the C library was not built")


def product(weights: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lib = library()
    assert lib is not None
    outputs, inputs = weights.shape
    packed = np.ascontiguousarray(weights.reshape(-1, PANEL, inputs).transpose(0, 2, 1))
    out = np.zeros((len(rows), outputs), dtype=np.float32)
    kind = c_void_p * len(rows)
    lib.symgen_product(
        c_void_p(packed.ctypes.data),
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
