"""Held-out loss of a trained model: exact, in bits a note and a 16th, on the validation and test pieces of a store.

    python -m lab held-out STORE [--model NAME|PATH]

Nothing is drawn and nothing is trained: each piece is given to the model note by note, and the bits that it needs for
what really comes next are added up. Style and key are told as in training, where the store knows them. The splits are
those of the store, by tune: build it with the command of the model's card, or the pieces are not held out from it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from lab.benchmarks.ablation import measure
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.nets.checkpoint import load_model_files
from symgen.nets.models import find_model

SPLITS = ("valid", "test")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="folk")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    store, folder = Store.open(options.store), find_model(options.model)
    if load_model_files(folder).info.get("corpus", {}).get("sha256") != store.digest:
        text = f"{options.model} was trained on another store: its training music may be in these splits"
        print(text, file=sys.stderr)
    rows = []
    for split in SPLITS:
        pieces = len(store.pieces(split))
        if not pieces:
            continue
        figures, _ = measure(folder, store, split)
        parts = {
            name.removeprefix("bits_per_note_"): value
            for name, value in figures.items()
            if name.startswith("bits_per_note_")
        }
        told = ", ".join(f"{name} {value:.3f}" for name, value in parts.items())
        rows.append([split, pieces, figures["bits_per_note"], figures["bits_per_16th"], told])
    print_table([options.model, "pieces", "bits a note", "bits a 16th", "of a note"], rows)
    return 0
