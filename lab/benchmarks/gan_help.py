"""Does the data of a GAN help a language model? One on few tunes, with and without GAN tunes and transposition.

    OMP_NUM_THREADS=1 python -m lab gan-help STORE WORK [--tunes 50] [--seeds 3] [--gan-minutes 4]

For each seed other tunes are drawn from the training part of STORE, a GAN is trained on these tunes alone, and a
language model on: the tunes; the tunes and what that GAN wrote; the tunes moved by up to five semitones; both. Beside
them: what a GAN of all tunes adds (which knows more than the few tunes tell), and a language model on all tunes. Every
model has the same network and 400 updates (that on all tunes 1,000); the checkpoint that is best on some of the
validation part is measured on the test part. What is there in WORK is used again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import PieceRecord, Store
from symgen.corpus.store import STORE_VERSION, write_store
from symgen.gan import augment_store, load_gan, train_gan
from symgen.gan.options import GanOptions
from symgen.gan.steps import to_steps
from symgen.gan.writing import CONFIDENT_SHARE
from symgen.nets.checkpoint import SIZES, load_model_files
from symgen.system.errors import FormatError
from symgen.trainer import train
from symgen.training import TrainOptions
from symgen.training.tasks import EventTask, evaluate_split, load_split

UPDATES, MANY_UPDATES = 400, 1000
VALID_EVENTS = 8000
BATCH = 16
ROWS = ("tunes", "+ GAN", "+ transposition", "+ both", "+ GAN of all tunes", "all tunes")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--tunes", type=int, default=50)
    parser.add_argument("--made", type=int, default=100, help="tunes that the GAN adds")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--gan-minutes", type=float, default=4.0)
    parser.add_argument("--gan", default="gan", help="the GAN of all tunes")
    parser.add_argument("--rows", nargs="*", default=ROWS)
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    fitting = readable(store)
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(options.seeds):
        for row in options.rows:
            work = options.work / f"seed{seed}"
            figures = measure(row, store, fitting, work, seed, options)
            found.setdefault(row, []).append(figures)
            print(f"seed {seed}, {row}: {figures}", file=sys.stderr, flush=True)
    report(found)
    return 0


def readable(store: Store) -> list[PieceRecord]:
    """Return the records that a GAN can read, as written."""
    kept = []
    for record in store.pieces():
        if record.form == "written" and record.header.key:
            try:
                to_steps(store.events(record), record.header.key, vocabulary=store.vocabulary)
            except FormatError:
                continue
            kept.append(record)
    return kept


def subset(store: Store, records: Sequence[PieceRecord], folder: Path) -> Store:
    """Write a store of some pieces of another one."""
    if not (folder / "index.json").exists():
        arrays, moved, offset = [], [], 0
        for record in records:
            rows = np.asarray(store.events(record).fields)
            moved.append(PieceRecord(**{**vars(record), "offset": offset}))
            arrays.append(rows)
            offset += len(rows)
        folder.mkdir(parents=True, exist_ok=True)
        index = {
            name: value for name, value in store.index.items() if not name.startswith("events_")
        }
        index |= {"version": STORE_VERSION, "vocabulary": store.vocabulary.to_json()}
        index["report"] = {
            **index["report"],
            "splits": dict(Counter(record.split for record in records)),
        }
        write_store(
            folder,
            lambda: arrays,
            offset,
            {**index, "pieces": [record.to_json() for record in moved]},
        )
    return Store.open(folder)


def measure(
    row: str,
    store: Store,
    fitting: list[PieceRecord],
    work: Path,
    seed: int,
    options: argparse.Namespace,
) -> dict[str, float]:
    """Train a language model for a row of the table, or read what was measured before."""
    path = work / f"{row.replace(' ', '-')}.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    training = [record for record in fitting if record.split == "train"]
    held = [record for record in fitting if record.split != "train"]
    chosen = [
        training[i] for i in np.random.default_rng(seed).permutation(len(training))[: options.tunes]
    ]
    few = subset(store, [*chosen, *held], work / "few")
    data = few
    if row == "all tunes":
        data = subset(store, fitting, work.parent / "all")
    elif row == "+ GAN of all tunes":
        data = augmented(few, work / "few-and-all-gan", options.gan, options.made, seed)
    elif row in ("+ GAN", "+ both"):
        if not (work / "gan" / "best" / "gan.json").exists():
            how = GanOptions(
                minutes=options.gan_minutes, seed=seed, validations=10, mean_decay=0.998
            )
            train_gan(few, work / "gan", options=how, overwrite=True)
        data = augmented(
            few, work / "few-and-gan", work / "gan", options.made, seed, confident_share=0.0
        )
    shift = 5 if row in ("+ transposition", "+ both", "all tunes") else 0
    figures = best_of(
        data,
        work / "runs" / row.replace(" ", "-"),
        MANY_UPDATES if row == "all tunes" else UPDATES,
        shift,
        seed,
    )
    path.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def augmented(
    store: Store,
    folder: Path,
    gan: str | Path,
    count: int,
    seed: int,
    *,
    confident_share: float = CONFIDENT_SHARE,
) -> Store:
    if not (folder / "index.json").exists():
        augment_store(
            store,
            folder,
            load_gan(gan, confident_share=confident_share),
            count=count,
            bars=16,
            seed=seed,
        )
    return Store.open(folder)


def best_of(store: Store, run: Path, updates: int, shift: int, seed: int) -> dict[str, float]:
    """Train, and measure the checkpoint that validates best on the test part."""
    passes = max(1, round(updates / -(-len(store.pieces("train")) // BATCH)))
    how = TrainOptions(
        net=SIZES["small"],
        epochs=passes,
        batch=BATCH,
        transpose=shift,
        seed=seed,
        patience=1000,
        validate_every=updates // 20,
        valid_events=VALID_EVENTS,
        device="cpu",
    )
    report = train(store, run, options=how, overwrite=True)
    valid, folder = report.metrics["valid_bits_per_note"], report.folder
    model = load_model_files(folder / "best")
    task = EventTask(model.config, model.vocabulary)
    task.net.load_state_dict(
        {name: torch.from_numpy(value) for name, value in model.weights.items()}
    )
    held = load_split(store, store.pieces("test"), task)
    rates = evaluate_split(task, held, BATCH, 512, torch.device("cpu"))
    return {
        "valid": valid,
        "epoch": report.metrics["epoch"],
        "note": rates["bits_per_note"],
        "16th": rates["bits_per_16th"],
    }


def report(found: dict[str, list[dict[str, float]]]) -> None:
    """Print the means over seeds, and how far each row is from the first one, seed by seed."""
    base = [figures["16th"] for figures in found["tunes"]]
    rows = []
    for name, figures in found.items():
        values = [one["16th"] for one in figures]
        change = [100 * (value / other - 1) for value, other in zip(values, base, strict=True)]
        spread = f"{min(change):+.1f} .. {max(change):+.1f} %"
        notes = [one["note"] for one in figures]
        rows.append(
            (
                name,
                float(np.mean(notes)),
                float(np.mean(values)),
                f"{np.mean(change):+.1f} %",
                spread,
            )
        )
    print_table(("trained on", "bits a note", "bits a 16th", "change", "over seeds"), rows)
