"""Held-out loss of the network beside the plain GRU and beside itself without its parts, at equal training time.

    python -m lab ablation STORE [--minutes 8] [--work FOLDER] [--model NAME|PATH]

Each network is trained on the same store with one thread for the same time (CPU seconds of the process, so that a busy
machine does not matter), and its best checkpoint is measured on the test split. Networks that lie in the work folder
already are only measured. Likelihoods are exact and cover the
same music, so bits a 16th compare across encodings. `--model` adds a model that is trained already.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lab.baseline import make_task
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.nets.checkpoint import SIZES, NetConfig, load_model_files
from symgen.nets.models import find_model
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store
from symgen.training.tasks import evaluate_split, load_split

NETS = {
    "plain GRU on REMI-like tokens": replace(SIZES["base"], kind="plain"),
    "without features and copy memory": replace(SIZES["base"], features=False, copy=False),
    "without copy memory": replace(SIZES["base"], copy=False),
    "the network": SIZES["base"],
}
Row = list[Any]


def measure(folder: Path, store: Store, split: str = "test") -> tuple[dict[str, float], int]:
    """Exact figures of a checkpoint on a split, and its number of weights."""
    model = load_model_files(folder)
    task = make_task(model.config, model.vocabulary)
    task.net.load_state_dict(
        {name: torch.from_numpy(value) for name, value in model.weights.items()}
    )
    pieces = load_split(store, store.pieces(split), task)
    figures = evaluate_split(task, pieces, 32, 256, torch.device("cpu"))
    return figures, sum(value.size for value in model.weights.values())


def train(
    name: str, net: NetConfig, store: Store, work: Path, minutes: float
) -> tuple[Path, Mapping[str, Any]]:
    """Train one network; return its folder and its last row of figures."""
    folder = work / "-".join(name.split())
    if (folder / "metrics.csv").is_file():
        with (folder / "metrics.csv").open(encoding="utf-8") as file:
            return folder / "best", list(csv.DictReader(file))[-1]
    options = TrainOptions(net=net, minutes=minutes, epochs=10_000, patience=10_000, device="cpu")

    def tell(progress: TrainProgress) -> None:
        if progress.metrics:
            bits = progress.metrics["valid_bits_per_16th"]
            print(f"{name}: step {progress.step}, {bits:.3f} bits a 16th (valid)", file=sys.stderr)

    callbacks = Callbacks(tell, clock=time.process_time)
    report = train_store(
        store, folder, options=options, overwrite=True, callbacks=callbacks, make_task=make_task
    )
    return folder / "best", report.rows[-1]


def row(name: str, folder: Path, store: Store, passes: object) -> Row:
    """One row of the table."""
    figures, weights = measure(folder, store)
    return [name, f"{weights:,}", passes, figures["bits_per_note"], figures["bits_per_16th"]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--model", default=None)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    store = Store.open(options.store)
    work = options.work or Path(tempfile.mkdtemp(prefix="ablation-"))
    rows: list[Row] = []
    for name, net in NETS.items():
        folder, last = train(name, net, store, work, options.minutes)
        rows.append(row(name, folder, store, int(float(last["epoch"]))))
    if options.model:
        rows.append(row(f"{options.model} as shipped", find_model(options.model), store, ""))
    plain = rows[0][-1]
    rows = [[*each, f"{1 - each[-1] / plain:.0%}"] for each in rows]
    heads = [
        f"{options.minutes:g} CPU minutes each",
        "weights",
        "passes",
        "bits a note",
        "bits a 16th",
        "fewer",
    ]
    print_table(heads, rows)
    return 0
