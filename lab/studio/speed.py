"""What takes cost in the studio: processor seconds of the server and its children, from the request to each take.

    python -m lab studio-speed [--count 20] [--seed 1]

Takes are asked for over HTTP, as the page does: four takes of four bars, in a melody of sixteen bars and in a piece of
as many bars for four parts. The models are loaded. Each row says what the first take took, and what all four took.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.studio.running import cpu_seconds, running_studio
from symgen.studio.client import Client, StudioError

PIECES: dict[str, dict[str, Any]] = {
    "one voice": {"style": "reel", "key": "G"},
    "four parts": {"instruments": "violin,violin,viola,cello", "key": "D"},
}
VERBS: dict[str, dict[str, Any]] = {
    "infill": {"bars": (5, 8)},
    "vary": {"bars": (5, 8)},
    "continue": {},
}
BARS = 16


def trial(client: Client, process: int, project: str, verb: str, seed: int) -> tuple[float, ...]:
    """Return processor seconds to the first take and to the end, and the seconds that passed till the first one."""
    before, begun = cpu_seconds(process), time.perf_counter()
    marks = [
        (cpu_seconds(process) - before, time.perf_counter() - begun)
        for _ in client.write(project, verb, seed=seed, **VERBS[verb])
    ]
    return marks[0][0], cpu_seconds(process) - before, marks[0][1]


def rows(client: Client, process: int, count: int, seed: int) -> list[tuple[object, ...]]:
    """Measure each verb on each piece."""
    found: list[tuple[object, ...]] = []
    for name, controls in PIECES.items():
        for verb in VERBS:
            trials, number = list[tuple[float, ...]](), 0
            while len(trials) <= count:
                number += 1
                piece = symgen.generate(bars=BARS, seed=seed + number, **controls)
                with tempfile.TemporaryDirectory() as folder:
                    piece.save(Path(folder) / "piece.mid")
                    project = str(client.open(Path(folder) / "piece.mid")["id"])
                sign = "."
                try:
                    trials.append(trial(client, process, project, verb, seed + number))
                except StudioError:  # bars that return others came out as they were
                    sign = "-"
                print(sign, end="", file=sys.stderr, flush=True)
            first, whole, passed = zip(*trials[1:], strict=True)  # the first one loads models
            found.append(
                (name, verb, *_told(first), *_told(whole), f"{statistics.median(passed):.2f}")
            )
    return found


def _told(values: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.2f}", f"{max(values):.2f}"


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=20, help="pieces of each kind (default 20)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running_studio(folder) as (link, process):
        with Client(link) as client:
            client.schema()
            table = rows(client, process.pid, options.count, options.seed)
        print(file=sys.stderr)
    header = ("piece", "verb", "first: median", "worst", "all four: median", "worst", "first: s")
    print_table(header, table)
    return 0
