"""Wall time of `symgen generate --bars 16 --wav` from a new process, without a network where that can be switched off.

python -m lab cold-start [--runs 5] [--limit 10]
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table, run_symgen
from lab.commands import command_parser


def no_network() -> list[str]:
    """Name a command that runs another one without a network, if this system has it."""
    command = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare"):
        return []
    return (
        command
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
        else []
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=10.0, help="seconds that no run may reach")
    options = parser.parse_args(arguments)
    prefix, times, rows = no_network(), [], []
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            done = run_symgen(
                ["generate", "--bars", "16", "--wav", "-o", "song.mid"],
                cwd=Path(folder),
                prefix=prefix,
            )
            times.append(time.perf_counter() - start)
            if done.returncode:
                raise SystemExit(f"status {done.returncode}: {done.stderr}")
            with wave.open(str(Path(folder, "song.wav"))) as file:
                samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
                seconds = file.getnframes() / file.getframerate()
        rows.append([number + 1, times[-1], seconds, len(np.unique(samples))])
    print_table(["run", "seconds to the WAV", "seconds of sound", "distinct sample values"], rows)
    network = "off" if prefix else "not switched off"
    print(
        f"\nmedian {statistics.median(times):.2f} s, slowest {max(times):.2f} s, network {network}"
    )
    return int(max(times) >= options.limit or min(row[3] for row in rows) <= 100)
