"""Bars compared with earlier ones in C: what `symgen.tokens.form` does lag by lag."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import c_long, c_void_p

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["lag_counts"]


def lag_counts(keys: NDArray[np.int64], bars: int, lags: Sequence[int]) -> NDArray[np.int64] | None:
    """Count per lag and bar the notes that also stand so many bars back, by sorted keys; None without the library."""
    lib = library()
    if lib is None:
        return None
    out, steps = np.zeros((len(lags), bars), np.int64), np.array(lags, np.int64)
    lib.symgen_lag_counts(
        c_void_p(keys.ctypes.data),
        c_long(len(keys)),
        c_long(bars),
        c_void_p(steps.ctypes.data),
        c_long(len(lags)),
        c_void_p(out.ctypes.data),
    )
    return out
