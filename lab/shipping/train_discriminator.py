"""Train the discriminator that ranks the takes of a model, measure it, and put it beside the model's weights.

    python -m lab train-discriminator MODEL STORE [--count 2000] [--work FOLDER] [--keep] [--half]
        [--windows N [--files FOLDER]]

Real pieces of the train split stand against samples of the same bars (pickup too), meter, key, style and parts, drawn
with seeds that are used nowhere else. Versions of one work lie in one fold. Printed: the area under the ROC curve of
each fold's own judge on the pieces that it has not seen, and of the mean on the valid split. `--work` keeps the
features of the samples, so that a run that was cut off goes on; `--keep` only measures, and leaves the model alone.
With `--half` each sample begins with the first half of its real piece: that judge ranks continuations. So does that of
`--windows`: for it up to so many stretches of 8 bars of each piece are continued by 8, cut out as `band-judge` does, of
the pieces of the store or of the files that it was made from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from lab.benchmarks.band_continuations import BARS, cut_windows, pieces, title
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import PieceRecord, Store
from symgen.evaluation.discriminator import Discriminator, feature_names, feature_rows, fold_of
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.nets.checkpoint import LANGUAGE_MODEL
from symgen.nets.models import find_model
from symgen.nets.network import attach_file
from symgen.tokens import decode
from symgen.writing.model import Model, load_model

Array = np.ndarray[Any, Any]

FOLDS = 5
NETS = 3
UNITS = 48
FIRST_SEED = {"train": 10_000_000, "valid": 20_000_000, "test": 30_000_000}
"""Of samples; each piece has 64 of its own."""
SEEDS = 64
_FEWEST_BARS = 4
_BLOCK = 100


@dataclass(frozen=True)
class Pairs:
    """Real pieces and a sample like each of them, as features.

    Rows belong to the works that `groups` names.
    """

    real: Array
    sampled: Array
    groups: tuple[str, ...]

    @property
    def rows(self) -> Array:
        """Both, shape (2 * pieces, features)."""
        return np.concatenate([self.real, self.sampled])

    @property
    def labels(self) -> Array:
        """1 for real, shape (2 * pieces,)."""
        return np.repeat([1, 0], len(self.groups))

    def folds(self) -> Array:
        """Return the fold of each row, shape (2 * pieces,)."""
        return np.tile([fold_of(group, FOLDS) for group in self.groups], 2)


def chosen_pieces(store: Store, split: str, count: int) -> list[tuple[int, PieceRecord]]:
    """Draw pieces of one meter and four bars or more, with their place in the split."""
    records = store.pieces(split)
    order = np.random.default_rng(7).permutation(len(records)).tolist()
    fit = [
        (i, records[i])
        for i in order
        if len({run.meter for run in records[i].header.runs}) == 1
        and records[i].header.bars - records[i].header.pickup >= _FEWEST_BARS
    ]
    return fit[:count]


def real_score(store: Store, record: PieceRecord) -> Score:
    return decode(store.events(record), store.vocabulary)


def key_of(record: PieceRecord) -> Key:
    return record.header.key or Key(0, "major")


def kind_of(model: Model) -> str:
    """Which features a model's pieces are described by."""
    return "melody" if model.info.get("monophonic") else "voices"


def first_half(score: Score) -> Score:
    """Return the first half of the bars; notes that go on end there."""
    bars = [bar for bar in score.bars if bar.number > 0]
    end = bars[len(bars) // 2].start
    parts = [
        part.with_notes(
            replace(n, duration=min(n.duration, end - n.onset)) for n in part.notes if n.onset < end
        )
        for part in score.parts
    ]
    return Score(tuple(parts), score.resolution, score.tempos, score.meters, score.keys, end)


def sample(model: Model, store: Store, record: PieceRecord, seed: int, *, half: bool) -> Score:
    """Draw a take of the bars of a real piece, or of its second half behind its first one."""
    if not half:
        # The chords of the real piece would give its harmony away.
        return model.take_like(replace(record.header, chords=()), seed=seed).score
    real = real_score(store, record)
    prompt = first_half(real)
    bars = sum(bar.number > 0 and bar.start >= prompt.length for bar in real.bars)
    style = record.header.style if record.header.style in model.styles else None
    controls = Controls(bars=bars, key=record.header.key, style=style)
    return next(iter(model.continuations(prompt, seed=seed, controls=controls))).score


def make_pairs(
    model: Model, store: Store, split: str, count: int, work: Path | None, *, half: bool = False
) -> Pairs:
    """Describe real pieces and samples, in blocks that `work` keeps."""
    chosen = chosen_pieces(store, split, count)
    blocks = [chosen[start : start + _BLOCK] for start in range(0, len(chosen), _BLOCK)]
    real, sampled = [], []
    for number, block in enumerate(blocks):
        path = work / f"{split}-{number:03}-{len(block)}.npz" if work else None
        if path and path.is_file():
            with np.load(path, allow_pickle=False) as found:
                rows = [found["real"], found["sampled"]]
        else:
            rows = list(_describe(model, store, split, block, half=half))
            if path:
                np.savez(path, real=rows[0], sampled=rows[1])
            print(
                f"{split}: {number + 1} of {len(blocks)} blocks sampled",
                file=sys.stderr,
                flush=True,
            )
        real.append(rows[0])
        sampled.append(rows[1])
    return Pairs(
        np.concatenate(real), np.concatenate(sampled), tuple(record.group for _, record in chosen)
    )


def _describe(
    model: Model,
    store: Store,
    split: str,
    block: Sequence[tuple[int, PieceRecord]],
    *,
    half: bool,
) -> Iterator[Array]:
    keys = [key_of(record) for _, record in block]
    yield feature_rows(kind_of(model), [real_score(store, record) for _, record in block], keys)
    seeds = [FIRST_SEED[split] + SEEDS * place for place, _ in block]
    takes = [
        sample(model, store, record, seed, half=half)
        for (_, record), seed in zip(block, seeds, strict=True)
    ]
    yield feature_rows(kind_of(model), takes, keys)


@dataclass(frozen=True)
class Cut:
    """How stretches are cut out of the pieces of a store."""

    store: Store
    files: Path | None
    most: int

    def pairs(self, model: Model, split: str, count: int) -> Pairs:
        """Describe the stretches of some pieces, and what a model makes of their first halves."""
        real, sampled, groups, keys = [], [], [], []
        chosen = islice(pieces(self.store, [split], self.files), count)
        for number, (locator, score) in enumerate(chosen):
            for place, (prompt, whole) in enumerate(cut_windows(score, self.most)):
                seed = FIRST_SEED[split] + SEEDS * number + place
                asked = Controls(bars=BARS)
                take = next(iter(model.continuations(prompt, seed=seed, controls=asked)))
                real.append(whole)
                sampled.append(take.judged())
                groups.append(title(locator))
                keys.append(take.key)
        kind = kind_of(model)
        rows = feature_rows(kind, real, keys), feature_rows(kind, sampled, keys)
        return Pairs(*rows, tuple(groups))


# -- training ----------------------------------------------------------------------------


def train(kind: str, pairs: Pairs) -> Discriminator:
    """Train a judge a fold, each on the works of the other folds."""
    rows, labels, folds = pairs.rows, pairs.labels, pairs.folds()
    made = [_train_fold(rows[folds != fold], labels[folds != fold], fold) for fold in range(FOLDS)]
    return Discriminator(kind, {name: np.stack([each[name] for each in made]) for name in made[0]})


def _train_fold(rows: Array, labels: Array, fold: int) -> dict[str, Array]:
    center, scale = rows.mean(axis=0), rows.std(axis=0)
    # A feature that hardly varies in training must not explode on a take where it does.
    scale = np.maximum(scale, 1e-3 * (1 + abs(center)))
    center, scale = center.astype(np.float32), scale.astype(np.float32)
    nets = [_train_net((rows - center) / scale, labels, NETS * fold + i) for i in range(NETS)]
    return {
        "center": center,
        "scale": scale,
        **{name: np.stack([net[name] for net in nets]).astype(np.float32) for name in nets[0]},
        **_train_trees(rows, labels, fold),
    }


def _train_net(rows: Array, labels: Array, seed: int) -> dict[str, Array]:
    from sklearn.neural_network import MLPClassifier

    net = MLPClassifier(
        (UNITS,),
        alpha=3.0,
        learning_rate_init=0.002,
        max_iter=60,
        early_stopping=True,
        random_state=seed,
    ).fit(rows, labels)
    (inner, outer), (inner_bias, outer_bias) = net.coefs_, net.intercepts_
    return {
        "inner": inner,
        "inner_bias": inner_bias,
        "outer": outer[:, 0],
        "outer_bias": outer_bias[0],
    }


def _train_trees(rows: Array, labels: Array, seed: int) -> dict[str, Array]:
    from sklearn.ensemble import GradientBoostingClassifier

    grown = GradientBoostingClassifier(
        n_estimators=200,
        max_depth=3,
        learning_rate=0.06,
        subsample=0.5,
        max_features=0.2,
        random_state=seed,
    ).fit(rows, labels)
    trees = [_full_tree(each[0].tree_, grown.max_depth) for each in grown.estimators_]
    found = {name: np.stack([tree[name] for tree in trees]) for name in trees[0]}
    found["tree_value"] = (grown.learning_rate * found["tree_value"]).astype(np.float32)
    share = labels.mean()
    return {**found, "tree_start": np.float64(np.log(share / (1 - share)))}  # type: ignore[dict-item]


def _full_tree(tree: Any, depth: int) -> dict[str, Array]:
    """Lay a tree out so that the children of node i are 2 i + 1 and 2 i + 2; a leaf above the bottom is handed down."""
    nodes = 2**depth - 1
    source = np.zeros(2 * nodes + 1, dtype=np.int64)
    feature, threshold = np.zeros(nodes, dtype=np.int16), np.full(nodes, np.inf)
    for node in range(nodes):
        at = source[node]
        is_leaf = tree.children_left[at] < 0
        if not is_leaf:
            feature[node], threshold[node] = tree.feature[at], tree.threshold[at]
        source[2 * node + 1] = at if is_leaf else tree.children_left[at]
        source[2 * node + 2] = at if is_leaf else tree.children_right[at]
    value = tree.value[source[nodes:], 0, 0]
    return {"tree_feature": feature, "tree_threshold": threshold, "tree_value": value}


# -- measuring ---------------------------------------------------------------------------


def area(odds: Array, labels: Array) -> float:
    """Area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, odds))


def unseen_odds(judge: Discriminator, pairs: Pairs) -> Array:
    """Log odds of training material, each piece by the fold that has not seen its work."""
    odds = judge.log_odds(pairs.rows)
    chosen: Array = odds[pairs.folds(), np.arange(odds.shape[1])]
    return chosen


def print_telling(pairs: Pairs, kind: str, most: int = 20) -> None:
    """Print which features tell most, by the importance in a random forest."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(300, min_samples_leaf=3, random_state=0).fit(
        pairs.rows, pairs.labels
    )
    order = np.argsort(-forest.feature_importances_, kind="stable")[:most]
    spread = pairs.rows.std(axis=0) + 1e-9
    print_table(
        ["feature", "importance", "real", "sampled", "difference in standard deviations"],
        [
            [
                feature_names(kind)[i],
                float(forest.feature_importances_[i]),
                *map(float, means[:, i]),
                float(apart[i]),
            ]
            for means in [np.stack([pairs.real.mean(axis=0), pairs.sampled.mean(axis=0)])]
            for apart in [(means[1] - means[0]) / spread]
            for i in order
        ],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("model", help="name or folder")
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=2000, help="pieces of the train split")
    parser.add_argument("--valid", type=int, default=400, help="pieces of the valid split")
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--windows", type=int, default=0, help="most stretches of a piece")
    parser.add_argument("--files", type=Path, help="folder of the files of the store")
    options = parser.parse_args(arguments)
    model, store = load_model(options.model), Store.open(options.store)
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    half = options.half or options.windows > 0
    if options.windows:
        cut = Cut(store, options.files, options.windows)
        pairs = cut.pairs(model, "train", options.count)
        held_out = cut.pairs(model, "valid", options.valid)
    else:
        pairs = make_pairs(model, store, "train", options.count, options.work, half=half)
        held_out = make_pairs(model, store, "valid", options.valid, options.work, half=half)
    judge = train(kind_of(model), pairs)
    data = judge.to_bytes()
    rows = [
        [
            "train, each piece by the fold that has not seen it",
            len(pairs.groups),
            area(unseen_odds(judge, pairs), pairs.labels),
        ],
        [
            "valid",
            len(held_out.groups),
            area(judge.log_odds(held_out.rows).mean(axis=0), held_out.labels),
        ],
    ]
    print_table(["AUC real or not, single samples", "pieces", "AUC"], rows)
    print_telling(pairs, kind_of(model))
    if not options.keep:
        stem = "continuations" if half else "discriminator"
        print(
            f"{attach_file(LANGUAGE_MODEL, find_model(options.model), stem, data)}: {len(data):,} bytes"
        )
    return 0
