"""How well the pedal goes with the harmony, beside a plain pedal for each bar and beside people.

    python -m lab pedal CORPORA [--songs 100] [--pieces 60]

CORPORA: a folder with `pop909.zip`, `chopin_fe.zip` and `lieder_cc0.zip`. Songs: the piano of the half of POP909's
songs that nothing was chosen by, laid on the beats that POP909 gives, at its median tempo; their harmony is what
POP909's annotators say, at the nearest half beat. `people`: what the arranger played, at the time at which it was
played. Pieces: Chopin and the piano of songs, evenly over the zips; a harmony begins where what sounds as a beat begins
is a triad or a seventh chord with another root than the one before, by `symgen.evaluation.harmony`, which is not the
reader that places the pedal.

`overlap`: seconds a minute in which a note of the harmony before, whose key is up, sounds with one of the new harmony
because the pedal holds it. `changed`: share of the changes of harmony at which the pedal comes up, from a sixteenth
before the change to a sixteenth after its first note, or is up already; `of those down`: of the changes at which the
pedal is down a sixteenth before. `down`: share of the time. `plain`: up at each bar line and down again, with the
delays of ours.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.pulse import is_test_song, read_beats, read_scores
from lab.commands import command_parser
from symgen.evaluation.harmony import BeatChords, chords_on_beats
from symgen.evaluation.slices import CHORDS, cut
from symgen.midi.channels import SUSTAIN
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.lines import STEPS
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Part, Score, TempoChange
from symgen.music.tempo import tick_seconds
from symgen.performer.manners import manner_of
from symgen.performer.pedal import LIFT, PRESS, has_damper, pedals_of
from symgen.system.errors import FormatError

__all__ = ["Case", "Figures", "judge", "main", "new_roots", "plain_pedal"]

Floats = NDArray[np.float64]
_RESOLUTION, _GRID = 480, 4
_DOWN = 64
# What one tone or two make is no new harmony.
_NO_CHORDS = ("silent", "single", "fifth", "other")


@dataclass(frozen=True)
class Case:
    """What a part plays, and when the harmony changes; all in seconds."""

    # Rows of onset, end and pitch, sorted.
    notes: Floats
    # Rising.
    changes: Floats
    sixteenth: float


@dataclass(frozen=True)
class Figures:
    """Sums over cases."""

    overlap: float
    seconds: float
    down: float
    changes: int
    changed: int
    held: int
    lifted: int


def judge(case: Case, pedal: Floats) -> Figures:
    """Measure a pedal, rows of the seconds at which it goes down and comes up."""
    onset, end = case.notes[:, 0], case.notes[:, 1]
    downs, ups = pedal.T if len(pedal) else np.zeros((2, 0))
    heard = _heard(case.notes, downs, ups)
    bounds = np.append(case.changes, end.max(initial=0.0))
    overlap, counts = 0.0, np.zeros(4, dtype=int)
    for start, stop in pairwise(bounds.tolist()):
        # Players are early or late.
        slack = case.sixteenth / 2
        new = onset[(onset >= start - slack) & (onset < stop - slack)]
        before = onset < start - slack
        if not len(new) or not before.any():
            continue
        struck = float(new.min())
        kept = before & (end <= struck + slack) & (heard > end)
        overlap += max(0.0, min(stop, float(heard[kept].max(initial=0.0))) - struck)
        near = min(start, struck) - case.sixteenth, struck + case.sixteenth
        is_down = _is_down(near[0], downs, ups)
        lifted = bool(((ups >= near[0]) & (ups <= near[1])).any())
        counts += (1, lifted or not is_down, is_down, lifted and is_down)
    length = float(end.max(initial=0.0) - onset.min(initial=0.0))
    return Figures(overlap, length, float((ups - downs).sum()), *counts.tolist())


def _is_down(time: float, downs: Floats, ups: Floats) -> bool:
    at = int(np.searchsorted(downs, time, side="right")) - 1
    return at >= 0 and bool(ups[at] > time)


def _heard(notes: Floats, downs: Floats, ups: Floats) -> Floats:
    """Return until when each note sounds: the pedal holds it until it comes up, or its key is struck again."""
    onset, end, pitch = notes.T
    heard: Floats = end.copy()
    at = np.searchsorted(downs, end, side="right") - 1
    down = (at >= 0) & (ups[np.maximum(at, 0)] > end) if len(downs) else np.zeros(len(end), bool)
    heard[down] = ups[at[down]]
    for key in np.unique(pitch):
        rows = np.flatnonzero(pitch == key)
        heard[rows[:-1]] = np.minimum(heard[rows[:-1]], np.maximum(end[rows[:-1]], onset[rows[1:]]))
    return heard


def plain_pedal(lines: Floats, case: Case) -> Floats:
    """Return a pedal that changes at each bar line, in seconds."""
    last = float(case.notes[:, 1].max())
    first = float(case.notes[:, 0].min())
    inside = lines[(lines > first) & (lines < last)]
    return np.column_stack([np.append(first, inside) + PRESS, np.append(inside + LIFT, last)])


def _in_seconds(score: Score, moves: NDArray[np.int64]) -> Floats:
    """Return rows of down and up in seconds."""
    pairs: Floats = tick_seconds(score, moves[:, 0]).reshape(-1, 2)
    return pairs


def _case(score: Score, part: int, changes: NDArray[np.int64]) -> Case:
    onset, duration, pitch, _ = score.parts[part].note_array().T
    notes = [tick_seconds(score, onset), tick_seconds(score, onset + duration), pitch]
    sixteenth = score.tempos[0].microseconds / 4e6
    return Case(np.column_stack(notes), tick_seconds(score, changes), sixteenth)


# -- songs of POP909 -----------------------------------------------------------------------


@dataclass(frozen=True)
class Song:
    """A song as it is written and as it was played."""

    score: Score
    part: int
    case: Case
    played: Case
    pedal: Floats


def songs(corpora: Path, count: int, *, held_out: bool = True) -> Iterator[Song]:
    """Yield songs whose piano has a pedal."""
    path = corpora / "pop909.zip"

    def is_meant(name: str) -> bool:
        return "/" not in name and is_test_song(name) == held_out

    with zipfile.ZipFile(path) as archive:
        for name, score in read_scores(path, count, is_meant):
            song = name.removesuffix(".mid")
            found = _song(score, archive, song)
            if found is not None:
                yield found


def _song(played: Score, archive: zipfile.ZipFile, song: str) -> Song | None:
    beats, lines = read_beats(archive, song)
    bar = round(float(np.median(np.diff(np.searchsorted(beats, lines)))))
    piano = [number for number, part in enumerate(played.parts) if part.name == "PIANO"]
    pedal = _human_pedal(played, piano[0]) if piano else np.zeros((0, 2))
    if bar not in (2, 3, 4) or not len(pedal):
        return None
    text = archive.read(f"ann/{song}/chord_midi.txt")
    table = np.loadtxt(io.BytesIO(text), dtype=str)
    starts, names = table[:, 0].astype(float), table[:, 2]
    new = np.append(True, names[1:] != names[:-1]) & (names != "N")
    first = int(np.searchsorted(beats, lines[0])) % bar
    score = _on_beats(played, beats, (bar - first) % bar, bar)
    at = np.interp(starts[new], beats, np.arange(len(beats))) + (bar - first) % bar
    changes = np.unique(np.rint(2 * at) * _RESOLUTION / 2).astype(np.int64)
    onset, duration, pitch, _ = played.parts[piano[0]].note_array().T
    notes = [tick_seconds(played, onset), tick_seconds(played, onset + duration), pitch]
    sixteenth = float(np.median(np.diff(beats))) / 4
    human = Case(np.column_stack(notes), starts[new], sixteenth)
    return Song(score, piano[0], _case(score, piano[0], changes), human, pedal)


def _human_pedal(score: Score, part: int) -> Floats:
    file = score.source
    assert isinstance(file, MidiFile)
    track, channel = file.places[part]
    events = [
        (event[0], event[3])
        for event in file.tracks[track].events
        if event[1:3] == (CONTROLLER | channel, SUSTAIN)
    ]
    rows = np.array(events, dtype=np.int64).reshape(-1, 2)
    moves = np.flatnonzero(np.diff(rows[:, 1] >= _DOWN, prepend=False))
    times = tick_seconds(score, rows[moves, 0])
    return times[: len(times) // 2 * 2].reshape(-1, 2)


def _on_beats(played: Score, beats: Floats, before: int, bar: int) -> Score:
    """Write a song on its beats, quarters, to the sixteenth."""

    def written(ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        at = np.interp(tick_seconds(played, ticks), beats, np.arange(len(beats))) + before
        return np.asarray(np.rint(at * _GRID) * _RESOLUTION / _GRID).astype(np.int64)

    parts = []
    for part in played.parts:
        rows = part.note_array()
        inside = tick_seconds(played, rows[:, 0]) < beats[-1]
        onset, end = written(rows[:, 0]), written(rows[:, 0] + rows[:, 1])
        held = np.maximum(end - onset, _RESOLUTION // _GRID)
        table = np.column_stack([onset, held, rows[:, 2:]])[inside]
        table = table[np.unique(table[:, [0, 2]], axis=0, return_index=True)[1]]
        parts.append(Part.from_array(table, part.program, part.is_drum, part.name))
    tempo = TempoChange.of_bpm(0, 60 / float(np.median(np.diff(beats))))
    meter = MeterChange(0, Meter(bar, 4))
    return Score(tuple(parts), _RESOLUTION, (tempo,), (meter,))


# -- written pieces ------------------------------------------------------------------------


def pieces(corpora: Path, count: int) -> Iterator[tuple[Score, int, Case]]:
    """Yield scores with each part that has a pedal, and where their harmony changes."""
    for archive in ("chopin_fe", "lieder_cc0"):
        for _, score in read_scores(corpora / f"{archive}.zip", count):
            try:
                slices = cut(score)
            except FormatError:
                continue
            ticks = new_roots(chords_on_beats(slices), slices.beat_at) * score.resolution // STEPS
            for number, part in enumerate(score.parts):
                if has_damper(part) and part.note_count:
                    yield score, number, _case(score, number, ticks.astype(np.int64))


def new_roots(chords: BeatChords, beat_at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the steps of the beats at which a triad or seventh chord has another root than the one before."""
    is_chord = chords.known & ~np.isin(chords.kinds, [CHORDS.index(name) for name in _NO_CHORDS])
    roots = chords.roots[is_chord]
    steps: NDArray[np.int64] = beat_at[is_chord][np.diff(roots, prepend=-1) != 0]
    return steps


def _row(name: str, found: Sequence[Figures]) -> list[object]:
    seconds = sum(one.seconds for one in found)
    changes, held = sum(one.changes for one in found), sum(one.held for one in found)
    return [
        name,
        len(found),
        changes,
        60 * sum(one.overlap for one in found) / seconds,
        sum(one.changed for one in found) / changes,
        sum(one.lifted for one in found) / max(1, held),
        sum(one.down for one in found) / seconds,
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--other-half", action="store_true", help="the songs that choices rest on")
    options = parser.parse_args(arguments)
    rows = []
    found = list(songs(options.corpora, options.songs, held_out=not options.other_half))
    ours, plain, people = [], [], []
    for song in found:
        moves = pedals_of(song.score, manner_of(song.score, "piano"))[song.part]
        ours.append(judge(song.case, _in_seconds(song.score, moves)))
        lines = np.array([bar.start for bar in song.score.bars])
        bars = plain_pedal(tick_seconds(song.score, lines), song.case)
        plain.append(judge(song.case, bars))
        people.append(judge(song.played, song.pedal))
    rows += [_row("songs, ours", ours), _row("songs, plain", plain), _row("songs, people", people)]
    ours, plain = [], []
    for score, part, case in pieces(options.corpora, options.pieces):
        moves = pedals_of(score, manner_of(score, "piano"))[part]
        if len(moves):
            ours.append(judge(case, _in_seconds(score, moves)))
            lines = tick_seconds(score, np.array([bar.start for bar in score.bars]))
            plain.append(judge(case, plain_pedal(lines, case)))
    rows += [_row("pieces, ours", ours), _row("pieces, plain", plain)]
    header = ["pedal", "parts", "changes", "overlap", "changed", "of those down", "down"]
    print_table(header, rows)
    return 0
