"""The same command and seed give the same bytes: twice, with one or two threads, alone or as the first of eight.

python -m lab determinism [--model NAME]
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from lab.benchmarks.common import print_table, run_symgen
from lab.commands import command_parser
from symgen.system.files import sha256

CASES = {
    "plain": [],
    "controls": [
        "--bars",
        "8",
        "--meter",
        "6/8",
        "--key",
        "D dorian",
        "--strict-key",
        "--tempo",
        "96",
    ],
    "cold": ["--bars", "16", "--temperature", "0.7"],
    "hot": ["--bars", "16", "--temperature", "1.3", "--top-k", "5"],
}
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def digest(folder: Path, arguments: list[str], name: str, *, threads: int = 1) -> str:
    """Generate in a process of its own and hash the file called `name`."""
    done = run_symgen(
        ["generate", *arguments, "-o", "x.mid", "--overwrite"],
        cwd=folder,
        **dict.fromkeys(THREADS, str(threads)),
    )
    if done.returncode:
        raise SystemExit(
            f"symgen generate {' '.join(arguments)}: status {done.returncode}: {done.stderr}"
        )
    return sha256((folder / name).read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--model", default=None)
    options = parser.parse_args(arguments)
    model = ["--model", options.model] if options.model else []
    rows, same = [], True
    for case, arguments in CASES.items():
        for seed in ("0", "12345"):
            with tempfile.TemporaryDirectory() as folder:
                here, given = Path(folder), [*arguments, *model, "--seed", seed]
                first = digest(here, given, "x.mid")
                others = {
                    "again": digest(here, given, "x.mid"),
                    "two threads": digest(here, given, "x.mid", threads=2),
                    "-n 1": digest(here, [*given, "-n", "1"], "x.mid"),
                    "first of -n 8": digest(here, [*given, "-n", "8"], "x-1.mid"),
                }
            same &= set(others.values()) == {first}
            rows.append(
                [
                    case,
                    seed,
                    *("same" if found == first else "DIFFERENT" for found in others.values()),
                ]
            )
    print_table(["command", "seed", *others], rows)
    return int(not same)
