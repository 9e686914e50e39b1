"""What small files that ask for much cost each command: time of the processor, memory, size of what is written.

    python -m lab greedy-files [--only WORD ...] [--commands WORD ...] [--all]

Prints the rows that are above a limit, or all, and the largest of each column.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.benchmarks.common import print_table
from lab.benchmarks.greedy import FILES
from lab.commands import command_parser
from lab.modules import ROOT

MOST = {"seconds": 5.0, "MB": 300.0, "written MB": 50.0}
COMMANDS = {
    "info": "info {}",
    "continue": "continue {} --seed 1 --wav --xml --plot --report -o out/a.mid",
    "infill": "infill {} --bars 1 --seed 1 --wav -o out/a.mid",
    "vary": "vary {} --seed 1 --wav -o out/a.mid",
    "harmonize": "harmonize {} --seed 1 --wav -o out/a.mid",
    "render": "render {} -o out/a.wav",
    "plot": "plot {} -o out/a.png",
    "copies": "copies {}",
    "gan": "gan sample -n 1 --prime {} --seed 1 -o out/a.mid",
    "corpus": "corpus {} -o out/store",
    "evaluate": "evaluate {} --reference {} --no-classifiers --resamples 10 -o out/report",
}
WATCH = """
import json, resource, subprocess, sys
for kind, most in ((resource.RLIMIT_CPU, 120), (resource.RLIMIT_FSIZE, 2**30)):
    resource.setrlimit(kind, (most, most))
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([done.returncode, done.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


@dataclass(frozen=True)
class Cost:
    """What one command took."""

    file: str
    command: str
    status: int
    said: str
    values: dict[str, float]

    @property
    def is_too_much(self) -> bool:
        """Whether it is above a limit, or ended in more than one line."""
        unclear = self.status not in (0, 2, 3, 4, 5) or "Traceback" in self.said
        return unclear or any(self.values[name] > most for name, most in MOST.items())


def measure(file: Path, command: str) -> Cost:
    """Run a command over a file, in an empty folder."""
    folder = file.parent
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "out").mkdir()
    words = [file.name if word == "{}" else word for word in COMMANDS[command].split()]
    done = subprocess.run(
        [sys.executable, "-c", WATCH, sys.executable, "-m", "symgen", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    status, said, seconds, memory = json.loads(done.stdout)
    written = (
        sum(path.stat().st_size for path in (folder / "out").rglob("*") if path.is_file()) / 2**20
    )
    values = {"seconds": seconds, "MB": memory, "written MB": written}
    return Cost(file.name, command, status, said.strip().rpartition("\n")[2][:150], values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument(
        "--only", nargs="*", default=[], help="files whose names hold one of these words"
    )
    names = list(COMMANDS)
    parser.add_argument("--commands", nargs="*", choices=names, default=names)
    parser.add_argument("--all", action="store_true", help="print all rows")
    options = parser.parse_args(arguments)
    costs = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in FILES.items():
            if options.only and not any(word in name for word in options.only):
                continue
            file = Path(folder, name)
            file.write_bytes(make())
            for command in options.commands:
                costs.append(cost := measure(file, command))
                print("!" if cost.is_too_much else ".", cost, file=sys.stderr, flush=True)
            file.unlink()
    rows = [cost for cost in costs if options.all or cost.is_too_much]
    print_table(
        ("file", "command", "status", *MOST, "said"),
        [(c.file, c.command, c.status, *c.values.values(), c.said) for c in rows],
    )
    print_table(
        ("", "runs", *MOST),
        [("most", len(costs), *(max(c.values[name] for c in costs) for name in MOST))],
    )
    return 0
