"""Child processes end when their parent is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symgen.system.processes import child_options

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals and parents of processes")

WORKERS = {
    "notation": ("symgen.formats.reader_worker", "1536"),
    "sound": ("symgen.audio.sound_worker", str(2**30), "60"),
    "soundfont": ("symgen.audio.font_worker",),
    "writer": ("symgen.writing.pipe_worker", "folk", "another fingerprint"),
}
PARENT = """
import subprocess, sys
from symgen.system.processes import child_options
child = subprocess.Popen([sys.executable, "-m", *sys.argv[1:]], stdin=0, stdout=2, **child_options())
print(child.pid, flush=True)
child.wait()
"""
"""Starts a worker whose pipes do not end with it, so that they cannot tell the worker."""


@pytest.mark.parametrize("worker", WORKERS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_a_worker_ends_with_its_parent(worker: str, number: int) -> None:
    question, answer = os.pipe(), os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *WORKERS[worker]],
        stdin=question[0],
        stdout=subprocess.PIPE,
        stderr=answer[1],
        **child_options(),
    )
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    parent.send_signal(number)
    parent.wait()
    for _ in range(600):
        if is_gone(child):
            break
        time.sleep(0.1)
    assert is_gone(child)
    for end in (*question, *answer):
        os.close(end)


def is_gone(process: int) -> bool:
    """Also when nobody has asked how it ended."""
    stat = Path(f"/proc/{process}/stat")
    if Path("/proc/self/stat").exists():
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False
