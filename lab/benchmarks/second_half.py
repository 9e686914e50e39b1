"""Give the first half of held-out tunes, and hold the continuation to the true second half.

    python -m lab second-half STORE [--count 300] [--model folk] [--variation X] [--style]

Key signatures are taken out. Keys are estimated from the notes, of the whole and of the second half alone: is that of
the continued tune that of the true one? In the row of the true tunes the first half stands for the continued tune. A
bar returns if a bar of the first half has the same pitches at the same places. Tunes are of the test split, and then of
the validation split if those are too few. Shares of keys have 95 % intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table, show_estimate
from lab.commands import command_parser
from lab.shipping.train_discriminator import first_half
from symgen.corpus import Store
from symgen.evaluation.bootstrap import mean_estimates, resamples
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.tokens import decode

RESAMPLES = 1000
FEWEST_BARS = 8


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


@dataclass(frozen=True)
class Row:
    """What is true of one continued tune, or of its true second half."""

    is_exact: bool
    """Whether the prompt came back note for note."""
    has_bars: bool
    finds_key: bool
    """Whether the key of the whole is that of the true tune."""
    finds_later_key: bool
    """The same of the second half alone."""
    returning: float


def judge(whole: Score, score: Score, prompt: Score) -> tuple[Row, Row]:
    """Hold a continuation to the true tune; the first half stands for the tune that is given."""
    middle = prompt.length
    key, later = infer_key(whole), infer_key(whole.slice_ticks(middle, whole.length))
    given = infer_key(prompt)
    is_exact = all(
        tuple(note for note in after.notes if note.onset < middle) == before.notes
        for before, after in zip(prompt.parts, score.parts, strict=True)
    )
    found = infer_key(score.slice_ticks(middle, score.length))
    return (
        Row(True, True, given == key, given == later, returning(whole, middle)),
        Row(
            is_exact,
            score.length == whole.length,
            infer_key(score) == key,
            found == later,
            returning(score, middle),
        ),
    )


def summary(rows: Sequence[Row]) -> list[object]:
    """Return the shares of a table's row."""
    weights = resamples(len(rows), RESAMPLES, 0, "second half")
    keys = np.array([(row.finds_key, row.finds_later_key) for row in rows], dtype=np.float64)
    return [
        *map(show_estimate, mean_estimates(keys, weights)),
        float(np.mean([row.returning for row in rows])),
        float(np.mean([row.returning > 0.5 for row in rows])),
    ]


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
        record
        for split in ("test", "valid")
        for record in store.pieces(split)
        if len(set(record.header.bar_meters)) == 1 and record.header.bars >= FEWEST_BARS
    ]
    judged = []
    for seed, record in enumerate(records[: options.count]):
        whole = replace(decode(store.events(record), store.vocabulary), keys=())
        bars = sum(bar.number > 0 for bar in whole.bars)
        prompt = first_half(whole)
        controls = symgen.Controls(
            bars=bars - bars // 2,
            variation=options.variation,
            style=record.header.style if options.style else None,
        )
        take = next(iter(model.continuations(prompt, seed=seed, controls=controls)))
        judged.append(judge(whole, take.score, prompt))
    true, found = [row for row, _ in judged], [row for _, row in judged]
    exact, whole_bars = sum(row.is_exact for row in found), sum(row.has_bars for row in found)
    header = [
        f"{len(judged)} tunes",
        "prompt unchanged",
        "bars right",
        "key of the whole",
        "key of the second half alone",
        "bars that return",
        "mostly returning",
    ]
    rows: list[list[object]] = [
        ["true second half", "", "", *summary(true)],
        ["continuation", exact, whole_bars, *summary(found)],
    ]
    print_table(header, rows)
    return int(min(exact, whole_bars) < len(judged))
