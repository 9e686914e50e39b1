"""Where the time of a note goes: calls, microseconds and share of each function, and of each kind of work.

    python -m lab profile [generate|continue|infill|harmonize] [--model NAME] [--bars 16] [--count 16] [--top 30]

The command line runs inside the profiler after a run that does not count, up to the written and checked files. Time in
numpy, in built-in functions and in the standard library goes to the function of symgen that called them. The profiler
slows calls of Python down more than sums of numpy: the shares say where to look, the last line what a note costs
without it.
"""

from __future__ import annotations

import cProfile
import io
import pstats
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.timing import pin
from lab.commands import command_parser
from lab.modules import PACKAGE
from symgen.cli import main as run_command

__all__ = ["KINDS", "Spent", "kind_of", "main", "spent_by_function"]

VERBS = ("generate", "continue", "infill", "harmonize")
KINDS = (
    ("loading, command line", ("nets/network", "nets/checkpoint", "nets/card", "nets/models", "cli/")),
    ("network arithmetic", (
        "kernel/", "nets/compiled", "nets/inference", "nets/numpy_layers", "nets/session", "nets/state")),
    ("columns", ("nets/",)),
    ("features", tuple(f"tokens/{name}" for name in (
        "compiled_features", "features", "followed", "form", "layout", "plain_features", "prefix", "stepping",
        "voices"))),
    ("filters", tuple(f"sampling/{name}" for name in (
        "assembly", "endings", "filters", "forcing", "guides", "keeping", "limits", "watches", "planning"))),
    ("drawing", ("sampling/",)),
    ("decode", ("tokens/", "music/score")),
    ("checks", ("verification/", "copies/", "evaluation/", "writing/copying")),
    ("file", ("midi/", "formats/", "system/files", "music/")),
)  # fmt: skip
"""Kinds of work, each with how the files of the package begin that do it; the first that fits counts."""
REST = "the rest"
Place = tuple[str, int, str]
"""File, line and name of a function, as the profiler has it."""
Stats = Mapping[Place, tuple[int, int, float, float, Mapping[Place, tuple[int, int, float, float]]]]
"""Of each function: calls, all calls, own seconds, seconds with what it calls, and the same for each caller."""


@dataclass
class Spent:
    """What a function of the package cost, with the foreign functions that it called."""

    calls: int = 0
    seconds: float = 0.0


def spent_by_function(stats: Stats, package: Path = PACKAGE) -> dict[Place, Spent]:
    """Give the own time of each function to the function of the package that it works for."""
    spent: dict[Place, Spent] = defaultdict(Spent)
    nobody: Place = ("", 0, REST)

    def give(place: Place, seconds: float, seen: frozenset[Place]) -> None:
        if place not in stats or _inside(place, package):
            spent[place].seconds += seconds
            return
        callers = {
            caller: each[3] for caller, each in stats[place][4].items() if caller not in seen
        }
        whole = sum(callers.values())
        if whole <= 0:
            spent[nobody].seconds += seconds
            return
        for caller, share in callers.items():
            give(caller, seconds * share / whole, seen | {place})

    for place, (_, calls, own, _, callers) in stats.items():
        if _inside(place, package):
            spent[place].calls = calls
            spent[place].seconds += own
        else:
            told = sum(each[2] for each in callers.values())
            for caller, each in callers.items():
                give(caller, each[2], frozenset({place}))
            spent[nobody].seconds += max(0.0, own - told)
    return dict(spent)


def kind_of(place: Place, package: Path = PACKAGE) -> str:
    """Say which kind of work a function does, by its file."""
    if not _inside(place, package):
        return REST
    name = Path(place[0]).relative_to(package).as_posix()
    return next((kind for kind, starts in KINDS if name.startswith(starts)), REST)


def _inside(place: Place, package: Path) -> bool:
    return Path(place[0]).is_relative_to(package)


def _words(verb: str, options: Any, folder: Path, tune: Path) -> list[str]:
    """Make the command line of a verb."""
    count = ["-n", str(options.count)]
    given = {
        "generate": ["--bars", str(options.bars), *count],
        "continue": [str(tune), "--bars", str(options.bars), *count],
        "infill": [str(tune), "--bars", f"{options.bars // 4 + 1}-{options.bars // 2}", *count],
        "harmonize": [str(tune), *count],
    }[verb]
    if verb != "harmonize":
        given += ["--model", options.model]
    return [verb, *given, "--seed", "1", "--overwrite", "-o", str(folder / "song.mid")]


def _run(words: Sequence[str]) -> float:
    """Run a command without what it says; return its CPU seconds."""
    start = process_time()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
        status = run_command(words)
    if status:
        raise SystemExit(said.getvalue())
    return process_time() - start


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("verb", nargs="?", choices=VERBS, default="generate")
    parser.add_argument("--model", default="folk", help="not for harmonize, which has its own")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--count", type=int, default=16, help="pieces")
    parser.add_argument("--top", type=int, default=30, help="functions that are printed")
    options = parser.parse_args(arguments)
    pin()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tune, out = folder / "tune.mid", folder / "out"
        out.mkdir()
        melody = "folk" if options.verb == "harmonize" else options.model
        symgen.load_model(melody).generate(bars=options.bars, seed=1).save(tune)
        words = _words(options.verb, options, out, tune)
        _run(words)
        seconds = _run(words)
        profile = cProfile.Profile(process_time)
        profile.runcall(_run, words)
        notes = sum(len(symgen.load_score(path).note_array()) for path in out.glob("*.mid"))
    stats: Any = pstats.Stats(profile)
    _tell(spent_by_function(stats.stats), notes, options.top)
    print(
        f"\n{notes:,} notes in the files; without the profiler {seconds / notes * 1e6:.0f} us each"
    )
    return 0


def _tell(spent: Mapping[Place, Spent], notes: int, top: int) -> None:
    """Print both tables."""
    whole = sum(each.seconds for each in spent.values())
    kinds: dict[str, Spent] = defaultdict(Spent)
    for place, each in spent.items():
        kind = kinds[kind_of(place)]
        kind.calls += each.calls
        kind.seconds += each.seconds
    ranked = sorted(spent.items(), key=lambda item: -item[1].seconds)[:top]
    heads = ["calls a note", "us a note", "share, %"]
    rows = [
        [f"`{_name(place)}`", kind_of(place), *_row(each, notes, whole)] for place, each in ranked
    ]
    print_table(["function", "kind", *heads], rows)
    print()
    order = sorted(kinds.items(), key=lambda item: -item[1].seconds)
    print_table(["kind", *heads], [[kind, *_row(each, notes, whole)] for kind, each in order])


def _row(spent: Spent, notes: int, whole: float) -> list[str]:
    return [
        f"{spent.calls / notes:.2f}",
        f"{spent.seconds / notes * 1e6:.1f}",
        f"{100 * spent.seconds / whole:.1f}",
    ]


def _name(place: Place) -> str:
    if not _inside(place, PACKAGE):
        return place[2]
    module = Path(place[0]).relative_to(PACKAGE).with_suffix("").as_posix()
    return f"{module.replace('/', '.')}:{place[2]}"
