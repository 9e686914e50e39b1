"""Tell continuations of bands from true ones, by judges that know none of the sampler's rules.

    python -m lab band-judge STORE [--files FOLDER] [--model band] [--splits valid test] [--windows 6] [--seeds 2]
        [--candidates 1] [--resamples 1000] [--telling 20] [--keep FOLDER]

STORE is a store of pieces with drums; with `--files` windows are cut out of the files that it was made from. A window
is 8 bars of a held-out piece, with the 8 after them as the true continuation; the model continues the same 8 bars. As
real music repeats its bars more or less often than a model, windows are compared in pairs, one true and one ours, whose
shares of literal bars are about the same, of pitched parts and of drums. A random forest and a logistic regression see
harmony, rhythm and texture of the new bars (`lab.benchmarks.band_traits`) and how they differ from the prompt's, a GRU
the notes of the new bars. All windows of a piece, and of its versions, are held out together. Printed: the area under
the ROC curve and its floor, true windows from other true ones; what the new bars share with the training pieces; and
what tells most. `--keep` keeps the music, so that a run that was cut off goes on.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.band_continuations import BARS, cut_windows, pieces, title
from lab.benchmarks.band_traits import BandTraits, Traits, band_notes, changes
from lab.benchmarks.common import print_table, show_estimate
from lab.benchmarks.copies import print_roles
from lab.commands import command_parser
from lab.stretches import stretch
from symgen.corpus import Store
from symgen.evaluation.judges import JUDGES, judge_sets, make_folds, needed_pieces
from symgen.evaluation.pieces import Piece
from symgen.evaluation.table import note_table
from symgen.music.score import Part, Score

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Most by which the shares of a pair differ, both kinds together; a pair of one piece counts as so much nearer.
FARTHEST, SAME_PIECE = 0.3, 0.05
TREES, MOST_USED = 300, 60


def new_bars(score: Score) -> Score:
    """Return what stands behind the prompt."""
    bars = score.bars
    return stretch(score, bars[BARS].start, bars[2 * BARS - 1].end)


def literal_shares(score: Score) -> Floats:
    """Share of the new bars of a part that equal one of its prompt: of pitched parts, and of drums; shape (2,)."""
    found = []
    for is_drum in (False, True):
        parts = [part for part in score.parts if part.is_drum == is_drum]
        told = [each for part in parts for each in _literal(score, part)]
        found.append(float(np.mean(told)) if told else np.nan)
    return np.array(found)


def _literal(score: Score, part: Part) -> list[bool]:
    table = note_table(score.with_parts([part]), drums=True)
    bars = [frozenset((place, pitch) for place, pitch, _ in bar) for bar in table.bar_contents()]
    return [bar in bars[:BARS] for bar in bars[BARS : 2 * BARS] if bar]


def matched(true: Sequence[Piece], ours: Sequence[Piece]) -> tuple[Ints, Ints]:
    """Pair windows with about the same literal shares; returns places in both, shape (pairs,) each."""
    from scipy.optimize import linear_sum_assignment

    shares = [
        np.array([literal_shares(each.score) for each in windows]).reshape(len(windows), 2)
        for windows in (true, ours)
    ]
    one, other = shares[0][:, None], shares[1][None]
    apart = np.where(np.isnan(one) & np.isnan(other), 0.0, np.abs(one - other))
    cost = np.nan_to_num(apart, nan=1.0).sum(axis=2)
    away = np.array([[a.group != b.group for b in ours] for a in true]).reshape(cost.shape)
    first, second = linear_sum_assignment(cost + SAME_PIECE * away)
    near = cost[first, second] <= FARTHEST
    return first[near], second[near]


@cache
def _described(score: Score) -> Traits:
    old, new = stretch(score, 0, score.bars[BARS].start), new_bars(score)
    return changes(BandTraits(old, BARS).named(), BandTraits(new, BARS).named())


def traits_of(piece: Piece) -> Floats:
    """Return what the forest sees."""
    found: Floats = np.array(list(_described(piece.score).values()), np.float64)
    return found


def notes_of(piece: Piece) -> Ints:
    """Return what the GRU sees."""
    return band_notes(new_bars(piece.score))


def telling(true: Sequence[Piece], ours: Sequence[Piece], most: int) -> list[list[object]]:
    """Rows of what a forest misses most: a trait and its change are shuffled among pieces that it has not seen."""
    every, labels = [*true, *ours], np.repeat([0, 1], [len(true), len(ours)])
    rows = np.stack([traits_of(piece) for piece in every])
    folds = make_folds(every, labels, 0)
    lost = [_lost(rows, labels, folds == fold) for fold in np.unique(folds)]
    mean = np.mean([each for each in lost if each is not None], axis=0)
    names = list(_described(every[0].score))
    real, made = rows[labels == 0].mean(axis=0), rows[labels == 1].mean(axis=0)
    half = len(mean)
    return [
        [names[i], *map(float, (mean[i], real[i], made[i], real[i + half], made[i + half]))]
        for i in np.argsort(-mean, kind="stable")[:most]
    ]


def _lost(rows: Floats, labels: Ints, asked: NDArray[np.bool_]) -> Floats | None:
    """Return the area that a forest loses of some pieces by each shuffled trait, or nothing if all have one label."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    if len(np.unique(labels[asked])) < 2 or len(np.unique(labels[~asked])) < 2:
        return None
    forest = RandomForestClassifier(TREES, random_state=0).fit(rows[~asked], labels[~asked])

    def area(some: Floats) -> float:
        return float(roc_auc_score(labels[asked], forest.predict_proba(some)[:, 1]))

    half, rng, usual = rows.shape[1] // 2, np.random.default_rng(0), area(rows[asked])
    used = forest.feature_importances_[:half] + forest.feature_importances_[half:]
    lost = np.zeros(half)
    # Others are hardly asked.
    for number in np.argsort(-used, kind="stable")[:MOST_USED]:
        shuffled, columns = rows[asked].copy(), [number, number + half]
        shuffled[:, columns] = shuffled[rng.permutation(len(shuffled))][:, columns]
        lost[number] = usual - area(shuffled)
    return lost


@dataclass(frozen=True)
class Bench:
    """What makes continuations, and where they are kept."""

    model: symgen.Model
    folder: Path
    seeds: int
    candidates: int

    def true(self, name: str, group: str, whole: Score) -> Piece:
        """Return a true window."""
        return Piece(name, self._kept(f"{name}-true", lambda: whole), group)

    def ours(self, name: str, group: str, prompt: Score) -> Iterator[Piece]:
        """Yield continuations of a prompt."""
        path, asked = self.folder / f"{name}-prompt.mid", symgen.Controls(bars=BARS)
        symgen.save_score(prompt, path, overwrite=True)
        for seed in range(self.seeds):

            def continued(one: int = seed) -> Score:
                takes = self.model.continuations(
                    path, seed=one, controls=asked, candidates=self.candidates
                )
                return next(iter(takes)).score

            yield Piece(name, self._kept(f"{name}-{seed}", continued), group)

    def _kept(self, name: str, make: Callable[[], Score]) -> Score:
        """Read a piece that is kept, or write it."""
        path = self.folder / f"{name}.mid"
        if not path.is_file():
            symgen.save_score(make(), path)
        return symgen.load_score(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument(
        "--files", type=Path, help="folder of the files that the store was made from"
    )
    parser.add_argument("--model", default="band")
    parser.add_argument("--splits", nargs="+", default=["valid", "test"])
    parser.add_argument("--windows", type=int, default=6, help="most windows of a piece")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=1, help="takes of which one is chosen")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--telling", type=int, default=20, help="rows of what tells most")
    parser.add_argument("--keep", type=Path, help="folder for the music")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        model = symgen.load_model(options.model)
        bench = Bench(model, folder, options.seeds, options.candidates)
        every = pieces(Store.open(options.store), options.splits, options.files)
        true: list[Piece] = []
        ours: list[Piece] = []
        for number, (locator, score) in enumerate(every):
            for place, (prompt, whole) in enumerate(cut_windows(score, options.windows)):
                name, group = f"{number:03d}-{place}", title(locator)
                true.append(bench.true(name, group, whole))
                ours += bench.ours(name, group, prompt)
    first, second = matched(true, ours)
    if len(first) < needed_pieces:
        found = f"{len(first)} pairs of windows; {needed_pieces} are needed"
        raise SystemExit(f"{options.store}: {found}")
    real, made = [true[i] for i in first], [ours[i] for i in second]
    print_shares(true, ours, real, made)
    print_areas(real, made, options.resamples)
    if index := model.copy_index():
        sets = {"true": real, "ours": made}
        new = {name: [new_bars(each.score) for each in some] for name, some in sets.items()}
        print_roles(new, index)
        print()
    columns = ["AUC lost without", "true", "ours", "change, true", "change, ours"]
    print_table(["what tells most", *columns], telling(real, made, options.telling))
    return 0


def print_areas(true: Sequence[Piece], ours: Sequence[Piece], resamples: int) -> None:
    """Print how well each judge tells ours from true ones, and true ones from each other."""
    rows = []
    for name in JUDGES:
        seen = notes_of if name == "gru" else traits_of
        area, floor = judge_sets(name, true, ours, seed=0, resamples=resamples, kind=seen)
        rows.append([name, show_estimate(area), show_estimate(floor)])
    count = len({each.group for each in true})
    title = f"{len(true)} pairs of windows of {count} pieces"
    print_table([title, "AUC, true or ours", "floor, true or true"], rows)
    print()


def print_shares(*groups: Sequence[Piece]) -> None:
    """Print the literal shares of all windows, and of those that are matched."""
    names = ("true", "ours", "true, matched", "ours, matched")
    shares = [
        np.nanmean([literal_shares(each.score) for each in windows], axis=0) for windows in groups
    ]
    rows = [
        [name, len(some), *map(float, share)]
        for name, some, share in zip(names, groups, shares, strict=True)
    ]
    print_table(["literal bars", "windows", "pitched", "drums"], rows)
    print()
