"""How often the chords that are found in notes are those that are known, by mir_eval's metrics.

    python -m lab chords CORPORA

CORPORA: a folder with `songs_pd.zip`. Chorales: Bach's in music21's corpus, the last 60 by name; at each beat where
music21 finds a triad or a seventh chord in what sounds, it is set beside ours: as written; with the inner voices broken
into sixteenths over the bass; and broken into eighths, half as fast. Lead sheets: those that `lab.chords.cases` holds
out by their titles, accompanied as `lab.chords.accompanying` does it, a quarter of the chords inverted, and the melody
alone. Two of the manners of playing are not among those that the weights were fitted on.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lab.benchmarks.common import print_table
from lab.chords.accompanying import PATTERNS, UNSEEN, accompanied
from lab.chords.cases import NO_CHORD, Case, KnownChord, broken, is_held_out, slow
from lab.chords.lead_sheets import lead_sheets
from lab.chords.measuring import agreement
from lab.chords.voices import chorale_paths, voice_cases
from lab.commands import command_parser
from symgen.analysis.chords import FoundChord, find_chords
from symgen.music.score import Score

__all__ = ["found_in", "main", "two_a_bar"]

Cases = Sequence[Case]


def found_in(score: Score) -> list[KnownChord]:
    """Find the chords of a piece."""
    return [_known(chord) for chord in find_chords(score)]


def _known(chord: FoundChord) -> KnownChord:
    if chord.root is None or chord.bass is None:
        return KnownChord(chord.tick, chord.end, NO_CHORD, NO_CHORD)
    return KnownChord(chord.tick, chord.end, chord.root, chord.bass, chord.quality)


def two_a_bar(case: Case) -> Case:
    """Keep what is known of bars with two chords."""
    lines = [(bar.start, bar.end) for bar in case.score.bars]
    count = Counter(
        line for line in lines for chord in case.truth if line[0] <= chord.start < line[1]
    )
    inside = tuple(
        chord
        for chord in case.truth
        if any(count[line] == 2 and line[0] <= chord.start < line[1] for line in lines)
    )
    return replace(case, truth=inside)


def _melody_alone(case: Case) -> Case:
    # Where no symbol stands yet, a melody may well have a chord.
    return replace(case, truth=tuple(chord for chord in case.truth if chord.root != NO_CHORD))


def _rows_of_songs(sheets: Cases) -> Iterator[tuple[str, Cases]]:
    every: list[Case] = []
    for pattern in (*PATTERNS, *UNSEEN):
        cases = [accompanied(sheet, pattern, number) for number, sheet in enumerate(sheets)]
        every += cases
        yield f"{pattern}{'; not learned from' if pattern in UNSEEN else ''}", cases
    yield "all of these", every
    for name, is_meant in _KINDS.items():
        kept = [case for case in every if is_meant(case)]
        yield f"of these, {name}", kept
    yield "of these, bars with two chords", [two_a_bar(case) for case in every]
    yield "the melody alone", [_melody_alone(sheet) for sheet in sheets]


_KINDS: dict[str, Callable[[Case], bool]] = {
    "in 3/4": lambda case: str(case.score.meters[-1].meter) == "3/4",
    "in 2/2": lambda case: str(case.score.meters[-1].meter) == "2/2",
    "with a pickup": lambda case: case.score.has_pickup,
}


def main(arguments: Sequence[str]) -> int:
    """Measure, and print a table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    chorales = list(voice_cases(chorale_paths(held_out=True)))
    sheets = [
        case for case in lead_sheets(options.corpora / "songs_pd.zip") if is_held_out(case.name)
    ]
    sets = [
        ("chorales", chorales),
        ("chorales, inner voices in sixteenths", [broken(case) for case in chorales]),
        ("chorales, in eighths, half as fast", [slow(case) for case in chorales]),
        *_rows_of_songs(sheets),
    ]
    rows = []
    for name, cases in sets:
        found = agreement([(case, found_in(case.score)) for case in cases])
        rows.append([name, len(cases), *found[:-1], round(found.quarters)])
    print_table(["", "pieces", "root", "majmin", "sevenths", "bass", "quarters"], rows)
    return 0
