"""A dask cluster over TCP for tests: a scheduler and two workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Cluster:
    """A scheduler and two workers in processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        told = folder / "scheduler.json"
        words = ("--port", "0", "--no-dashboard", "--scheduler-file", told)
        self.scheduler = self._start("scheduler", *words)
        while not told.exists() or not told.read_bytes().strip().endswith(b"}"):
            assert self.scheduler.poll() is None
            time.sleep(0.1)
        self.address = str(json.loads(told.read_bytes())["address"])
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> subprocess.Popen[bytes]:
        words = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            self.folder,
        )
        return self._start("worker", self.address, *words)

    def _start(self, *words: object) -> subprocess.Popen[bytes]:
        env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "dask", *map(str, words)]
        return subprocess.Popen(
            command, env=env, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
