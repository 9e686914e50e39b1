"""Training: one loop, its options, and the run on disk."""

from symgen.training.loop import Progress, TrainReport, train_store
from symgen.training.options import TrainOptions

__all__ = ["Progress", "TrainOptions", "TrainReport", "train_store"]
