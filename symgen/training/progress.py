"""What a run says while it goes on, and at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from symgen.nets.checkpoint import Model

__all__ = ["Progress", "TrainReport"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is.

    Parameters
    ----------
    step, epoch : int
    loss : float
        Bits per note of the last updates.
    rate : float
        Events a second.
    left : float
        Seconds to the end, as far as known.
    done : float
        Share of the budget, 0..1.
    metrics : dict, optional
        Figures, where a validation has just ended.
    rows : sequence of dict
        Those of all validations so far, there.
    model : Model, optional
        The network as it is, there.
    """

    step: int
    epoch: int
    loss: float
    rate: float
    left: float
    done: float
    metrics: dict[str, float] | None = None
    rows: Sequence[dict[str, float]] = ()
    model: Model | None = None


@dataclass(frozen=True)
class TrainReport:
    """What a run gave.

    Parameters
    ----------
    folder : Path
        Holds ``best``, ``last`` and ``metrics.csv``.
    metrics : dict
        The validation figures of the best checkpoint.
    rows : list of dict
        All validations.
    seconds : float
    stopped : bool
        Whether it ended because it was asked to stop.
    """

    folder: Path
    metrics: dict[str, float]
    rows: list[dict[str, float]]
    seconds: float
    stopped: bool = False
