"""Make pieces for a band of melodies: each is accompanied in a style that is drawn.

    python -m lab band-songs SONGS HYMNS -o FOLDER [--times 2]

SONGS: a zip or folder of MusicXML lead sheets, whose chords stand, less the fifth that is held out
(`lab.benchmarks.harmonizing.is_held_out`); HYMNS: one of MIDI files, whose first part is the melody, with chords that
are found. Each melody in 3/4, 4/4 or 2/2 is taken so many times, for instruments that are drawn, and every other time
with drums as the network of drummers plays them. All are for training. Beside the MIDI files lies ``metadata.csv``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lab.benchmarks.harmonizing import is_held_out, lead_sheets, sheet_files
from lab.commands import command_parser
from lab.shipping.band_pieces import write_table
from symgen import load_score, save_score
from symgen.accompanying.examples import example_names
from symgen.drummer.playing import Manner, play_drums
from symgen.midi.excerpt import select_parts
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.system.errors import SymgenError
from symgen.writing.bands import accompany_with_band
from symgen.writing.symbols import plan_symbols

_STYLE = "band"
_SPLIT = "train"
# Who has melodies in bands: piano, organ, guitars, violin, voices, trumpet, saxophones, flute, synthesizers.
_SINGERS = (0, 4, 16, 24, 26, 27, 29, 30, 40, 53, 56, 65, 66, 73, 80, 81, 85)
_THREE, _FOUR = ("3/4",), ("4/4", "2/2")
_PHRASE = 8


def melodies(songs: Path, hymns: Path) -> Iterator[tuple[str, Score]]:
    """Yield melodies in one meter with their names; songs have their chords."""
    for sheet in lead_sheets(songs):
        if not is_held_out(sheet.title) and _is_playable(sheet.score):
            symbols = plan_symbols(sheet.chords, infer_key(sheet.score))
            yield sheet.title, replace(sheet.score, chords=symbols)
    for name, data in sheet_files(hymns, (".mid",)):
        try:
            score = load_score(data)
        except SymgenError as error:
            print(f"{name}: {error}")
            continue
        if _is_playable(score):
            yield Path(name).stem, select_parts(score, [0])


def _is_playable(score: Score) -> bool:
    return len(score.meters) == 1 and str(score.meters[0].meter) in (*_THREE, *_FOUR)


def arranged(melody: Score, seed: int, *, is_drummed: bool) -> Score:
    """Give a melody a player and a band, by a seed; `is_drummed` has the network play its drums."""
    rng = random.Random(seed)  # noqa: S311 - music, not secrets
    waltz = str(melody.meters[0].meter) in _THREE
    style = "waltz" if waltz else rng.choice([s for s in example_names() if s != "waltz"])
    singer = replace(melody.parts[0], program=rng.choice(_SINGERS))
    made = accompany_with_band(melody.with_parts([singer]), style, seed=seed).score
    if not is_drummed:
        return made
    bars = made.bars
    starts = range(0, len(bars), _PHRASE)
    drums = play_drums(bars, made.resolution, Manner(style), seed=seed, starts=starts)
    return made.with_parts([part for part in made.parts if not part.is_drum] + [drums])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pieces."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", type=Path)
    parser.add_argument("hymns", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--times", type=int, default=2, metavar="N", help="each melody (2)")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True)
    rows: list[tuple[str, str, str]] = []
    for number, (name, melody) in enumerate(melodies(options.songs, options.hymns)):
        for time in range(options.times):
            try:
                piece = arranged(
                    melody, options.times * number + time, is_drummed=(number + time) % 2 == 1
                )
            except SymgenError as error:
                print(f"{name}: {error}")
                continue
            made = f"{number:04}~{time}.mid"
            save_score(piece, options.output / made)
            rows.append((made, _SPLIT, _STYLE))
    write_table(options.output, rows)
    print(f"{options.output}: {len(rows)} pieces")
    return 0
