"""The limit of this machine on one core, and what share of it a note of each model uses.

    python -m lab speed-machine [--models NAME,...] [--runs 5] [--core 0] [--toy]

How fast memory is read, for blocks that fit into the caches and for one that does not; how fast a matrix meets one
vector, and many. A note reads the weights of the network once, of all heads: their bytes over the time of a note are to
be compared with the reading of a block of about that size. Also told: what a note would cost if it were that reading.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.timing import RUNS, Sample, Worker, alternate, per_unit, pin
from lab.commands import command_parser
from symgen.nets.checkpoint import load_model_files
from symgen.nets.inference import InferenceNet
from symgen.nets.models import find_model
from symgen.nets.network import Weights

__all__ = ["limits", "main", "weights_of_a_note"]

Floats = NDArray[np.float32]
BLOCKS = (4, 40, 400)
"""Sizes that are read, MB."""
PRODUCTS = ((1, 960, 320), (8, 960, 320), (64, 960, 320))
"""Rows of the left side, and shape of the matrix: a step of a GRU 320 wide, for one piece and for many."""
_WORK = 0.05
"""Seconds that a sample takes about."""


def limits(blocks: Sequence[int] = BLOCKS, *, runs: int = RUNS) -> dict[str, tuple[float, str]]:
    """Measure how fast this core reads and multiplies: numbers with their units."""
    samples: dict[str, Sample] = {}
    amounts: dict[str, tuple[float, str]] = {}
    for megabytes in blocks:
        block = np.ones(megabytes * 250_000, dtype=np.float32)
        name = f"reading {megabytes} MB"
        samples[name] = _repeated(partial(np.dot, block, block))
        amounts[name] = (4 * block.size / 1e9, "GB/s")
    rng = np.random.default_rng(0)
    for rows, high, wide in PRODUCTS:
        matrix = rng.standard_normal((high, wide), dtype=np.float32)
        vectors: Floats = rng.standard_normal((wide, rows), dtype=np.float32)
        name = f"{high} x {wide} by {wide} x {rows}"
        samples[name] = _repeated(
            partial(np.matmul, matrix, vectors[:, 0] if rows == 1 else vectors)
        )
        amounts[name] = (2 * high * wide * rows / 1e9, "GFLOP/s")
        if rows == 1:
            samples[f"{name}, read"] = samples[name]
            amounts[f"{name}, read"] = (4 * high * wide / 1e9, "GB/s")
    times = alternate(samples, runs=runs)
    return {name: (amount / times[name], unit) for name, (amount, unit) in amounts.items()}


def _repeated(action: Callable[[], object]) -> Sample:
    """Make a sample that repeats a short action so often that the clock is fine enough for it."""

    def work(times: int) -> float:
        for _ in range(times):
            action()
        return float(times)

    once = per_unit(partial(work, 3))()
    return per_unit(partial(work, max(1, int(_WORK / max(1e-7, once)))))


def weights_of_a_note(weights: Weights) -> int:
    """Count the weights that a note reads: all products, and of tables, which are looked up, nothing."""
    # The product of the embedding table with the first layer is made when a model is loaded.
    return sum(
        value.size
        for name, value in weights.items()
        if "table" not in name and not name.endswith("weight_ih_l0")
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--models", default="folk,chorale,chamber")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--toy", action="store_true", help="very little of each")
    options = parser.parse_args(arguments)
    pin(options.core)
    found = limits((1, 2) if options.toy else BLOCKS, runs=options.runs)
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}\n")
    print_table(
        ["one core", "", ""],
        [[name, f"{value:.1f}", unit] for name, (value, unit) in found.items()],
    )
    print()
    speed = next(value for name, (value, _) in found.items() if name.startswith("reading"))
    rows = []
    with Worker("lab.benchmarks.speed_work") as worker:
        for model in options.models.split(","):
            loaded = load_model_files(find_model(model))
            size = InferenceNet(loaded).weight_bytes
            megabytes = size * weights_of_a_note(loaded.weights) / 1e6
            bars = 4 if options.toy else 16
            sample = worker.sample("single", model=model, bars=bars, count=4)
            seconds = alternate({model: sample}, runs=options.runs)[model]
            rate = megabytes / 1e3 / seconds
            rows.append(
                [
                    model,
                    f"{megabytes:.2f}",
                    f"{seconds * 1e6:.0f}",
                    f"{rate:.2f}",
                    f"{100 * rate / speed:.1f}",
                    f"{megabytes / speed * 1e3:.0f}",
                ]
            )
    heads = ["MB of weights a note", "us a note", "GB/s", "% of the reading", "us of reading alone"]
    print_table(["model", *heads], rows)
    return 0
