"""Real singing whose notes people wrote down.

A folder given with ``--singing`` holds, as they are published (none of it comes with symgen):

* ``vocadito_N.wav`` with ``vocadito_N_notesA1.csv`` and ``_notesA2.csv`` (onset in s, frequency in Hz, length in s),
  for any N: vocadito, 40 solo excerpts by 29 singers in 7 languages on all sorts of devices, notes by two musicians;
  R. Bittner et al. 2021, CC BY 4.0. Recording 1 with its notes is among the test data of mirdata, 10 and 14 are among
  those of basic-pitch; the notes of these two are in the evaluation folder of cvkulkarnidev/Melody-Visualizer-.
* ``ssvd/test/N.flac`` with ``N.txt`` (onset, offset, MIDI pitch): the test part of SSVD 2.0, 127 sight-singing takes
  (74 minutes); X. Wang et al. 2022, the repository xk-wang/SSVD-v2.0, which states no licence: to measure with, not to
  train on or pass on.

People do not agree on what the notes are: the row "the other annotator" takes one's notes as an answer to the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.transcription.metrics import NoteMatch, match_notes
from lab.benchmarks.transcription.systems import System

__all__ = ["Sung", "load_sung", "singing_table"]

Floats = NDArray[np.float64]

HEADER = ["singing", "system", "notes", "with offsets", "onsets", "notes, 100 ms", "CPU s a s"]


@dataclass(frozen=True)
class Sung:
    """A recording of singing."""

    # Data set and recording.
    group: str
    name: str
    # The sound file.
    path: Path
    # Shape (n, 4): note rows, one array for each annotator.
    truths: tuple[Floats, ...]

    @property
    def seconds(self) -> float:
        """Length."""
        import soundfile

        return float(soundfile.info(self.path).duration)


FAULTS = [
    "written",
    "heard",
    "right",
    "late or early",
    "wrong pitch",
    "missed",
    "invented",
    "median late by ms",
]


def name_faults(truth: Floats, found: Floats) -> list[float]:
    """Count the notes that people wrote down, those that were found, and what became of them.

    The figures are those of `FAULTS`. Right: within 50 ms and 50 cents; late or early: of the right
    pitch within 150 ms; wrong pitch: within 50 ms; each note counts once, in this order. The last
    is the median over those of right pitch.
    """
    late: list[float] = []
    left, free = list(range(len(truth))), list(range(len(found)))

    def pair(seconds: float, semitones: float) -> int:
        count = 0
        for i in list(left):
            near = [
                j
                for j in free
                if abs(found[j, 0] - truth[i, 0]) <= seconds
                and abs(found[j, 2] - truth[i, 2]) <= semitones
            ]
            if near:
                j = min(near, key=lambda j: abs(found[j, 0] - truth[i, 0]))
                if semitones <= 1:
                    late.append(float(found[j, 0] - truth[i, 0]))
                left.remove(i)
                free.remove(j)
                count += 1
        return count

    counts = [pair(0.05, 0.5), pair(0.15, 0.5), pair(0.05, 128.0)]
    middle = 1000 * float(np.median(late)) if late else 0.0
    return [len(truth), len(found), *counts, len(left), len(free), round(middle)]


def load_sung(folder: Path, songs: int) -> list[Sung]:
    """Read vocadito's recordings, and so many of SSVD's, spread evenly."""
    found = []
    for path in sorted(
        folder.glob("vocadito_*.wav"), key=lambda path: int(path.stem.split("_")[1])
    ):
        files = [path.with_name(f"{path.stem}_notes{who}.csv") for who in ("A1", "A2")]
        tables = [np.loadtxt(file, delimiter=",", ndmin=2) for file in files if file.exists()]
        truths = [
            rows_of(table[:, 0], table[:, 0] + table[:, 2], _midi(table[:, 1])) for table in tables
        ]
        if truths:
            found.append(Sung("vocadito", path.stem, path, tuple(truths)))
    takes = sorted((folder / "ssvd" / "test").glob("*.flac"))
    for path in takes[:: max(1, len(takes) // max(songs, 1))][:songs]:
        table = np.loadtxt(path.with_suffix(".txt"), ndmin=2)
        found.append(Sung("SSVD", path.stem, path, (rows_of(*table.T[:3]),)))
    if not found:
        raise SystemExit(
            f"{folder} holds no singing with notes: lab/benchmarks/transcription/singing.py says what it takes"
        )
    return found


def rows_of(onsets: Floats, offsets: Floats, pitches: Floats) -> Floats:
    """Put note rows together; all are equally strong."""
    return np.stack([onsets, offsets, pitches, np.ones(len(onsets))], axis=1)


def _midi(hertz: Floats) -> Floats:
    midi: Floats = 69.0 + 12.0 * np.log2(hertz / 440.0)
    return midi


def mean_match(matches: Sequence[NoteMatch]) -> list[float]:
    """Average; each recording and annotator counts the same."""
    return [
        float(np.mean([getattr(match, name) for match in matches]))
        for name in ("notes", "whole", "onsets", "loose")
    ]


def singing_table(systems: Sequence[System], folder: Path, songs: int) -> None:
    """Print one row for each recording of vocadito and for the mean of each set."""
    sung = load_sung(folder, songs)
    scores: dict[tuple[str, str], list[tuple[str, list[NoteMatch], float, float]]] = {}
    faults: dict[tuple[str, str], list[list[float]]] = {}
    for system in systems:
        answers = system.transcribe([recording.path for recording in sung])
        for recording, answer in zip(sung, answers, strict=True):
            matches = [match_notes(truth, answer.rows) for truth in recording.truths]
            row = (recording.name, matches, answer.cpu, recording.seconds)
            scores.setdefault((recording.group, system.name), []).append(row)
            found = name_faults(recording.truths[0], answer.rows)
            faults.setdefault((recording.group, system.name), []).append(found)
    for recording in sung:
        if len(recording.truths) == 2:
            row = (
                recording.name,
                [match_notes(*recording.truths)],
                float("nan"),
                recording.seconds,
            )
            scores.setdefault((recording.group, "the other annotator"), []).append(row)
    table: list[list[object]] = []
    for (group, by), rows in scores.items():
        if group == "vocadito":
            table += [
                [name, by, *mean_match(matches), _speed(cpu, long)]
                for name, matches, cpu, long in rows
            ]
    for (group, by), rows in scores.items():
        every = [match for _, matches, _, _ in rows for match in matches]
        speed = _speed(sum(row[2] for row in rows), sum(row[3] for row in rows))
        table.append([f"mean of {len(rows)} of {group}", by, *mean_match(every), speed])
    print_table(HEADER, table)
    print("\nWhat became of the notes, by the first annotator:\n")
    sums = {
        key: [*map(int, np.sum(rows, axis=0)[:-1]), int(np.mean(rows, axis=0)[-1])]
        for key, rows in faults.items()
    }
    print_table(
        ["singing", "system", *FAULTS],
        [[group, system, *row] for (group, system), row in sums.items()],
    )


def _speed(cpu: float, seconds: float) -> str:
    return "" if np.isnan(cpu) else f"{cpu / seconds:.3f}"
