"""Give the first half of held-out tunes, and hold the continuation to the true second half.

    python -m lab second-half STORE [--count 300] [--model folk] [--variation X] [--style]

Key signatures are taken out. Keys are estimated from the notes, of the whole and of the second half alone: is that of
the continued tune that of the true one? In the row of the true tunes the first half stands for the continued tune. A
bar returns if a bar of the first half has the same pitches at the same places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.shipping.train_discriminator import first_half
from symgen.corpus import Store
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.tokens import decode


def contents(score: Score, start: int, stop: int) -> list[frozenset[tuple[int, int, int]]]:
    """Return what stands in the bars between two ticks."""
    return [
        frozenset(
            (part, note.onset - bar.start, note.pitch)
            for part, each in enumerate(score.parts)
            for note in each.notes
            if bar.start <= note.onset < bar.end
        )
        for bar in score.bars
        if start <= bar.start < stop
    ]


def returning(score: Score, middle: int) -> float:
    """Share of the bars from a tick on that are bars of the part before it."""
    old, new = set(contents(score, 0, middle)), contents(score, middle, score.length)
    return float(np.mean([bar in old for bar in new])) if new else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--model", default="folk")
    parser.add_argument("--variation", type=float)
    parser.add_argument("--style", action="store_true", help="tell the style of the tune")
    options = parser.parse_args(arguments)
    store, model = Store.open(options.store), symgen.load_model(options.model)
    records = [
        r for r in store.pieces("test") if len(set(r.header.bar_meters)) == 1 and r.header.bars >= 8
    ]
    exact = bars_right = same = own = alone = own_alone = 0
    true, found = [], []
    records = records[: options.count]
    for seed, record in enumerate(records):
        whole = replace(decode(store.events(record), store.vocabulary), keys=())
        bars = [bar for bar in whole.bars if bar.number > 0]
        half = len(bars) // 2
        prompt = first_half(whole)
        middle = prompt.length
        controls = symgen.Controls(
            bars=len(bars) - half,
            variation=options.variation,
            style=record.header.style if options.style else None,
        )
        take = next(iter(model.continuations(prompt, seed=seed, controls=controls)))
        score = take.score
        exact += all(
            tuple(note for note in after.notes if note.onset < middle) == before.notes
            for before, after in zip(prompt.parts, score.parts, strict=True)
        )
        bars_right += score.length == whole.length
        truth = infer_key(whole)
        same += infer_key(score) == truth
        own += infer_key(prompt) == truth
        later = infer_key(whole.slice_ticks(middle, whole.length))
        alone += infer_key(score.slice_ticks(middle, score.length)) == later
        own_alone += infer_key(prompt) == later
        true.append(returning(whole, middle))
        found.append(returning(score, middle))
    count = len(records)
    rows = [
        [
            "true second half",
            "",
            "",
            own / count,
            own_alone / count,
            np.mean(true),
            np.mean([value > 0.5 for value in true]),
        ],
        [
            "continuation",
            exact,
            bars_right,
            same / count,
            alone / count,
            np.mean(found),
            np.mean([value > 0.5 for value in found]),
        ],
    ]
    header = [
        "prompt unchanged",
        "bars right",
        "key of the whole",
        "key of the second half alone",
        "bars that return",
        "mostly returning",
    ]
    print_table([f"{count} tunes", *header], rows)
    return int(exact < count or bars_right < count)
