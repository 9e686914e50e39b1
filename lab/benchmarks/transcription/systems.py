"""The systems that are compared: symgen here, the rivals in a Python of their own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lab.modules import ROOT
from symgen.audio.reading import read_audio

__all__ = ["RIVALS", "Answer", "Rival", "Symgen", "System", "pick_systems"]

Floats = NDArray[np.float64]

RIVALS = ("basic-pitch", "pyin")
MODEL = ROOT / "models" / "transcriber"


@dataclass(frozen=True)
class Answer:
    """What a system heard in one file."""

    # Shape (n, 4): note rows: onset and offset in seconds, MIDI pitch, strength.
    rows: Floats
    # Seconds of CPU for this file, reading included.
    cpu: float


class System(Protocol):
    """Something that hears notes in sound files."""

    name: str
    slow: bool

    def transcribe(self, paths: Sequence[Path]) -> list[Answer]:
        """Return an answer for each file, in order."""
        ...


class Symgen:
    """Our own network, without torch."""

    name = "symgen"
    slow = False

    def __init__(self, folder: Path = MODEL) -> None:
        from symgen.transcriber.inference import load_transcriber

        self._net = load_transcriber(folder)

    def transcribe(self, paths: Sequence[Path]) -> list[Answer]:
        """Return an answer for each file, in order."""
        from symgen.transcriber.notes import detect_notes

        answers = []
        for path in paths:
            start = time.process_time()
            rows = detect_notes(read_audio(path).samples, self._net).rows
            answers.append(
                Answer(np.asarray(rows, float).reshape(-1, 4), time.process_time() - start)
            )
        return answers


class Rival:
    """One of `RIVALS`, run by another Python."""

    def __init__(self, python: Path, name: str) -> None:
        self.python, self.name, self.slow = python, name, name == "pyin"

    def transcribe(self, paths: Sequence[Path]) -> list[Answer]:
        """Return an answer for each file, in order."""
        command = [str(self.python), str(Path(__file__).with_name("rivals.py")), self.name]
        done = subprocess.run(
            command,
            input="".join(f"{path.resolve()}\n" for path in paths),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or len(lines) != len(paths) + 1:
            raise SystemExit(
                f"{self.name} does not run with {self.python}: {done.stderr.strip().splitlines()[-1:]}"
            )
        return [
            Answer(np.array(line["notes"], float).reshape(-1, 4), line["cpu"]) for line in lines[1:]
        ]


def pick_systems(folder: Path | None, python: Path | None) -> list[System]:
    """Return symgen where there is a model, and the rivals where there is a Python for them."""
    systems: list[System] = []
    folder = folder or MODEL
    if folder.is_dir():
        systems.append(Symgen(folder))
    if python:
        systems += [Rival(python, name) for name in RIVALS]
    if not systems:
        raise SystemExit(f"nothing to measure: no model in {folder}, and no --rivals PYTHON")
    return systems
