"""The options of training a language model, refused in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from symgen.nets.checkpoint import NetConfig
from symgen.system.errors import ControlError
from symgen.system.words import ByName
from symgen.training.tensors import check_machine

__all__ = ["TrainOptions"]


@dataclass(frozen=True)
class TrainOptions(ByName):
    """How to train.

    Parameters
    ----------
    net : NetConfig, optional
        Without it the base size, and on resume that of the run. Styles and fixed fields are filled
        in from the corpus.
    epochs : int
        Passes over the training pieces, at most.
    minutes : float
        Time, at most, with that of validations; 0: no limit. The learning rate falls to its end by whichever
        comes first.
    batch : int
        Pieces a batch, of about equal length.
    steps : int
        Events between two updates; the state is carried on.
    rate : float
        Peak learning rate.
    transpose : int
        Pieces are moved by up to so many semitones either way, half of them not at all.
    patience : int
        Validations without a gain before training stops early.
    validate_every : int
        Updates between validations; 0: once a pass.
    save_every : int
        Updates between checkpoints to resume from, besides those after validations; 0: every five minutes.
    valid_events : int
        Held-out events that are measured there, at most, in whole pieces that are spread evenly; 0: all.
    clip : float
        Largest norm of the gradient.
    seed : int
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    precision : str
        ``"auto"``, ``"float32"`` or ``"bfloat16"``.

    Raises
    ------
    ControlError
        If a value is out of range.
    """

    net: NetConfig | None = None
    epochs: int = 40
    minutes: float = 0.0
    batch: int = 32
    steps: int = 256
    rate: float = 3e-3
    transpose: int = 5
    patience: int = 8
    validate_every: int = 0
    save_every: int = 0
    valid_events: int = 200_000
    clip: float = 1.0
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "steps", "rate", "patience", "clip"):
            if not getattr(self, name) > 0:
                raise ControlError(f"{name} {getattr(self, name)}: must be above 0")
        counts = (self.transpose, self.validate_every, self.save_every, self.valid_events)
        if min(self.minutes, *counts) < 0:
            raise ControlError(
                "minutes, transpose, validate-every, save-every and valid-events must be 0 or more"
            )
        if not all(map(math.isfinite, (self.minutes, self.rate, self.clip))):
            raise ControlError("minutes, rate and clip must be finite numbers")
        check_machine(self.device, self.precision)

    def to_json(self) -> dict[str, Any]:
        """Return what a resumed run goes on with."""
        # The checkpoint tells the network, and a run may go on upon another device.
        return {name: value for name, value in vars(self).items() if name not in ("net", "device")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainOptions:
        """Rebuild from `to_json`; what this version does not know is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
