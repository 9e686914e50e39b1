"""What training in two processes gains: events a second on the wall, and the CPU time of both, at one batch.

    python -m lab speed-processes STORE [--updates 12] [--widths 256,512] [--runs 3] [--toy]

Each run is a start of its own of `torchrun --standalone` with 1 or 2 processes, which make the same updates of 32
pieces: with 2, each learns from 16 of them, and their gradients are added up. Each process computes on one thread.
Starts and the first two updates do not count. Medians of runs that take turns. The clock on the wall means something
only on a machine that has a core for each process and does nothing else. `--toy` does very little, to see that it
works.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from lab.benchmarks.common import print_table
from lab.benchmarks.speed_training import toy_store
from lab.benchmarks.timing import run_child
from lab.commands import command_parser
from lab.modules import ROOT

_PROCESSES = (1, 2)
_US, _MILLION = 1e6, 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", metavar="STORE", nargs="?")
    parser.add_argument("--updates", type=int, default=12, metavar="N", help="that are timed")
    parser.add_argument("--widths", default="256,512", metavar="N,...", help="of the GRU")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="of each, in turns")
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_args(arguments)
    if not options.store and not options.toy:
        parser.error("name a store that symgen corpus wrote")
    try:
        widths = [int(width) for width in options.widths.split(",")]
    except ValueError:
        parser.error("--widths: whole numbers with commas between them")
    if min(*widths, options.updates, options.runs, 4) < 1:
        parser.error("--widths, --updates and --runs: 1 or more")
    with tempfile.TemporaryDirectory() as folder:
        if options.toy:
            options.store = options.store or toy_store(Path(folder))
            widths, options.updates, options.runs = [12], 1, 1
        print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} at work before\n", flush=True)
        store = str(Path(options.store).resolve())
        rows = [_row(store, width, options.updates, options.runs) for width in widths]
    print_table(
        [
            *("GRU", "millions of weights", "events a second, 1 process", "2 processes", "2 / 1"),
            *("CPU us an event, 1 process", "2 processes", "2 / 1"),
        ],
        rows,
    )
    return 0


def _row(store: str, width: int, updates: int, runs: int) -> list[object]:
    """Measure a network with each number of processes, in turns."""
    taken: dict[int, list[dict[str, float]]] = {processes: [] for processes in _PROCESSES}
    for _ in range(runs):
        for processes in _PROCESSES:
            taken[processes].append(_start(processes, store, width, updates))
    done = {run["events"] for each in taken.values() for run in each}
    assert len(done) == 1, f"not the same events: {done}"
    one, two = (median(run["events"] / run["wall"] for run in each) for each in taken.values())
    cpu = [median(_US * run["cpu"] / run["events"] for run in each) for each in taken.values()]
    size = taken[1][0]["weights"] / _MILLION
    return [width, size, round(one), round(two), two / one, *cpu, cpu[1] / cpu[0]]


def _start(processes: int, store: str, width: int, updates: int) -> dict[str, float]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    work = ["--nproc-per-node", str(processes), "-m", "lab.benchmarks.speed_processes_work"]
    answer = run_child([*torchrun, *work, store, str(width), str(updates)], cwd=ROOT)
    found: dict[str, float] = json.loads(answer.value)
    return found
