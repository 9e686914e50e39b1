"""Write the golden set again: ``python tests/golden/write_golden.py "why it changed" [part of a name ...]``."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

from golden_cases import CASES
from golden_runs import (
    environment,
    fluidsynth_version,
    processor,
    read_record,
    run_case,
    write_record,
)


def main(reason: str, *parts: str) -> None:
    """Run the cases whose names hold a part, all without one, and note the reason beside hashes that changed."""
    before = read_record()
    record = {
        "environment": {
            **environment(),
            "fluidsynth": fluidsynth_version(),
            "processor": processor(),
        }
    }
    for name, case in CASES.items():
        old = before.get(name)
        if old and parts and not any(part in name for part in parts):
            record[name] = old
            continue
        found = run_case(case)
        if old and old["hash"] == found:
            record[name] = old
        else:
            sys.stdout.write(f"{'changed' if old else 'new'}: {name}\n")
            record[name] = {"hash": found, **({"changed": reason} if old else {})}
    write_record(record)


if __name__ == "__main__":
    main(*sys.argv[1:])
