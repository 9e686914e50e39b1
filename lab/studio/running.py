"""A studio that runs in a process of its own, and what it has worked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lab.modules import ROOT

__all__ = ["cpu_seconds", "running_studio"]

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@contextmanager
def running_studio(folder: str, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a studio, at a free port unless options say another one, and give its start link."""
    asked = ("studio", "--no-browser", "--port", "0", "--folder", folder, *options)
    with subprocess.Popen(
        [sys.executable, "-m", "symgen", *asked],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.send_signal(signal.SIGINT)


def cpu_seconds(process: int) -> float:
    """Return the processor time of a process, its children that live, and those that have ended; from /proc."""
    ticks = 0
    with suppress(OSError):
        fields = (
            Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
        ticks = sum(map(int, fields[11:15]))
    return ticks / _TICKS + sum(map(cpu_seconds, children(process)))


def children(process: int) -> list[int]:
    """Return the children of a process that live."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text(encoding="ascii").split())
    return found
