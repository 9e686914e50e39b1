"""The options of training a language model, refused in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import Any

from symgen.nets.checkpoint import NetConfig
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.system.words import ByName
from symgen.training.adapting import check_adapting
from symgen.training.loggers import Logger, logger_names
from symgen.training.tensors import check_machine

__all__ = ["TrainOptions"]

_FINE_TUNING: dict[str, Any] = {"rate": 5e-4, "batch": 4, "epochs": 8, "patience": 3}
"""What a trained model learns well with from few pieces."""


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
    weight_decay : float
        How much weights shrink at each update, as a share of the learning rate.
    transpose : int
        Pieces are moved by up to so many semitones either way, half of them not at all.
    patience : int
        Validations without a gain before training stops early.
    validate_every : int
        Updates between validations; 0: after passes alone.
    validate_passes : int
        Passes between validations; the last pass of all is followed by one too.
    folds : int
        Where above 1, each tune of training and validation is held out once, in so many parts: their mean chooses the
        pass to stop at, and then all of these tunes are learned from.
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
    threads : int
        Cores to compute with, where the CPU trains; 0: as many as are fastest in a trial of half a second, and on
        resume as many as before. At most as many as torch would use, so that OMP_NUM_THREADS holds.
    start : str
        A model to begin with: one that comes along, a run, or a folder; empty: new weights. `fine_tuning` chooses the
        other options for it.
    freeze : tuple of str
        Layers of the start that stay as they are: ``"input"``, ``"gru"``, ``"heads"``.
    lora : int
        Where above 0, each matrix of the start learns a change of this rank alone.
    forget : float
        How much unlikelier the start's own pieces may become, as a share; what was learned is taken back as far as that
        asks for.
    old : str
        A store of what the start was trained on: it is measured on that before and after.
    compile : bool
        Let ``torch.compile`` write the heads' kernels, on a CUDA device: the first updates take minutes.
    log : tuple of (str or object)
        Who takes the figures besides ``metrics.csv``: ``"tensorboard"``, ``"wandb"``, ``"trackio"``, the name of a
        logger that another package brings, or an object with ``init(run)``, ``log(step, figures)`` and ``finish()``.

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
    weight_decay: float = 0.01
    transpose: int = 5
    patience: int = 8
    validate_every: int = 0
    validate_passes: int = 1
    folds: int = 0
    save_every: int = 0
    valid_events: int = 200_000
    clip: float = 1.0
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    compile: bool = False
    start: str = ""
    freeze: tuple[str, ...] = ()
    lora: int = 0
    forget: float = 0.1
    old: str = ""
    log: tuple[str | Logger, ...] = ("csv",)

    def __post_init__(self) -> None:
        wanted = logger_names(self.log) if isinstance(self.log, str) else tuple(self.log)
        object.__setattr__(self, "log", wanted)
        frozen = self.freeze.split(",") if isinstance(self.freeze, str) else self.freeze
        object.__setattr__(self, "freeze", tuple(frozen))
        for name in ("epochs", "batch", "steps", "rate", "patience", "validate_passes", "clip"):
            if not getattr(self, name) > 0:
                raise ControlError(f"{name} {getattr(self, name)}: must be above 0")
        names = (
            "minutes",
            "weight_decay",
            "transpose",
            "validate_every",
            "folds",
            "save_every",
            "valid_events",
            "threads",
        )
        if min(getattr(self, name) for name in names) < 0:
            words = ", ".join(names[:-1]).replace("_", "-")
            raise ControlError(f"{words} and {names[-1]} must be 0 or more")
        if not all(map(math.isfinite, (self.minutes, self.rate, self.weight_decay, self.clip))):
            raise ControlError("minutes, rate, weight-decay and clip must be finite numbers")
        check_machine(self.device, self.precision)
        check_adapting(self.freeze, self.lora, self.start)
        if not self.forget > 0:
            raise ControlError(f"forget {self.forget}: must be above 0")
        if self.old and not self.start:
            raise ControlError("old: needs a trained model to compare with; name one with --from")

    def to_json(self) -> dict[str, Any]:
        """Return what a resumed run goes on with."""
        # The checkpoint tells the network, and a run may go on upon another machine.
        left_out = {"net", "device", "threads", "compile", "start", "old", "log"}
        if not self.start:
            left_out |= {"freeze", "lora", "forget"}
        kept = {name: value for name, value in vars(self).items() if name not in left_out}
        # A logger that was given as an object has to be given again.
        kept["log"] = [each for each in self.log if isinstance(each, str)]
        # A run may be moved: it keeps the model that it began with, and of where that was its name.
        return {**kept, "start": PurePath(self.start).name} if self.start else kept

    @classmethod
    def fine_tuning(cls, start: PathLike, **changes: Any) -> TrainOptions:
        """Return options that suit a trained model and few pieces.

        Parameters
        ----------
        start : path
            A model that comes along, a run, or a folder.
        **changes
            Other options, by name.

        Returns
        -------
        TrainOptions
        """
        return cls(**{**_FINE_TUNING, **changes, "start": str(start)})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainOptions:
        """Rebuild from `to_json`; what this version does not know is left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
