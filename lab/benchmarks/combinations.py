"""Controls together: pieces over random combinations, written, read back and held to what was asked.

    python -m lab combinations [--count 2000] [--seed 1]

The pieces are shared evenly among the models that come along. Combinations that contradict are refused, with one line,
before anything is drawn; they are counted apart. Exit status 1 if a control is not met, or a piece is empty.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.music.constraints import Density, PitchRange
from symgen.music.theory import MODES
from symgen.nets.models import model_names
from symgen.verification import HARD, read_facts

METERS = (
    "4/4",
    "3/4",
    "6/8",
    "2/4",
    "5/4",
    "7/8",
    "9/8",
    "3/2",
    "12/8",
    "3/16",
    "11/16",
    "4x4/4,4x3/4",
)
TONICS = ("C", "G", "D", "A", "F", "Bb", "E", "F#")
FORMS = ("AABA", "AABB", "AA'BA", "ABAC")


def draw_controls(rng: random.Random) -> dict[str, Any]:
    """Draw a combination; many have a few controls, some nearly all."""
    asked: dict[str, Any] = {
        "meter": rng.choice(METERS),
        "temperature": rng.choice((0.5, 0.8, 1.0, 1.2, 1.5)),
    }
    if "x" not in asked["meter"]:
        asked["bars"] = rng.choice((2, 4, 8, 12))
    if rng.random() < 0.6:
        asked |= {
            "key": f"{rng.choice(TONICS)} {rng.choice(sorted(MODES))}",
            "strict_key": rng.random() < 0.6,
        }
        asked["end"] = rng.random() < 0.4 or None
    low, notes = rng.randrange(40, 64), rng.randrange(1, 9)
    for name, share, value in (
        ("range", 0.3, PitchRange(low, low + rng.randrange(7, 30))),
        ("max_polyphony", 0.2, rng.randrange(1, 5)),
        ("grid", 0.3, rng.choice(("1/4", "1/8", "1/16", "1/8t", "1/4t", "1/16t"))),
        ("density", 0.25, Density(notes, notes + rng.randrange(8))),
        ("chords", 0.2, rng.choice(("C G Am F", "Dm G7", "C"))),
        ("form", 0.2, rng.choice(FORMS)),
        ("tempo", 0.3, rng.choice((60, 97.5, 180))),
        ("instrument", 0.2, rng.choice((0, 40, 73))),
        ("swing", 0.15, rng.choice((0.58, 0.67))),
    ):
        if rng.random() < share:
            asked[name] = value
    if "chords" in asked:
        asked["strict_chords"] = rng.random() < 0.6
    return asked


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    names = model_names()
    asked_for: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    rows, failed = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "piece.mid"
        for name in names:
            rng, model = random.Random(f"{options.seed} {name}"), symgen.load_model(name)  # noqa: S311
            written = refused = empty = bad = 0
            began = time.process_time()
            for seed in range(options.count // len(names)):
                asked = draw_controls(rng)
                try:
                    controls = symgen.Controls(**asked)
                    take = next(iter(model.takes(controls, seed=seed)))
                except symgen.ControlError:
                    refused += 1
                    continue
                symgen.save_score(take.score, path, overwrite=True)
                facts = read_facts(path)
                checks = [check for check in take.checks(controls, facts) if check.name in HARD]
                asked_for.update(check.name for check in checks)
                wrong = [check for check in checks if not check.met]
                missed.update(check.name for check in wrong)
                written, empty, bad = written + 1, empty + (not facts.notes), bad + bool(wrong)
                if wrong:
                    print(f"{name} seed {seed}: {asked}: {wrong}", file=sys.stderr)
            failed += bad + empty
            seconds = (time.process_time() - began) / max(1, written)
            rows.append([name, written, refused, empty, bad, seconds])
    print_table(
        ["model", "pieces", "refused", "empty", "with a control not met", "CPU seconds a piece"],
        rows,
    )
    print()
    print_table(
        ["control", "asked", "not met"],
        [[name, asked_for[name], missed[name]] for name in sorted(asked_for)],
    )
    return int(failed > 0)
