"""A dask cluster over TCP for tests: a scheduler and two workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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

    @contextmanager
    def killing(self, folder: Path, most: int) -> Iterator[list[int]]:
        """Kill up to so many workers while the block runs, each as soon as somebody writes a part into a folder."""
        killed: list[int] = []
        over = threading.Event()

        def kill() -> None:
            while not over.is_set() and len(killed) < most:
                if any(folder.glob(".symgen-*")):
                    victim = self.workers.pop(0)
                    victim.send_signal(signal.SIGKILL)
                    victim.wait()
                    killed.append(victim.pid)
                    self.workers.append(self.worker())
                over.wait(0.05)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            yield killed
        finally:
            over.set()
            killer.join()

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
