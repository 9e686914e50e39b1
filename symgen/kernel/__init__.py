"""A small C library for what a note costs most: optional, and held to the Python code by tests."""

from __future__ import annotations

import os
from ctypes import CDLL
from functools import cache

from symgen.kernel.building import library_path

__all__ = ["library"]


@cache
def library() -> CDLL | None:
    """Return the compiled library; nothing where it was not built, or ``SYMGEN_KERNEL=0`` turns it off."""
    if os.environ.get("SYMGEN_KERNEL") == "0":
        return None
    try:
        return CDLL(str(library_path()))
    except OSError:
        return None
