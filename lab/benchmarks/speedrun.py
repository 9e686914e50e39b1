"""The speed run: CPU minutes to 1.95 bits a frame on the JSB chorales, from nothing.

    python -m lab speedrun [--data FOLDER] [--seeds 3] [--enter NAME] [--set FIELD=VALUE ...]

Trains a network for each seed on one thread, prints what each took and how likely it finds the held-out pieces, and
says whether the run counts. docs/speedrun.md has the rules and the leader board. `--enter` adds a run that counts to
the file of the board. `--set` tries another recipe: `--set minutes=2 --set rate=0.003`; a search looks at the
validation pieces alone, with `--search`, which leaves the test pieces out.
"""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timezone
from pathlib import Path

import torch

from lab.benchmarks.chorales import chorales16
from lab.benchmarks.chorales.data import find_data, read_chorales
from lab.benchmarks.chorales.fit import Recipe, count_weights
from lab.benchmarks.chorales.slice_features import Encoded
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.system.errors import ControlError, SymgenError
from symgen.system.files import write_atomic

__all__ = ["BOARD", "RECIPE", "TARGET", "Attempt", "counts", "entry", "main", "read_board"]

TARGET = 1.95
"""Bits a frame, pooled over the frames of a split, that each seed must reach."""

RECIPE = Recipe(
    minutes=0.35,
    channels=24,
    head=128,
    dropout=0.2,
    decay=0.05,
    rate=0.01,
    average=0.97,
    batch=6,
    full=0.3,
)
"""What the command trains: the recipe at the head of the board."""

BOARD = ROOT / "lab" / "speedrun.csv"
_COLUMNS = ("date", "name", "minutes", "valid", "test", "seeds", "weights", "recipe")


@dataclass(frozen=True)
class Attempt:
    """What one seed gave: CPU minutes of its training, and bits a frame by split."""

    minutes: float
    bits: Mapping[str, float]
    weights: int


def attempt(
    data: Mapping[str, Sequence[Encoded]], recipe: Recipe, splits: Sequence[str]
) -> Attempt:
    """Train with one seed and measure."""
    fitted = chorales16.train("speedrun", data, recipe, None)
    bits = {
        split: chorales16.measure(fitted.net, data[split]).nats_per_frame / math.log(2)
        for split in splits
    }
    return Attempt(fitted.seconds / 60, bits, count_weights(fitted.net))


def counts(attempts: Sequence[Attempt]) -> bool:
    """Whether a run counts: three seeds or more, and each finds the test pieces as likely as asked."""
    return len(attempts) >= 3 and all(one.bits.get("test", math.inf) <= TARGET for one in attempts)


def entry(name: str, recipe: Recipe, attempts: Sequence[Attempt]) -> dict[str, str]:
    """Return the row of a run on the board: means over its seeds."""

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)

    usual = Recipe(minutes=0.0)
    own = {key: value for key, value in asdict(recipe).items() if value != getattr(usual, key)}
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "name": name,
        "minutes": f"{mean([one.minutes for one in attempts]):.2f}",
        **{
            split: f"{mean([one.bits[split] for one in attempts]):.3f}"
            for split in ("valid", "test")
        },
        "seeds": str(len(attempts)),
        "weights": str(attempts[0].weights),
        "recipe": " ".join(f"{key}={value:g}" for key, value in own.items()),
    }


def read_board(path: Path = BOARD) -> list[dict[str, str]]:
    """Read the leader board, the fastest first."""
    with path.open(newline="", encoding="utf-8") as file:
        return sorted(csv.DictReader(file), key=lambda row: float(row["minutes"]))


def add_entry(row: Mapping[str, str], path: Path = BOARD) -> None:
    """Write the leader board with one more row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows([*read_board(path), dict(row)])
    write_atomic(path, text.getvalue())


def _with_values(recipe: Recipe, texts: Sequence[str]) -> Recipe:
    kinds = {field.name: type(getattr(recipe, field.name)) for field in fields(recipe)}
    given = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in kinds:
            raise ControlError(f"--set {text}: give one of {', '.join(kinds)}, as minutes=2")
        try:
            given[name] = kinds[name](value)
        except ValueError:
            raise ControlError(f"--set {text}: {value!r} is no number") from None
    return replace(recipe, **given)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return an exit status: 1 if the run does not count."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--data", type=Path, help="folder with the chorales")
    parser.add_argument("--seeds", type=int, default=3, help="networks to train (3)")
    parser.add_argument("--search", action="store_true", help="leave the test pieces out")
    parser.add_argument("--enter", metavar="NAME", help="add a run that counts to the board")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="another recipe"
    )
    options = parser.parse_args(arguments)
    if options.seeds < 1:
        parser.error("--seeds must be 1 or more")
    torch.set_num_threads(1)
    try:
        recipe = _with_values(RECIPE, options.set)
        data = chorales16.encode_splits(read_chorales(find_data(options.data)))
    except SymgenError as error:
        print(error, file=sys.stderr)
        return 3
    splits = ("valid",) if options.search else ("valid", "test")
    attempts = [
        attempt(data, replace(recipe, seed=recipe.seed + seed), splits)
        for seed in range(options.seeds)
    ]
    print_table(
        ["seed", "CPU minutes", *(f"{split}, bits a frame" for split in splits)],
        [
            [recipe.seed + seed, f"{one.minutes:.2f}", *(f"{one.bits[s]:.4f}" for s in splits)]
            for seed, one in enumerate(attempts)
        ],
    )
    if options.search:
        return 0
    if not counts(attempts):
        print(f"\nDoes not count: three seeds or more, each at {TARGET} on the test pieces.")
        return 1
    row = entry(options.enter or "", recipe, attempts)
    print("\nCounts: " + ", ".join(f"{key} {value}" for key, value in row.items() if value))
    if options.enter:
        add_entry(row)
    return 0
