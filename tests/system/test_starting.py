"""What makes a process of ours begin and end at once, and that it does what Python would have done."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.system.arrays import distinct
from symgen.system.ending import run_process
from symgen.system.folders import user_folder
from symgen.system.processes import child_options

PROCESS = """
import atexit, sys, threading, time
from symgen.system.ending import run_process
def command():
    atexit.register(print, "at the end")
    threading.Thread(target=lambda: (time.sleep(0.1), print("the thread"))).start()
    sys.stderr.write("told")
    {}
sys.exit(run_process(command))
"""


def process(last: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROCESS.format(last)],
        capture_output=True,
        text=True,
        check=False,
        **child_options(),
    )


@pytest.mark.parametrize(
    ("last", "status"), [("return 3", 3), ("return None", 0), ("sys.exit(4)", 4), ("1 / 0", 1)]
)
def test_a_process_ends_as_others_do(last: str, status: int) -> None:
    done = process(last)
    assert (done.returncode, done.stdout) == (status, "the thread\nat the end\n")
    assert done.stderr.startswith("told")
    assert ("ZeroDivisionError" in done.stderr) is ("/" in last)


def test_a_process_whose_output_is_closed_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    code = "import os, sys; from symgen.system.ending import run_process; sys.stdout.write('x'); "
    code += "sys.exit(run_process(lambda: os.close(1)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, **child_options()
    )
    assert done.returncode == 120  # as Python says that it could not write


def test_what_is_run_in_this_process_leaves_it_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []
    monkeypatch.setattr("atexit.register", lambda *call: registered.append(call))
    monkeypatch.setattr("gc.set_threshold", lambda *counts: None)
    assert run_process(lambda: 7) == 7
    assert len(registered) == 1


@given(st.lists(st.integers(-3, 3)))
def test_what_occurs_in_an_array(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    assert distinct(array).tolist() == np.unique(array).tolist()
    assert array.tolist() == values


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d e"},
        {"XDG_CONFIG_HOME": " ", "XDG_DATA_HOME": ""},
        {"XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "../d"},
        {"HOME": "/nobody"},
    ],
)
def test_folders_of_a_user_are_those_of_platformdirs(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert user_folder("config") == platformdirs.user_config_path("symgen", appauthor=False)
    assert user_folder("data") == platformdirs.user_data_path("symgen", appauthor=False)
