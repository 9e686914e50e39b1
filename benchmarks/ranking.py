"""Single takes beside those kept out of several, in one table, and what a kept piece costs.

    python benchmarks/ranking.py MODEL STORE [--count 300] [--candidates 16] [--work FOLDER]

For each real tune of the test split so many takes are drawn of the same bars (pickup too), metre, key, style and parts;
kept is one of the first 1, 4, 16, 64 of them, drawn in proportion to its odds, as `--candidates` does. AUC is that of
classifiers trained and cross-validated on these real tunes and the kept takes: logistic regression and random forest on
the features that the ranking uses too, and a GRU on the notes. `--work` keeps the takes as MIDI files, so that a run
that was cut off goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import Tune, print_table
from discriminator import FIRST_SEED, SEEDS, chosen_pieces, real_score
from samples import MEAN_NAMES, Row, distances

import symgen
from symgen.corpus import PieceRecord, Store
from symgen.evaluation import mean_metrics
from symgen.generator import Generator, load_model
from symgen.sampling.seeds import candidate_seeds, resample
from symgen.theory import find_key

SIZES = (1, 4, 16, 64)
FEWEST_FOR_GRU = 20


@dataclass(frozen=True)
class Group:
    """The takes of one tune, in the order in which they are drawn, with their judgements.

    `seconds` is the time of a take with its judgement, 0 where it was not drawn anew; `seed` that of the piece.
    """

    real: Tune
    takes: tuple[symgen.Score, ...]
    odds: tuple[float, ...]
    seconds: float
    seed: int = 0

    def kept(self, size: int) -> Tune:
        """Return one of the first takes."""
        return Tune(self.real.name, self.takes[resample(self.odds[:size], self.seed)], self.real.key, self.real.style)


def make_group(
    model: Generator, store: Store, piece: tuple[int, PieceRecord], candidates: int, work: Path | None
) -> Group:
    """Draw and judge the takes of one tune."""
    place, record = piece
    score = real_score(store, record)
    notes = score.note_array()
    key = record.header.key or find_key(notes[:, 2].tolist(), notes[:, 1].tolist())
    takes, drawn, began = [], 0, time.process_time()
    seed = FIRST_SEED["test"] + SEEDS * place
    for number, one in enumerate(candidate_seeds(seed, candidates)):
        path = work / f"{place:05}-{number:03}.mid" if work else None
        if path and path.is_file():
            takes.append(symgen.load_score(path))
            continue
        takes.append(model.take_like(record.header, seed=one).score)
        drawn += 1
        if path:
            symgen.save_score(takes[-1], path)
    odds = model.discriminator().judge(takes, [key] * candidates)
    seconds = (time.process_time() - began) / candidates if drawn == candidates else 0.0
    return Group(Tune(record.title, score, key, record.header.style), tuple(takes), tuple(odds.tolist()), seconds, seed)


def note_area(kept: list[Tune], real: list[Tune]) -> tuple[float, float]:
    """Area of a GRU on the notes that tells real from kept, and its floor."""
    from symgen.evaluation.judges import judge_sets
    from symgen.evaluation.pieces import Piece

    ours, theirs = ([Piece(f"{i}", tune.score) for i, tune in enumerate(tunes)] for tunes in (kept, real))
    area, floor = judge_sets("gru", theirs, ours, seed=0, resamples=100)
    return area.value, floor.value


def column(kept: list[Tune], real: list[Tune]) -> tuple[list[float], list[float]]:
    """Figures of the kept takes, and those of the real tunes beside them, by the names of `labels`."""
    means = [mean_metrics([t.score for t in tunes], [t.key for t in tunes]) for tunes in (kept, real)]
    ours, theirs = ([mean[name] for name in MEAN_NAMES] for mean in means)
    for rows in distances(kept, real):
        theirs += [float(row[1]) for row in rows]  # type: ignore[arg-type]
        ours += [float(row[2]) for row in rows]  # type: ignore[arg-type]
    if len(real) >= FEWEST_FOR_GRU:
        area, floor = note_area(kept, real)
        ours.append(area)
        theirs.append(floor)
    return ours, theirs


def labels() -> list[str]:
    """Names of the rows."""
    from samples import AUC_NAMES, KL_NAMES

    return [*MEAN_NAMES.values(), *KL_NAMES.values(), *AUC_NAMES.values(), "AUC real or not, GRU on the notes"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="name or folder")
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument("--work", type=Path, default=None)
    options = parser.parse_args()
    model, store = load_model(options.model), Store.open(options.store)
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    groups = []
    for number, piece in enumerate(chosen_pieces(store, "test", options.count), 1):
        groups.append(make_group(model, store, piece, options.candidates, options.work))
        if number % 10 == 0:
            print(f"{number} tunes", file=sys.stderr, flush=True)
    sizes = [size for size in SIZES if size <= options.candidates]
    real = [group.real for group in groups]
    columns = [column([group.kept(size) for group in groups], real) for size in sizes]
    rows: list[Row] = [
        [label, *cells] for label, *cells in zip(labels(), columns[0][1], *(c for c, _ in columns), strict=False)
    ]
    fresh = [group.seconds for group in groups if group.seconds]
    if fresh:
        rows.append(["CPU seconds a kept piece", "", *(size * float(np.mean(fresh)) for size in sizes)])
    print_table([f"{len(groups)} tunes each", "real", *(f"one of {size}" for size in sizes)], rows)
    print("\nReal column of KL and AUC: one half of the real tunes against the other, the floor.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
