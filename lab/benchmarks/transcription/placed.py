"""Tempo, meter and notes on the grid, heard in clips of held-out tunes that begin where the tune does.

Measures as in lab/benchmarks/beats.py. Tempo: the mean in quarters a minute, right to 5 %. Octave: the same, or twice,
three times, half or a third of it. Meter: 2/2 counts as 4/4, 12/8 as 6/8. Bar lines: meter and pickup right. Notes and
places: edit accuracy: 1 less the fewest edits by the number of notes, an edit being to drop, add or change a note (its
pitch or place) or to move all that follow. With lengths: the length of each note must be right too. A tempo that is
heard twice as fast as it is makes every place wrong. "The true notes": what was played is told in place of the sound.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lab.benchmarks.beats import FINE, SAME, accuracy, note_table, true_bpm
from lab.benchmarks.common import print_table
from lab.benchmarks.transcription.clips import CONDITIONS, INSTRUMENTS, Played, Tune, play, record
from lab.benchmarks.transcription.metrics import tempo_is_right
from symgen.beats.grid import BeatGrid
from symgen.music.score import Score
from symgen.system.errors import SymgenError

__all__ = ["placed_table"]

HEADER = [
    "heard in",
    "tempo",
    "clips",
    "tempo within 5 %",
    "up to an octave",
    "meter",
    "bar lines",
    "notes and places",
    "with lengths",
    "median of the clips' notes and places",
]


@dataclass(frozen=True)
class Written:
    """A score, and the beats that were found."""

    score: Score
    grid: BeatGrid


Writer = Callable[[Played, Path, float | None], Written]


def placed_table(
    tunes: Sequence[Tune], font: Path, seconds: float, model: Path, *, has_model: bool
) -> None:
    """Print one row for each sound, with the tempo found and with the tempo given."""
    names = list(INSTRUMENTS)
    clips = [
        play(tune, names[i % len(names)], font, 1000 + i, seconds=seconds, whole=1.0)
        for i, tune in enumerate(tunes)
    ]
    rows = [
        _row("the true notes", clips, [Path()] * len(clips), _from_truth, given=given)
        for given in (False, True)
    ]
    for condition in CONDITIONS if has_model else ():
        with tempfile.TemporaryDirectory() as folder:
            paths = list(record(clips, condition, Path(folder)))
            rows += [
                _row(f"{condition} sound", clips, paths, _listener(model), given=given)
                for given in (False, True)
            ]
    print_table(HEADER, rows)


def _from_truth(clip: Played, _: Path, tempo: float | None) -> Written:
    from symgen.transcriber.quantize import find_grid, score_from_rows

    rows = clip.performance.rows
    grid = find_grid(rows, tempo=tempo)
    return Written(score_from_rows(rows, grid), grid)


def _listener(model: Path) -> Writer:
    from symgen.transcriber.transcribe import listen

    def write(_: Played, path: Path, tempo: float | None) -> Written:
        heard = listen(path, tempo=tempo, model=model)
        return Written(heard.score, heard.grid)

    return write


def _row(
    name: str, clips: Sequence[Played], paths: Sequence[Path], write: Writer, *, given: bool
) -> list[object]:
    found = []
    for clip, path in zip(clips, paths, strict=True):
        bpm = true_bpm(clip.performance)
        try:
            found.append(_judge(write(clip, path, bpm if given else None), clip, bpm))
        except SymgenError:
            found.append((0.0,) * 6)
    means = [float(value) for value in np.mean(found, axis=0)]
    return [
        name,
        "given" if given else "found",
        len(clips),
        *means,
        float(np.median([row[4] for row in found])),
    ]


def _judge(written: Written, clip: Played, bpm: float) -> tuple[float, ...]:
    placed, grid = clip.performance.placed, written.grid
    true = np.rint(placed.notes * [FINE, FINE, 1]).astype(np.int64)[:, [0, 2, 1]]
    found = note_table(written.score)
    meter = SAME.get(str(grid.meter), str(grid.meter)) == SAME.get(
        str(placed.meter), str(placed.meter)
    )
    bar = float(grid.meter.quarters)
    off = (float(placed.notes[0, 0]) + float(grid.pickup) + bar / 2) % bar - bar / 2
    return (
        float(tempo_is_right(bpm, grid.bpm)),
        float(tempo_is_right(bpm, grid.bpm, octaves=True)),
        float(meter),
        float(meter and abs(off) < 0.1),
        accuracy(true[:, :2], found[:, :2]),
        accuracy(true, found),
    )
