"""Train on very few tunes with what `symgen train` chooses for a small corpus, and without: copies, variety, bits.

    python -m lab small-corpus STORE [--tunes 10] [--draws 2] [--count 40] [--only ROW,...]

So many works are drawn from a store, ninety others are kept apart: nothing is chosen by these, they only measure.
Ways: with the usual options and nothing to begin with; the same until the tunes are known by heart; what a small corpus
gets, from nothing and as it is. Pieces have 16 bars and the seeds 1, 2, 3 ... Copied are the notes in runs of 12
and more that a training tune has too; varied is the share of runs of six notes that differ from each other. CPU
minutes count all of a way: folds, training and measuring, not the drawing.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import torch

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.copies.index import CopyIndex
from symgen.corpus import PieceRecord, Store
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.nets.checkpoint import SIZES, load_model_files
from symgen.runs.samples import SAMPLE_BARS, variety
from symgen.tokens import decode
from symgen.training import Machine, TrainOptions, plan_training, read_facts, train_store
from symgen.training.run import BEST
from symgen.training.tasks import EventTask, evaluate_split, load_split
from symgen.writing.model import load_model

_MEASURED = 90
_BY_HEART = 200
"""Passes after which ten tunes are known by heart."""


def small_store(store: Store, tunes: int, draw: int) -> tuple[Store, list[PieceRecord]]:
    """Return a store of so many works, one of them to validate with, and pieces of works that are kept apart."""
    written = [record for record in store.pieces() if record.form == "written"]
    groups = sorted({record.group for record in written})
    random.Random(draw).shuffle(groups)  # noqa: S311 - which tunes, not secrets
    split = dict.fromkeys(groups[: tunes - 1], "train") | {groups[tunes - 1]: "valid"}
    few = tuple(
        replace(record, split=split[record.group]) for record in written if record.group in split
    )
    apart = set(groups[-_MEASURED:]) - set(split)
    # Without a seal: no features are kept of a part of the pieces.
    small = Store(store.path, store.vocabulary, store.index, store.array, few)
    return small, [record for record in written if record.group in apart]


def ways(few: Store) -> dict[str, Callable[[], TrainOptions]]:
    """Return how the tunes are learned, by what the table calls it."""
    facts, here = read_facts(few), Machine.here("cpu")
    return {
        "usual options": lambda: TrainOptions(net=SIZES["base"]),
        "known by heart": lambda: TrainOptions(
            net=SIZES["base"],
            batch=4,
            epochs=_BY_HEART,
            patience=_BY_HEART,
            validate_passes=_BY_HEART,
        ),
        "small corpus from nothing": lambda: plan_training(facts, here, {"start": ""}).options,
        "small corpus": lambda: plan_training(facts, here).options,
    }


def bits(folder: Path, store: Store, records: Sequence[PieceRecord]) -> float:
    """Measure a model on pieces that were kept apart."""
    model = load_model_files(folder)
    task = EventTask(model.config, model.vocabulary)
    weights = {name: torch.from_numpy(value) for name, value in model.weights.items()}
    task.net.load_state_dict(weights)
    split = load_split(store, records, task)
    return evaluate_split(task, split, 32, 256, torch.device("cpu"))["bits_per_note"]


def figures(pieces: Sequence[Score], index: CopyIndex) -> list[float]:
    """Return how much is copied, the longest copy, and how varied pieces are."""
    found = [index.find(piece) for piece in pieces]
    notes = sum(report.notes for report in found)
    copied = sum(report.share * report.notes for report in found) / max(1, notes)
    return [copied, float(max(report.longest for report in found)), variety(pieces)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--tunes", type=int, default=10)
    parser.add_argument("--draws", type=int, default=2, help="sets of tunes")
    parser.add_argument("--count", type=int, default=40, help="pieces drawn of each model")
    parser.add_argument("--only", default="", metavar="ROW,...", help="ways by their names")
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    rows: dict[str, list[list[float]]] = {}
    only = tuple(filter(None, options.only.split(",")))
    for draw in range(1, options.draws + 1):
        few, apart = small_store(store, options.tunes, draw)
        for name, found in measured(few, apart, options.count, only):
            rows.setdefault(name, []).append(found)
    heads = ["", "bits a note", "copied", "longest copy", "varied", "CPU minutes"]
    means = [
        [name, *(fmean(column) for column in zip(*found, strict=True))]
        for name, found in rows.items()
    ]
    print_table(heads, means)
    return 0


def measured(
    few: Store, apart: Sequence[PieceRecord], count: int, only: Sequence[str] = ()
) -> list[tuple[str, list[float]]]:
    """Train in each way and measure, and measure real tunes too."""

    def score(record: PieceRecord) -> Score:
        return decode(few.events(record), few.vocabulary)

    index = CopyIndex.build([(score(r), r.title, r.source) for r in few.pieces()], limit=None)
    real = figures([score(record) for record in apart][:count], index)
    rows = [("real tunes of the kind", [0.0, *real, 0.0])]
    for name, chosen in ways(few).items():
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            begun = time.process_time()
            train_store(few, Path(scratch) / "run", options=replace(chosen(), device="cpu"))
            best = Path(scratch) / "run" / BEST
            loss = bits(best, few, apart)
            minutes = (time.process_time() - begun) / 60
            takes = load_model(best).generate(Controls(bars=SAMPLE_BARS), count=count, seed=1)
            rows.append((name, [loss, *figures(list(takes), index), minutes]))
    return rows
