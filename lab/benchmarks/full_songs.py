"""Measure full songs: parts, form and close as asked, walls, melodies beside those of songs, CPU seconds.

    python -m lab full-songs [--count 40] [--bars 32] [--form ABAB] [--songs songs_pd.zip] [--out FOLDER]

Songs go round the styles, in keys that are drawn, seeds from 1 on. With --songs sections of lead sheets in 4/4 are
measured too; with --out the songs are written there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from time import process_time

from lab.chords.lead_sheets import lead_sheets
from lab.commands import command_parser
from symgen.accompanying.examples import load_example
from symgen.music.controls import Controls
from symgen.music.harmony import placed_symbol
from symgen.music.keys import infer_key
from symgen.music.meter import COMMON_TIME
from symgen.music.score import Part, Score
from symgen.music.theory import Key
from symgen.verification import read_facts
from symgen.writing.song_figures import MelodyLine, real_sections
from symgen.writing.song_styles import SONG_STYLES
from symgen.writing.songs import Song, SongWriter

__all__ = ["main", "song_line", "walls"]

_CHECKS = ("parts", "form", "end", "close", "chords_return", "bass_on_chords", "kit", "in_range")
# A part that strikes so many notes more at once than the example of its style does is a wall.
_MORE = 2
_SECTION = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=40, metavar="N", help="songs (40)")
    parser.add_argument("--bars", type=int, default=32, metavar="N", help="of each (32)")
    parser.add_argument("--form", default="ABAB", metavar="FORM", help="of each (ABAB)")
    parser.add_argument("--songs", type=Path, metavar="ZIP", help="lead sheets to measure too")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the songs here")
    options = parser.parse_args(arguments)
    controls = Controls(bars=options.bars, form=options.form)
    met, melodies, styles = Counter[str](), list[Mapping[str, float]](), list(SONG_STYLES)
    standing, seconds = 0, []
    for number in range(options.count):
        style, before = styles[number % len(styles)], process_time()
        (song,) = SongWriter(style).takes(controls, seed=number + 1)
        seconds.append(process_time() - before)
        met.update(_met(song, controls))
        standing += walls(song.score, style)
        melodies += _sections(song)
        if options.out:
            song.score.save(options.out / f"{number + 1:02}-{style}.mid", overwrite=True)
    print(f"{options.count} songs of {options.bars} bars, {options.form}\n")
    for name in _CHECKS:
        print(f"| {name.replace('_', ' ')} | {met[name] / options.count:.0%} |")
    print(f"| walls | {standing} |")
    print(f"| CPU seconds a song, most | {fmean(seconds):.2f}, {max(seconds):.2f} |\n")
    _print_melodies("ours", melodies)
    if options.songs:
        _print_melodies("songs", _of_lead_sheets(options.songs))
    return 0


def _met(song: Song, controls: Controls) -> list[str]:
    """Name the checks that a song meets, as they are found in the file that is written of it."""
    return [
        check.name
        for check in song.checks(controls, read_facts(song.score.to_bytes()))
        if check.met
    ]


def walls(score: Score, style: str) -> int:
    """Count the parts that strike far more notes at once than those of the example do."""
    example = load_example(style)
    usual: dict[str, int] = defaultdict(int, Melody=1)
    for section in example.sections:
        for part, role in zip(section.score.parts, example.roles, strict=True):
            usual[role.title()] = max(usual[role.title()], _most_struck(part))
    return sum(_most_struck(part) > usual[part.name.split()[0]] + _MORE for part in score.parts)


def _most_struck(part: Part) -> int:
    return max(Counter(note.onset for note in part.notes).values(), default=0)


def melody_line(score: Score, key: Key) -> MelodyLine:
    """Return the first part of a score, over its chord symbols."""
    chords = tuple(placed_symbol(change) for change in score.chords)
    bars = tuple(bar for bar in score.bars if bar.number > 0)
    return MelodyLine(tuple(sorted(score.parts[0].notes)), bars, chords, key, score.resolution)


def _sections(song: Song) -> Iterator[Mapping[str, float]]:
    """Yield the figures of the first section of each letter."""
    assert song.asked is not None
    line, letters = song_line(song), [letter for letter, _ in song.asked.form.sections]
    size = len(line.bars) // len(letters)
    for letter in dict.fromkeys(letters):
        first = letters.index(letter) * size
        yield line.figures(first, first + size)


def song_line(song: Song) -> MelodyLine:
    """Return the melody of a song between its intro and its ending."""
    assert song.asked is not None
    line, (start, end) = melody_line(song.new_bars(), song.key), song.asked.span
    bars = tuple(bar for bar in line.bars if start <= bar.start < end)
    return replace(line, notes=tuple(line.between(start, end)), bars=bars)


def _of_lead_sheets(archive: Path) -> Iterator[Mapping[str, float]]:
    for case in lead_sheets(archive):
        score = case.score
        if score.meters[-1].meter == COMMON_TIME:
            yield from real_sections(melody_line(score, infer_key(score)), _SECTION)


def _print_melodies(name: str, rows: Iterable[Mapping[str, float]]) -> None:
    found = list(rows)
    print(f"sections of melodies, {name}: {len(found)}")
    for key in found[0]:
        print(f"| {key} | {fmean(row[key] for row in found):.3f} |")
