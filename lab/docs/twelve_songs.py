"""Twelve songs, one of each style, as MIDI, OGG and piano roll, and a table of how they sound bar by bar.

    python -m lab twelve-songs FOLDER [--docs docs]

One rule for all, so that nothing is picked by ear: `RULE`, with the seeds 1 to 12. With --docs the table of
docs/songs.md is written, with sounds and rolls of the songs that the README shows.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.common import run_symgen
from lab.commands import command_parser
from lab.docs.style_sounds import with_table
from symgen.music.score import Score
from symgen.pages.facts import key_name, length_of
from symgen.pages.sound import RATE, small_encoded, small_samples
from symgen.system.files import write_atomic
from symgen.writing.song_styles import SONG_STYLES

__all__ = ["SHOWN", "Heard", "heard", "main"]

RULE = ("--parts", "all", "--bars", "32", "--form", "ABAB")
SHOWN = ("bossa", "rock", "film")
"""Styles whose songs the README shows: a soft one, a loud one and one without a drum kit's beat."""

MARKS = "<!-- twelve songs: written by python -m lab twelve-songs -->", "<!-- end of songs -->"
HEADER = (
    "| seed | style | key | length | chorus, dB | quietest bar, dB | mono, dB | chorus melody, semitones |\n"
    "|---|---|---|---|---|---|---|---|"
)
# Bars of a roll that a page shows.
_ROLL = 5, 12
_SECTION, _SECTIONS = 8, 4
Floats = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the songs and print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--docs", type=Path, metavar="FOLDER", help="write the page here too")
    parser.add_argument(
        "--first", type=int, default=1, metavar="SEED", help="of the first song (1)"
    )
    options = parser.parse_args(arguments)
    rows = []
    print(HEADER)
    for seed, style in enumerate(SONG_STYLES, options.first):
        score = _write(options.folder, style, seed)
        samples = small_samples(score)
        sound = small_encoded(samples, ".ogg")
        write_atomic(options.folder / f"{seed:02}-{style}.ogg", sound)
        rows.append(_row(seed, style, score, heard(score, samples)))
        print(rows[-1], flush=True)
        if options.docs and style in SHOWN:
            _show(options.docs / "songs", style, score, sound)
    if options.docs:
        page = options.docs / "songs.md"
        text = with_table(page.read_text(encoding="utf-8"), "songs", rows, HEADER, MARKS)
        write_atomic(page, text)
    return 0


def _write(folder: Path, style: str, seed: int) -> Score:
    """Write a song with its roll."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{seed:02}-{style}"
    asked = ("--style", style, *RULE, "--seed", str(seed), "--plot", "--overwrite")
    run = run_symgen(["generate", *asked, "-o", f"{name}.mid"], cwd=folder)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr}")
    return symgen.load_score(folder / f"{name}.mid")


def _show(folder: Path, style: str, score: Score, sound: bytes) -> None:
    """Write the sound of a song and the roll of its first bars for a page."""
    folder.mkdir(exist_ok=True)
    write_atomic(folder / f"{style}.ogg", sound)
    score.slice_bars(*_ROLL).plot(folder / f"{style}.png", overwrite=True)


@dataclass(frozen=True)
class Heard:
    """How a song sounds, in decibels."""

    # By how much the second section is louder than the first one.
    chorus: float
    # The quietest bar between intro and ending, below the mean of the bars.
    quietest: float
    # What is lost where left and right are played as one.
    mono: float
    # By how many semitones the melody of the second section is higher.
    rise: float


def heard(score: Score, sound: NDArray[np.int16]) -> Heard:
    """Listen to a song of four sections of eight bars, behind its intro."""
    samples = sound.astype(np.float64)
    melody, bars = score.parts[0].notes, score.bars
    first = next(number for number, bar in enumerate(bars) if bar.end > melody[0].onset)
    inner = bars[first : first + _SECTION * _SECTIONS]
    lines = [
        round(score.seconds(tick) * RATE) for tick in (*(b.start for b in inner), inner[-1].end)
    ]
    levels = [_level(samples[start:end]) for start, end in pairwise(lines)]
    halves = [levels[:_SECTION], levels[_SECTION : 2 * _SECTION]]
    heights = [
        fmean(n.pitch for n in melody if part[0].start <= n.onset < part[-1].end)
        for part in (inner[:_SECTION], inner[_SECTION : 2 * _SECTION])
    ]
    return Heard(
        chorus=fmean(halves[1]) - fmean(halves[0]),
        quietest=min(levels) - fmean(levels),
        mono=_level(samples.mean(axis=1, keepdims=True)) - _level(samples),
        rise=heights[1] - heights[0],
    )


def _level(samples: Floats) -> float:
    """Return the level of samples, in decibels; what is silent has a low one."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-3))


def _row(seed: int, style: str, score: Score, found: Heard) -> str:
    """Return a row of the table."""
    figures = (found.chorus, found.quietest, found.mono, found.rise)
    cells = [str(seed), style, key_name(score), length_of(score)]
    return f"| {' | '.join([*cells, *(f'{figure:+.1f}' for figure in figures)])} |"
