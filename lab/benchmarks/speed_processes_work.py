"""What one of the processes of `speed-processes` does, as `torchrun` starts it: updates that are timed."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from lab.benchmarks.speed_training_work import update, weights
from symgen.training import join_ranks

_WARM_UP = 2


def main(store: str, width: int, updates: int) -> None:
    """Make updates as one of the processes; the first one prints what they took."""
    which: dict[str, Any] = {
        "store": store,
        "precision": "float32",
        "hidden": width,
        "head": width * 3 // 4 or 1,
        "layers": 1,
    }
    update(_WARM_UP, **which)
    ranks = join_ranks()
    ranks.sum_named({})  # all begin together
    wall, cpu = time.perf_counter(), time.process_time()
    events = update(updates, **which)
    cpu = time.process_time() - cpu
    cpu = ranks.sum_named({"": cpu})[""]
    wall = time.perf_counter() - wall
    if ranks.is_first:
        print(json.dumps({"events": events, "wall": wall, "cpu": cpu, "weights": weights(**which)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
