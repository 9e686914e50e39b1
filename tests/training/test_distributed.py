"""One network is trained by several processes: the same curve, and runs that survive the loss of one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from symgen.training.run import holds_state, read_state
from symgen.training.shares import _cut

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SCRIPT = Path(__file__).with_name("dividing.py")
SAME = 1e-6


def share_out(*arguments: object) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_the_curve_is_that_of_one_process(store_folder: Path, tmp_path: Path) -> None:
    """Also where shares are uneven or empty, and where the number of processes changes on the way."""
    found, _ = share_out(store_folder, tmp_path)
    one = found["one"]
    assert len(one) > 6
    for name in ("two", "three", "mixed"):
        assert len(found[name]) == len(one)
        for there, here in zip(one, found[name], strict=True):
            assert here == pytest.approx(there, rel=SAME)
    assert found["others agree"]


@pytest.mark.long
def test_a_killed_process_loses_no_run(store_folder: Path, tmp_path: Path) -> None:
    found, said = share_out(store_folder, tmp_path, 20, 1)
    assert (found["kills"], found["lost"], found["slow"]) == (20, 0, 0)
    assert found["last"] == pytest.approx([found["whole"]] * found["runs"], abs=1.01e-4)
    assert "another process of this training has ended" in said
    assert "Traceback" not in said


def symgen_train(*arguments: object, **others: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "symgen", "train", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={**os.environ, **others},
    )


def test_a_port_in_use_is_one_line(store_folder: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        done = symgen_train(store_folder, "-o", tmp_path / "run", **found)
    assert done.returncode == 2
    assert done.stderr.startswith(f"symgen: 127.0.0.1:{port}: the port is in use")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_process_that_is_not_told_of_the_others_says_so(
    store_folder: Path, tmp_path: Path
) -> None:
    done = symgen_train(store_folder, "-o", tmp_path / "run", WORLD_SIZE="2")
    assert done.returncode == 2
    assert "environment variable RANK expected, but not set; start it with torchrun" in done.stderr


SMALL = "--hidden 16 --head 12 --batch 4 --epochs 3 --precision float32 --device cpu --threads 1"


def torchrun(options: str, *arguments: object) -> subprocess.Popen[str]:
    words = [*options.split(), "-m", "symgen", "train", *map(str, arguments), *SMALL.split()]
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.long
def test_two_machines(store_folder: Path, tmp_path: Path) -> None:
    """Two agents of torchrun that find each other, as on two machines."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--nnodes 2 --nproc-per-node 1 --rdzv-backend c10d --rdzv-endpoint 127.0.0.1:{port}"
    agents = [torchrun(options, store_folder, "-o", tmp_path / "two") for _ in range(2)]
    said = [agent.communicate(timeout=300) for agent in agents]
    assert [agent.returncode for agent in agents] == [0, 0], said
    assert sorted(out for out, _ in said) == ["", f"{tmp_path / 'two'}\n"]
    done = symgen_train(store_folder, "-o", tmp_path / "one", *SMALL.split())
    assert done.returncode == 0
    one, two = (read_state(tmp_path / name)["rows"] for name in ("one", "two"))
    for there, here in zip(one, two, strict=True):
        assert {**here, "seconds": 0} == pytest.approx({**there, "seconds": 0}, abs=1.01e-4)


@pytest.mark.long
def test_torchrun_goes_on_in_place_of_a_process_that_ended(
    store_folder: Path, tmp_path: Path
) -> None:
    """With the line that began the run, ``--overwrite`` and all."""
    run = tmp_path / "run"
    agent = torchrun(
        "--standalone --nproc-per-node 2 --max-restarts 1",
        *(store_folder, "-o", run, "--overwrite", "--save-every", 1, "--patience", 99),
    )
    while not holds_state(run) or not read_state(run)["step"]:
        assert agent.poll() is None, agent.communicate()
        time.sleep(0.05)
    children = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    _, said = agent.communicate(timeout=300)
    assert agent.returncode == 0, said
    assert "another process of this training has ended" in said
    assert read_state(run)["epoch"] == 3


def test_a_share_that_is_filled_up_further_than_the_whole_keeps_what_is_filled_up() -> None:
    drawn = torch.zeros(3, 2, dtype=torch.bool)
    assert _cut(drawn, 2, 0).tolist() == [[False, False]] * 2
    assert _cut(drawn, 5, 0).tolist() == [[False, False]] * 3 + [[True, True]] * 2
    assert _cut(drawn, 4, 1).tolist() == [[False, False, True, True]] * 3
