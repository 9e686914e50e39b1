"""Measure the planner on held-out pieces: bits a beat, and its plans beside the chords of real pieces.

    python -m lab planner --pieces FILE [--planner NAME] [--count N] [--styles pop,chorale]

FILE is what ``ship-planner --pieces`` has kept. For each held-out piece of up to 64 bars one plan is drawn, of its
bars, key and style; figures stand with the 95 % interval of 1,000 samples of the pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from lab.commands import command_parser
from lab.planner.baseline import Ngram
from lab.planner.figures import FIGURES, figures_of
from lab.planner.likelihoods import likelihoods
from lab.planner.pieces import Piece, on_beats
from lab.shipping.ship_planner import pieces_from
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.planner import SHIPPED_PLANNER, Drawing, Planner, PlanRequest, load_planner
from symgen.tokens.events import BarRun

__all__ = ["drawn_plan", "main", "mean_figures"]

_MOST_BARS = 64
_RESAMPLES = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """Print two tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--pieces", type=Path, required=True, metavar="FILE")
    parser.add_argument("--planner", default=SHIPPED_PLANNER, metavar="NAME")
    parser.add_argument("--count", type=int, default=100, metavar="N", help="pieces a style (100)")
    parser.add_argument(
        "--styles", metavar="NAMES", help="with commas between them; all by default"
    )
    parser.add_argument("--split", default="test", metavar="NAME", help="of the pieces (test)")
    parser.add_argument("--top-p", type=float, default=Drawing().top_p, metavar="P")
    parser.add_argument("--close", type=float, default=Drawing().close, metavar="T")
    parser.add_argument("--no-bits", action="store_true", help="draw plans alone")
    options = parser.parse_args(arguments)
    pieces = pieces_from(Path(), (), options.pieces)
    planner = load_planner(options.planner)
    styles = options.styles.split(",") if options.styles else planner.styles
    how = Drawing(top_p=options.top_p, close=options.close)
    if not options.no_bits:
        _print_bits(pieces, options.planner, styles)
    print("| | " + " | ".join(FIGURES.values()) + " | pieces |")
    print("|---" * (len(FIGURES) + 2) + "|")
    for style in styles:
        held = [
            piece
            for piece in pieces
            if piece.split == options.split and piece.style == style and _bars(piece) <= _MOST_BARS
        ][: options.count]
        real = [figures_of(piece.sonorities) for piece in held]
        drawn = [figures_of(drawn_plan(planner, p, i, how)) for i, p in enumerate(held)]
        for name, rows in ((f"{style}, real", real), (f"{style}, drawn", drawn)):
            print(f"| {name} | {_cells(rows)} | {len(rows)} |", flush=True)
    return 0


def _print_bits(pieces: Sequence[Piece], name: str, styles: Iterable[str]) -> None:
    train = [piece for piece in pieces if piece.split == "train"]
    valid = [piece for piece in pieces if piece.split == "valid"]
    test = [piece for piece in pieces if piece.split == "test"]
    print(
        "| bits a beat | n-gram | planner, no phrases | planner, given phrases | phrases | beats |"
    )
    print("|---|---|---|---|---|---|")
    told, hidden = likelihoods(name, test), likelihoods(name, test, hidden=True)
    for style in styles:
        own = [piece for piece in test if piece.style == style]
        tuning = [piece for piece in valid if piece.style == style]
        beats = sum(len(piece.sonorities) for piece in own)
        if beats and tuning:
            ngram = Ngram([piece for piece in train if piece.style == style], tuning)
            plain = sum(map(ngram.bits, own)) / beats
            row = (plain, hidden[style][0], told[style][0], told[style][1])
            cells = " | ".join(f"{value:.2f}" for value in row)
            print(f"| {style} | {cells} | {beats:,} |", flush=True)


def _bars(piece: Piece) -> int:
    return sum(count for count, _, _ in piece.runs)


def drawn_plan(planner: Planner, piece: Piece, seed: int, how: Drawing) -> tuple[int, ...]:
    """Draw a plan for the bars, key and style of a piece, as what sounds on its beats."""
    runs = tuple(BarRun(count, Meter.parse(meter), steps) for count, meter, steps in piece.runs)
    key = Key.parse(piece.key)
    request = PlanRequest(runs, piece.pickup, key, piece.style, grid=piece.resolution)
    return on_beats(planner.draw(request, seed=seed, how=how), piece.beats(), key.tonic)


def mean_figures(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float, float]]:
    """Return the mean of each figure over pieces, and its interval."""
    rng = np.random.default_rng(0)
    found = {}
    for name in FIGURES:
        values = np.array([row[name] for row in rows if name in row])
        if len(values):
            drawn = values[rng.integers(len(values), size=(_RESAMPLES, len(values)))].mean(axis=1)
            low, high = np.quantile(drawn, (0.025, 0.975))
            found[name] = float(values.mean()), float(low), float(high)
    return found


def _cells(rows: Sequence[Mapping[str, float]]) -> str:
    figures = mean_figures(rows)
    cells = [figures.get(name) for name in FIGURES]
    return " | ".join("" if c is None else f"{c[0]:.2f} ({c[1]:.2f} to {c[2]:.2f})" for c in cells)
