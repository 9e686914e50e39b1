"""Fine-tuning on a few tunes: bits of that kind and of the old one, copies, and what a blind classifier says.

    python -m lab finetuning NEW OLD [--from folk] [--counts 20,5] [--seeds 3] [--lora R] [--freeze LAYERS]

NEW is a store of the kind to learn, OLD the store of the model's card. For each seed so many works of NEW are drawn and
fine-tuned on as ``symgen finetune`` does it; all other works of NEW are measured on, and of OLD its test pieces.
The classifier is logistic regression on features of melodies, trained on real pieces of both stores alone; then it is
asked of how many takes, of one meter and key and the same seeds before and after, it thinks that they are of the new
kind. Time is that of the processor.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import PieceRecord, Store
from symgen.evaluation.discriminator import feature_rows
from symgen.music.controls import Controls
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.nets.checkpoint import load_model_files
from symgen.runs.samples import draw_samples
from symgen.tokens import decode
from symgen.training import TrainOptions, read_facts, train_store
from symgen.training.blending import BLEND
from symgen.training.comparing import held_out_figures
from symgen.training.planning import Machine, plan_training
from symgen.training.starting import START
from symgen.training.tasks import some_records
from symgen.writing.generator import Generator

TAKES = 60
"""Takes that the classifier is asked of."""
REAL = 150
"""Real pieces of each kind that it learns from, at most."""
OLD_EVENTS = 30_000
"""Events of the old test pieces that are measured, spread evenly."""
ASKED = ("start", "lora", "freeze", "device", "threads")
"""What is not left to the plan."""
CONTROLS = Controls(bars=16, meter="4/4", key="C major")


def view(store: Store, records: Sequence[PieceRecord]) -> Store:
    """Return a store of some of the pieces of another."""
    args = (store.path, store.vocabulary, store.index, store.array, tuple(records))
    return Store(*args, store.seal)


def drawn(store: Store, count: int, seed: int) -> tuple[Store, Store]:
    """Draw works to learn from, a tenth of them to validate with, and return them and all others as test pieces."""
    groups = sorted({record.group for record in store.pieces()})
    random.Random(seed).shuffle(groups)  # noqa: S311 - music, not secrets
    chosen = groups[:count]
    splits = dict.fromkeys(chosen, "train") | dict.fromkeys(chosen[: max(1, count // 10)], "valid")
    records = [replace(record, split=splits.get(record.group, "test")) for record in store.pieces()]
    learned = [record for record in records if record.split != "test"]
    return view(store, learned), view(store, [each for each in records if each.split == "test"])


class Classifier:
    """Tells the new kind from the old one, as real pieces have taught it."""

    def __init__(self, new: Sequence[Score], old: Sequence[Score]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_score
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        rows = _rows([*new, *old])
        kinds = np.repeat([1, 0], [len(new), len(old)])
        self._net = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
        self.auc = float(cross_val_score(self._net, rows, kinds, cv=5, scoring="roc_auc").mean())
        self._net.fit(rows, kinds)

    def chances(self, scores: Sequence[Score]) -> float:
        """Return the mean chance that pieces are of the new kind."""
        return float(self._net.predict_proba(_rows(scores))[:, 1].mean())


def _rows(scores: Sequence[Score]) -> Any:
    return np.nan_to_num(feature_rows("melody", scores, [infer_key(score) for score in scores]))


def takes(folder: Path) -> list[Score]:
    """Write with a model."""
    return [take.score for take in Generator.load(folder).takes(CONTROLS, count=TAKES, seed=1)]


def row(count: int, seed: int, stores: tuple[Store, Store], options: TrainOptions) -> list[Any]:
    """Fine-tune once and measure."""
    new, old = stores
    learned, rest = drawn(new, count, seed)
    tested = view(old, some_records(old.pieces("test"), OLD_EVENTS))
    asked = {name: getattr(options, name) for name in ASKED}
    plan = plan_training(read_facts(learned), Machine(), {**asked, "seed": seed})
    with tempfile.TemporaryDirectory() as work:
        run, begin = Path(work) / "run", time.process_time()
        train_store(learned, run, options=plan.options)
        spent = time.process_time() - begin
        before, after = (load_model_files(run / name) for name in (START, "best"))
        figures = [
            held_out_figures(model, store, "test", options)["bits_per_note"]
            for store in (rest, tested)
            for model in (before, after)
        ]
        ours, theirs = (
            [decode(each.events(record), each.vocabulary) for record in some_records_of(each)]
            for each in (rest, tested)
        )
        judge = Classifier(ours, theirs)
        moved = [judge.chances(takes(run / name)) for name in (START, "best")]
        best = Generator.load(run)
        samples = draw_samples(best, learned)
        share = after.info.get(BLEND, 0.0)
    new_before, new_after, old_before, old_after = figures
    return [
        count, seed, len(rest), new_before, new_after, f"{new_after / new_before - 1:+.1%}",
        old_before, old_after, f"{old_after / old_before - 1:+.1%}", share, judge.auc, *moved,
        f"{samples.copied:.1%}", samples.longest, f"{spent:.0f}",
    ]  # fmt: skip


def some_records_of(store: Store) -> list[PieceRecord]:
    """Return real pieces for the classifier."""
    records = store.pieces()
    step = max(1, len(records) // REAL)
    return records[::step]


HEADER = (
    "tunes", "seed", "held out", "new before", "new after", "new", "old before", "old after", "old", "share of learned",
    "AUC real", "new kind before", "new kind after", "copied", "longest copy", "CPU s",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("new", type=Path)
    parser.add_argument("old", type=Path)
    parser.add_argument("--from", dest="start", default="folk")
    parser.add_argument("--counts", default="20,5")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--lora", type=int, default=0)
    parser.add_argument("--freeze", default="")
    options = parser.parse_args(arguments)
    stores = Store.open(options.new), Store.open(options.old)
    frozen = tuple(filter(None, options.freeze.split(",")))
    chosen = TrainOptions.fine_tuning(
        options.start, lora=options.lora, freeze=frozen, device="cpu", threads=1
    )
    rows = []
    for count in map(int, options.counts.split(",")):
        for seed in range(1, options.seeds + 1):
            rows.append(row(count, seed, stores, chosen))
            print(rows[-1], file=sys.stderr)
    print_table(HEADER, rows)
    return 0
