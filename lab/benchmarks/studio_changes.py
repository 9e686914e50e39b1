"""What a change of the studio costs in a piece of many notes: processor and whole time, to the disk.

python -m lab studio-changes [--notes 10000] [--parts 4] [--count 200]
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.music.score import Part, Score
from symgen.studio.op_reading import read_ops
from symgen.studio.project import Project
from symgen.studio.projects import Projects

_LENGTH = 480 * 4 * 400


def piece(notes: int, parts: int) -> Score:
    """Return a piece of notes that are drawn."""
    chance = np.random.default_rng(1)

    def part(count: int) -> Part:
        onset, duration = chance.integers(0, _LENGTH - 960, count), chance.integers(30, 960, count)
        pitch, velocity = chance.integers(30, 100, count), chance.integers(1, 128, count)
        return Part.from_array(np.stack([onset, duration, pitch, velocity], axis=1))

    return Score(tuple(part(notes // parts) for _ in range(parts)), length=_LENGTH)


def draw(chance: random.Random, ids: list[str], number: int) -> tuple[str, list[dict[str, Any]]]:
    """Draw one change, as a page sends it."""
    kind = chance.choice(("add", "set", "remove"))
    if kind == "add":
        place = {"onset": chance.randrange(_LENGTH - 960), "pitch": chance.randrange(128)}
        note = {"id": f"a{number}", "part": "p1", **place, "duration": 240, "velocity": 80}
        return kind, [{"op": "add", "notes": [note]}]
    if kind == "set":
        place = {"onset": chance.randrange(_LENGTH - 960), "pitch": chance.randrange(128)}
        return kind, [{"op": "set", "notes": [{"id": chance.choice(ids), **place}]}]
    return kind, [{"op": "remove", "ids": [ids.pop(chance.randrange(len(ids)))]}]


def measure(project: Project, count: int) -> dict[str, list[tuple[float, float]]]:
    """Return processor and whole time of changes by their kind, in milliseconds."""
    chance, found = random.Random(1), defaultdict(list)  # noqa: S311 - no secrets
    ids = [name for part in project.document.parts for name in part.ids]
    for number in range(count):
        kind, ops = draw(chance, ids, number)
        work, start = time.process_time(), time.perf_counter()
        project.change("tab", project.revision, kind, read_ops(ops))
        worked, took = time.process_time() - work, time.perf_counter() - start
        found[kind].append((1e3 * worked, 1e3 * took))
    for kind, act in (
        ("read the document", project.to_json),
        ("undo", lambda: project.undo("tab")),
    ):
        for _ in range(20):
            work, start = time.process_time(), time.perf_counter()
            act()
            worked, took = time.process_time() - work, time.perf_counter() - start
            found[kind].append((1e3 * worked, 1e3 * took))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        projects = Projects(Path(folder))
        project = projects.create_of(piece(options.notes, options.parts), "piece.mid")
        found = measure(project, options.count)
        projects.close()
    rows = [
        (kind, len(times), *(f"{median(column):.1f}" for column in zip(*times, strict=True)))
        for kind, times in found.items()
    ]
    print_table((f"{options.notes:,} notes", "times", "median CPU ms", "median ms"), rows)
    return 0
