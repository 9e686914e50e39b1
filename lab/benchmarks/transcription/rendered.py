"""Notes heard in clips of held-out tunes: by instrument, soundfont and noise."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.benchmarks.transcription.clips import CONDITIONS, INSTRUMENTS, Played, Tune, play, record
from lab.benchmarks.transcription.metrics import NoteMatch, match_notes
from lab.benchmarks.transcription.systems import System

__all__ = ["rendered_table"]


@dataclass(frozen=True)
class Cell:
    """What a row of the table is about."""

    instrument: str
    font: str
    condition: str


def rendered_table(
    systems: Sequence[System],
    tunes: Sequence[Tune],
    fonts: dict[str, Path],
    seconds: float,
    slow: int,
) -> None:
    """Print F-measures; slow systems hear only the first `slow` clips of each row."""
    cells: dict[Cell, list[Played]] = {}
    for instrument, programs in INSTRUMENTS.items():
        for font, path in fonts.items() if programs else [("none", next(iter(fonts.values())))]:
            clips = [
                play(tune, instrument, path, i, seconds=seconds, whole=0.5)
                for i, tune in enumerate(tunes)
            ]
            cells |= {Cell(instrument, font, condition): clips for condition in CONDITIONS}
    found: dict[str, dict[Cell, list[NoteMatch]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {
            cell: list(record(clips, cell.condition, Path(folder), f"{number:02d}"))
            for number, (cell, clips) in enumerate(cells.items())
        }
        for system in systems:
            count = slow if system.slow else len(tunes)
            answers = iter(
                system.transcribe([path for cell in cells for path in paths[cell][:count]])
            )
            # all clips in one call: rivals take seconds to start
            found[system.name] = {
                cell: [match_notes(clip.rows, next(answers).rows) for clip in clips[:count]]
                for cell, clips in cells.items()
            }
    _print(systems, list(cells), found)


def _print(
    systems: Sequence[System], cells: Sequence[Cell], found: dict[str, dict[Cell, list[NoteMatch]]]
) -> None:
    header = ["instrument", "soundfont", "sound"]
    header += [f"{system.name}{what}" for system in systems for what in ("", ", offsets too")]
    groups = [((cell.instrument, cell.font, cell.condition), [cell]) for cell in cells]
    groups += [
        ((name, "all", "all"), [cell for cell in cells if cell.instrument == name])
        for name in INSTRUMENTS
    ]
    fonts = dict.fromkeys(cell.font for cell in cells)
    groups += [
        (("all", font, "all"), [cell for cell in cells if cell.font == font]) for font in fonts
    ]
    groups += [
        (("all", "all", sound), [cell for cell in cells if cell.condition == sound])
        for sound in CONDITIONS
    ]
    groups.append((("all", "all", "all"), list(cells)))
    table: list[list[object]] = []
    for labels, chosen in groups:
        row: list[object] = list(labels)
        for system in systems:
            matches = [match for cell in chosen for match in found[system.name][cell]]
            row += [
                float(np.mean([getattr(match, name) for match in matches]))
                for name in ("notes", "whole")
            ]
        table.append(row)
    print_table(header, table)
