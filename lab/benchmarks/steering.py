"""Whether style and period steer: real pieces beside samples, and samples that are asked for another style.

    python -m lab steering MODEL STORE [--count 50] [--seed 1] [--control style|period] [--out FILE.csv]

For each style with 20 pieces or more, samples are drawn of the bars (pickup too), meter, key and parts of real pieces,
held-out ones first. Their means stand beside those of all real pieces, each meter weighted as among the samples.

Each is drawn twice with one seed: asked for the style of the real piece, and with nothing changed but the style, for
another one that has 20 real pieces or more in this meter. Which of the means of the two styles in this meter is nearer?
A model that does not hear the style writes one piece twice and is right once: the chance of both together is .5.
Distances are Euclidean, in units of the spread of real pieces around the mean of their style and meter. The change that
follows: how far a statistic moves from the first sample to the second, as a share of the way between real pieces of
the two styles in this meter (slope of a regression through the origin): 0 without steering, 1 if it follows in full.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.tune_metrics import polyphony
from lab.commands import command_parser
from symgen.corpus import PieceRecord, Store
from symgen.evaluation.bootstrap import ratio_estimate, resamples
from symgen.evaluation.metrics import repeated_share
from symgen.evaluation.slices import cut
from symgen.evaluation.table import STEPS
from symgen.music.score import Score
from symgen.system.errors import CheckpointError, ControlError, SymgenError
from symgen.system.files import check_writable, write_atomic
from symgen.tokens import decode
from symgen.writing.model import Model, load_model

Floats = NDArray[np.float64]
Cell = tuple[str, str]  # style (or period) and meter
FEWEST, FEWEST_BARS, RESAMPLES, FOURTH = 20, 4, 1000, 5
SETS = {
    "rhythm": ("notes per quarter", "mean duration (quarters)", "dotted pairs", "off-beat onsets"),
    "line": ("range (semitones)", "leaps beyond a fourth", "repeated bars"),
    "texture": ("polyphony", "mean pitch of the lowest part", "parts that begin together"),
}
NAMES = [name for members in SETS.values() for name in members]


@dataclass(frozen=True)
class Piece:
    """A real piece and its statistics."""

    record: PieceRecord
    cell: Cell
    values: Floats


@dataclass(frozen=True)
class Drawn:
    """Samples of one seed like a real piece: asked for its own style, and for another where there is one."""

    real: Piece
    asked: tuple[Cell, ...]
    values: tuple[Floats, ...]


def statistics(score: Score) -> Floats:
    """Measure what `NAMES` says: the melody (the highest voice), repetition, texture of several.

    A dotted pair is two notes in a row, one three times as long as the other (Scotch snaps too).
    Off-beat onsets miss the felt beats (dotted in 6/8); a pickup is left out. Parts that begin
    together are a share of all, at each onset.
    """
    slices = cut(score)
    line = slices.line(slices.highest) if len(score.parts) > 1 else slices.table
    before, after = line.duration[:-1], line.duration[1:]
    full = line.bar >= int(line.has_pickup)
    found = [
        STEPS * len(line) / max(1, int(line.bar_steps.sum())),
        _mean(line.duration) / STEPS,
        _mean((before == 3 * after) | (after == 3 * before)),
        _mean(line.place[full] % np.maximum(1, line.beat_steps[line.bar[full]]) != 0),
        float(np.ptp(line.pitch)) if len(line) else 0.0,
        _mean(np.abs(np.diff(line.pitch)) > FOURTH),
        repeated_share(slices.table.bar_contents()),
    ]
    if len(score.parts) > 1:
        pitches = [
            _mean(np.array([note.pitch for note in part.notes]))
            for part in score.parts
            if part.notes
        ]
        found += [
            polyphony(slices.table),
            min(pitches, default=0.0),
            _mean(slices.starts[:, slices.begun > 0]),
        ]
    return np.array(found)


def _mean(values: NDArray[np.generic]) -> float:
    return float(values.mean()) if values.size else 0.0


def real_pieces(store: Store, model: Model, control: str) -> list[Piece]:
    """Measure the pieces of one meter whose style the model knows, of the styles that have enough."""
    if store.vocabulary != model.vocabulary:
        raise CheckpointError(
            f"{store.path}: its grid is not that of model {model.name!r}; build the store again"
        )
    known, parts = (
        {"style": model.styles, "period": model.periods}[control],
        range(2, model.voices + 1) or (1,),
    )
    cells = {
        record: (str(getattr(record.header, control)), str(record.header.meter))
        for record in store.pieces()
        if getattr(record.header, control) in known
        and len(record.header.programs) in parts
        and len({run.meter for run in record.header.runs}) == 1
        and record.header.bars - record.header.pickup >= FEWEST_BARS
    }
    counts = Counter(value for value, _ in cells.values())
    if sum(count >= FEWEST for count in counts.values()) < 2:
        raise ControlError(
            f"{control}: {store.path} has {FEWEST} pieces of fewer than two; choose another control"
        )
    return [
        Piece(record, cell, statistics(decode(store.events(record), store.vocabulary)))
        for record, cell in cells.items()
        if counts[cell[0]] >= FEWEST
    ]


def cell_values(pieces: Sequence[Piece]) -> dict[Cell, Floats]:
    """Statistics of the real pieces of each style in each meter."""
    found = {piece.cell for piece in pieces}
    return {
        cell: np.array([piece.values for piece in pieces if piece.cell == cell])
        for cell in sorted(found)
    }


def draw(model: Model, pieces: Sequence[Piece], control: str, count: int, seed: int) -> list[Drawn]:
    """Draw samples like so many pieces of each style; the other styles of a meter are asked for equally often."""
    common = [cell for cell, rows in cell_values(pieces).items() if len(rows) >= FEWEST]
    order = [pieces[place] for place in np.random.default_rng(seed).permutation(len(pieces))]
    taken, turns = Counter[str](), Counter[Cell]()
    found: list[Drawn] = []
    for piece in sorted(
        order, key=lambda piece: ("test", "valid", "train").index(piece.record.split)
    ):
        style, meter = piece.cell
        taken[style] += 1
        if taken[style] > count:
            continue
        others = [
            cell
            for cell in common
            if cell[1] == meter and cell[0] != style and piece.cell in common
        ]
        asked = (piece.cell, *sorted(others, key=lambda cell: turns[cell])[:1])
        turns.update(asked[1:])
        headers = [replace(piece.record.header, **{control: cell[0]}) for cell in asked]
        scores = [model.take_like(header, seed=seed + len(found)).score for header in headers]
        found.append(Drawn(piece, asked, tuple(map(statistics, scores))))
        if len(found) % 20 == 0:
            print(f"{len(found)} pieces", file=sys.stderr, flush=True)
    return found


def nearer(drawn: Sequence[Drawn], cells: Mapping[Cell, Floats]) -> Floats:
    """Whether a piece lies nearer to the mean of the style that was asked for than to that of the other.

    Shape (drawn, 3): asked for another style; for its own; the real piece, against the mean of the others of its style.
    """
    scale = np.concatenate([rows - rows.mean(axis=0) for rows in cells.values()]).std(axis=0)
    scale[scale < 1e-9] = np.inf
    found: list[list[float]] = []
    for each in drawn:
        (own, other), rows = (
            (cells[cell].mean(axis=0) for cell in each.asked),
            cells[each.real.cell],
        )
        rest = (rows.sum(axis=0) - each.real.values) / (len(rows) - 1)
        cases = [
            (each.values[1], other, own),
            (each.values[0], own, other),
            (each.real.values, rest, other),
        ]
        found.append(
            [
                float(np.linalg.norm((x - a) / scale) < np.linalg.norm((x - b) / scale))
                for x, a, b in cases
            ]
        )
    return np.array(found)


def _interval(above: Floats, below: Floats, weights: Floats) -> str:
    found = ratio_estimate(above, below, weights)
    return f"{found.value:.3f}" + (
        "" if found.low is None else f" [{found.low:.3f}, {found.high:.3f}]"
    )


def print_means(drawn: Sequence[Drawn], cells: Mapping[Cell, Floats], control: str) -> list[float]:
    """Print a table for each set of statistics; return the correlation of real and sampled means of each statistic."""
    styles = sorted({each.real.cell[0] for each in drawn})
    groups = [[each for each in drawn if each.real.cell[0] == style] for style in styles]
    real = np.array(
        [
            np.mean([cells[each.real.cell].mean(axis=0) for each in group], axis=0)
            for group in groups
        ]
    )
    sampled = np.array([np.mean([each.values[0] for each in group], axis=0) for group in groups])
    for title, members in SETS.items():
        columns = [i for i, name in enumerate(NAMES[: real.shape[1]]) if name in members]
        figures = (
            np.stack([real[:, columns], sampled[:, columns]], axis=2)
            .reshape(len(styles), -1)
            .tolist()
        )
        rows = [[style, len(groups[k]), *figures[k]] for k, style in enumerate(styles)]
        if columns:
            print(f"\n{title}\n")
            heads = [head for i in columns for head in (NAMES[i], "sampled")]
            print_table([control, "samples", *heads], rows)
    with np.errstate(invalid="ignore"):
        return [
            float(np.corrcoef(one, other)[0, 1])
            for one, other in zip(real.T, sampled.T, strict=True)
        ]


def print_steering(
    drawn: Sequence[Drawn], cells: Mapping[Cell, Floats], control: str, seed: int
) -> list[str]:
    """Print how often samples are nearer to what was asked for; return the change of each statistic that follows."""
    hits, weights, rows = (
        nearer(drawn, cells),
        resamples(len(drawn), RESAMPLES, seed, "steering"),
        [],
    )
    for style in sorted({each.asked[0][0] for each in drawn}):
        own, other = (np.array([each.asked[i][0] == style for each in drawn]) for i in (0, 1))
        another = _mean(hits[other, 0]) if other.any() else ""
        rows.append([style, sum(other), another, sum(own), *map(_mean, hits[own, 1:].T), ""])
    shares = [
        _interval(column, np.ones(len(hits)), weights)
        for column in (*hits.T, hits[:, :2].mean(axis=1))
    ]
    rows.append(["all", len(hits), shares[0], len(hits), *shares[1:]])
    print(
        f"\nshare nearer to the {control} asked for (another than its own, its own) than to the other of the two\n"
    )
    print_table(
        [control, "samples", "another", "samples", "its own", "real pieces", "both (chance .5)"],
        rows,
    )
    moved = np.array([each.values[1] - each.values[0] for each in drawn])
    apart = np.array(
        [cells[each.asked[1]].mean(axis=0) - cells[each.asked[0]].mean(axis=0) for each in drawn]
    )
    return [
        _interval(m * a, np.maximum(a * a, 1e-12), weights)
        for m, a in zip(moved.T, apart.T, strict=True)
    ]


def run(options: argparse.Namespace) -> None:
    """Draw, judge and print."""
    model, store, control = load_model(options.model), Store.open(options.store), options.control
    pieces = real_pieces(store, model, control)
    cells, drawn = cell_values(pieces), draw(model, pieces, control, options.count, options.seed)
    names = NAMES[: len(pieces[0].values)]
    if options.out:
        writer = csv.writer(text := io.StringIO(), lineterminator="\n")
        writer.writerow(["piece", "own", "asked", "meter", *names])
        for each in drawn:
            for asked, values in zip(each.asked, each.values, strict=True):
                writer.writerow(
                    [each.real.record.title, each.real.cell[0], *asked, *values.tolist()]
                )
        write_atomic(options.out, text.getvalue())
    correlations = print_means(drawn, cells, control)
    both = [each for each in drawn if len(each.asked) > 1]
    followed = print_steering(both, cells, control, options.seed) if both else [""] * len(names)
    print(f"\nreal and sampled means over {control}s; one piece asked for two {control}s\n")
    print_table(
        ["statistic", "Pearson's r", "change that follows"],
        zip(names, correlations, followed, strict=True),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("model", help="name or folder")
    parser.add_argument("store", type=Path)
    parser.add_argument(
        "--count", type=int, default=50, help="pieces of each style to draw samples like (50)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", choices=("style", "period"), default="style")
    parser.add_argument("--out", type=Path, help="write the statistics of each sample here, as CSV")
    options = parser.parse_args(arguments)
    if options.count < 1:
        parser.error("--count must be 1 or more")
    try:
        if options.out:
            check_writable(options.out, overwrite=True)
        run(options)
    except SymgenError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0
