"""Level range of pieces as they sound: as written, as rendered by default, as strongly as people play, beside people.

    python -m lab level-range [--count 20] [--seed 1] [--feel 0,0.7,1] [--kinds folk,piano,...] [--human NAME=PLACE ...]

The level range is that from the 10th to the 90th percentile of the level of windows of 0.4 s, in decibels, from the
first key down to the last key up. Windows that lie more than 20 dB below the mean power of the piece are silence and
left out, as EBU Tech 3342 does it for its loudness range. As many pieces of each kind, of 16 bars, are written as
--count says, with seeds from --seed on; people's files are the MIDI files in a folder, or in a zip, of which as many
are taken at random (always the same ones), from those of at least half a minute, and of each the first 40 seconds,
which is about as long as ours are. All are played by the same synthesizer; files of people without performing them, and
once more with all velocities equal, which shows how much of the range is in the notes alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.commands import command_parser
from symgen.audio.performance import NOTE_ON
from symgen.audio.rendering import RenderOptions, prepared
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.system.errors import SymgenError
from symgen.writing.song_styles import SONG_STYLES
from symgen.writing.songs import SongWriter

__all__ = ["KINDS", "level_range", "levels_of", "main"]

Floats = NDArray[np.float64]

KINDS = ("folk", "piano", "chamber", "chorale", "band")
RATE = 16_000
WINDOW = round(0.4 * RATE)
GATE = -20.0
LONGEST, SHORTEST = 40, 30
"""Seconds of a piece of people's that are played, and that it has to have."""


def level_range(levels: Floats) -> float:
    """Return the range from the 10th to the 90th percentile of the levels of windows in decibels, silence left out."""
    gate = 10 * np.log10(np.mean(10 ** (levels / 10))) + GATE
    low, high = np.percentile(levels[levels > gate], (10, 90))
    return float(high - low)


def levels_of(score: Score, feel: float, seconds: float | None = None) -> Floats:
    """Play a score, and return the level of each window in decibels, from the first key down to the last key up."""
    stage, performance = prepared(score, RenderOptions(rate=RATE, feel=feel))
    struck = performance.messages["kind"] == NOTE_ON
    first = int(performance.messages["frame"][struck].min())
    last = performance.keys_up
    if seconds is not None:
        last = min(last, first + round(seconds * RATE))
    sound = np.concatenate(list(stage.play(performance, last)))[first:]
    windows = sound[: len(sound) // WINDOW * WINDOW].astype(np.float64).reshape(-1, WINDOW, 2)
    power: Floats = np.mean(windows**2, axis=(1, 2))
    return 10 * np.log10(np.maximum(power, 1e-12))


def written(kind: str, seed: int, count: int) -> Iterator[Score]:
    """Write pieces of a kind: of bands, of each style in turn."""
    styles = list(SONG_STYLES)
    for number in range(seed, seed + count):
        if kind == "band":
            writer = SongWriter(styles[number % len(styles)])
            (song,) = writer.takes(Controls(bars=16), seed=number)
            yield song.score
        else:
            yield symgen.load_model(kind).generate(bars=16, end=True, seed=number)


def of_people(place: Path, count: int) -> Iterator[Score]:
    """Yield files of a folder or a zip."""
    if place.is_dir():
        files = {str(path): path.read_bytes for path in place.rglob("*.mid*")}
    else:
        archive = zipfile.ZipFile(place)
        files = {
            name: (lambda name=name: archive.read(name))  # type: ignore[misc]
            for name in archive.namelist()
            if name.lower().endswith((".mid", ".midi"))
        }
    names = np.random.default_rng(1).permutation(sorted(files)).tolist()
    found = 0
    for name in names:
        if found == count:
            return
        try:
            score = symgen.load_score(files[name]())
        except SymgenError:
            continue
        if score.note_count and score.seconds(score.music_end) >= SHORTEST:
            found += 1
            yield score


def evened(score: Score) -> Score:
    """Return a score of which all notes have one velocity, with nothing of the file it came from."""
    parts = tuple(
        replace(part, notes=tuple(replace(note, velocity=80) for note in part.notes))
        for part in score.parts
    )
    return replace(score, parts=parts, source=None)


def row(name: str, ranges: Sequence[float]) -> str:
    low, bottom, middle, top, high = np.percentile(ranges, (5, 25, 50, 75, 95))
    return f"| {name} | {len(ranges)} | {middle:.1f} | {bottom:.1f} to {top:.1f} | {low:.1f} to {high:.1f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=20, metavar="N", help="pieces of each (20)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first (1)")
    parser.add_argument("--feel", default="0,0.7,1", metavar="X,...", help="strengths")
    parser.add_argument("--kinds", default=",".join(KINDS), metavar="KIND,...")
    parser.add_argument("--human", action="append", default=[], metavar="NAME=PLACE")
    options = parser.parse_args(arguments)
    print(
        "| pieces | n | median, dB | middle half | 5th to 95th percentile |\n|---|---|---|---|---|"
    )
    for kind in filter(None, options.kinds.split(",")):
        pieces = list(written(kind, options.seed, options.count))
        for feel in map(float, options.feel.split(",")):
            ranges = [level_range(levels_of(piece, feel)) for piece in pieces]
            print(row(f"{kind}, feel {feel:g}", ranges), flush=True)
    for told in options.human:
        name, _, place = told.partition("=")
        scores = list(of_people(Path(place), options.count))
        for how, played in (("", scores), (", velocities taken away", list(map(evened, scores)))):
            ranges = [level_range(levels_of(score, 0, LONGEST)) for score in played]
            print(row(f"people: {name}{how}", ranges), flush=True)
    return 0
