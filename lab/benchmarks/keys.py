"""How often the key of a piece, or of its first half, is found from the notes; and fit what finds it.

    python -m lab keys STORE... [--fit]

The truth is the key that the file names; its signature is taken out, but for one column. `--fit` prints the weights
for `symgen.music.keys`, fitted on the train split of the stores (first halves and whole pieces), and measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.music.keys import MODES_FOUND, describe_pitches, find_key, infer_key
from symgen.music.score import KeyChange, Score
from symgen.music.theory import Key
from symgen.tokens import decode

MOST = 6000
"""Pieces of a store that are fitted on."""
WEIGHT_DECAY = 1e-4


def pieces(folder: Path, split: str) -> Iterator[tuple[Score, Key]]:
    """Yield pieces whose key is known to be one of those that are told apart."""
    store = Store.open(folder)
    records = [r for r in store.pieces(split) if r.header.key and r.header.key.mode in MODES_FOUND]
    for i in np.random.default_rng(0).permutation(len(records))[:MOST].tolist():
        key = records[i].header.key
        assert key is not None
        yield replace(decode(store.events(records[i]), store.vocabulary), keys=()), key


def first_half(score: Score) -> Score:
    bars = [bar for bar in score.bars if bar.number > 0]
    return score.slice_ticks(0, bars[len(bars) // 2].start) if len(bars) > 1 else score


def signed(score: Score, key: Key) -> Score:
    """Give a piece the signature of its key."""
    return replace(score, keys=(KeyChange(0, key.sharps),))


def by_profile(score: Score) -> Key:
    notes = sorted(note for part in score.parts if not part.is_drum for note in part.notes)
    return find_key([note.pitch for note in notes], [float(note.duration) for note in notes])


def measure(stores: Sequence[Path]) -> None:
    rows = []
    for folder in stores:
        found = list(pieces(folder, "test"))
        halves = [first_half(score) for score, _ in found]
        whole, half = (
            [infer_key(score) for score in scores] for scores in ([s for s, _ in found], halves)
        )
        rows.append(
            [
                f"{folder.name}: {len(found)} pieces",
                np.mean([key == true for key, (_, true) in zip(whole, found, strict=True)]),
                np.mean([key == true for key, (_, true) in zip(half, found, strict=True)]),
                np.mean(
                    [
                        by_profile(score) == true
                        for score, (_, true) in zip(halves, found, strict=True)
                    ]
                ),
                np.mean([infer_key(first_half(signed(*piece))) == piece[1] for piece in found]),
                np.mean([a == b for a, b in zip(whole, half, strict=True)]),
            ]
        )
    header = [
        "right, of whole pieces",
        "of first halves",
        "of first halves by key profiles",
        "with signature",
        "half = whole",
    ]
    print_table(["key from the notes", *header], rows)


def fit(stores: Sequence[Path]) -> None:
    """Fit a logistic regression that treats all tonics alike."""
    import torch

    rows, labels = [], []
    for folder in stores:
        for score, key in pieces(folder, "train"):
            for part in (first_half(score), score):
                shares = describe_pitches(part)
                rows.append([np.roll(shares, -tonic, axis=1).ravel() for tonic in range(12)])
                labels.append(key.tonic * len(MODES_FOUND) + MODES_FOUND.index(key.mode))
    inputs, wanted = torch.tensor(np.array(rows), dtype=torch.float32), torch.tensor(labels)
    weights = torch.zeros(len(MODES_FOUND), 36, requires_grad=True)
    bias = torch.zeros(len(MODES_FOUND), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, bias], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        odds = (inputs @ weights.T + bias).flatten(1)
        value = torch.nn.functional.cross_entropy(odds, wanted) + WEIGHT_DECAY * (weights**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    table = weights.detach().reshape(len(MODES_FOUND), 3, 12).numpy().round(2)
    print(np.array2string(table, separator=", ", max_line_width=110))
    print(bias.detach().numpy().round(2).tolist())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("stores", type=Path, nargs="+")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(arguments)
    (fit if options.fit else measure)(options.stores)
    return 0
