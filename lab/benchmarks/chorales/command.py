"""Exact likelihoods beside published figures, as three tables in Markdown.

    python -m lab chorales [--sets ...] [--seeds 3] [--minutes M] [--work FOLDER] [--data FOLDER] [--draw COUNT]

chorales: JSB chorales on the 16th grid; chords: the same with each frame's true chord given; JSB_Chorales, Nottingham,
MuseData, Piano_midi: the frame-wise sets; melodies: the melodies of the Nottingham set with symgen's own network. All
run on one thread; times are CPU times. docs/benchmarks.md says what is measured and how.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from lab.benchmarks.chorales import tables
from lab.benchmarks.chorales.data import FRAME_SETS, find_data
from lab.commands import command_parser
from symgen.system.errors import SymgenError

__all__ = ["main"]

SETS = ("chorales", "chords", *FRAME_SETS, "melodies")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return an exit status."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument(
        "--sets", nargs="+", choices=SETS, default=SETS, metavar="SET", help=", ".join(SETS)
    )
    parser.add_argument("--seeds", type=int, default=3, help="networks of the chorales (3)")
    parser.add_argument(
        "--minutes", type=float, help="CPU minutes of each training, in place of the sets' own"
    )
    parser.add_argument(
        "--work", type=Path, help="keep trained networks here and use those that lie here"
    )
    parser.add_argument("--data", type=Path, help="folder with the data")
    parser.add_argument(
        "--draw",
        type=int,
        default=0,
        metavar="COUNT",
        help="also draw chorales, as MIDI, into --work",
    )
    options = parser.parse_args(arguments)
    if (
        options.seeds < 1
        or (options.minutes is not None and options.minutes <= 0)
        or options.draw < 0
    ):
        parser.error("--seeds must be 1 or more, --minutes above 0, --draw 0 or more")
    torch.set_num_threads(1)
    try:
        work = options.work or Path(tempfile.mkdtemp(prefix="chorales-"))
        work.mkdir(parents=True, exist_ok=True)
        run = tables.Run(find_data(options.data), work, options.seeds, options.minutes)
        _run_sets(run, options.sets, options.draw)
    except SymgenError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


def _run_sets(run: tables.Run, sets: Sequence[str], draw: int) -> None:
    """Print the tables one after the other."""
    if "chorales" in sets:
        net = tables.chorale_table(run)
        if draw:
            tables.drawn_table(run, net, draw, run.work)
    if "chords" in sets:
        tables.chord_table(run)
    frames = [name for name in FRAME_SETS if name in sets]
    if frames:
        tables.frame_table(run, frames)
    if "melodies" in sets:
        tables.melody_table(run)
    if run.pieces:
        print(f"\nFigures of each piece: {run.save_pieces()}")
