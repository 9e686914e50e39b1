"""Make pieces of one line for the model of songs: lead sheets, voices of songs with piano, hymn tunes, lead parts.

    python -m lab song-pieces CORPORA -o FOLDER

CORPORA holds the zips of `SOURCES`. Each becomes a folder of MIDI files with a ``metadata.csv``: style, and of lead
sheets the split, which their titles decide. A line that is silent for long while others play, such as a voice before it
begins, loses bars of silence: all at both ends, and in between so many that what stands four bars apart still does.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath

from lab.chords.cases import is_held_out
from lab.commands import command_parser
from symgen import load_score, save_score
from symgen.music.lines import hardly_overlap, mean_pitch, melody_part, outer_line
from symgen.music.meter import Bar
from symgen.music.performed import notated
from symgen.music.score import MeterChange, Part, Score
from symgen.system.errors import SymgenError
from symgen.system.files import write_atomic

_GRID = 12
_PHRASE = 4
"""Bars by which silence is shortened."""
_FEWEST_NOTES = 24
_LOWEST = 52.0
"""Mean pitch below which a line is no tune."""
_TEST, _HELD_OUT = 0.2, 0.33
"""Shares of the lead sheets: those of the test split, and with them those of the validation split."""


@dataclass(frozen=True)
class _Source:
    name: str
    style: str
    # Whether the files are lead sheets, which are split by title.
    has_titles: bool = False


SOURCES = (
    _Source("songs_pd", "popular", has_titles=True),
    _Source("lieder_cc0", "lied"),
    _Source("openhymnal_abc", "hymn tune"),
    _Source("freedoom", "game"),
)


def line_of(score: Score) -> Score | None:
    """Return the melody alone as it is written, without the bars of long silence; none where it is no line."""
    chosen = melody_part(score)
    if chosen is None:
        return None
    part = score.parts[chosen]
    rows = part.note_array()
    if len(rows) < _FEWEST_NOTES or not hardly_overlap(rows[:, 0], rows[:, 1]):
        return None
    if mean_pitch(part) < _LOWEST:
        return None
    alone = replace(score, parts=(Part(outer_line(part.notes), program=part.program),), source=None)
    return without_silence(notated(replace(alone, chords=()), _GRID).score)


def without_silence(score: Score) -> Score | None:
    """Return a piece of one part without bars of long silence; none where nothing is left."""
    (part,) = score.parts
    sounds = [
        any(n.onset < bar.end and bar.start < n.end for n in part.notes) for bar in score.bars
    ]
    kept: list[Bar] = []
    groups = [
        (sounding, list(group))
        for sounding, group in groupby(zip(sounds, score.bars, strict=True), lambda x: x[0])
    ]
    for place, (sounding, group) in enumerate(groups):
        bars = [bar for _, bar in group]
        if not sounding:
            is_outside = place in (0, len(groups) - 1)
            bars = (
                []
                if is_outside
                else bars[: len(bars) if len(bars) < _PHRASE else len(bars) % _PHRASE]
            )
        kept += bars
    if not kept:
        return None
    notes, meters, now = [], [], 0
    for bar in kept:
        notes += [
            replace(n, onset=n.onset - bar.start + now)
            for n in part.notes
            if bar.start <= n.onset < bar.end
        ]
        meters.append(MeterChange(now, bar.meter))
        now += bar.length
    keys = tuple(replace(each, tick=0) for each in score.keys[:1])
    return replace(
        score,
        parts=(part.with_notes(notes),),
        meters=tuple(meters),
        tempos=score.tempos[:1],
        keys=keys,
        length=now,
    )


def pieces(archive: zipfile.ZipFile) -> Iterator[tuple[str, Score]]:
    """Yield the lines of a zip with the names of their files."""
    for name in sorted(archive.namelist()):
        if PurePosixPath(name).suffix in (".mid", ".mxl", ".abc"):
            try:
                found = line_of(load_score(archive.read(name)))
            except SymgenError as error:
                print(f"{name}: {error}")
                continue
            if found is not None:
                yield name, found


def split_of(title: str) -> str:
    """Return the split of a lead sheet."""
    return (
        "test"
        if is_held_out(title, _TEST)
        else "valid"
        if is_held_out(title, _HELD_OUT)
        else "train"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    for source in SOURCES:
        folder = options.output / source.name
        folder.mkdir(parents=True)
        rows = [("file", "title", "style", "split")]
        with zipfile.ZipFile(options.corpora / f"{source.name}.zip") as archive:
            table = json.loads(archive.read("meta.json")) if source.has_titles else {}
            for name, piece in pieces(archive):
                made = f"{PurePosixPath(name).stem}.mid"
                title = table[name]["title"] if source.has_titles else piece.title
                save_score(piece, folder / made)
                rows.append(
                    (made, title, source.style, split_of(title) if source.has_titles else "")
                )
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        write_atomic(folder / "metadata.csv", text.getvalue())
        print(f"{folder}: {len(rows) - 1} pieces")
    return 0
