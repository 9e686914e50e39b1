"""Keep what cases give, to see what changed: ``python tests/golden/keep_golden.py FOLDER [part of a name ...]``.

Run it in two trees and compare the folders with ``diff -r``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

from golden_cases import CASES
from golden_runs import run_case


def main(folder: str, *parts: str) -> None:
    """Write a folder for each case whose name holds a part, for all without one."""
    for name, case in CASES.items():
        if not parts or any(part in name for part in parts):
            run_case(case, Path(folder) / re.sub(r"[^\w.-]+", "_", name)[:150])


if __name__ == "__main__":
    main(*sys.argv[1:])
