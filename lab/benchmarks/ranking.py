"""Single takes beside those kept out of several, in one table, and what a kept piece costs.

    python -m lab ranking MODEL STORE [--count 300] [--candidates 16] [--features melody|voices]
                                 [--work FOLDER] [--half]

For each real tune of the test split so many takes are drawn of the same bars (pickup too), meter, key, style and parts;
kept is one of the first 1, 4, 16, 64 of them, drawn in proportion to its odds, as `--candidates` does. AUC is that of
the classifiers of `symgen evaluate`, trained and cross-validated on these real tunes and the kept takes: logistic
regression and random forest on features of the melody or of all voices, and a GRU on the notes. A real tune, its takes
and other versions of the same work are held out together. `--work` keeps the takes as MIDI files, so that a run that
was cut off goes on. With `--candidates 1` the model needs no discriminator. With `--half` each take begins with the
first half of its real tune.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import Tune, print_table
from lab.benchmarks.tune_metrics import mean_metrics
from lab.commands import command_parser
from lab.shipping.train_discriminator import (
    FIRST_SEED,
    SEEDS,
    chosen_pieces,
    kind_of,
    real_score,
    sample,
)
from symgen.corpus import PieceRecord, Store
from symgen.evaluation.distances import divergences
from symgen.evaluation.judges import judge_sets, needed_pieces
from symgen.evaluation.metrics import (
    LAGS,
    LONG_LOOP,
    loop_bars,
    repeated_share,
    self_similarity,
)
from symgen.evaluation.pieces import Piece
from symgen.evaluation.slices import cut
from symgen.music.keys import find_key
from symgen.sampling.seeds import candidate_seeds, resample
from symgen.writing.model import Model, load_model

SIZES = (1, 4, 16, 64)
MEAN_NAMES = {
    "notes_per_bar": "notes per bar",
    "repeated_bars": "bars that repeat an earlier bar",
    "similarity_1": "self-similarity at lag 1",
    "similarity_2": "lag 2",
    "similarity_4": "lag 4",
    "similarity_8": "lag 8",
    "similarity_16": "lag 16",
    "long_loop": "tunes with a literal loop of 8+ bars",
    "empty_bars": "empty bars",
    "ends_on_tonic": "last note = tonic",
    "notes_in_key": "notes in the key",
    "pitch_class_entropy": "pitch-class entropy (bits)",
    "scale_consistency": "scale consistency",
}
TOP_LINE = ("repeated_bars", *(f"similarity_{lag}" for lag in LAGS), "long_loop")
"""Measured on the top line alone too, where there are several voices: all of them seldom repeat at once."""
KL_NAMES = {
    "kl_pitch_class": "KL pitch class (bits)",
    "kl_interval": "KL interval (bits)",
    "kl_duration": "KL duration (bits)",
    "kl_place": "KL place in the bar (bits)",
}
AUC_NAMES = {
    "logistic": "AUC real or not, logistic regression",
    "forest": "AUC real or not, random forest",
    "gru": "AUC real or not, GRU on the notes",
}
FEATURES = {"melody": "the melody", "voices": "all voices"}
Figures = dict[str, float]


@dataclass(frozen=True)
class Group:
    """The takes of one tune, in the order in which they are drawn, with their judgments.

    `work` is what versions of the real tune share; `seconds` is the time of a take with its judgment, 0 where it was
    not drawn anew; `seed` that of the piece.
    """

    real: Tune
    work: str
    takes: tuple[symgen.Score, ...]
    odds: tuple[float, ...]
    seconds: float
    seed: int = 0

    def kept(self, size: int) -> Tune:
        """Return one of the first takes."""
        return Tune(
            self.real.name,
            self.takes[resample(self.odds[:size], self.seed)],
            self.real.key,
            self.real.style,
        )


def make_group(
    model: Model,
    store: Store,
    piece: tuple[int, PieceRecord],
    candidates: int,
    work: Path | None,
    *,
    half: bool = False,
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
        takes.append(sample(model, store, record, one, half=half))
        drawn += 1
        if path:
            symgen.save_score(takes[-1], path)
    odds = (
        model.discriminator(continuing=half).judge(takes, [key] * candidates).tolist()
        if candidates > 1
        else [0.0]
    )
    seconds = (time.process_time() - began) / candidates if drawn == candidates else 0.0
    real = Tune(record.title, score, key, record.header.style)
    return Group(real, f"group {record.group}", tuple(takes), tuple(odds), seconds, seed)


# -- figures -----------------------------------------------------------------------------


def top_line_means(scores: Sequence[symgen.Score]) -> Figures:
    """Repetition in the notes that are the highest that sound when they begin, as `mean_metrics` averages it."""
    slices = [cut(score) for score in scores]
    tops = [one.line(one.highest).bar_contents() for one in slices]
    found = {"repeated_bars": [repeated_share(bars) for bars in tops]}
    found |= {
        f"similarity_{lag}": [self_similarity(bars, lag) for bars in tops if len(bars) > lag]
        for lag in LAGS
    }
    found["long_loop"] = [float(loop_bars(bars) >= LONG_LOOP) for bars in tops]
    return {
        f"top_{name}": float(np.mean(values)) if values else 0.0 for name, values in found.items()
    }


def row_names(kind: str) -> dict[str, str]:
    """Labels of the rows of means and divergences; of several voices they say which are meant."""
    if kind == "melody":
        return MEAN_NAMES | KL_NAMES
    found: dict[str, str] = {}
    for name, label in MEAN_NAMES.items():
        label = (
            label
            if not name.startswith("similarity")
            else f"self-similarity at lag {name.split('_')[1]}"
        )
        found[name] = f"all voices: {label}" if name in TOP_LINE else label
    found["ends_on_tonic"] = "highest note of the last onset = tonic"
    tops = {f"top_{name}": found[name].replace("all voices", "top line") for name in TOP_LINE}
    return found | tops | KL_NAMES | {"kl_interval": "KL interval of the highest notes (bits)"}


def means(tunes: Sequence[Tune], kind: str) -> Figures:
    """Figures of a set by the names of `row_names`."""
    scores, keys = [tune.score for tune in tunes], [tune.key for tune in tunes]
    found = mean_metrics(scores, keys)
    if kind == "melody":
        return found
    return found | top_line_means(scores)


def kl(sampled: Sequence[Tune], real: Sequence[Tune]) -> Figures:
    """Divergences of the sampled notes from the real ones."""
    columns = [
        [t.score for t in sampled],
        [t.key for t in sampled],
        [t.score for t in real],
        [t.key for t in real],
    ]
    return divergences(*columns)  # type: ignore[arg-type]


def judged(kept: Sequence[Piece], real: Sequence[Piece], kind: str) -> tuple[Figures, Figures]:
    """Areas of the classifiers that tell kept from real pieces, and their floors."""
    areas: Figures = {}
    floors: Figures = {}
    for name in AUC_NAMES if len(real) >= needed_pieces else ():
        area, floor = judge_sets(name, real, kept, seed=0, resamples=100, kind=kind)
        areas[name], floors[name] = area.value, floor.value
    return areas, floors


def table(groups: Sequence[Group], sizes: Sequence[int], kind: str) -> list[list[object]]:
    """Rows of the real tunes, or of the floor, and of the takes kept out of so many."""
    real = [group.real for group in groups]
    pieces = [Piece(group.real.name, group.real.score, group.work) for group in groups]
    columns: list[Mapping[str, float]] = [means(real, kind) | kl(real[1::2], real[::2])]
    for size in sizes:
        kept = [group.kept(size) for group in groups]
        takes = [
            Piece(tune.name, tune.score, group.work)
            for tune, group in zip(kept, groups, strict=True)
        ]
        areas, floors = judged(takes, pieces, kind)
        columns[0] = {**columns[0], **floors}
        columns.append(means(kept, kind) | kl(kept, real) | areas)
    return [
        [label, *(column[name] for column in columns)]
        for name, label in (row_names(kind) | AUC_NAMES).items()
        if name in columns[-1]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("model", help="name or folder")
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--candidates", type=int, default=16)
    parser.add_argument(
        "--features", choices=tuple(FEATURES), help="as the ranking uses them, unless given"
    )
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--half", action="store_true")
    options = parser.parse_args(arguments)
    model, store = load_model(options.model), Store.open(options.store)
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    groups = []
    for number, piece in enumerate(chosen_pieces(store, "test", options.count), 1):
        groups.append(
            make_group(model, store, piece, options.candidates, options.work, half=options.half)
        )
        if number % 10 == 0:
            print(f"{number} tunes", file=sys.stderr, flush=True)
    sizes = [size for size in SIZES if size <= options.candidates]
    kind = options.features or kind_of(model)
    rows = table(groups, sizes, kind)
    fresh = [group.seconds for group in groups if group.seconds]
    if fresh:
        rows.append(
            ["CPU seconds a kept piece", "", *(size * float(np.mean(fresh)) for size in sizes)]
        )
    print_table([f"{len(groups)} tunes each", "real", *(f"one of {size}" for size in sizes)], rows)
    print(
        "\nReal column of KL: one half of the real tunes from the other, of AUC: real from real; the floor."
    )
    print(f"Features of logistic regression and random forest: of {FEATURES[kind]}.")
    return 0
