"""Tempo, metre and notes on the grid, from clips of held-out tunes that were played with drift, rubato and jitter.

Edit accuracy: a melody is a row of words, for each note its pitch and its distance from the onset before it in twelfths
of a quarter; 1 - Levenshtein distance / length of the longer row. With lengths, a word holds also the note's length in
twelfths, at most to the next onset. A tempo that is heard twice as fast as it is makes every word wrong.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import Tune, print_table

from symgen.errors import SymgenError
from symgen.meter import Meter
from symgen.score import Score
from transcription.clips import CONDITIONS, INSTRUMENTS, Played, play, record
from transcription.metrics import edit_accuracy, grid_words, tempo_is_right

__all__ = ["placed_table"]

HEADER = [
    "heard in", "tempo", "clips", "tempo within 5 %", "up to an octave", "metre", "metre, halves and doubles alike",
    "bar lines", "notes and places", "with lengths", "median of clips",
]  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A score, and the tempo and metre that were found."""

    score: Score
    bpm: float
    meter: Meter
    pickup: float


Writer = Callable[[Played, Path, float | None], Written]


def placed_table(tunes: Sequence[Tune], font: Path, seconds: float, model: Path, *, hear: bool) -> None:
    """Print one row for each sound, with the tempo found and with the tempo given."""
    names = list(INSTRUMENTS)
    clips = [
        play(tune, names[i % len(names)], font, 1000 + i, seconds=seconds, whole=1.0) for i, tune in enumerate(tunes)
    ]
    rows = [_row("the true notes", clips, [Path()] * len(clips), _from_truth, given=given) for given in (False, True)]
    for condition in CONDITIONS if hear else ():
        with tempfile.TemporaryDirectory() as folder:
            paths = list(record(clips, condition, Path(folder)))
            rows += [_row(f"{condition} sound", clips, paths, _listener(model), given=given) for given in (False, True)]
    print_table(HEADER, rows)


def _from_truth(clip: Played, _: Path, tempo: float | None) -> Written:
    from symgen.transcription.beats import find_grid
    from symgen.transcription.quantise import score_from_rows

    rows = clip.rows.copy()
    rows[:, 2] = [word[0] for word in clip.truth.words][: len(rows)]
    grid = find_grid(rows, tempo=tempo)
    return Written(score_from_rows(rows, grid), grid.bpm, grid.meter, float(grid.pickup))


def _listener(model: Path) -> Writer:
    from symgen.transcriber import listen

    def write(_: Played, path: Path, tempo: float | None) -> Written:
        heard = listen(path, tempo=tempo, model=model)
        return Written(heard.score, heard.grid.bpm, heard.grid.meter, float(heard.grid.pickup))

    return write


def _row(name: str, clips: Sequence[Played], paths: Sequence[Path], write: Writer, *, given: bool) -> list[object]:
    found = []
    for clip, path in zip(clips, paths, strict=True):
        truth = clip.truth
        try:
            written = write(clip, path, truth.bpm if given else None)
        except SymgenError:
            found.append((0.0,) * 7)
            continue
        same_bars = _family(written.meter) == _family(truth.meter)
        found.append((
            tempo_is_right(truth.bpm, written.bpm),
            tempo_is_right(truth.bpm, written.bpm, octaves=True),
            written.meter == truth.meter,
            same_bars,
            same_bars and _lines_agree(written, clip),
            edit_accuracy(truth.words, grid_words(written.score)),
            edit_accuracy(truth.long_words, grid_words(written.score, durations=True)),
        ))  # fmt: skip
    means = [float(value) for value in np.mean(np.array(found, float), axis=0)]
    middle = float(np.median([row[5] for row in found]))
    return [name, "given" if given else "found", len(clips), *means, middle]


def _family(meter: Meter) -> tuple[bool, bool]:
    """Tell whether beats are in three, and whether a bar has a multiple of three of them; other metres as they are."""
    beats = meter.quarters / meter.beat_quarters
    return meter.beat_quarters.numerator % 3 == 0, beats % 3 == 0


def _lines_agree(written: Written, clip: Played) -> bool:
    """Tell whether the first note stands at the same place of the bar, in the shorter of the two bars."""
    bar = float(min(written.meter.quarters, clip.truth.meter.quarters))
    return abs((written.pickup - clip.truth.pickup + 0.05) % bar - 0.05) < 0.01
