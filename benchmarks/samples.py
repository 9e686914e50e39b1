"""Samples beside held-out real tunes, in one table.

    python benchmarks/samples.py REAL --train TRAIN [--count 168] [--model NAME]

REAL and TRAIN are stores (the test and the train split are taken), or folders or zips of MIDI files. For each real tune
a sample of the same metre, bars, key and style is drawn.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from common import Tune, load_tunes, print_table, trimmed

import symgen
from symgen.evaluation import Reference, copied_share, divergences, longest_match, mean_metrics, realness
from symgen.generator import Generator

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
KL_NAMES = {
    "kl_pitch_class": "KL pitch class (bits)",
    "kl_interval": "KL interval (bits)",
    "kl_duration": "KL duration (bits)",
    "kl_place": "KL place in the bar (bits)",
}
AUC_NAMES = {"logistic": "AUC real or not, logistic regression", "forest": "AUC real or not, random forest"}
Row = list[object]


def usable(tune: Tune) -> bool:
    """Whether a tune has one metre, full bars and music in at least four of them."""
    meters = {bar.meter for bar in tune.score.bars}
    return len(meters) == 1 and sum(bar.number > 0 for bar in tune.score.bars) >= 4


def sample_like(model: Generator, tune: Tune, seed: int, options: argparse.Namespace) -> symgen.Score:
    """Draw a piece of the same metre, bars, key and style as a real one."""
    bars = [bar for bar in tune.score.bars if bar.number > 0]
    controls = symgen.Controls(
        bars=len(bars),
        meter=bars[0].meter,
        key=tune.key,
        style=tune.style if tune.style in model.styles else None,
        temperature=options.temperature,
        top_p=options.top_p,
    )
    return model.generate(controls, count=1, seed=seed)[0]


def distances(sampled: list[Tune], real: list[Tune]) -> tuple[list[Row], list[Row]]:
    """Rows of divergences and of the classifier, each with its floor: one half of the real tunes against the other."""
    columns = [([t.score for t in tunes], [t.key for t in tunes]) for tunes in (sampled, real, real[::2], real[1::2])]
    ours, theirs, even, odd = columns
    found, floor = divergences(*ours, *theirs), divergences(*odd, *even)
    judged = realness(*theirs, *ours)
    kl_rows: list[Row] = [[label, floor[name], found[name]] for name, label in KL_NAMES.items()]
    auc_rows: list[Row] = [[label, judged[f"floor_{name}"], judged[f"auc_{name}"]] for name, label in AUC_NAMES.items()]
    return kl_rows, auc_rows


def copies(sampled: list[Tune], real: list[Tune], train: list[Tune]) -> list[Row]:
    """Rows about what stands in the training set too."""
    reference = Reference([tune.score for tune in train])
    sets = [[tune.score for tune in tunes] for tunes in (real, sampled)]
    longest = [[longest_match(score, reference) for score in scores] for scores in sets]
    return [
        ["12-note runs found in the training set", *(copied_share(scores, reference) for scores in sets)],
        ["longest match, mean of tunes (notes)", *(sum(found) / max(1, len(found)) for found in longest)],
        ["longest match, largest (notes)", *(max(found, default=0) for found in longest)],
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--count", type=int, default=168)
    parser.add_argument("--model", default=None)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    model = symgen.load_model(options.model) if options.model else symgen.load_model()
    real = [tune for tune in map(trimmed, load_tunes(options.real)) if usable(tune)]
    real = real[:: max(1, len(real) // options.count)][: options.count]
    sampled = [
        Tune(tune.name, sample_like(model, tune, options.seed + number, options), tune.key, tune.style)
        for number, tune in enumerate(real)
    ]
    means = [mean_metrics([t.score for t in tunes], [t.key for t in tunes]) for tunes in (real, sampled)]
    kl_rows, auc_rows = distances(sampled, real)
    rows: list[Row] = [[label, *(mean[name] for mean in means)] for name, label in MEAN_NAMES.items()]
    rows += kl_rows + copies(sampled, real, load_tunes(options.train, split="train")) + auc_rows
    print_table([f"{len(real)} tunes each", "real", "sampled"], rows)
    print("\nReal column of KL and AUC: one half of the real tunes against the other, the floor.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
