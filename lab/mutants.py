"""Seeded faults in the package, and whether the tests that concern them notice.

    python -m lab mutants [--seed 1] [--count 60] [--room ROOM ...] [--jobs 2] [--list]

The rule: rooms get mutants by their lines; in a room an operator is drawn, then one of its places.
Operators: comparison (turned round), boundary (moved by one), arithmetic (another operation),
constant (plus one, doubled, the other truth value), boolean (and/or, no not), dropped (a call, an
assignment to a part, a guard), branches (swapped). Messages, docstrings, annotations, decorators,
`__all__`, tables of more than eight entries and lines with a pragma are left alone.

Each mutant is applied in a copy of the tree. First the tests that import its module are run, then
the folder of its room, then the golden set, until one fails; a run beyond its CPU seconds counts as
failed. In the end the tests that failed are run once on the tree as it is: one that fails there as
well has killed nothing.
"""

from __future__ import annotations

import ast
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from lab.commands import command_parser
from lab.modules import ROOT, imported_modules, package_modules, room
from lab.mutation import Mutant, choose_mutants

__all__ = ["main", "related_tests"]

_TESTS = ROOT / "tests"
_ROOM_TESTS = {
    "__init__": "test_api.py",
    "__main__": "cli",
    "trainer": "training",
}
"""Where the tests of a room lie if not in the folder of its name."""
_COPIED = ("symgen", "tests", "lab")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_STAMPS = count(1_000_000_000)
_PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
# A run that waits for something uses no CPU time: it ends after this many times the limit.
_PATIENCE = 4
_NO_TESTS = 5


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: "killed", "survived" or "unclear", and by which test."""

    mutant: Mutant
    verdict: str
    killer: str
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Choose mutants, run them, print the table; status 0 whatever survives."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--room", nargs="+", default=[], help="only these rooms")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cpu", type=int, default=900, help="CPU seconds of one run of tests")
    parser.add_argument("--no-golden", action="store_true", help="leave the golden set out")
    parser.add_argument("--list", action="store_true", help="only show the mutants")
    options = parser.parse_args(arguments)
    mutants = choose_mutants(options.count, options.seed, options.room)
    if options.list:
        for mutant in mutants:
            print(described(mutant))
        return 0
    golden = [] if options.no_golden else ["tests/golden"]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees = [copy_tree(Path(folder) / str(number)) for number in range(options.jobs)]
        outcomes = list(run_all(mutants, trees, golden, options.cpu))
        outcomes = clear_up(outcomes, trees[0], options.cpu)
    print_outcomes(outcomes)
    return 0


def related_tests(module: str, root: Path = _TESTS) -> list[list[str]]:
    """Name the tests to run for a module in stages: those that import it, then its room's."""
    near = [str(path.relative_to(ROOT)) for path, known in _importers(root) if module in known]
    folder = root / _ROOM_TESTS.get(room(module), room(module))
    whole = [str(folder.relative_to(ROOT))] if folder.exists() else []
    return [stage for stage in (near, whole) if stage]


@cache
def _importers(root: Path) -> list[tuple[Path, frozenset[str]]]:
    """List the test files outside the golden set, each with the modules that it imports."""
    modules = package_modules()
    found = []
    for path in sorted(root.rglob("test_*.py")):
        if path.parent.name not in ("golden", "lab"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.append((path, frozenset(imported_modules(tree, modules))))
    return found


def copy_tree(target: Path) -> Path:
    """Copy what mutants and tests may change; the rest of the repository is linked to."""
    target.mkdir()
    for path in ROOT.iterdir():
        if path.name in _COPIED:
            shutil.copytree(path, target / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif not path.name.startswith("."):
            (target / path.name).symlink_to(path)
    return target


def run_all(
    mutants: Sequence[Mutant], trees: Sequence[Path], golden: Sequence[str], cpu: int
) -> Iterator[Outcome]:
    """Run mutants side by side, one in each tree; tell of each on stderr when it is done."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def run(mutant: Mutant) -> Outcome:
        tree = free.get()
        try:
            outcome = run_mutant(mutant, tree, golden, cpu)
        finally:
            free.put(tree)
        print(f"{outcome.verdict}: {described(mutant)}", file=sys.stderr, flush=True)
        return outcome

    with ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(run, mutants)


def run_mutant(mutant: Mutant, tree: Path, golden: Sequence[str], cpu: int) -> Outcome:
    """Run the stages of tests on one mutant until one fails."""
    began = time.monotonic()
    stages = related_tests(mutant.module)
    if golden:
        stages.append(list(golden))
    with applied(mutant, tree):
        for stage in stages:
            killer = failing_test(stage, tree, cpu)
            if killer:
                return Outcome(mutant, "killed", killer, time.monotonic() - began)
    return Outcome(mutant, "survived", "", time.monotonic() - began)


@contextmanager
def applied(mutant: Mutant, tree: Path) -> Iterator[None]:
    """Change the file in a tree, and change it back."""
    path = tree / mutant.path.relative_to(ROOT)
    source = path.read_bytes()
    _write(path, mutant.applied(source))
    try:
        yield
    finally:
        _write(path, source)


def _write(path: Path, source: bytes) -> None:
    """Write a module with a time of its own: Python knows stale bytecode by time and size."""
    path.write_bytes(source)
    stamp = next(_STAMPS)
    os.utime(path, (stamp, stamp))


def failing_test(tests: Sequence[str], tree: Path, cpu: int) -> str:
    """Run tests in a tree; name the first that fails, or say that time was up, or nothing."""
    environment = os.environ | {"PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*_PYTEST, *tests],
        cwd=tree,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    resource.prlimit(process.pid, resource.RLIMIT_CPU, (cpu, cpu + 5))
    try:
        output, _ = process.communicate(timeout=_PATIENCE * cpu)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "time was up"
    if process.returncode in (0, _NO_TESTS):
        return ""
    failed = _FAILED.search(output)
    if failed:
        return failed[1]
    return "time was up" if process.returncode < 0 else f"{tests[0]} (status {process.returncode})"


def clear_up(outcomes: Sequence[Outcome], tree: Path, cpu: int) -> list[Outcome]:
    """Run the killers on the tree as it is; those that fail there have killed nothing."""
    killers = sorted({outcome.killer for outcome in outcomes if "::" in outcome.killer})
    faulty: set[str] = set()
    while killers:
        killer = failing_test(killers, tree, cpu)
        if not killer:
            break
        faulty.add(killer)
        if killer not in killers:
            print(f"the tree as it is: {killer}", file=sys.stderr)
            break
        killers.remove(killer)
    return [
        replace(outcome, verdict="unclear") if outcome.killer in faulty else outcome
        for outcome in outcomes
    ]


def described(mutant: Mutant) -> str:
    """Show where a mutant is and what it changes."""
    place = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
    return f"{place} {mutant.operator}: {mutant.change(mutant.path.read_bytes())}"


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print each mutant with its fate, survivors last, and the sums."""
    order = {"killed": 0, "unclear": 1, "survived": 2}
    for outcome in sorted(outcomes, key=lambda outcome: order[outcome.verdict]):
        killer = f"  [{outcome.killer}]" if outcome.killer else ""
        print(f"{outcome.verdict:8} {outcome.seconds:5.0f} s  {described(outcome.mutant)}{killer}")
    sums = Counter(outcome.verdict for outcome in outcomes)
    share = sums["killed"] / max(1, len(outcomes))
    print(f"\n{sums['killed']} of {len(outcomes)} killed ({share:.0%}), {sums['unclear']} unclear")
