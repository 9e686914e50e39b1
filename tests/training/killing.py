"""Train in processes that are killed at any moment, and compare the end with that of a run that was left alone.

    python tests/training/killing.py STORE FOLDER KILLS SEED [FORGET...]

Prints one JSON line: how many kills and runs there were, and whether all ended bitwise equal. For each FORGET, a piece
of the state is spoilt after a kill: a comparison that did not notice that would prove nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from symgen.corpus import Store
from symgen.nets.checkpoint import NetConfig, load_model_files
from symgen.system import files
from symgen.system.errors import CheckpointError
from symgen.system.files import seal_json, unseal_json
from symgen.training import TrainOptions, train_store
from symgen.training.run import BEST, LAST

NET = NetConfig(hidden=16, head=12, dropout=0.2)
OPTIONS = TrainOptions(
    net=NET,
    epochs=3,
    batch=4,
    steps=64,
    rate=1e-2,
    device="cpu",
    precision="float32",
    save_every=1,
    validate_every=3,
)
STATE = "state.json"


def train(store: Store, folder: Path, prepare: Callable[[], object]) -> int:
    """Train in a process of its own, from where the folder stands; return the process."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        prepare()
        resume = (folder / LAST / STATE).exists()
        train_store(store, folder, options=OPTIONS, resume=resume, overwrite=not resume)
        status = 0
    finally:
        os._exit(status)


def die_at(call: int) -> None:
    """Kill this process at one of its calls that write: before it, after it, or with half of the bytes written."""
    left = [call]

    def deadly(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def wrapped(*arguments: Any, **more: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*arguments, **more)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(owner, name, wrapped)

    deadly(files.os, "fsync")
    deadly(files, "make_temporary")
    for name in ("replace", "unlink", "chmod"):
        deadly(Path, name)
    real_write = files.write_atomic

    def half(path: Any, data: bytes | str) -> None:
        left[0] -= 1
        if left[0] == 0:
            with files.atomic_file(path) as file:
                file.write((data.encode() if isinstance(data, str) else data)[: len(data) // 2])
                file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        real_write(path, data)

    for module in ("symgen.training.objective", "symgen.system.files"):
        sys.modules[module].write_atomic = half  # type: ignore[attr-defined]


def wait(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def fingerprint(folder: Path) -> dict[str, Any]:
    """All that a run ends with, but times: weights, optimiser, random numbers, position and figures."""
    state = unseal_json((folder / LAST / STATE).read_bytes())
    found = {
        name: state[name]
        for name in ("files", "rng", "step", "epoch", "opened", "batch", "since", "nats", "notes")
    }
    found["rows"] = [{**row, "seconds": 0} for row in state["rows"]]
    for name in (LAST, BEST):
        weights = load_model_files(folder / name).weights
        found[name] = hashlib.sha256(
            b"".join(weights[key].tobytes() for key in sorted(weights))
        ).hexdigest()
    return found


def check_whole(folder: Path) -> bool:
    """Whether the checkpoints that are there can be loaded; raises if one is damaged."""
    for name in (LAST, BEST):
        if (folder / name / "model.json").exists():
            load_model_files(folder / name)
    return (folder / LAST / STATE).exists()


def spoil(folder: Path, what: str) -> None:
    """Forget one piece of the state, and make its checksums fit."""
    path = folder / LAST / STATE
    state = unseal_json(path.read_bytes())
    ((name, _),) = state["files"].items()
    tensors = load((folder / LAST / name).read_bytes())
    if what == "optimizer":
        tensors = {
            key: torch.zeros_like(value) if "exp_avg" in key else value
            for key, value in tensors.items()
        }
    elif what == "torch":
        torch.manual_seed(99)
        tensors["random.rng"] = torch.get_rng_state()
    elif what == "order":
        state["batch"] = max(0, state["batch"] - 1)
    elif what == "rng":
        version, numbers, gauss = random.Random(99).getstate()  # noqa: S311
        state["rng"] = [version, list(numbers), gauss]
    data = save(tensors)
    digest = hashlib.sha256(data).hexdigest()
    state["files"] = {f"state-{digest[:12]}.safetensors": digest}
    (folder / LAST / f"state-{digest[:12]}.safetensors").write_bytes(data)
    path.write_text(seal_json(state))


def kill_and_resume(
    store: Store, folder: Path, kills: int, draw: random.Random, seconds: float
) -> dict[str, Any]:
    """Kill runs until there were so many kills, each resumed to its end."""
    done, runs, unstarted, equal = 0, 0, 0, True
    whole = fingerprint(folder / "whole")
    while done < kills:
        runs += 1
        run = folder / f"run{runs}"
        lives = draw.randint(3, 12)
        while True:
            left = lives > 0 and done < kills
            by_call = draw.random() < 0.5
            call = draw.randint(1, 160)
            process = train(
                store, run, (lambda call=call: die_at(call)) if left and by_call else lambda: None
            )
            if left and not by_call:
                time.sleep(draw.uniform(0, seconds))
                os.kill(process, signal.SIGKILL)
            status = wait(process)
            unstarted += not check_whole(run)
            if status == 0:
                break
            if status != -signal.SIGKILL:
                raise CheckpointError(f"{run}: a resumed run ended with status {status}")
            done, lives = done + 1, lives - 1
        equal = equal and fingerprint(run) == whole
        if list(run.rglob(".symgen-*")):
            raise CheckpointError(f"{run}: temporary files are left")
    return {"kills": done, "runs": runs, "before the first checkpoint": unstarted, "equal": equal}


def without(store: Store, folder: Path, what: str, draw: random.Random) -> bool:
    """Kill a run inside a pass, forget one piece of its state, and say whether it ends as if nothing had happened."""
    run = folder / f"without-{what}"
    while not (check_whole(run) and unseal_json((run / LAST / STATE).read_bytes())["batch"] > 1):
        call = draw.randint(20, 200)
        if not wait(train(store, run, lambda call=call: die_at(call))):
            shutil.rmtree(run)  # it came to its end
    spoil(run, what)
    status = wait(train(store, run, lambda: None))
    if status:
        raise CheckpointError(f"{run}: ended with status {status}")
    return fingerprint(run) == fingerprint(folder / "whole")


def main() -> None:
    store, folder, kills, seed = (
        Store.open(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]),
        int(sys.argv[4]),
    )
    torch.set_num_threads(1)
    draw = random.Random(seed)  # noqa: S311
    # What this imports is slow, and then there for all children.
    torch.optim.AdamW([torch.nn.Parameter(torch.ones(1))])
    started = time.monotonic()
    wait(train(store, folder / "whole", lambda: None))
    seconds = time.monotonic() - started
    found = kill_and_resume(store, folder, kills, draw, seconds)
    found["equal without"] = {what: without(store, folder, what, draw) for what in sys.argv[5:]}
    print(json.dumps({**found, "seconds": round(seconds, 2)}))


if __name__ == "__main__":
    main()
