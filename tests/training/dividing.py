"""Train in several processes at once, as ``torchrun`` starts them, forked from one that has imported what is slow.

    python tests/training/dividing.py STORE FOLDER [KILLS SEED]

Prints one JSON line: the figures of each run without rounding, and with KILLS, how runs ended of which one process was
killed at some moment, again and again until there were so many kills.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch.distributed import TCPStore

import symgen.training.objective
from symgen.corpus import Store
from symgen.nets.checkpoint import NetConfig, load_model_files
from symgen.system.errors import SymgenError
from symgen.training import Callbacks, TrainOptions, train_store
from symgen.training.run import LAST, read_state

# Batches that leave a process of two, and one of three, without a piece; chunks of which some are
# without notes, bars, or any event of a share.
OPTIONS = TrainOptions(
    net=NetConfig(hidden=16, head=12, dropout=0.2, goals=True),
    epochs=3,
    batch=3,
    steps=16,
    rate=1e-2,
    device="cpu",
    precision="float32",
    save_every=1,
    validate_every=2,
    threads=1,
)


def start(size: int, work: Callable[[int], int]) -> list[int]:
    """Fork so many processes that find each other; return them."""
    # This process keeps the table by which they do, as torchrun does.
    table = TCPStore("127.0.0.1", 0, is_master=True, timeout=timedelta(seconds=60))
    processes = []
    for rank in range(size):
        process = os.fork()
        if process:
            processes.append(process)
            continue
        status = 1
        os.environ |= {
            "RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_RANK": str(rank), "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(table.port), "TORCHELASTIC_USE_AGENT_STORE": "True",
        }  # fmt: skip
        try:
            status = work(rank)
        finally:
            sys.stderr.flush()
            os._exit(status)
    KEPT.append(table)
    return processes


KEPT: list[Any] = []
"""Tables that processes still look at."""


def wait(processes: list[int]) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]


def record_figures(path: Path) -> None:
    """Add the figures of each validation to a file, as exact as they are."""
    real = symgen.training.objective.evaluate_split

    def evaluate(*arguments: Any) -> dict[str, float]:
        figures = real(*arguments)
        with path.open("a") as file:
            file.write(json.dumps(figures) + "\n")
        return figures

    symgen.training.objective.evaluate_split = evaluate


def worker(store: Store, folder: Path, updates: int = 0) -> Callable[[int], int]:
    """Return what one of the processes does: train, from where the run stands, so many updates at most."""

    def work(rank: int) -> int:
        record_figures(folder.with_suffix(f".{rank}"))
        done = 0

        def stops() -> bool:
            # One process alone is asked to stop.
            nonlocal done
            done += 1
            return done == updates and rank == 0

        resume = (folder / LAST / "state.json").exists()
        try:
            train_store(
                store,
                folder,
                options=OPTIONS,
                resume=resume,
                callbacks=Callbacks(should_stop=stops),
            )
        except SymgenError as error:
            if not error.is_told:
                sys.stderr.write(f"rank {rank}: {error}\n")
            return error.exit_status
        return 0

    return work


def figures(folder: Path, rank: int = 0) -> list[dict[str, float]]:
    return [json.loads(line) for line in folder.with_suffix(f".{rank}").read_text().splitlines()]


def run(store: Store, folder: Path, *parts: tuple[int, int]) -> list[dict[str, float]]:
    """Train in parts, each of so many processes and updates; return the figures of all validations."""
    for size, updates in parts:
        statuses = wait(start(size, worker(store, folder, updates)))
        if any(statuses):
            raise SystemExit(f"{folder.name}: processes ended with {statuses}")
    return figures(folder)


def kill_and_resume(store: Store, folder: Path, kills: int, draw: random.Random) -> dict[str, Any]:
    """Kill one process of two at random moments, and go on, until there were so many kills."""
    started = time.monotonic()
    wait(start(2, worker(store, folder / "timed")))
    seconds = time.monotonic() - started
    done, runs, lost, slow = 0, 0, 0, 0
    last: list[float] = []
    while done < kills:
        runs += 1
        place = folder / f"killed-{runs}"
        while True:
            processes = start(2, worker(store, place))
            killed = draw.randrange(2)
            if done < kills:
                time.sleep(draw.uniform(0, seconds))
                os.kill(processes[killed], signal.SIGKILL)
            began = time.monotonic()
            statuses = wait(processes)
            slow += time.monotonic() - began > 30
            if (place / LAST / "model.json").exists():
                load_model_files(place / LAST)
            if not any(statuses):
                break
            if statuses[killed] != -signal.SIGKILL or statuses[1 - killed] not in (0, 4):
                lost += 1
            done += 1
        last.append(read_state(place)["rows"][-1]["valid_bits_per_note"])
    whole = read_state(folder / "timed")["rows"][-1]["valid_bits_per_note"]
    return {"kills": done, "runs": runs, "lost": lost, "slow": slow, "last": last, "whole": whole}


def main() -> None:
    store, folder = Store.open(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    # What this imports is slow, and then there for all processes.
    torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))])
    if sys.argv[3:]:
        draw = random.Random(int(sys.argv[4]))  # noqa: S311
        print(json.dumps(kill_and_resume(store, folder, int(sys.argv[3]), draw)))
        return
    found = {
        "one": run(store, folder / "one", (1, 0)),
        "two": run(store, folder / "two", (2, 0)),
        "three": run(store, folder / "three", (3, 0)),
        "mixed": run(store, folder / "mixed", (1, 5), (2, 4), (1, 0)),
    }
    others = figures(folder / "two", 1) == found["two"]
    print(json.dumps({**found, "others agree": others}))


if __name__ == "__main__":
    main()
