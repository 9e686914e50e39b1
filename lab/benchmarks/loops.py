"""How many pieces have a block of bars that returns more often than in 99 of 100 real ones of their style and length.

    python -m lab loops MODEL STORE [--count 100] [--bars 16 32 64] [--temperatures 1 0.5]

Blocks are of one bar and of two, each held to its own 99th percentile of the train split. Real pieces are those of the
test split, of any length; sampled ones are drawn with and without the watch that has bars drawn again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.sampling.watches import most_usual
from symgen.tokens import Events, encode
from symgen.tokens.events import event_notes
from symgen.tokens.statistics import BLOCKS, bar_contents, most_returns
from symgen.writing.model import Model


def loops(events: Events, model: Model) -> bool:
    bars = bar_contents(
        event_notes(np.asarray(events.fields), events.header, model.vocabulary), events.header
    )
    usual = most_usual(model.info, events.header.style, len(bars))
    return any(most_returns(bars, size) > most for size, most in zip(BLOCKS, usual, strict=True))


def sampled(model: Model, norms: Model, controls: symgen.Controls, count: int) -> float:
    found = []
    for take in model.takes(controls, count=count, seed=1):
        events = encode(
            take.score, model.vocabulary, key=take.key, style=take.header.style, whole=True
        )[0]
        found.append(loops(events, norms))
    return float(np.mean(found))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("model")
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--bars", type=int, nargs="+", default=[16, 32, 64])
    parser.add_argument("--temperatures", type=float, nargs="+", default=[1.0, 0.5])
    options = parser.parse_args(arguments)
    model, store = symgen.load_model(options.model), Store.open(options.store)
    blind = Model(model._model.net, {**model.info, "norms": {}}, model._model.folder)
    records = store.pieces("test")
    real = float(np.mean([loops(store.events(record), model) for record in records]))
    rows: list[list[object]] = [[f"{len(records)} real pieces", real, ""]]
    for bars in options.bars:
        for temperature in options.temperatures:
            controls = symgen.Controls(bars=bars, temperature=temperature)
            shares = [sampled(one, model, controls, options.count) for one in (blind, model)]
            rows.append(
                [f"{options.count} pieces of {bars} bars, temperature {temperature:g}", *shares]
            )
            print(rows[-1], file=sys.stderr, flush=True)
    print_table([options.model, "share with a loop", "with the watch"], rows)
    return 0
