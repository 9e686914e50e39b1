"""The structures of ``network.h``."""

from __future__ import annotations

from ctypes import Structure, c_double, c_int32, c_void_p
from typing import Any

from numpy.typing import NDArray

__all__ = [
    "HeadRecord",
    "LayerRecord",
    "NetworkRecord",
    "PieceRecord",
    "StageRecord",
    "piece_record",
]


class StageRecord(Structure):
    """``struct stage``."""

    _fields_ = [
        ("columns", c_void_p), ("table", c_void_p),
        ("count", c_int32), ("reference", c_int32), ("own", c_int32), ("width", c_int32),
    ]  # fmt: skip


class HeadRecord(Structure):
    """``struct head``."""

    _fields_ = [
        ("seen", StageRecord),
        ("state", c_void_p), ("out", c_void_p), ("state_bias", c_void_p), ("out_bias", c_void_p),
        ("inner", c_int32), ("inner_panels", c_int32), ("out_panels", c_int32), ("classes", c_int32),
        ("gates", c_int32), ("degree", c_int32), ("interval", c_int32), ("chord", c_int32),
        ("consonance", c_int32), ("rooted", c_int32), ("bassed", c_int32),
        ("pointed", c_void_p), ("slots", c_int32), ("lengths", c_int32),
        ("start", c_int32), ("above", c_int32), ("below", c_int32), ("sounding", c_int32),
        ("root", c_int32), ("bass", c_int32), ("family", c_int32),
    ]  # fmt: skip


class LayerRecord(Structure):
    """``struct layer``."""

    _fields_ = [
        ("given", c_void_p), ("kept", c_void_p), ("given_bias", c_void_p), ("kept_bias", c_void_p),
    ]  # fmt: skip


class NetworkRecord(Structure):
    """``struct network``."""

    _fields_ = [
        ("input", StageRecord), ("layers", c_void_p), ("heads", c_void_p),
        ("depth", c_int32), ("hidden", c_int32), ("gate_panels", c_int32), ("halves", c_int32),
    ]  # fmt: skip


class PieceRecord(Structure):
    """``struct piece``."""

    _fields_ = [
        ("features", c_void_p), ("last", c_void_p), ("now", c_void_p), ("conditions", c_void_p),
        ("state", c_void_p), ("signal", c_void_p), ("logits", c_void_p),
        ("steps", c_void_p), ("reference", c_int32), ("skip", c_int32), ("end", c_int32),
        ("surprise", c_double),
    ]  # fmt: skip


def piece_record(*arrays: NDArray[Any]) -> PieceRecord:
    """Say where the arrays of a piece lie, in the order of the fields."""
    return PieceRecord(*(array.__array_interface__["data"][0] for array in arrays))
