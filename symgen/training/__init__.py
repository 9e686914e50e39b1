"""Training: one loop for all networks, the run on disk, and the language model."""

from symgen.training.distributed import join_ranks, was_restarted
from symgen.training.fit import Callbacks, TrainProgress, TrainReport
from symgen.training.language import check_language_run, run_config, run_options, train_store
from symgen.training.options import TrainOptions
from symgen.training.planning import Machine, Plan, plan_training, read_facts
from symgen.training.run import holds_state, refuse_both
from symgen.training.starting import corpus_options

__all__ = [
    "Callbacks",
    "Machine",
    "Plan",
    "TrainOptions",
    "TrainProgress",
    "TrainReport",
    "check_language_run",
    "corpus_options",
    "holds_state",
    "join_ranks",
    "plan_training",
    "read_facts",
    "refuse_both",
    "run_config",
    "run_options",
    "train_store",
    "was_restarted",
]
