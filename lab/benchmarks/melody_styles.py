"""Does a melody keep its style where it goes on? Songs and folk tunes go on, and a classifier says which is which.

    python -m lab melody-styles stores/songs stores/folk [--pop pop909.zip] [--count 100] [--split test] [--model NAME]
        [--keep FOLDER]

Each prompt is the 8 bars from the one on in which the melody begins; `symgen continue` without options writes 8 more,
with one seed a prompt, and the 8 bars that really follow are the truth. The judge is a random forest on the rhythm,
rests, range and intervals of 8 bars. It has learned from songs (lead sheets) and folk tunes of the training splits,
as many of both, and is cross-checked with all bars of a tune on one side. What is continued is in no training split.

POP909 was played, and may be judged by, but never learned from: its bars begin at the beats that its table
``beat_midi.txt`` marks, its notes are snapped to twelfths of a beat, and songs of which a bar has no four beats are
left out. The columns: the share that the judge calls folk, notes a bar, the share of time that is silent, and of the
bars with notes those that are a bar of the prompt again, the same pitches at the same places. Intervals of 95 % draw
tunes again.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.common import print_table, show_estimate
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.evaluation.bootstrap import mean_estimates, resamples
from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.formats import load_score
from symgen.formats.tunes import Tune
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.tokens import decode
from symgen.writing.tune_choice import choose_by_notes

Floats = NDArray[np.float64]

BARS = 8
MOST_WINDOWS = 4
"""Stretches of a tune that the judge learns from."""
FEWEST_NOTES = 4
SONGS = "songs_pd"
TREES, FOLDS, RESAMPLES = 400, 5, 1000
LONGEST = (3, 6, 9, 12, 18, 24, 48)
"""Bounds of the classes of durations, in grid steps."""
FIGURES = ("judged folk", "notes a bar", "rests", "bars of the prompt")


@dataclass(frozen=True)
class Prompt:
    """The first bars of a melody, and those that really follow."""

    name: str
    score: Score
    follows: Score


# -- the judge ---------------------------------------------------------------------------


def features(score: Score) -> list[float]:
    """Describe some bars of a melody by what does not depend on meter, key or tempo."""
    table = note_table(score).top_line()
    total = float(table.bar_steps.sum())
    if len(table) < 2:
        return [0.0] * (16 + len(LONGEST) + 1)
    moves, gaps = np.abs(np.diff(table.pitch)), np.diff(table.onset) - table.duration[:-1]
    counts = np.bincount(table.bar, minlength=len(table.bar_steps)) / (table.bar_steps / STEPS)
    contents = table.bar_contents()
    rhythms = [tuple(place for place, _, _ in bar) for bar in contents if bar]
    beats = table.beat_steps[table.bar]
    crossing = table.place // beats != (table.place + table.duration - 1) // beats
    durations = np.bincount(np.searchsorted(LONGEST, table.duration), minlength=len(LONGEST) + 1)
    return [
        len(table) / total * STEPS,
        float(counts.std()),
        float((counts == 0).mean()),
        float(1 - table.duration.sum() / total),
        float((gaps >= STEPS // 4).mean()),
        float(np.ptp(table.pitch)),
        float(table.pitch.std()),
        *(
            float(each)
            for each in ((moves == 0).mean(), (moves <= 2).mean(), (moves > 4).mean(), moves.mean())
        ),
        float((table.place % STEPS != 0).mean()),
        float((crossing & (table.place % beats != 0)).mean()),
        len(set(rhythms)) / max(1, len(rhythms)),
        len(set(contents)) / max(1, len(contents)),
        float(np.unique(table.pitch % 12).size),
        *(durations / len(table)).tolist(),
    ]


def windows(score: Score) -> Iterator[Score]:
    """Yield stretches of 8 bars that do not overlap."""
    bars = [bar for bar in score.bars if bar.number > 0]
    for first in range(0, min(len(bars) - BARS, MOST_WINDOWS * BARS) + 1, BARS):
        found = score.slice_ticks(bars[first].start, bars[first + BARS - 1].end)
        if found.note_count >= FEWEST_NOTES:
            yield found


@dataclass(frozen=True)
class Examples:
    """Stretches of training tunes: what each is like, whether it is folk, and of which tune it is."""

    rows: Floats
    is_folk: NDArray[np.bool_]
    tunes: NDArray[np.int64]


def examples(songs: Store, folk: Store) -> Examples:
    """Read the training tunes, as many of both kinds."""
    rng = np.random.default_rng(0)
    sets = [
        [each for each in songs.pieces("train") if each.source == SONGS],
        [each for each in folk.pieces("train") if each.form == "written"],
    ]
    fewest = min(map(len, sets))
    rows, labels, tunes = [], [], []
    for label, (store, records) in enumerate(zip((songs, folk), sets, strict=True)):
        for place in rng.permutation(len(records))[:fewest].tolist():
            for stretch in windows(decode(store.events(records[place]), store.vocabulary)):
                rows.append(features(stretch))
                labels.append(bool(label))
                tunes.append(label * fewest + place)
    return Examples(np.array(rows), np.array(labels), np.array(tunes))


def make_judge(known: Examples) -> tuple[Any, float]:
    """Fit the judge, and return it with the share of stretches that it is right about when their tunes are held out."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GroupKFold, cross_val_score

    forest = RandomForestClassifier(
        TREES, min_samples_leaf=3, class_weight="balanced", random_state=0
    )
    folds = GroupKFold(FOLDS)
    right = cross_val_score(forest, known.rows, known.is_folk, groups=known.tunes, cv=folds)
    return forest.fit(known.rows, known.is_folk), float(right.mean())


# -- the prompts -------------------------------------------------------------------------


def cut(name: str, score: Score) -> Prompt | None:
    """Return the first bars in which a melody sounds and the ones behind them; None where there are too few."""
    bars = [bar for bar in score.bars if bar.number > 0]
    onsets = [note.onset for note in score.parts[0].notes]
    first = next(
        (i for i, bar in enumerate(bars) if any(bar.start <= at < bar.end for at in onsets)), 0
    )
    if len(bars) < first + 2 * BARS:
        return None
    start, middle, end = (bars[first + n * BARS - (n > 0)] for n in range(3))
    given = score.slice_ticks(start.start, middle.end)
    follows = score.slice_ticks(middle.end, end.end)
    enough = min(given.note_count, follows.note_count) >= FEWEST_NOTES
    return Prompt(name, given, follows) if enough else None


def store_prompts(store: Store, split: str, source: str = "") -> Iterator[Prompt]:
    """Yield prompts of the melodies of a split."""
    for record in store.pieces(split):
        if record.form == "written" and record.source.startswith(source):
            found = cut(record.title, decode(store.events(record), store.vocabulary))
            if found is not None:
                yield found


def pop_prompts(archive: Path) -> Iterator[Prompt]:
    """Yield prompts of the melodies of POP909, on their beats."""
    with zipfile.ZipFile(archive) as file:
        for name in sorted(each for each in file.namelist() if each.endswith(".mid")):
            song = Path(name).stem
            beats = np.loadtxt(io.BytesIO(file.read(f"ann/{song}/beat_midi.txt")))
            downbeats = np.flatnonzero(beats[:, 2] == 1)
            if set(np.diff(downbeats).tolist()) == {4}:
                melody = on_beats(load_score(file.read(name)), beats[:, 0], int(downbeats[0]))
                found = cut(song, melody)
                if found is not None:
                    yield found


def on_beats(score: Score, beats: Floats, first: int) -> Score:
    """Return the melody with its notes on twelfths of the beats, the first bar at the first downbeat."""
    (part,) = (part for part in score.parts if part.name == "MELODY")
    # A note may be played a little before the first beat that was found.
    beats = np.concatenate([[2 * beats[0] - beats[1]], beats])
    numbers = np.arange(len(beats)) - first - 1

    def step(tick: int) -> int:
        return round(STEPS * float(np.interp(score.seconds(tick), beats, numbers)))

    notes = [
        Note(step(note.onset), note.pitch, max(1, step(note.end) - step(note.onset)), note.velocity)
        for note in part.notes
        if step(note.onset) >= 0
    ]
    tempo = TempoChange.of_bpm(0, 60 / float(np.median(np.diff(beats))))
    return Score((Part(tuple(notes), name=part.name),), STEPS, tempos=(tempo,))


# -- what is measured --------------------------------------------------------------------


def notes_of_bars(table: NoteTable) -> list[tuple[tuple[int, int], ...]]:
    """Return where in each bar which pitches begin."""
    return [tuple((place, pitch) for place, pitch, _ in bar) for bar in table.bar_contents()]


def figures(stretches: Sequence[tuple[Score, Score]], judge: Any) -> Floats:
    """Return the figures of 8 bars each behind a prompt, shape (stretches, figures)."""
    is_folk = judge.predict([features(bars) for bars, _ in stretches])
    counted = [counts(bars, prompt) for bars, prompt in stretches]
    return np.column_stack([np.asarray(is_folk, np.float64), np.array(counted)])


def counts(bars: Score, prompt: Score) -> list[float]:
    """Return what needs no judge."""
    table, known = note_table(bars).top_line(), set(notes_of_bars(note_table(prompt)))
    sounding = [bar for bar in notes_of_bars(table) if bar]
    return [
        len(table) / BARS,
        float(1 - table.duration.sum() / table.bar_steps.sum()),
        sum(bar in known for bar in sounding) / len(sounding) if sounding else np.nan,
    ]


def continued(prompt: Prompt, seed: int, name: str | None, keep: Path | None) -> tuple[Score, str]:
    """Continue a prompt as a user gets it; return the new bars and the name of the model."""
    model = load(name or choose_by_notes(Tune(prompt.score), None, load).name)
    take = next(iter(model.continuations(prompt.score, seed=seed)))
    if keep:
        symgen.save_score(take.score, keep / f"{seed:03d}.mid", overwrite=True)
    return take.new_bars(), model.name


@lru_cache
def load(name: str) -> symgen.Model:
    """Load a model once."""
    return symgen.load_model(name)


def rows(label: str, prompts: Sequence[Prompt], judge: Any, options: Any) -> Iterator[list[object]]:
    """Yield the rows of a set: what is true, and what is made."""
    weights = resamples(len(prompts), RESAMPLES, 0, f"melody styles {label}")
    keep = options.keep / label if options.keep else None
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    true = figures([(each.follows, each.score) for each in prompts], judge)
    yield [f"{label}: {len(prompts)}, true", *cells(true, weights), ""]
    made = [continued(each, seed, options.model, keep) for seed, each in enumerate(prompts)]
    ours = figures([(new, p.score) for (new, _), p in zip(made, prompts, strict=True)], judge)
    names = ", ".join(
        f"{name} {count}" for name, count in Counter(name for _, name in made).most_common()
    )
    yield [f"{label}: made", *cells(ours, weights), names]


def cells(found: Floats, weights: Floats) -> Iterable[str]:
    """Write the means of figures."""
    return map(show_estimate, mean_estimates(found, weights))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", type=Path, help="the store of the model of songs")
    parser.add_argument("folk", type=Path, help="the store of the model of folk tunes")
    parser.add_argument("--pop", type=Path, help="pop909.zip")
    parser.add_argument("--count", type=int, default=100, help="most tunes of a set")
    parser.add_argument("--split", default="test", choices=("valid", "test"))
    parser.add_argument("--model", help="the one that continues (default: the one that fits)")
    parser.add_argument("--keep", type=Path, help="folder for the pieces")
    options = parser.parse_args(arguments)
    songs, folk = Store.open(options.songs), Store.open(options.folk)
    judge, right = make_judge(examples(songs, folk))
    print(
        f"judge: right about {right:.3f} of the stretches of tunes that it has not learned from\n"
    )
    sets = {
        "songs": store_prompts(songs, options.split, SONGS),
        "folk": store_prompts(folk, options.split),
        "pop": pop_prompts(options.pop) if options.pop else iter(()),
    }
    table: list[list[object]] = []
    for label, found in sets.items():
        prompts = [prompt for prompt, _ in zip(found, range(options.count), strict=False)]
        if prompts:
            table += rows(label, prompts, judge, options)
    print_table(["continued by 8 bars", *FIGURES, "models"], table)
    return 0
