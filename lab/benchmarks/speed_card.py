"""Training on a CUDA card: events a second, how busy it is, and how soon it is as good as a CPU.

    python -m lab speed-card STORE [--minutes 3] [--target BITS] [--batch N ...] [--compile] [-o FOLDER]

One script for a machine with a card that is at hand for some minutes: each batch size is trained for its share of
the time, from nothing, with the network of the plan. `--target` is a loss in bits a note on the held-out pieces, such
as the best of a run on a CPU; the table says after how many seconds a card was there. With `--device cpu` the same is
rehearsed without one.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.system.errors import SymgenError
from symgen.trainer import open_store
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store

__all__ = ["Course", "course_row", "follow", "main"]

_SHOWN = 20
"""Updates at the start that are not counted: kernels are chosen in them."""


@dataclass
class Course:
    """What was seen of a run: rates of its updates, how busy a card was, and its validations."""

    rates: list[float]
    busy: float = 0.0
    validations: tuple[tuple[float, float], ...] = ()
    """Seconds of training, and bits a note."""

    def reached(self, target: float) -> float | None:
        """Seconds after which the target was reached."""
        return next((seconds for seconds, bits in self.validations if bits <= target), None)


def follow(course: Course, progress: TrainProgress) -> None:
    """Note an update or a validation."""
    if progress.metrics is not None:
        figures = progress.metrics
        course.validations += ((figures["seconds"], figures["valid_bits_per_note"]),)
    elif progress.rate and progress.step > _SHOWN:
        course.rates.append(progress.rate)
    course.busy = max(course.busy, progress.busy)


def course_row(name: str, course: Course, target: float) -> list[object]:
    """Return the row of a run."""
    middle = sorted(course.rates)[len(course.rates) // 2] if course.rates else 0.0
    best = min((bits for _, bits in course.validations), default=float("nan"))
    reached = course.reached(target) if target else None
    return [
        name,
        f"{middle:,.0f}",
        f"{course.busy:.0%}" if course.busy else "not measured",
        best,
        "not reached" if reached is None else f"{reached:.0f} s",
    ]


def _trained(store: Store, options: TrainOptions, folder: Path) -> Course:
    course = Course([])
    callbacks = Callbacks(report=lambda progress: follow(course, progress))
    train_store(store, folder, options=options, callbacks=callbacks)
    return course


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and print the table; return an exit status."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path, help="a store")
    parser.add_argument("--minutes", type=float, default=3.0, help="of all runs together (3)")
    parser.add_argument("--target", type=float, default=0.0, help="bits a note")
    parser.add_argument("--batch", type=int, nargs="+", default=[32, 128, 512])
    parser.add_argument("--compile", action="store_true", help="torch.compile too")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to rehearse")
    parser.add_argument("-o", "--output", type=Path, help="keep the runs here")
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        print("no CUDA card here: not measured (--device cpu rehearses)", file=sys.stderr)
        return 3
    rows: list[list[object]] = []
    try:
        store, _ = open_store(options.store, tempfile.gettempdir())
        work = options.output or Path(tempfile.mkdtemp(prefix="speed-card-"))
        ways = [(batch, False) for batch in options.batch]
        ways += [(batch, True) for batch in options.batch if options.compile]
        usual = TrainOptions(
            minutes=options.minutes / len(ways), epochs=1_000_000, device=options.device
        )
        for batch, compiled in ways:
            name = f"batch {batch}{', compiled' if compiled else ''}"
            own = replace(usual, batch=batch, compile=compiled)
            course = _trained(store, own, work / name.replace(", ", "-").replace(" ", "-"))
            rows.append(course_row(name, course, options.target))
    except SymgenError as error:
        print(error, file=sys.stderr)
        return 3
    print_table(["run", "events a second", "card busy", "best bits a note", "target reached"], rows)
    return 0
