"""The calls of the C library that draw events; their Python twins stand in `symgen.nets` and `symgen.sampling`."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, PYFUNCTYPE, c_double, c_int, c_int64, c_void_p
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.kernel import library

__all__ = ["Calls", "address", "calls", "log_chance"]

Floats = NDArray[np.float32]


class Calls(NamedTuple):
    """Functions of the library; pieces and networks are addresses of their records."""

    # Read the last event of pieces, write the logits of a head of theirs: network, (head,) pieces, how
    # many. Not 0: no memory.
    step: Callable[[int, Any, int], int]
    logits: Callable[[int, int, Any, int], int]
    # Read given events one after the other: network, piece, rows of fields, how many.
    read: Callable[[int, int, int, int], int]
    # Whether this processor reads weights of 16 bits.
    reads_halves: Callable[[], int]
    # One event of a piece: what is known before it, the class of a field, its end.
    begin: Callable[[int], None]
    take: Callable[[int, int, int], None]
    end: Callable[[int], int]
    # Draw a class: logits, allowed, classes, what logits are taken times, top-p, top-k, chance. -1:
    # none is allowed, below: the logits are no numbers.
    choose: Callable[[int, int, int, float, float, int, float], int]
    log_chance: Callable[[int, int, int], float]
    # Draw the class of a field and let the event have it: piece, what its logits became or None,
    # allowed, classes, field, and as above.
    draw: Callable[..., int]


@cache
def calls() -> Calls:
    """Return the functions of the library, told what they take."""
    loaded: Any = library()
    address, number, many = c_void_p, c_int, POINTER(c_void_p)
    # Long ones let other threads in; the others take less time than to wait for those.
    types = {
        "step": CFUNCTYPE(number, address, many, number),
        "logits": CFUNCTYPE(number, address, number, many, number),
        "read": CFUNCTYPE(number, address, address, address, number),
        "reads_halves": PYFUNCTYPE(number),
        "begin": PYFUNCTYPE(None, address),
        "take": PYFUNCTYPE(None, address, number, c_int64),
        "end": PYFUNCTYPE(number, address),
        "choose": PYFUNCTYPE(
            number, address, address, number, c_double, c_double, number, c_double
        ),
        "log_chance": PYFUNCTYPE(c_double, address, number, number),
        "draw": PYFUNCTYPE(
            number, address, address, address, number, number, c_double, c_double, number, c_double
        ),
    }
    return Calls(**{name: kind((f"symgen_{name}", loaded)) for name, kind in types.items()})


def address(array: NDArray[Any]) -> int:
    """Return where the numbers of an array lie."""
    found: int = array.__array_interface__["data"][0]
    return found


def log_chance(logits: Floats, value: int) -> float:
    """Return the log of the probability of a class, in nats."""
    if library() is not None:
        return calls().log_chance(address(logits), len(logits), value)
    values = logits.astype(np.float64)
    top = float(values.max())
    return float(values[value]) - top - float(np.log(np.exp(values - top).sum()))
