"""Training survives: kills at any moment, signals, and states that were changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from symgen.corpus import Store
from symgen.formats import save_score
from symgen.music.score import Note, Part, Score
from symgen.nets.checkpoint import load_model_files
from symgen.system.files import unseal_json

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")


def start(*arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def answer(child: subprocess.Popen[str]) -> Any:
    out, err = child.communicate(timeout=1500)
    assert child.returncode == 0, err[-2000:]
    return json.loads(out)


PIECES = ("optimizer", "torch", "rng", "order")
"""Of the state of a run."""


def test_20_kills_change_nothing(store_folder: Path, tmp_path: Path) -> None:
    """The comparison can fail: where a piece of the state is forgotten after a kill, the end is another one."""
    found = answer(start(HERE / "killing.py", store_folder, tmp_path, 20, 1, *PIECES))
    assert (found["kills"], found["equal"]) == (20, True)
    assert found["before the first checkpoint"] < 10
    assert found["equal without"] == dict.fromkeys(PIECES, False)


@pytest.mark.long
def test_1000_kills_change_nothing(store_folder: Path, tmp_path: Path) -> None:
    """Half of them in each of two processes."""
    command = (HERE / "killing.py", store_folder)
    children = [start(*command, tmp_path / str(seed), 500, seed) for seed in (1, 2)]
    answers = [answer(child) for child in children]
    assert [(found["kills"], found["equal"]) for found in answers] == [(500, True)] * 2
    assert sum(found["before the first checkpoint"] for found in answers) < 300


def test_signals_end_a_run_after_a_whole_step(store_folder: Path, tmp_path: Path) -> None:
    """Status 143, 129 and 130, saved at that step; the run goes on as if nothing had happened."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    found = answer(start(HERE / "signaling.py", store_folder, tmp_path, *map(int, numbers)))
    for number in numbers:
        folder, ended = tmp_path / str(int(number)), found[str(int(number))]
        assert (ended["status"], ended["out"]) == (128 + number, "")
        assert "Traceback" not in ended["err"]
        remedy = f"go on with: symgen train {store_folder} -o {folder} "
        assert f"stopped after a whole step; {remedy}" in ended["err"]
        assert "--resume" in ended["err"]
        assert not list(folder.rglob(".symgen-*"))
    assert (found["whole"]["status"], found["resumed"]["status"]) == (0, 0)
    states = [
        unseal_json((tmp_path / name / "last" / "state.json").read_bytes())
        for name in ("whole", str(int(signal.SIGTERM)))
    ]
    assert states[0]["weights"] == states[1]["weights"]
    assert states[0]["files"] == states[1]["files"]


@pytest.mark.parametrize("seconds", [0.3, 0.45, 0.6, 0.75])
def test_a_terminated_command_leaves_nothing_or_a_whole_store(
    tunes_folder: Path, tmp_path: Path, seconds: float
) -> None:
    """A whole one, where the signal came after it was there; never a part of one, or what was needed in between."""
    child = start("-m", "symgen", "corpus", tunes_folder, "-o", tmp_path / "store")
    time.sleep(seconds)
    child.terminate()
    _, err = child.communicate(timeout=60)
    assert child.returncode in (0, 143, -signal.SIGTERM)  # it may be done, or not have begun
    assert "Traceback" not in err
    if child.returncode == 143:
        assert err.strip().splitlines()[-1] == "symgen: terminated"
    left = list(tmp_path.iterdir())
    assert left in ([], [tmp_path / "store"])
    if left:
        assert Store.open(tmp_path / "store").pieces()
        names = {path.name for path in left[0].iterdir()}
        assert names - {"index.json", "left-out.csv"} == {next(left[0].glob("events-*")).name}
        assert {"index.json", "left-out.csv"} <= names


def test_a_signal_at_any_time_is_heeded(tmp_path: Path) -> None:
    """Also while modules are loaded, which may swallow what a handler raises, or before anything of ours is loaded."""
    save_score(
        Score((Part(tuple(Note(120 * i, 60 + i % 12, 100) for i in range(20_000))),)),
        tmp_path / "long.mid",
    )
    target = tmp_path / "long.wav"
    for turn in range(12):
        number = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[turn % 3]
        child = start("-m", "symgen", "render", tmp_path / "long.mid")
        time.sleep(0.08 + 0.02 * turn)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
        python_starts = "Traceback" in err and number == signal.SIGINT and "symgen/cli" not in err
        # Negative: before the command had begun; 0: it was done already.
        assert python_starts or child.returncode in (128 + number, -number, 0), err
        assert python_starts or "Traceback" not in err
        assert not out or target.exists()
        target.unlink(missing_ok=True)
        assert [path.name for path in tmp_path.iterdir()] == ["long.mid"]


def test_a_model_is_there_before_the_first_step(store_folder: Path, tmp_path: Path) -> None:
    from symgen.trainer import train
    from symgen.training import TrainOptions

    train(store_folder, tmp_path / "run", options=TrainOptions(epochs=1), stop=lambda: True)
    state = unseal_json((tmp_path / "run" / "last" / "state.json").read_bytes())
    assert state["step"] == 1
    assert load_model_files(tmp_path / "run" / "last")
