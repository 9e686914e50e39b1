"""CPU seconds on one core for each second of sound, the start counted and not, and whether torch was loaded."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.benchmarks.transcription.clips import Tune, play
from lab.benchmarks.transcription.systems import System
from lab.modules import ROOT
from symgen.audio.reading import RATE

__all__ = ["speed_table"]

SECONDS = (15, 60, 240)
CODE = """
import sys
from symgen.cli import main
status = main(sys.argv[1:])
print('torch' in sys.modules, 'scipy' in sys.modules, file=sys.stderr)
sys.exit(status)
"""


def speed_table(
    systems: Sequence[System], tunes: Sequence[Tune], font: Path, model: Path, *, has_model: bool
) -> None:
    """Print one row for each system and length of recording."""
    import soundfile

    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        sound = np.concatenate(
            [play(t, "flute", font, i, seconds=30, whole=1.0).samples for i, t in enumerate(tunes)]
        )
        for seconds in SECONDS:
            path = folder / f"{seconds}.wav"
            soundfile.write(path, np.resize(sound, seconds * RATE), RATE, subtype="PCM_16")
            for system in systems:
                if system.slow and seconds > SECONDS[0]:
                    continue
                cpu = system.transcribe([path, path])[1].cpu
                rows.append(
                    [f"{system.name}: notes, loaded before", seconds, cpu, cpu / seconds, ""]
                )
            if has_model:
                cpu, loaded = _command(path, folder, model)
                rows.append(
                    ["symgen transcribe: whole command", seconds, cpu, cpu / seconds, loaded]
                )
    print_table(
        ["what", "seconds of sound", "CPU seconds", "CPU seconds a second", "torch loaded"], rows
    )


def _command(path: Path, folder: Path, model: Path) -> tuple[float, str]:
    """Run the command line in a process of its own; return its CPU seconds."""
    variables = os.environ | {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [
        sys.executable,
        "-c",
        CODE,
        "transcribe",
        str(path),
        "-o",
        str(folder / f"{path.stem}.mid"),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "--model", str(model)],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"symgen transcribe: status {done.returncode}: {done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, {"False": "no", "True": "yes"}[done.stderr.split()[-2]]
