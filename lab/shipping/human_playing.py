"""Measure how people play, for `symgen/performer/data/people.json`: what pieces are set beside in reports.

    python -m lab human-playing CORPORA            # the folder of the zips; minutes
    python -m lab human-playing CORPORA --count 20 --output people.json

Drums: the recordings of 8 bars or more of the Groove MIDI Dataset (CC BY 4.0), all splits: velocities, and how far
strokes lie from their places. Piano: the songs of POP909 (MIT): velocities, how much of its length a note sounds, and
the pedal. Its onsets are on the beats that it gives, but for rolled chords, so it says nothing of timing.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.performer.songs import on_beats
from symgen.formats import load_score
from symgen.music.score import Score
from symgen.performer.figures import PlayingFigures, figures_of, pedal_of, read_playing
from symgen.performer.people import distance, quantiles_of
from symgen.system.errors import FormatError
from symgen.system.files import write_atomic

Floats = NDArray[np.float64]

TARGET = Path("symgen/performer/data/people.json")
KINDS = {
    "piano": (
        "pop909",
        "POP909 (Wang et al. 2020)",
        "MIT",
        ("velocity", "held"),
        ("velocity_deviation", "level_steps", "presses", "pedal_down"),
    ),
    "drums": (
        "groove",
        "Groove MIDI Dataset (Gillick et al. 2019)",
        "CC BY 4.0",
        ("velocity", "late"),
        ("velocity_deviation", "level_steps", "late_deviation", "late_memory"),
    ),
}
_LEAST_BARS = 8


@dataclass
class Found:
    """What was measured of a kind."""

    values: dict[str, list[Floats]] = field(default_factory=dict)
    figures: list[dict[str, float]] = field(default_factory=list)


def pieces(archive: Path, count: int) -> Iterator[tuple[Score, Score]]:
    """Yield the pieces of a zip that are long enough, evenly from all of them: on their beats, and as in the file."""
    with zipfile.ZipFile(archive) as pack:
        names = sorted(name for name in pack.namelist() if name.endswith(".mid"))
        if archive.stem == "pop909":
            names = [name for name in names if "/" not in name]
        for name in names[:: max(1, len(names) // count)][:count]:
            with suppress(FormatError):
                score = load_score(pack.read(name))
                if len(score.bars) < _LEAST_BARS:
                    continue
                if archive.stem == "pop909":
                    beats = pack.read(f"ann/{Path(name).stem}/beat_midi.txt")
                    laid = on_beats(score, np.loadtxt(io.BytesIO(beats)))
                    yield laid, score
                else:
                    yield score, score


def flat(figures: PlayingFigures) -> dict[str, float]:
    """Return the figures that a range is kept of."""
    return {
        "velocity_deviation": figures.velocity.deviation,
        "level_steps": figures.level_steps,
        "late_deviation": figures.late.deviation,
        "late_memory": figures.late_memory,
        "presses": figures.presses,
        "pedal_down": figures.pedal_down,
    }


def measured(scores: Iterator[tuple[Score, Score]], aspects: Sequence[str]) -> Found:
    """Measure pieces on their beats; the pedal is that of the file."""
    found = Found({name: [] for name in aspects})
    for laid, score in scores:
        presses, down = pedal_of(score)
        playing = replace(read_playing(laid), presses=presses, down=down)
        figures = figures_of(playing)
        if figures is None:
            continue
        found.figures.append(flat(figures))
        for name in aspects:
            values = playing.values(name)
            if len(values):
                found.values[name].append(quantiles_of(values))
    return found


def table_of(found: Found, kind: str) -> dict[str, object]:
    """Return what is written of a kind."""
    _, source, license_name, aspects, names = KINDS[kind]
    values = {
        name: quantiles_of(np.concatenate(found.values[name])).round(3).tolist() for name in aspects
    }
    ranges = {
        name: np.quantile([row[name] for row in found.figures], (0.1, 0.5, 0.9)).round(3).tolist()
        for name in names
    }
    return {
        "source": source,
        "license": license_name,
        "pieces": len(found.figures),
        "values": values,
        "ranges": ranges,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the file and print a table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    made, rows = {}, []
    for kind, (name, *_, aspects, _names) in KINDS.items():
        found = measured(pieces(options.corpora / f"{name}.zip", options.count), aspects)
        made[kind] = table_of(found, kind)
        for aspect in aspects:
            mine = found.values[aspect]
            halves: object = ""
            if len(mine) > 1:
                halves = distance(np.concatenate(mine[::2]), np.concatenate(mine[1::2]))
            low, middle, high = np.quantile(np.concatenate(mine), (0.1, 0.5, 0.9)).tolist()
            rows.append([kind, len(found.figures), aspect, low, middle, high, halves])
        for figure, spread in made[kind]["ranges"].items():  # type: ignore[attr-defined]
            rows.append([kind, len(found.figures), figure, *spread, ""])
    write_atomic(options.output, (json.dumps(made, indent=1) + "\n").encode())
    print_table(["", "pieces", "", "10 %", "50 %", "90 %", "between halves"], rows)
    return 0
