"""What notes cost: takes beside a plain loop of torch, together, around given notes, long, cold, and what all need.

    python -m lab speed-takes [--only TABLE,...] [--against CHECKOUT] [--models NAME,...] [--runs 5] [--toy]

CPU time on one pinned core, medians of runs that take turns; ratios are of one run of this script. The plain loop is an
`nn.GRU` of the same size that draws notes and nothing else: no features, no controls, no bar lines. `--against`
measures another checkout of symgen in the same run, such as a `git worktree` of an older commit; a ratio above 1 says
that this checkout is faster. `--toy` does very little of each, to see that all of it works.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from lab.benchmarks.common import print_table
from lab.benchmarks.speed_work import EVERY, random_model
from lab.benchmarks.timing import (
    RUNS,
    Answer,
    Sample,
    Worker,
    alternate,
    growth,
    pin,
    run_child,
)
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.kernel import library

_WORK = "lab.benchmarks.speed_work"
_MILLION, _HOUR = 1_000_000, 3600.0
_MS, _US = 1e3, 1e6


@dataclass(frozen=True)
class Plan:
    """How much of each is done."""

    bars: int = 16
    singles: int = 4
    takes: int = 64
    loop_notes: int = 400
    long: int = 256
    prompt: int = 1000
    files: int = 256
    growing_bars: tuple[int, ...] = (16, 64, 256, 1000)  # a thousand is the most that one may ask
    growing_takes: tuple[int, ...] = (1, 4, 16, 64, 256)
    growing_prompts: tuple[int, ...] = (100, 1000, 10_000)
    growing_sizes: tuple[tuple[int, int], ...] = (
        (176, 1), (320, 1), (768, 1), (1024, 2)
    )  # fmt: skip


TOY = Plan(2, 1, 3, 8, 4, 20, 2, (2, 4, 8), (1, 2), (10, 200), ((16, 1), (24, 1)))


@dataclass(frozen=True)
class Bench:
    """What is measured against what, and how."""

    models: tuple[str, ...]
    against: Path | None
    runs: int
    plan: Plan

    @property
    def sides(self) -> dict[str, Path]:
        """The checkouts by name."""
        return {"here": ROOT} | ({"there": self.against} if self.against else {})

    def compare(self, function: str, **arguments: object) -> dict[str, float]:
        """Measure a function of `speed_work` in a worker for each checkout."""
        with ExitStack() as stack:
            samples = {
                name: stack.enter_context(Worker(_WORK, checkout=place)).sample(
                    function, **arguments
                )
                for name, place in self.sides.items()
            }
            return alternate(samples, runs=self.runs)

    def rows(self, what: str, times: dict[str, float], scale: float) -> list[object]:
        """Make a row: what was measured, each time, and their ratio if there are two."""
        here, *there = (scale * times[name] for name in self.sides)
        return [what, here, *there, *(each / here for each in there)]

    @property
    def columns(self) -> list[str]:
        """Headings over what `rows` gives after the first."""
        return ["here", "there", "there / here"] if self.against else ["here"]


# -- tables ------------------------------------------------------------------------------


def single_takes(bench: Bench) -> None:
    rows, plan = [], bench.plan
    for model in bench.models:
        asked = {"model": model, "bars": plan.bars, "count": plan.singles}
        with ExitStack() as stack:
            here = stack.enter_context(Worker(_WORK))
            plain = stack.enter_context(Worker(_WORK, SYMGEN_KERNEL="0"))
            loop = stack.enter_context(Worker(_WORK))
            samples = {
                "here": here.sample("single", **asked),
                "here, in numpy": plain.sample("single", **asked),
                "the loop": loop.sample("plain_loop", model=model, notes=plan.loop_notes),
            }
            if bench.against:
                there = stack.enter_context(Worker(_WORK, checkout=bench.against))
                samples["there"] = there.sample("single", **asked)
            times = alternate(samples, runs=bench.runs)
        rows.append(_beside_first(model, times, _US))
    print_table(_heads("model", samples), rows)


def _beside_first(what: str, times: Mapping[str, float], scale: float) -> list[object]:
    """Make a row of times and of their ratios to the first."""
    first, *others = (scale * value for value in times.values())
    return [what, first, *others, *(each / first for each in others)]


def _heads(what: str, samples: Mapping[str, Sample]) -> list[str]:
    """Name the columns of such rows."""
    first, *others = samples
    return [what, first, *others, *(f"{each} / {first}" for each in others)]


def many_takes(bench: Bench) -> None:
    rows, plan = [], bench.plan
    for model in bench.models:
        asked = {"model": model, "bars": plan.bars, "count": plan.takes}
        with ExitStack() as stack:
            here = stack.enter_context(Worker(_WORK))
            samples = {
                "together": here.sample("together", **asked),
                "one by one": here.sample("single", **asked),
            }
            if bench.against:
                there = stack.enter_context(Worker(_WORK, checkout=bench.against))
                samples["there, one by one"] = there.sample("single", **asked)
            times = alternate(samples, runs=bench.runs)
        rows.append(_beside_first(model, times, _US))
    print_table(_heads("model", samples), rows)


def particles(bench: Bench) -> None:
    bars = bench.plan.bars
    rows = [
        bench.rows(f"infill, {model}", bench.compare("infill", model=model, bars=bars), _MS)
        for model in bench.models
    ]
    rows.append(bench.rows("harmonize", bench.compare("harmonize", bars=bars), _MS))
    print_table(["", *bench.columns], rows)


def cold(bench: Bench) -> None:
    peaks: dict[str, Answer] = {}

    def run(name: str, checkout: Path) -> float:
        peaks[name] = _generate(checkout, bench.plan.bars, 1)
        return peaks[name].seconds

    samples = {
        name: (lambda name=name, place=place: run(name, place))
        for name, place in bench.sides.items()
    }
    times = alternate(samples, runs=bench.runs)
    rows = [
        bench.rows("CPU seconds", times, 1),
        bench.rows("MB", {name: each.peak for name, each in peaks.items()}, 1),
    ]
    print_table(["", *bench.columns], rows)


def redraws(bench: Bench) -> None:
    rows, plan = [], bench.plan
    for model in bench.models:
        for name, checkout in bench.sides.items():
            with Worker(_WORK, checkout=checkout) as worker:
                asked = {"model": model, "bars": plan.long}
                times = alternate(
                    {
                        "again": worker.sample("redrawn", again=True, **asked),
                        "once": worker.sample("redrawn", again=False, **asked),
                    },
                    runs=bench.runs,
                )
            drawn = 1 + plan.long // EVERY / plan.long
            ratio = times["again"] / times["once"]
            rows.append(
                [model, name, times["again"] * _MS, times["once"] * _MS, ratio, ratio * drawn]
            )
    heads = [
        f"one of {EVERY} again, a bar drawn",
        "none again",
        "ratio a bar drawn",
        "of the whole",
    ]
    print_table(["model", "checkout", *heads], rows)


def prompts(bench: Bench) -> None:
    rows = []
    for model in bench.models:
        asked = {"model": model, "notes": bench.plan.prompt}
        for what, function in (("read", "read_prompt"), ("continued by a bar", "continue_tune")):
            rows.append(bench.rows(f"{model}, {what}", bench.compare(function, **asked), _US))
    print_table([f"prompt of {bench.plan.prompt:,} notes", *bench.columns], rows)


def million(bench: Bench) -> None:
    plan, rows = bench.plan, []
    for model in bench.models:
        samples = {
            name: (
                lambda place=place, model=model: (
                    _generate(place, plan.bars, plan.files, model).seconds / plan.files
                )
            )
            for name, place in bench.sides.items()
        }
        times = alternate(samples, runs=min(3, bench.runs))
        rows.append(bench.rows(model, times, _MILLION / _HOUR))
    print_table([f"by the slope of {plan.files}", *bench.columns], rows)


def memory(bench: Bench) -> None:
    plan, model = bench.plan, bench.models[0]
    asked: list[tuple[str, str, dict[str, object]]] = [
        ("the model, loaded", "load", {"model": model}),
        *(
            (f"{bars} bars", "single", {"model": model, "bars": bars})
            for bars in (plan.bars, plan.long, plan.growing_bars[-1])
        ),
        *(
            (f"{count} takes", "together", {"model": model, "bars": plan.bars, "count": count})
            for count in (plan.takes, plan.growing_takes[-1])
        ),
        ("infill", "infill", {"model": model, "bars": plan.bars}),
        ("harmonize", "harmonize", {"bars": plan.bars}),
        (f"prompt of {plan.prompt:,} notes", "continue_tune", {"model": model, "notes": plan.prompt}),
    ]  # fmt: skip
    rows = []
    for what, function, arguments in asked:
        peaks = {}
        for name, place in bench.sides.items():
            with Worker(_WORK, checkout=place) as worker:
                peaks[name] = worker.call(function, **arguments).peak
        rows.append(bench.rows(what, peaks, 1))
    print_table([f"model {model}", *bench.columns], rows)


def growing(bench: Bench) -> None:
    plan, rows = bench.plan, []
    with Worker(_WORK) as worker:
        for model in bench.models:
            lengths = [{"bars": bars, "seed": 1} for bars in plan.growing_bars]
            watched = [each | {"max_copy": 12} for each in lengths[:-1]]
            counts = [{"bars": plan.bars, "count": count} for count in plan.growing_takes]
            notes = [{"notes": each} for each in plan.growing_prompts]
            for what, function, asked in (
                ("longer", "single", lengths),
                ("longer, with max-copy", "single", watched),
                ("more takes", "together", counts),
                ("longer prompts", "read_prompt", notes),
            ):
                sizes, costs = _grown(bench, worker, function, model, asked)
                rows.append(growth(f"{model}, {what}: notes; ms", sizes, costs))
        rows.append(_larger_networks(bench, worker))
    print_table(["what grows; its cost", "from ... to", "cost", "exponent"], rows)


def _grown(
    bench: Bench, worker: Worker, function: str, model: str, asked: Sequence[dict[str, int]]
) -> tuple[list[float], list[float]]:
    """Measure whole calls, ever larger ones: their notes and their milliseconds."""
    sizes, costs = [], []
    for arguments in asked:
        call = partial(worker.call, function, model=model, **arguments)
        sizes.append(float(call().value))
        costs.append(_MS * median(call().seconds for _ in range(bench.runs)))
    return sizes, costs


def _larger_networks(bench: Bench, worker: Worker) -> list[object]:
    """Measure networks of random weights, ever larger ones."""
    plan, sizes, costs = bench.plan, [], []
    with tempfile.TemporaryDirectory() as folder:
        for hidden, layers in plan.growing_sizes:
            place = str(Path(folder, f"{layers}x{hidden}"))
            sizes.append(random_model(place, hidden, layers))
            sample = worker.sample("dense", model=place, bars=plan.bars, count=plan.singles)
            costs.append(_US * alternate({"": sample}, runs=bench.runs)[""])
    return growth("larger networks: millions of weights; us a note", sizes, costs)


def _generate(checkout: Path, bars: int, count: int, model: str = "folk") -> Answer:
    """Run the command line as a user does."""
    with tempfile.TemporaryDirectory() as folder:
        command: list[str | Path] = [sys.executable, "-m", "symgen", "generate", "--model", model]
        command += ["--bars", str(bars), "-n", str(count), "--seed", "1", "-o", "song.mid"]
        return run_child(command, checkout=checkout, cwd=Path(folder))


TABLES: dict[str, tuple[str, Callable[[Bench], None]]] = {
    "single": ("Single takes of 16 bars beside the plain loop: microseconds a note.", single_takes),
    "takes": ("Takes at once against as many single ones: microseconds a note.", many_takes),
    "particles": (
        "Bars filled in and melodies harmonized, 16 drafts side by side: milliseconds a bar.",
        particles,
    ),
    "cold": (
        "A new process that writes 16 bars into a MIDI file: CPU seconds, and MB at most.",
        cold,
    ),
    "redraws": (
        "A long piece with bars drawn again: milliseconds a bar that was drawn, beside none drawn again.",
        redraws,
    ),
    "prompt": (
        "A long prompt read: microseconds a note, by the network alone, and all that comes with one more bar.",
        prompts,
    ),
    "million": (
        "Very many pieces of 16 bars by the command line, files and checks and all: CPU hours of a million.",
        million,
    ),
    "memory": ("The most memory that each needs, in a process of its own: MB.", memory),
    "growth": (
        "How the cost grows with bars, takes and weights: smallest and largest, and the exponent of the fit.",
        growing,
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--only", default=",".join(TABLES), help=f"of {', '.join(TABLES)}")
    parser.add_argument("--against", metavar="CHECKOUT", type=Path)
    parser.add_argument("--models", default="folk,chorale,chamber")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--toy", action="store_true")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",")
    if not set(wanted) <= set(TABLES):
        parser.error(f"--only: of {', '.join(TABLES)}")
    pin(options.core)
    bench = Bench(
        tuple(options.models.split(",")),
        options.against,
        options.runs,
        TOY if options.toy else Plan(),
    )
    built = "in use" if library() else "not built (python -m symgen.kernel.building): all is numpy"
    print(f"The C library is {built}.\n")
    for name in wanted:
        title, table = TABLES[name]
        print(f"{title}\n", flush=True)
        table(bench)
        print(flush=True)
    return 0
