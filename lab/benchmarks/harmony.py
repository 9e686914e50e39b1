"""Harmony of drawn pieces beside that of held-out ones of the same bars, meter, key, style and parts.

    python -m lab harmony STORE --model NAME|FOLDER... [--count 78] [--styles chorale,hymn] [--candidates 1]
                                [--no-judges]

One take of each model stands beside each held-out piece of the store, first of its test split, then of its validation
split; with `--candidates` it is one of so many, kept as `--candidates` of the command line keeps it. Seeds are fixed,
and `--end` is not asked for. Real and drawn pieces are read in one way, by the names of the sets of pitch classes that
sound as a beat begins (`symgen.evaluation.harmony`), in which no model and no plan has a part. Figures are means of
pieces with 95 % intervals; AUC is that of classifiers that tell real from drawn pieces by some features, and its real
column that of real from real. Of a model that draws a plan of chords first, two rows say on how many of the beats with
a known chord the notes of single takes keep the root of their plan, and its root and kind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import Tune, print_table, show_estimate
from lab.benchmarks.ranking import Group, make_group
from lab.commands import command_parser
from lab.shipping.train_discriminator import FIRST_SEED, SEEDS, chosen_pieces
from symgen.corpus import PieceRecord, Store
from symgen.evaluation.bootstrap import Estimate, mean_estimates, ratio_estimate, resamples
from symgen.evaluation.figures import LABELS
from symgen.evaluation.harmony import WINDOW, chords_on_beats, harmony_metrics
from symgen.evaluation.judges import FEATURE_JUDGES, Features, judge_sets, needed_pieces
from symgen.evaluation.pieces import Piece
from symgen.evaluation.polyphony import voice_features
from symgen.evaluation.slices import CHORDS, NO_ROOT, cut
from symgen.music.harmony import PlacedChord
from symgen.music.score import Score
from symgen.writing.model import Model, load_model

Floats = NDArray[np.float64]

RESAMPLES = 1000
METRICS = (
    "roots_by_fourth",
    "cadence_authentic",
    "closes_bass_5_1",
    "closes_on_tonic_chord",
    "closes_soprano_on_tonic",
    "beats_without_chord",
    "chord_coverage",
    "chord_changes",
    "chord_changes_bar_lines",
    "chord_changes_inside_bars",
    "contour_returns",
    "distinct_chords",
)
"""Rows of the table, in its order; see `harmony_metrics`."""
WHOLE_PIECE = "distinct chords of the piece, by 16 beats of all pieces"

GROUPS = {
    "major": ("major",),
    "minor": ("minor",),
    "diminished": ("diminished", "half_diminished", "diminished_seventh"),
    "dominant seventh": ("dominant_seventh",),
    "other seventh": ("minor_seventh", "major_seventh"),
}
"""Kinds of chord that a judge of the harmony tells apart; all others are one more."""
LINES = (
    "parallel_fifths",
    "parallel_octaves",
    "contrary",
    "similar",
    "oblique",
    "crossings",
    "unisons",
    "gap",
    "gap_spread",
    "gap_above_octave",
    "lowest_gap",
)
"""Features of how voices move beside each other."""

QUALITIES = {
    "": "major",
    "m": "minor",
    "7": "dominant_seventh",
    "m7": "minor_seventh",
    "maj7": "major_seventh",
    "dim": "diminished",
    "dim7": "diminished_seventh",
    "m7b5": "half_diminished",
    "aug": "augmented",
    "sus4": "suspended",
}
"""What the qualities of plans are called here."""
KEPT = ("plan kept: root", "plan kept: root and kind")


def harmony_of(piece: Piece) -> Floats:
    """Describe the chords of a piece, whatever their order: kinds, roots, inversions, how many and how fast."""
    slices = cut(piece.score)
    chords = chords_on_beats(slices)
    beats = max(1, len(chords.kinds))
    counts = np.bincount(chords.kinds, minlength=len(CHORDS)) / beats
    kinds = [counts[[CHORDS.index(kind) for kind in group]].sum() for group in GROUPS.values()]
    roots = chords.roots[chords.known]
    degrees = np.bincount((roots - piece.key.tonic) % 12, minlength=12) / max(1, len(roots))
    inside = np.isin(np.arange(12), list(piece.key.scale))
    more = [
        _mean(np.equal(chords.basses[chords.known], roots)),
        _mean(np.all(inside | ~slices.classes[slices.beats], axis=1)),
        _mean(np.equal(np.diff(roots), 0)),
        len(np.unique(chords.names)) / beats,
    ]
    return np.array([*kinds, 1 - sum(kinds), *degrees, *more])


def harmony_and_close_of(piece: Piece) -> Floats:
    """Describe the chords of a piece, the steps of its roots, and its close."""
    steps = chords_on_beats(cut(piece.score)).root_steps
    shares = np.bincount(steps, minlength=12)[1:] / max(1, len(steps))
    found = harmony_metrics(piece.score, piece.key)
    return np.array([*harmony_of(piece), *shares, *(found.get(name, 0.0) for name in METRICS[:5])])


def lines_of(piece: Piece) -> Floats:
    """Describe how the voices of a piece move beside each other."""
    found = voice_features(piece.score, piece.key)
    return np.array([found[name] for name in LINES])


JUDGED: dict[str, Features] = {
    "harmony": harmony_of,
    "harmony, roots and close": harmony_and_close_of,
    "lines": lines_of,
    "all voices": "voices",
}
"""What classifiers see of a piece."""


def _mean(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def held_out(store: Store, count: int, styles: Sequence[str]) -> list[tuple[int, PieceRecord]]:
    """Choose pieces of these styles, or of all, that no model of the store was trained on."""
    found = [
        piece
        for split in ("test", "valid")
        for piece in chosen_pieces(store, split, len(store.pieces(split)))
        if not styles or piece[1].header.style in styles
    ]
    return found[:count]


def figures(tunes: Sequence[Tune]) -> dict[str, Estimate | None]:
    """Average the metrics of pieces."""
    weights = resamples(len(tunes), RESAMPLES, 0, "harmony")
    measured = [harmony_metrics(tune.score, tune.key) for tune in tunes]
    table = np.array([[row.get(name, np.nan) for name in METRICS] for row in measured])
    found: dict[str, Estimate | None] = dict(
        zip(METRICS, mean_estimates(table, weights), strict=True)
    )
    chords = [chords_on_beats(cut(tune.score)) for tune in tunes]
    different = np.array([len(np.unique(one.names)) for one in chords], dtype=np.float64)
    beats = np.array([len(one.kinds) for one in chords], dtype=np.float64)
    found[WHOLE_PIECE] = ratio_estimate(WINDOW * different, beats, weights)
    return found


def kept_plan(score: Score, plan: Sequence[PlacedChord]) -> tuple[float, float]:
    """Share of the beats with a known chord that have the root of the plan, and its root and kind."""
    slices = cut(score)
    chords = chords_on_beats(slices)
    places = np.searchsorted([chord.at for chord in plan], slices.beat_at, side="right") - 1
    told = [plan[place] if place >= 0 else None for place in places]
    roots = np.array([chord.root if chord else NO_ROOT for chord in told], dtype=np.int64)
    names = [QUALITIES[chord.quality] if chord else "other" for chord in told]
    kinds = np.array([CHORDS.index(name) for name in names], dtype=np.int64)
    counted = chords.known & (roots != NO_ROOT)
    has_root = np.equal(chords.roots, roots)
    has_kind = np.equal(chords.kinds, kinds)
    return _mean(has_root[counted]), _mean((has_root & has_kind)[counted])


def kept_plans(
    model: Model, pieces: Sequence[tuple[int, PieceRecord]]
) -> dict[str, Estimate | None]:
    """Average how takes keep their plans; nothing of a model without them."""
    rows = []
    for place, record in pieces:
        header = replace(record.header, chords=())
        take = model.take_like(header, seed=FIRST_SEED["test"] + SEEDS * place)
        if not take.header.chords:
            return {}
        rows.append(kept_plan(take.score, take.header.chords))
    weights = resamples(len(rows), RESAMPLES, 0, "harmony")
    return dict(zip(KEPT, mean_estimates(np.array(rows), weights), strict=True))


def areas(
    real: Sequence[Piece], drawn: Sequence[Piece]
) -> Iterator[tuple[str, Estimate, Estimate]]:
    """Tell drawn from real pieces, and real from real."""
    for label, seen in JUDGED.items():
        for name in FEATURE_JUDGES:
            area, floor = judge_sets(name, real, drawn, seed=0, resamples=RESAMPLES, kind=seen)
            yield f"AUC, {label}, {name}", area, floor


def as_pieces(groups: Sequence[Group], chosen: Callable[[Group], Tune]) -> list[Piece]:
    """Return tunes as the judges take them, with what keeps versions of a work together."""
    return [Piece(group.real.name, chosen(group).score, group.work) for group in groups]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", nargs="+", default=["chorale"], help="names or folders")
    parser.add_argument("--count", type=int, default=78)
    parser.add_argument("--styles", default="", help="only pieces of these styles, with commas")
    parser.add_argument("--candidates", type=int, default=1)
    parser.add_argument("--no-judges", action="store_true")
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    pieces = held_out(store, options.count, [name for name in options.styles.split(",") if name])
    if not pieces:
        print(f"{options.store}: no held-out piece to draw like", file=sys.stderr)
        return 1
    columns: list[dict[str, Estimate | None]] = [{}]
    for name in options.model:
        model = load_model(name)
        groups = [make_group(model, store, piece, options.candidates, None) for piece in pieces]
        columns[0] |= figures([group.real for group in groups])
        columns.append(figures([group.kept(options.candidates) for group in groups]))
        columns[-1] |= kept_plans(model, pieces)
        if options.no_judges or len(groups) < needed_pieces:
            continue
        real = as_pieces(groups, lambda group: group.real)
        drawn = as_pieces(groups, lambda group: group.kept(options.candidates))
        for label, area, floor in areas(real, drawn):
            columns[0][label], columns[-1][label] = floor, area
    rows = [
        [LABELS.get(name, name), *(show_estimate(each.get(name)) for each in columns)]
        for name in dict.fromkeys(name for each in columns for name in each)
    ]
    print_table([f"{len(pieces)} pieces each", "real", *options.model], rows)
    return 0
