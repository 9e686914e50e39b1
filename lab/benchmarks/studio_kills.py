"""Whether a project of the studio is whole after kill -9 at random moments.

    python -m lab studio-kills [--count 100] [--server] [--seed 1]

A process edits a project through the store, or with --server a running studio is asked over HTTP, and is
killed. The project is opened anew: it must be what it was after the last answered change, or one change
further that was not answered yet. Prints how many were, and how many changes were answered.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from argparse import SUPPRESS
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.studio.changes import apply
from symgen.studio.document import Document, Head
from symgen.studio.op_reading import Op
from symgen.studio.projects import Projects

KILLS_A_PROJECT = 10
START, _ = apply(
    Document(Head(length=8 * 4 * 480)),
    [{"op": "add_part", "part": {"id": "p1", "name": "Piano", "program": 0, "is_drum": False}}],
)
LATEST = 0.6
"""Seconds after the first answer within which the kill comes."""


@dataclass
class Model:
    """What a project should be: the same changes, made in memory alone."""

    seed: int
    document: Document
    revision: int = 1
    undo: list[list[Op]] = field(default_factory=list)
    redo: list[list[Op]] = field(default_factory=list)

    def next(self) -> tuple[str, list[Op]]:
        """Draw what is done next: ``changes``, ``undo`` or ``redo``, with the changes."""
        chance = random.Random(f"{self.seed} {self.revision}")  # noqa: S311 - no secrets
        kind = chance.choices(("changes", "undo", "redo"), (6, 2, 2))[0]
        if (kind == "undo" and not self.undo) or (kind == "redo" and not self.redo):
            kind = "changes"
        return kind, self._drawn(chance) if kind == "changes" else []

    def _drawn(self, chance: random.Random) -> list[Op]:
        part = self.document.parts[0]
        ids = part.ids.tolist()
        kind = chance.choice(("add", "add", "set", "remove", "lock", "piece", "add_part"))
        if kind == "piece":
            return [{"op": "piece", "tempo": chance.randrange(40, 200)}]
        if kind == "add_part" and len(self.document.parts) < 8:
            name = f"p-{self.revision}"
            looks = {"id": name, "name": "New", "program": 3, "is_drum": False}
            return [{"op": "add_part", "part": looks}]
        if kind in ("set", "remove", "lock") and ids:
            name = chance.choice(ids)
            changes: dict[str, Op] = {
                "set": {"op": "set", "notes": [{"id": name, "pitch": chance.randrange(128)}]},
                "remove": {"op": "remove", "ids": [name]},
                "lock": {"op": "lock", "ids": [name], "locked": chance.random() < 0.5},
            }
            return [changes[kind]]
        names = ("onset", "pitch", "duration", "velocity")
        values = (chance.randrange(9000), chance.randrange(128), 60, chance.randrange(1, 128))
        notes = [
            {
                "id": f"x{self.revision}-{i}",
                "part": part.id,
                **dict(zip(names, values, strict=True)),
            }
            for i in range(chance.choice((1, 1, 40)))
        ]
        return [{"op": "add", "notes": notes}]

    def step(self) -> None:
        """Do what is done next."""
        kind, ops = self.next()
        if kind == "undo":
            ops = self.undo.pop()
        elif kind == "redo":
            ops = self.redo.pop()
        else:
            self.redo.clear()
        self.document, inverse = apply(self.document, ops)
        (self.redo if kind == "undo" else self.undo).append(inverse)
        self.revision += 1


def model_at(seed: int, revision: int) -> Model:
    """Return what a project should be at a revision."""
    model = Model(seed, START)
    while model.revision < revision:
        model.step()
    return model


def edit(folder: Path, name: str, seed: int) -> None:
    """Change a project through the store until killed; print each revision that was answered."""
    project = Projects(folder).open(name)
    model = model_at(seed, project.revision)
    while True:
        kind, ops = model.next()
        if kind == "changes":
            told = project.change("tab", model.revision, "change", ops)
        else:
            told = project.undo("tab") if kind == "undo" else project.redo("tab")
        model.step()
        print(told["revision"], flush=True)


# -- the one that kills --------------------------------------------------------------------


def killed_editor(folder: Path, name: str, seed: int, delay: float) -> int:
    """Start a process that edits, kill it some time after its first answer; return the last revision answered."""
    command = [sys.executable, "-m", "lab", "studio-kills", "--edit", str(folder), name, str(seed)]
    with _started(command) as process:
        assert process.stdout is not None
        answered = int(process.stdout.readline())
        time.sleep(delay)
        process.kill()
        for line in process.stdout.read().splitlines(keepends=True):
            if line.endswith("\n"):  # half a line was killed while it was said
                answered = int(line)
    return answered


def killed_server(folder: Path, name: str, seed: int, delay: float) -> int:
    """Start a studio, ask it over HTTP, kill it; return the last revision answered."""
    options = ("--no-browser", "--port", "0", "--folder", str(folder))
    with _started([sys.executable, "-m", "symgen", "studio", *options]) as process:
        assert process.stdout is not None
        start, _, token = process.stdout.readline().strip().partition("/?token=")
        asked = Asked(start.removeprefix("http://"), token, name)
        asking = threading.Thread(target=asked.change, args=(seed,), daemon=True)
        asking.start()
        asked.first.wait(60)
        time.sleep(delay)
        process.kill()
    asking.join()
    return asked.answered


class Asked:
    """A studio that is asked to change a project until it answers no more."""

    def __init__(self, address: str, token: str, name: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._name = name
        self.answered, self.first = 0, threading.Event()

    def change(self, seed: int) -> None:
        """Change the project until the studio is gone."""
        with suppress(OSError, http.client.HTTPException, ValueError):
            self.answered = self._ask("GET", "")["revision"]
            model = model_at(seed, self.answered)
            while True:
                kind, ops = model.next()
                body = {"tab": "tab", "base": model.revision, "label": "change", "ops": ops}
                told = self._ask("POST", f"/{kind}", body if ops else {"tab": "tab"})
                model.step()
                self.answered = told["revision"]
                self.first.set()
        self._connection.close()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        sent = None if body is None else json.dumps(body)
        address = f"/api/projects/{self._name}{path}"
        self._connection.request(method, address, sent, self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise AssertionError(data)
        return json.loads(data)


def _started(command: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


@dataclass(frozen=True)
class Killed:
    """What was found after a kill."""

    answered: int
    found: int
    is_same: bool

    @property
    def is_kept(self) -> bool:
        """Whether all that was answered is there, and nothing that nobody asked for."""
        return self.is_same and self.found in (self.answered, self.answered + 1)


def kills(count: int, seed: int, *, server: bool) -> Iterator[Killed]:
    """Kill the one that edits so many times, ten times over one project."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    kill = killed_server if server else killed_editor
    with tempfile.TemporaryDirectory() as place:
        folder, name = Path(place), ""
        for number in range(count):
            if number % KILLS_A_PROJECT == 0:
                name, begun = _new(folder), seed + number
            answered = kill(folder, name, begun, chance.uniform(0, LATEST))
            projects = Projects(folder)
            project = projects.open(name)
            wanted = model_at(begun, project.revision).document
            yield Killed(answered, project.revision, project.document == wanted)
            projects.close()


def _new(folder: Path) -> str:
    projects = Projects(folder)
    name = projects.create(START).id
    projects.close()
    return name


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--server", action="store_true", help="kill a studio that is asked")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edit", nargs=3, metavar=("FOLDER", "NAME", "SEED"), help=SUPPRESS)
    options = parser.parse_args(arguments)
    if options.edit:
        folder, name, seed = options.edit
        edit(Path(folder), name, int(seed))
    found = []
    for killed in kills(options.count, options.seed, server=options.server):
        found.append(killed)
        print("." if killed.is_kept else f"! {killed}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print_table(
        ("what is killed", "kills", "kept", "one change further", "changes answered"),
        [
            (
                "the studio" if options.server else "a process that edits",
                len(found),
                sum(killed.is_kept for killed in found),
                sum(killed.found > killed.answered for killed in found),
                _answered(found),
            )
        ],
    )
    return 0 if all(killed.is_kept for killed in found) else 1


def _answered(found: Sequence[Killed]) -> int:
    """Return how many changes were answered in all projects."""
    lasts = [found[i : i + KILLS_A_PROJECT][-1] for i in range(0, len(found), KILLS_A_PROJECT)]
    return sum(killed.answered - 1 for killed in lasts)
