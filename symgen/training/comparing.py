"""What fine-tuning changed: likelihood before and after, of the new music and of the old."""

from __future__ import annotations

from dataclasses import replace

import torch

from symgen.corpus import Store
from symgen.nets.checkpoint import Model, load_model_files, save_model_files
from symgen.system.errors import CheckpointError
from symgen.training.fit import TrainReport
from symgen.training.options import TrainOptions
from symgen.training.run import BEST
from symgen.training.starting import START
from symgen.training.tasks import EventTask, evaluate_split, load_split, some_records

__all__ = ["BITS", "CPU", "NEW", "OLD", "compare", "held_out_figures", "open_old", "task_of"]

_FEW = 10
"""Pieces of which fewer tell less than folds."""
CPU = torch.device("cpu")

NEW, OLD = "new", "old"
"""The corpus of the run, and what the start has learned from, where it is at hand."""

BITS = "bits_before_and_after"
"""Where the card has the bits a note of both corpora, each as a list of two."""


def open_old(options: TrainOptions, grid: int) -> Store | None:
    """Open the corpus of the start, if one was named, and refuse one that does not fit."""
    if not options.old:
        return None
    store = Store.open(options.old)
    if store.vocabulary.grid != grid:
        raise CheckpointError(
            f"{store.path}: has {store.vocabulary.grid} steps a quarter, and the model knows {grid}; "
            "name the store that it was trained on"
        )
    return store


def compare(report: TrainReport, new: Store, old: Store | None, options: TrainOptions) -> None:
    """Measure the start and the best network of a run on held-out pieces, and write that on the card of the latter."""
    run = report.folder
    before, after = load_model_files(run / START), load_model_files(run / BEST)
    found = {}
    for name, store in ((NEW, new), (OLD, old)):
        if store is not None:
            # Those to validate with have chosen the network, so that others tell more.
            split = "test" if store.pieces("test") else "valid"
            if name == NEW and options.folds and len(store.pieces("test")) < _FEW:
                # Each tune was held out once: that tells more than a few.
                found[name] = [
                    row["valid_bits_per_note"] for row in (report.rows[0], report.metrics)
                ]
                continue
            both = (held_out_figures(model, store, split, options) for model in (before, after))
            found[name] = [figures["bits_per_note"] for figures in both]
    save_model_files(replace(after, info={**after.info, BITS: found}), run / BEST)


def held_out_figures(
    model: Model, store: Store, split: str, options: TrainOptions
) -> dict[str, float]:
    """Measure a model on a split of a store."""
    task, records = task_of(model), some_records(store.pieces(split), options.valid_events)
    pieces = load_split(store, records, task)
    found = evaluate_split(task, pieces, options.batch, options.steps, CPU)
    return {name: round(value, 4) for name, value in found.items()}


def task_of(model: Model) -> EventTask:
    """Return the network of a model, ready to be measured."""
    task = EventTask(model.config, model.vocabulary)
    weights = {name: torch.from_numpy(value) for name, value in model.weights.items()}
    task.net.load_state_dict(weights)
    return task
