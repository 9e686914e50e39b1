"""Songs of POP909 as they are written on their beats, and how each note was played."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid
from symgen.beats.pulse import Pulse, score_on_pulse
from symgen.beats.strokes import Clock
from symgen.formats import load_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Score
from symgen.performer.played import PlayedNotes, read_played

__all__ = ["Song", "read_songs", "split_of"]

Floats = NDArray[np.float64]

_RESOLUTION = 480


@dataclass(frozen=True, eq=False)
class Song:
    """A song, its split, and how it was played."""

    name: str
    split: str
    played: PlayedNotes


def split_of(name: str) -> str:
    """Return the split of a song by the hash of its name: of ten eight train, one is for choices, one for the test."""
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10
    return {8: "valid", 9: "test"}.get(number, "train")


def read_songs(archive: Path) -> Iterator[Song]:
    """Yield the songs of pop909.zip, on the beats that come with them."""
    with zipfile.ZipFile(archive) as file:
        for member in sorted(each for each in file.namelist() if each.endswith(".mid")):
            name = Path(member).stem
            beats = np.loadtxt(io.BytesIO(file.read(f"ann/{name}/beat_midi.txt")))
            laid = on_beats(load_score(file.read(member)), beats)
            yield Song(name, split_of(name), read_played(laid))


def on_beats(score: Score, beats: Floats) -> Score:
    """Return a song with a quarter for each beat, and bars: a row of `beats` is a time and two flags of bar lines."""
    score = score.with_resolution(_RESOLUTION)
    lines = np.flatnonzero(beats[:, 2] == 1)
    if len(lines) < 2:
        lines = np.arange(0, len(beats), 4)
    usual = int(np.bincount(np.diff(lines)).argmax())
    first = int(lines[0])
    # Full bars lead up to the first line, so that the first note stands in one.
    before = -(-max(first, 1) // usual) * usual
    times = beats[:, 0]
    lead = times[0] - (times[1] - times[0]) * np.arange(before - first, 0, -1)
    clock = Clock.played(score)
    ticks = clock.to_ticks(np.concatenate([lead, times]))
    bpm = 60 / float(np.median(np.diff(times)))
    grid = BeatGrid(ticks, Meter(usual, 4), bpm, 1.0, before, Fraction(0))
    laid = score_on_pulse(score, Pulse(grid, Fraction(-before), None, bpm))
    starts = [0, *((lines - first + before) * _RESOLUTION).tolist()]
    sizes = [usual, *np.diff(lines).tolist(), usual]
    meters = [MeterChange(at, Meter(size, 4)) for at, size in zip(starts, sizes, strict=True)]
    return Score(laid.parts, _RESOLUTION, laid.tempos, tuple(meters), length=laid.length)
