"""A small network and how it is trained."""

from __future__ import annotations

from symgen.nets.checkpoint import NetConfig
from symgen.training import (
    TrainOptions,
)

NET = NetConfig(hidden=16, head=12, dropout=0.1)


OPTIONS = TrainOptions(
    net=NET, epochs=4, batch=4, steps=64, rate=1e-2, device="cpu", precision="float32", seed=3
)
