"""Training: one loop, its options, and the run on disk."""

from symgen.training.loop import check_run, train_store
from symgen.training.options import TrainOptions
from symgen.training.progress import Progress, TrainReport
from symgen.training.run import run_config, run_options

__all__ = [
    "Progress",
    "TrainOptions",
    "TrainReport",
    "check_run",
    "run_config",
    "run_options",
    "train_store",
]
