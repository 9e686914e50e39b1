"""What training costs: events a second beside a plain loop of torch, by part, and how it grows with the network.

    python -m lab speed-training STORE ... [--only TABLE,...] [--against CHECKOUT] [--hidden 320] [--head 224]

CPU time on one pinned core, medians of runs that take turns; ratios are of one run of this script. The plain loop is a
sum of embeddings, an `nn.GRU`, a linear layer a field and AdamW, on the same events, 32 pieces a batch and 256 steps
a chunk as here. It learns without features, copy memory and dropout: once with as many weights as the network
here, once with a GRU as wide. `--against` measures another checkout of symgen in the same run, such as a `git
worktree` of an older commit. `--toy` does very little of each, to see that all of it works.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.timing import RUNS, Worker, alternate, growth, pin
from lab.commands import command_parser
from lab.modules import ROOT

_WORK = "lab.benchmarks.speed_training_work"
_PRECISIONS = {"32 bits": "float32", "16 bits": "bfloat16"}
_US, _MILLION = 1e6, 1e6
Sizes = tuple[tuple[int, int, int], ...]
"""Widths of the GRU and of the heads, and layers."""
_SIZES: Sizes = ((128, 96, 1), (320, 224, 1), (512, 384, 2), (768, 512, 2), (1024, 768, 2))


@dataclass(frozen=True)
class Bench:
    """What is trained, against what, and how much."""

    stores: tuple[str, ...]
    net: dict[str, int]
    against: Path | None
    runs: int
    updates: int
    growing: Sizes

    def which(self, store: str, precision: str) -> dict[str, Any]:
        """Name a network of `speed_training_work`."""
        return {"store": store, "precision": _PRECISIONS[precision], **self.net}

    @property
    def sides(self) -> dict[str, Path]:
        """The checkouts by name."""
        return {"here": ROOT} | ({"there": self.against} if self.against else {})


# -- tables ------------------------------------------------------------------------------


def rates(bench: Bench) -> None:
    rows: list[list[object]] = []
    times: dict[str, float] = {}
    for store in bench.stores:
        for precision in _PRECISIONS:
            times = _times(bench, store, precision)
            ratios = [each / times["here"] for name, each in times.items() if name != "here"]
            found = [round(1 / each) for each in times.values()]
            rows.append([f"{Path(store).name}, {precision}", *found, *ratios])
    others = [name for name in times if name != "here"]
    heads = ["events a second", *times, *(f"here / {name}" for name in others)]
    print_table(heads, rows)


def _times(bench: Bench, store: str, precision: str) -> dict[str, float]:
    """Return the seconds an event of all that is compared."""
    which, count = bench.which(store, precision), bench.updates
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(Worker(_WORK, checkout=place))
            for name, place in bench.sides.items()
        }
        samples = {
            name: worker.sample("update", count=count, **which) for name, worker in workers.items()
        }
        loop = {"store": store, "precision": which["precision"], "count": count}
        for name, size in (
            ("loop of equal weights", {"weights": workers["here"].call("weights", **which).value}),
            ("loop of equal width", {"hidden": bench.net["hidden"]}),
        ):
            plain = stack.enter_context(Worker(_WORK))
            samples[name] = plain.sample("plain", **loop, **size)
        return alternate(samples, runs=bench.runs)


def precisions(bench: Bench) -> None:
    rows = []
    for store in bench.stores:
        with Worker(_WORK) as worker:
            times = alternate(
                {
                    precision: worker.sample(
                        "update", count=bench.updates, **bench.which(store, precision)
                    )
                    for precision in _PRECISIONS
                },
                runs=bench.runs,
            )
        exact, rounded = (_US * each for each in times.values())
        rows.append([Path(store).name, exact, rounded, exact / rounded])
    print_table(["us an event", *_PRECISIONS, "32 bits / 16 bits"], rows)


def parts(bench: Bench) -> None:
    rows = []
    names = ("data", "forward", "backward", "optimizer", "other")
    for store in bench.stores:
        for precision in _PRECISIONS:
            for side, place in bench.sides.items():
                which = bench.which(store, precision)
                with Worker(_WORK, checkout=place) as worker:
                    worker.call("update", count=2, **which)
                    spent = worker.call("parts", count=bench.updates, **which).value
                what = f"{Path(store).name}, {precision}, {side}"
                rows.append([what, *(_US * spent[name] for name in names)])
    print_table(["us an event", *names], rows)


def growing(bench: Bench) -> None:
    rows = []
    store = bench.stores[0]
    for precision in _PRECISIONS:
        sizes, costs = [], []
        with Worker(_WORK) as worker:
            for hidden, head, layers in bench.growing:
                which = bench.which(store, precision) | {
                    "hidden": hidden, "head": head, "layers": layers
                }  # fmt: skip
                sizes.append(worker.call("weights", **which).value / _MILLION)
                sample = worker.sample("update", count=max(1, bench.updates // 2), **which)
                costs.append(_US * alternate({"": sample}, runs=min(3, bench.runs))[""])
        rows.append(growth(f"{precision}: millions of weights; us an event", sizes, costs))
    print_table(["what grows; its cost", "from ... to", "cost", "exponent"], rows)


def memory(bench: Bench) -> None:
    rows = []
    for store in bench.stores:
        for precision in _PRECISIONS:
            peaks = []
            for place in bench.sides.values():
                with Worker(_WORK, checkout=place) as worker:
                    which = bench.which(store, precision)
                    peaks.append(worker.call("update", count=bench.updates, **which).peak)
            with Worker(_WORK) as worker:
                loop = {"store": store, "precision": which["precision"], "count": bench.updates}
                peaks.append(worker.call("plain", hidden=bench.net["hidden"], **loop).peak)
            rows.append([f"{Path(store).name}, {precision}", *peaks])
    print_table(["MB", *bench.sides, "loop of equal width"], rows)


TABLES: dict[str, tuple[str, Callable[[Bench], None]]] = {
    "rates": ("Events that are learned from a second, on one core.", rates),
    "precisions": ("What 16 bits gain.", precisions),
    "parts": ("Where the time goes.", parts),
    "growth": ("How the cost grows with the network, and the exponent of the fit.", growing),
    "memory": ("The most memory that each needs, in a process of its own.", memory),
}


def toy_store(folder: Path) -> str:
    """Make a store of a few short tunes."""
    (folder / "tunes").mkdir()
    for seed in range(12):
        piece = symgen.load_model("folk").generate(bars=8, seed=seed)
        piece.save(folder / "tunes" / f"{seed}.mid")
    symgen.build_corpus([folder / "tunes"], folder / "store")
    return str(folder / "store")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("stores", metavar="STORE", nargs="*")
    parser.add_argument("--only", default=",".join(TABLES), help=f"of {', '.join(TABLES)}")
    parser.add_argument("--against", metavar="CHECKOUT", type=Path)
    parser.add_argument("--hidden", type=int, default=320)
    parser.add_argument("--head", type=int, default=224)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",")
    if not set(wanted) <= set(TABLES):
        parser.error(f"--only: of {', '.join(TABLES)}")
    if not options.stores and not options.toy:
        parser.error("name a store that symgen corpus wrote")
    pin(options.core)
    net = {name: getattr(options, name) for name in ("hidden", "head", "layers")}
    sizes: tuple[tuple[int, int, int], ...] = (
        (128, 96, 1),
        (320, 224, 1),
        (512, 384, 2),
        (768, 512, 2),
        (1024, 768, 2),
    )
    updates = 4
    with tempfile.TemporaryDirectory() as folder:
        if options.toy:
            options.stores, updates = options.stores or [toy_store(Path(folder))], 1
            sizes, net = ((8, 6, 1), (16, 8, 2)), {"hidden": 12, "head": 8, "layers": 1}
        stores = tuple(str(Path(store).resolve()) for store in options.stores)
        bench = Bench(stores, net, options.against, options.runs, updates, sizes)
        for name in wanted:
            title, table = TABLES[name]
            print(f"{title}\n", flush=True)
            table(bench)
            print(flush=True)
    return 0
