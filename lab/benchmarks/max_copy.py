"""Pieces that copy nothing: the longest stretch shared with a training piece, with and without `--max-copy`.

    python -m lab max-copy [--model folk] [--count 500] [--notes 12] [--bars 16]

The pieces are written to MIDI files, read back, and looked up in the index as a whole. Exit status 1 if one that was
asked not to has a stretch of so many notes or more.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--model", default="folk")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--notes", type=int, default=12)
    parser.add_argument("--bars", type=int, default=16)
    options = parser.parse_args(arguments)
    model = symgen.load_model(options.model)
    index = model.copy_index()
    if index is None:
        print(f"model {options.model} has no index of its training pieces", file=sys.stderr)
        return 2
    rows: list[list[object]] = []
    for label, most in (("as drawn", None), (f"--max-copy {options.notes}", options.notes)):
        longest, began = [], time.process_time()
        takes = model.takes(
            symgen.Controls(bars=options.bars, max_copy=most), count=options.count, seed=1
        )
        with tempfile.TemporaryDirectory() as folder:
            for take in takes:
                path = Path(folder) / f"{take.seed}.mid"
                symgen.save_score(take.score, path)
                longest.append(index.find(symgen.load_score(path)).longest)
        seconds = (time.process_time() - began) / options.count
        copied = sum(found >= options.notes for found in longest)
        rows.append(
            [label, len(longest), float(np.mean(longest)), max(longest), copied, f"{seconds:.2f}"]
        )
    header = [
        "pieces",
        "number",
        "longest stretch, mean",
        "most",
        f"with {options.notes} notes or more",
        "s a piece",
    ]
    print_table(header, rows)
    return int(bool(rows[-1][4]))
