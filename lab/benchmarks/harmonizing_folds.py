"""How often chords that are found for melodies have the root of the printed ones, each song measured once.

    python -m lab harmonizing-folds SONGS [--seconds 40] [--members 2] [--keep FOLDER]
    python -m lab harmonizing-folds SONGS --shipped

SONGS: a zip or folder of MusicXML lead sheets (OpenEWLD). Titles fall to five folds by their hash; for each fold,
networks learn from the four others, for so many CPU seconds each. Compared are the halves of each bar: of each half the
chord that sounds longest in it, printed and found, where one is printed. Beat: the same beat by beat. Clash is the
share of the time of the melody, beside each tone of its chords, in which the two are a semitone or a major seventh
apart; clash above is the share of the time in which the melody is a semitone above a tone of its chord. Beside the best
row of chords stands, of each half bar, the likeliest root over all rows, forward and backward (Rabiner 1989), with log
chances times .7. Intervals: 95 %, bootstrap over songs. What is kept in a folder is not trained again. The harmonizer
that comes along is measured on the fold that is held out from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table, show_estimate
from lab.benchmarks.harmonizing import (
    FOLDS,
    LeadSheet,
    chords_by_beat,
    clash_times,
    fold_of,
    lead_sheets,
)
from lab.commands import command_parser
from lab.shipping.train_harmonizer import examples_of, trained
from symgen.evaluation.bootstrap import ratio_estimate, resamples
from symgen.harmonizer.checkpoint import (
    QUALITIES,
    HarmonizerConfig,
    HarmonizerModel,
    read_harmonizer,
    save_harmonizer,
)
from symgen.harmonizer.choosing import Wish, choose_chords, weigh_chords
from symgen.harmonizer.inference import InferenceHarmonizer, shipped_harmonizer
from symgen.harmonizer.melody import MelodyBeats
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord, chord_beats, only_changes
from symgen.music.keys import infer_key
from symgen.music.score import Score

__all__ = ["expected_chords", "half_bars", "main"]

Floats = NDArray[np.float64]

_RESAMPLES = 1000
# Chosen on training songs, in three parts.
_COLDER = 0.7
_TINY = np.finfo(np.float64).tiny


# -- the likeliest root of each half bar -------------------------------------------------


def expected_chords(score: Score, harmonizer: InferenceHarmonizer) -> tuple[PlacedChord, ...]:
    """Return the likeliest root of each half bar over all rows of chords, and its likeliest quality."""
    key = infer_key(score)
    melody = MelodyBeats.of(score, score.parts[0].notes, key)
    weighed = weigh_chords(harmonizer, melody, key, Wish())
    fit, follows, changes = (_COLDER * each for each in weighed)
    chances = _chances(fit, follows, changes)
    lines = np.flatnonzero(np.exp(changes) > 0)
    found = []
    for first, part in zip(lines.tolist(), np.split(chances, lines[1:]), strict=True):
        states = part.sum(axis=0).reshape(12, QUALITIES)
        root = int(states.sum(axis=1).argmax())
        quality = PLAN_QUALITIES[int(states[root].argmax())]
        tick = int(melody.starts[first])
        found.append(PlacedChord(tick, (root + melody.tonic) % 12, quality))
    return only_changes(found)


def _chances(fit: Floats, follows: Floats, changes: Floats) -> Floats:
    """Return the chance of each state on each beat over all rows, shape (beats, states)."""
    passes = np.exp(follows)
    np.fill_diagonal(passes, 0.0)
    ahead = _summed(fit, passes, changes)
    # Backward is forward from the other end; a change belongs to the beat that it leads to.
    behind = _summed(fit[::-1], passes.T, np.append(0.0, changes[:0:-1]))[::-1]
    both = ahead + behind - fit
    chances = np.exp(both - both.max(axis=1, keepdims=True))
    found: Floats = chances / chances.sum(axis=1, keepdims=True)
    return found


def _summed(fit: Floats, passes: Floats, changes: Floats) -> Floats:
    """Sum up all rows that end in each state, beat by beat, as log chances."""
    total = fit[0]
    rows = [total]
    for beat in range(1, len(fit)):
        top = total.max()
        here = np.exp(total - top)
        summed = here + (here @ passes) * np.exp(changes[beat])
        total = np.log(np.maximum(summed, _TINY)) + top + fit[beat]
        rows.append(total)
    return np.array(rows)


# -- measures ----------------------------------------------------------------------------


def half_bars(score: Score, chords: Sequence[PlacedChord]) -> list[PlacedChord | None]:
    """Return the chord that sounds longest in each half of each bar, the earlier of two as long."""
    ends = [*(chord.at for chord in chords[1:]), score.bars[-1].end]
    found = []
    for bar in score.bars:
        middle = bar.start + bar.length // 2
        for start, stop in ((bar.start, middle), (middle, bar.end)):
            times: dict[PlacedChord, int] = defaultdict(int)
            for chord, end in zip(chords, ends, strict=True):
                time = min(end, stop) - max(chord.at, start)
                if time > 0:
                    times[PlacedChord(0, chord.root, chord.quality)] += time
            longest = max(times, key=times.__getitem__, default=None)
            found.append(longest if longest is not None and longest.is_chord else None)
    return found


FIGURES = ("root", "root and quality", "beat", "clash", "clash above", "changes a bar")


def _song(sheet: LeadSheet, chords: Sequence[PlacedChord]) -> Floats:
    """Return of a song what counts for each figure, and out of how much, shape (figures, 2)."""
    score = sheet.score
    starts, _, _ = chord_beats(score.bars, score.resolution)
    halves = zip(half_bars(score, chords), half_bars(score, sheet.chords), strict=True)
    named = [(mine, theirs) for mine, theirs in halves if theirs is not None]
    mine = chords_by_beat(chords, starts)
    beats = [
        (ours, theirs)
        for ours, theirs in zip(mine, chords_by_beat(sheet.chords, starts), strict=True)
        if theirs is not None
    ]
    return np.array([
        (sum(ours is not None and ours.root == theirs.root for ours, theirs in named), len(named)),
        (sum(ours == theirs for ours, theirs in named), len(named)),
        (sum(ours is not None and ours.root == theirs.root for ours, theirs in beats), len(beats)),
        clash_times(score, starts, mine),
        _above(score, starts, mine),
        (len(chords), len(score.bars)),
    ])  # fmt: skip


def _above(
    score: Score, starts: NDArray[np.int64], chords: Sequence[PlacedChord | None]
) -> tuple[float, float]:
    """Return how long the melody lies a semitone above a tone of its chord, and how long it sounds beside one."""
    ends = [*starts[1:].tolist(), score.bars[-1].end]
    above = total = 0.0
    for note in score.parts[0].notes:
        for start, end, chord in zip(starts.tolist(), ends, chords, strict=True):
            time = min(end, note.end) - max(start, note.onset)
            if chord is not None and time > 0:
                total += time
                above += time * ((note.pitch - 1) % 12 in chord.pitch_classes)
    return above, total


# -- the folds ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Training:
    """How the networks of a fold are trained, and where they are kept."""

    seconds: float
    members: int
    keep: Path | None


def _networks(sheets: Sequence[LeadSheet], training: Training) -> Iterator[InferenceHarmonizer]:
    """Train, or read, the networks of each fold."""
    examples = examples_of(sheets)
    folds = [fold_of(sheet.title) for sheet in sheets]
    for fold in range(FOLDS):
        others = [each for each, its in zip(examples, folds, strict=True) if its != fold]
        weights: dict[str, NDArray[np.float32]] = {}
        for member in range(training.members):
            kept = training.keep and training.keep / f"fold-{fold}-{member}"
            if kept and kept.exists():
                model = read_harmonizer(kept)
            else:
                config = HarmonizerConfig()
                net = trained(others, config, seconds=training.seconds, seed=member)
                values = {f"0.{name}": value.numpy() for name, value in net.state_dict().items()}
                model = HarmonizerModel(config, values, {"name": f"fold {fold}"})
                if kept:
                    save_harmonizer(model, kept)
            weights |= {
                f"{member}{name.removeprefix('0')}": value for name, value in model.weights.items()
            }
        yield InferenceHarmonizer(HarmonizerConfig(members=training.members), weights)


def main(arguments: Sequence[str]) -> int:
    """Train and measure."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", type=Path)
    parser.add_argument("--seconds", type=float, default=40.0, help="CPU seconds for each network")
    parser.add_argument("--members", type=int, default=2, help="networks that are averaged")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the networks, read if they are there"
    )
    parser.add_argument(
        "--shipped", action="store_true", help="measure the harmonizer that comes along, train none"
    )
    options = parser.parse_args(arguments)
    sheets = list(lead_sheets(options.songs))
    training = Training(options.seconds, options.members, options.keep)
    networks = [shipped_harmonizer()] if options.shipped else _networks(sheets, training)
    _print_folds(sheets, networks)
    return 0


def _print_folds(sheets: Sequence[LeadSheet], networks: Iterable[InferenceHarmonizer]) -> None:
    """Print what the network of each fold, from the first one on, finds for the songs of the fold."""
    found: dict[str, list[Floats]] = defaultdict(list)
    for fold, network in enumerate(networks):
        for sheet in (each for each in sheets if fold_of(each.title) == fold):
            score = sheet.score
            best = choose_chords(
                score, score.parts[0].notes, infer_key(score), Wish(), harmonizer=network
            )
            found["as printed"].append(_song(sheet, sheet.chords))
            found["the best row"].append(_song(sheet, best))
            found["the likeliest roots"].append(_song(sheet, expected_chords(score, network)))
    count = len(found["as printed"])
    weights = resamples(count, _RESAMPLES, 0, "harmonizing")
    rows = []
    for name, songs in found.items():
        counts = np.array(songs)
        cells = [
            ratio_estimate(counts[:, i, 0], counts[:, i, 1], weights) for i in range(len(FIGURES))
        ]
        rows.append([name, *map(show_estimate, cells)])
    print_table([f"{count} songs", *FIGURES], rows)
