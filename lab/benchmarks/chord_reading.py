"""How often the chords that are read from notes are those of music21, and those that songs were printed with.

    python -m lab chords [SONGS] [--fit SECONDS]

Chorales: Bach's in music21's corpus. At each beat where music21 finds a triad or a seventh chord in what sounds, its
root and quality are set beside ours: as written; with the inner voices broken into sixteenths over the bass; and broken
into eighths, half as fast. SONGS: a folder of MusicXML lead sheets (OpenEWLD), of which ours are read from the melody
alone, half bar by half bar. The last 60 chorales by name and a third of the songs are measured; `--fit` finds weights
for `symgen.music.chords` on others.
"""

from __future__ import annotations

import random
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.formats import load_score
from symgen.formats.music21_streams import to_music21
from symgen.music.chords import CHORDAL, MELODIC, QUALITIES_READ, ChordReading, ReadingWeights
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score
from symgen.music.theory import QUALITIES

__all__ = ["Case", "chorale_cases", "main", "song_cases"]

_PARTS, _RESOLUTION = 4, 480
_HELD_OUT = 60


@dataclass(frozen=True)
class Case:
    """A piece, and the chords that are known: tick, root and quality."""

    score: Score
    truth: tuple[tuple[int, int, str], ...]


def chorale_cases(paths: Iterable[Path]) -> Iterator[Case]:
    """Read chorales, and what music21 finds at their beats."""
    for path in paths:
        score = load_score(path)
        if len(score.parts) == _PARTS:
            yield Case(score, tuple(_readings(score)))


def _readings(score: Score) -> Iterator[tuple[int, int, str]]:
    quarter = score.resolution
    beats = [tick for bar in score.bars for tick in range(bar.start, bar.end, quarter)]
    for chord in to_music21(score).chordify().flatten().getElementsByClass("Chord"):
        if not (chord.isTriad() or chord.isSeventh()):
            continue
        start = round(chord.offset * quarter)
        end = round((chord.offset + chord.quarterLength) * quarter)
        for tick in beats:
            if start <= tick < end:
                yield tick, *_named(chord)


def _named(chord: Any) -> tuple[int, str]:
    """Return root and quality of a chord of music21: the largest quality whose tones it has."""
    root = chord.root().pitchClass
    above = {(tone - root) % 12 for tone in chord.pitchClasses}
    fitting = [name for name, steps in QUALITIES.items() if above >= set(steps)]
    return root, max(fitting, key=lambda name: len(QUALITIES[name]), default="other")


def broken(case: Case) -> Case:
    """Return a chorale as a pianist might play it: soprano, bass a beat long, the others in sixteenths."""
    score, quarter = case.score, case.score.resolution
    bass, inner = [], []
    for tick in (tick for bar in score.bars for tick in range(bar.start, bar.end, quarter)):
        sounding = sorted(
            note.pitch
            for part in score.parts
            for note in part.notes
            if note.onset <= tick < note.end
        )
        if len(sounding) == _PARTS:
            low, tenor, alto, _ = sounding
            bass.append(Note(tick, low, quarter))
            figure = (
                (tenor, alto, tenor, alto) if tick // quarter % 2 else (low + 12, alto, tenor, alto)
            )
            step = quarter // 4
            inner += [Note(tick + i * step, pitch, step) for i, pitch in enumerate(figure)]
    parts = (score.parts[0], Part(tuple(inner)), Part(tuple(bass)))
    return Case(replace(score, parts=parts), case.truth)


def slow(case: Case) -> Case:
    """Return a broken chorale half as fast, without its pickup: two bars for each, and every chord for two beats."""
    score = case.score
    first = next(bar.start for bar in score.bars if bar.number == 1)
    body = broken(Case(score.slice_ticks(first, score.length), ())).score
    notes = [[_twice(note) for note in part.notes] for part in body.parts]
    parts = [part.with_notes(mine) for part, mine in zip(body.parts, notes, strict=True)]
    truth = [
        (2 * (tick - first) + later, root, quality)
        for tick, root, quality in case.truth
        if tick >= first
        for later in (0, score.resolution)
    ]
    keys = body.keys[:1]
    return Case(
        Score(tuple(parts), score.resolution, meters=body.meters[:1], keys=keys), tuple(truth)
    )


def _twice(note: Note) -> Note:
    return replace(note, onset=2 * note.onset, duration=2 * note.duration)


def song_cases(folder: Path) -> Iterator[Case]:
    """Read lead sheets: the melody, and the chord of each half bar."""
    from music21 import converter, harmony

    for path in sorted(folder.glob("*.mxl")):
        stream = converter.parse(path).parts[0].stripTies().flatten()
        symbols = [e for e in stream.getElementsByClass(harmony.ChordSymbol) if e.pitches]
        chords = sorted((_tick(chord.offset), *_named(chord)) for chord in symbols)
        notes = [
            Note(_tick(note.offset), note.pitch.midi, max(1, _tick(note.quarterLength)))
            for note in stream.notes
            if note.isNote and note.quarterLength
        ]
        meters = [
            MeterChange(_tick(e.offset), Meter(e.numerator, e.denominator))
            for e in stream.getElementsByClass("TimeSignature")
        ]
        keys = [
            KeyChange(_tick(e.offset), e.sharps) for e in stream.getElementsByClass("KeySignature")
        ]
        score = Score((Part(tuple(notes)),), _RESOLUTION, (), tuple(meters), tuple(keys))
        halves = [tick for bar in score.bars for tick in (bar.start, bar.start + bar.length // 2)]
        truth = [
            (tick, *last[1:])
            for tick in halves
            if (last := max((row for row in chords if row[0] <= tick), default=None))
        ]
        yield Case(score, tuple(truth))


def _tick(quarters: Any) -> int:
    ticks: int = round(quarters * _RESOLUTION)
    return ticks


Readings = Sequence[tuple[ChordReading, Case]]


def readings(cases: Iterable[Case]) -> Readings:
    return [(ChordReading.of_score(case.score), case) for case in cases]


def agreement(cases: Readings, weights: ReadingWeights) -> tuple[float, float, int]:
    """Return in which share of the places root, and root and quality, agree, and how many places there are."""
    roots, wholes = [], []
    for reading, case in cases:
        reading.weights = weights
        states = reading.states()
        places = np.searchsorted(reading.starts, [row[0] for row in case.truth], side="right") - 1
        for state, (_, root, quality) in zip(states[places].tolist(), case.truth, strict=True):
            roots.append(state % 12 == root)
            wholes.append(roots[-1] and QUALITIES_READ[state // 12] == quality)
    return float(np.mean(roots)), float(np.mean(wholes)), len(roots)


def fitted(cases: Readings, weights: ReadingWeights, seconds: float) -> ReadingWeights:
    """Change some weights at random again and again, and keep what agrees more."""
    draw = random.Random(0)  # noqa: S311
    best = sum(agreement(cases, weights)[:2])
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        names = draw.sample([field.name for field in fields(weights)], draw.choice((1, 1, 2, 3)))
        changed = {
            name: round(getattr(weights, name) * draw.uniform(0.5, 1.6) + draw.gauss(0, 0.1), 2)
            for name in names
        }
        tried = replace(weights, **changed)
        if min(tried.half, tried.onset) > 0 and (found := sum(agreement(cases, tried)[:2])) > best:
            best, weights = found, tried
    return weights


def main(arguments: Sequence[str]) -> int:
    """Measure, or fit."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", nargs="?", type=Path, help="folder of lead sheets")
    parser.add_argument("--fit", type=float, metavar="SECONDS", help="search for better weights")
    options = parser.parse_args(arguments)
    import music21

    warnings.simplefilter("ignore")
    paths = sorted((Path(music21.__file__).parent / "corpus" / "bach").glob("bwv*.mxl"))
    paths = paths[:-_HELD_OUT:4] if options.fit else paths[-_HELD_OUT:]
    chorales = list(chorale_cases(paths))
    songs = list(song_cases(options.songs))[0 if options.fit else 1 :: 3] if options.songs else []
    if options.fit:
        print(
            fitted(
                readings([*chorales, *map(broken, chorales), *map(slow, chorales)]),
                CHORDAL,
                options.fit,
            )
        )
        if songs:
            print(fitted(readings(songs), MELODIC, options.fit))
        return 0
    sets = {
        "chorales": (chorales, CHORDAL),
        "broken": (list(map(broken, chorales)), CHORDAL),
        "broken, half as fast": (list(map(slow, chorales)), CHORDAL),
        "songs, the melody alone": (songs, MELODIC),
    }
    rows = [
        [f"{name}: {len(cases)} pieces", *agreement(readings(cases), weights)]
        for name, (cases, weights) in sets.items()
        if cases
    ]
    print_table(["", "root", "root and quality", "beats or half bars"], rows)
    return 0
