"""Train by the command line in processes that get a signal, forked from one that has imported what is slow.

    python tests/training/signaling.py STORE FOLDER SIGNAL...

Prints one JSON line: how the run named "whole" ended that was left alone, how each run ended that got a signal, and
how the first of these went on. Each run lies in the folder of its name, what it printed beside it.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from pathlib import Path

import torch

from symgen.__main__ import main as symgen
from symgen.plots import plot_curves
from symgen.trainer import train

NETWORK = shlex.split("--hidden 16 --head 12 --batch 4 --epochs 5 --precision float32")


def run(folder: Path, *arguments: str, number: int = 0) -> dict[str, object]:
    """Run a command, with a signal as soon as it has measured the network, and say how it ended."""
    process = os.fork()
    if not process:
        os.nice(19)  # the signal is to come before the end
        for stream in (1, 2):
            log = f"{folder}.{stream}"
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        sys.argv = ["symgen", "train", *arguments, "--device", "cpu"]
        status = symgen()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    if number:
        ended = 0
        while not (ended or (folder / "metrics.csv").exists()):
            time.sleep(0.002)
            ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            raise SystemExit(f"ended with status {status} before it measured anything")
        os.kill(process, number)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    out, err = (Path(f"{folder}.{stream}").read_text() for stream in (1, 2))
    return {"status": status, "out": out, "err": err}


def main() -> None:
    store, folder, numbers = (
        sys.argv[1],
        Path(sys.argv[2]),
        [int(number) for number in sys.argv[3:]],
    )
    torch.set_num_threads(1)
    torch.optim.AdamW(
        [torch.nn.Parameter(torch.ones(1))]
    )  # imports more, as the two below, for all processes
    plot_curves(
        [{"step": step, "valid_bits_per_16th": 1.0} for step in (1, 2)], folder / "curves.png"
    )
    assert train
    runs = {"whole": run(folder / "whole", store, "-o", str(folder / "whole"), *NETWORK)}
    for number in numbers:
        place = folder / str(number)
        runs[str(number)] = run(place, store, "-o", str(place), *NETWORK, number=number)
    first = folder / str(numbers[0])
    runs["resumed"] = run(first, store, "-o", str(first), "--resume")
    print(json.dumps(runs))


if __name__ == "__main__":
    main()
