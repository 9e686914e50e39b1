"""Training: one loop, its options, and the run on disk."""

from symgen.training.loop import Progress, TrainReport, check_run, train_store
from symgen.training.options import TrainOptions
from symgen.training.run import run_config

__all__ = ["Progress", "TrainOptions", "TrainReport", "check_run", "run_config", "train_store"]
