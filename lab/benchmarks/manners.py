"""How much nearer new bars come to another piece with `symgen continue --style-from`.

    python -m lab manners STORE... [--split test] [--pairs 14] [--bands]

Pairs of pieces of one meter are drawn from the stores. Of each piece 8 bars are taken, with `--bands` those in which
most parts play. The first piece is continued by 8 bars as it is, and in the manner of the second; new bars are compared
with either. The columns: how far apart the notes a bar lie, the shares of time that are silent, and the places in the
bar on which notes of pitched parts begin (0: the same shares of notes on each place, 1: none in common).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.band_continuations import BARS, find_prompt
from lab.benchmarks.common import print_table
from lab.benchmarks.melody_styles import store_prompts
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.evaluation.table import note_table
from symgen.music.score import Score
from symgen.tokens import decode

Floats = NDArray[np.float64]

FIGURES = ("notes a bar", "silence", "places")
LONGEST = 96
"""Places in a bar that are told apart, in grid steps."""


def prompts(store: Store, split: str, *, bands: bool) -> Iterator[Score]:
    """Yield 8 bars of each piece that has them."""
    if not bands:
        yield from (prompt.score for prompt in store_prompts(store, split))
        return
    for record in store.pieces(split):
        found = find_prompt(decode(store.events(record), store.vocabulary))
        if found:
            yield found.score


def rhythm(score: Score) -> Floats:
    """Return notes a bar, the share of silence, and the share of notes on each place of the bar."""
    table = note_table(score)
    total = int(table.bar_steps.sum())
    sounds = np.zeros(total, dtype=bool)
    for onset, duration in zip(table.onset.tolist(), table.duration.tolist(), strict=True):
        sounds[onset : onset + duration] = True
    places = np.bincount(np.minimum(table.place, LONGEST - 1), minlength=LONGEST)
    notes = len(table)
    return np.array([notes / len(table.bar_steps), 1 - sounds.mean(), *(places / max(1, notes))])


def apart(one: Score, other: Score) -> Floats:
    """Return how far the rhythms of two stretches lie apart."""
    gaps = np.abs(rhythm(one) - rhythm(other))
    return np.array([gaps[0], gaps[1], gaps[2:].sum() / 2])


def compared(tune: Score, other: Score, seed: int) -> list[Floats]:
    """Return how far new bars lie from the tune and from the other piece, as it goes on and in that manner."""
    rows = []
    for more in (None, other):
        whole = symgen.continue_(tune, seed=seed, bars=BARS, style_from=more)
        new = whole.slice_ticks(tune.length, whole.length)
        rows += [apart(new, tune), apart(new, other)]
    return [apart(tune, other), *rows]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("stores", type=Path, nargs="+")
    parser.add_argument("--split", default="test", choices=("valid", "test"))
    parser.add_argument("--pairs", type=int, default=14)
    parser.add_argument("--bands", action="store_true", help="stores of bands, not of melodies")
    options = parser.parse_args(arguments)
    found = [
        score
        for folder in options.stores
        for score in prompts(Store.open(folder), options.split, bands=options.bands)
    ]
    pairs = [
        (one, other)
        for one in found
        for other in found
        if one is not other and one.meters[-1].meter == other.meters[-1].meter
    ]
    order = np.random.default_rng(0).permutation(len(pairs)).tolist()
    chosen = [pairs[place] for place in order[: options.pairs]]
    if not chosen:
        raise SystemExit(f"{options.stores[0]}: no two pieces of one meter in {options.split}")
    rows = [compared(one, other, seed) for seed, (one, other) in enumerate(chosen)]
    labels = (
        "the tune and the other piece",
        "new bars and the tune",
        "new bars and the other piece",
        "in its manner: new bars and the tune",
        "in its manner: new bars and the other piece",
    )
    means = np.mean(rows, axis=0)
    cells = [
        [label, *(f"{value:.3f}" for value in mean)]
        for label, mean in zip(labels, means, strict=True)
    ]
    print_table([f"{len(chosen)} pairs, apart by", *FIGURES], cells)
    return 0
