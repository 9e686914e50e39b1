"""Can a classifier tell how people play from how symgen plays? The same songs, as they were played and as performed.

    python -m lab rendered-or-real CORPORA [--split test] [--bars 8] [--feel 1]

The songs are those of POP909 of one split of `lab.performer.songs`, by song; the pitched player has learned from the
train split, and chosen by the valid one. Each song is typed (its written notes at the mean velocity) and performed,
and stretches of both are told apart by a logistic regression and a random forest over five folds; no song is in two.
Half is chance. Floor: every other stretch of what was played against the rest. Typed: the songs at feel 0.

Aspects are judged one by one. Timing is none of them: POP909's onsets are on its beats but for rolled chords, so
anything off the beat gives itself away. Drums are judged by ``python -m lab kit-playing``, timing included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.drums.figures import told_apart
from lab.performer.songs import read_songs
from symgen.music.score import Part, Score
from symgen.performer.perform import perform
from symgen.performer.played import PlayedNotes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ASPECTS = ("velocity", "held", "both")
_FEWEST = 24


@dataclass(frozen=True, eq=False)
class Played:
    """The notes of a song in the order of the score: what is written, and how each is played."""

    # (notes, 5): onset, duration, pitch, velocity as typed, part; of the score.
    rows: Ints
    bar: Ints
    # (notes,): place in the quarter in twelfths.
    place: Ints
    velocity: Floats
    held: Floats


def typed(played: PlayedNotes) -> Score:
    """Return a song as it is written, at one velocity, which is the mean of those that were played."""
    parts, level = [], round(float(played.velocity.mean()))
    for part in played.score.parts:
        rows = part.note_array()
        rows[:, 3] = level
        parts.append(Part.from_array(rows, part.program, part.is_drum, part.name))
    return Score(
        tuple(parts),
        played.score.resolution,
        played.score.tempos,
        played.score.meters,
        length=played.score.length,
    )


def as_played(played: PlayedNotes, score: Score) -> Played:
    """Return a song as people played it."""
    return _laid(score, played.velocity, played.held)


def as_performed(score: Score, feel: float, seed: int) -> Played:
    """Return a song as symgen performs it."""
    notes = perform(score, feel=feel, seed=seed).note_array()
    plain = score.note_array()
    # Part by part the notes have their order.
    order, other = (np.argsort(each[:, 4], kind="stable") for each in (plain, notes))
    velocity, held = np.empty(len(plain)), np.empty(len(plain))
    velocity[order] = notes[other, 3]
    held[order] = notes[other, 1] / plain[order, 1]
    return _laid(score, velocity, held)


def _laid(score: Score, velocity: Floats, held: Floats) -> Played:
    rows = score.note_array()
    starts = np.array([bar.start for bar in score.bars], dtype=np.int64)
    bar = np.maximum(np.searchsorted(starts, rows[:, 0], side="right") - 1, 0)
    place = np.rint((rows[:, 0] - starts[bar]) * 12 / score.resolution).astype(np.int64)
    return Played(rows, bar, place, velocity, held)


def stretches(song: Played, bars: int) -> Iterator[dict[str, Floats]]:
    """Yield what a classifier sees of each stretch of so many bars, by aspect."""
    for first in range(0, int(song.bar.max(initial=-1)) + 2 - bars, bars):
        inside = (song.bar >= first) & (song.bar < first + bars)
        if np.count_nonzero(inside) >= _FEWEST:
            loud = _traits(song, inside, song.velocity)
            held = _traits(song, inside, song.held)
            yield {"velocity": loud, "held": held, "both": np.concatenate([loud, held])}


def _traits(song: Played, inside: Flags, values: Floats) -> Floats:
    """Describe how a value moves: its spread, by place, part and pitch, along each part, and inside chords."""
    rows, own = song.rows[inside], values[inside]
    place, bar = song.place[inside], song.bar[inside]
    found = [own.mean(), own.std(), *np.quantile(own, (0.05, 0.25, 0.5, 0.75, 0.95)) - own.mean()]
    found.append(len(np.unique(own.round(2))) / len(own))
    kinds = (place == 0, (place % 12 == 0) & (place > 0), place % 12 == 6, place % 6 != 0)
    found += [_mean(own[kind]) - own.mean() for kind in kinds]
    found += [_correlation(own, column) for column in (rows[:, 2], rows[:, 1], rows[:, 0])]
    for part in range(3):
        mine = rows[:, 4] == part
        found += [_mean(own[mine]) - own.mean(), *_along(own[mine])]
        found += [own[mine].std() if mine.any() else 0.0, _correlation(own[mine], rows[mine, 2])]
    return np.array([*found, *_chords(rows, own), *_along(_means(own, bar))])


def _along(values: Floats) -> list[float]:
    """Return how values keep from one to the next, and how far they go."""
    if len(values) < 4:
        return [0.0, 0.0, 0.0]
    kept = [_correlation(values[lag:], values[:-lag]) for lag in (1, 2)]
    return [*kept, float(np.abs(np.diff(values)).mean())]


def _chords(rows: Ints, values: Floats) -> list[float]:
    """Return the spread inside chords of a part, how much their top stands out, and the spread of chords."""
    _, chord, count = np.unique(
        rows[:, 4] << 40 | rows[:, 0], return_inverse=True, return_counts=True
    )
    means = np.bincount(chord, values) / count
    several = count[chord] > 1
    if not several.any():
        return [0.0, 0.0, float(means.std())]
    top = np.append(np.diff(rows[:, 0]) != 0, True) & several
    inside = values - means[chord]
    return [float(inside[several].std()), _mean(inside[top]), float(means.std())]


def _means(values: Floats, group: Ints) -> Floats:
    _, which = np.unique(group, return_inverse=True)
    found: Floats = np.bincount(which, values) / np.bincount(which)
    return found


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _correlation(one: Floats, other: Floats | Ints) -> float:
    if len(one) < 3 or one.std() < 1e-9 or np.std(other) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def judged(
    real: Sequence[Played], made: Sequence[Played], bars: int
) -> dict[str, Mapping[str, float]]:
    """Return the AUC of each classifier by aspect; songs of both are in one order."""
    sides = [
        (label, number, song)
        for label, songs in enumerate((made, real))
        for number, song in enumerate(songs)
    ]
    found = [
        (label, number, traits) for label, number, song in sides for traits in stretches(song, bars)
    ]
    return _told(found)


def floor(real: Sequence[Played], bars: int) -> dict[str, Mapping[str, float]]:
    """Return the same of every other stretch of what was played beside the rest."""
    found = [
        (place % 2, number, traits)
        for number, song in enumerate(real)
        for place, traits in enumerate(stretches(song, bars))
    ]
    return _told(found)


def _told(found: Sequence[tuple[int, int, Mapping[str, Floats]]]) -> dict[str, Mapping[str, float]]:
    labels, groups = np.array([label for label, *_ in found]), [number for _, number, _ in found]
    return {
        aspect: told_apart(np.array([traits[aspect] for *_, traits in found]), labels, groups)
        for aspect in ASPECTS
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--split", default="test", choices=("train", "valid", "test"))
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--feel", type=float, default=1.0)
    parser.add_argument("--songs", type=int, default=1000, help="at most")
    options = parser.parse_args(arguments)
    songs = [
        song for song in read_songs(options.corpora / "pop909.zip") if song.split == options.split
    ]
    songs = songs[: options.songs]
    scores = [typed(song.played) for song in songs]
    real = [as_played(song.played, score) for song, score in zip(songs, scores, strict=True)]
    made = {f"feel {options.feel:g}": options.feel, "typed, feel 0": 0.0}
    rows: list[list[object]] = []
    tables = {
        name: judged(
            real, [as_performed(score, feel, i) for i, score in enumerate(scores)], options.bars
        )
        for name, feel in made.items()
    }
    tables["floor: played beside played"] = floor(real, options.bars)
    for name, table in tables.items():
        rows += [[name, aspect, *found.values()] for aspect, found in table.items()]
    print(f"{len(songs)} songs, {sum(len(song.velocity) for song in real)} notes\n")
    print_table(["told from played, AUC", "by", "logistic regression", "random forest"], rows)
    return 0
