"""Generated pieces beside a reference: all tables but the likelihood, which needs a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.copies.reference import Reference, copied_share
from symgen.evaluation.bootstrap import mean_estimates, random_generator, resamples
from symgen.evaluation.distances import (
    YANG_LERCH,
    common_grid,
    compare_densities,
    distances,
    divergences,
    histograms,
    kernel_density,
    piece_features,
    scott_bandwidth,
    self_distances,
)
from symgen.evaluation.judges import FEATURE_JUDGES, JUDGES, features_for, judge_sets, needed_pieces
from symgen.evaluation.metrics import LAGS, LONG_LOOP, loop_bars, repeated_share, self_similarity
from symgen.evaluation.pieces import Piece, PieceSet, shares, training_scores
from symgen.evaluation.report import Evaluation, PieceRow, Table
from symgen.evaluation.table import note_table
from symgen.evaluation.texture import texture_metrics, voice_metrics
from symgen.music.score import Score
from symgen.system.errors import ControlError, MissingDependencyError

__all__ = [
    "RUN_NOTES",
    "SIDES",
    "Settings",
    "compare",
    "copy_metrics",
    "estimate_table",
    "piece_metrics",
    "structure_metrics",
]

RUN_NOTES = 12
"""Notes of the runs that are looked for in the training part."""


def structure_metrics(piece: Piece) -> dict[str, float]:
    """Measure form, ending and key."""
    # See `symgen.evaluation.metrics` for definitions and sources; the key is that of
    # `estimate_key`.
    table = note_table(piece.score)
    if not len(table):
        return {}
    found = {
        "ends_on_tonic": float(table.top_line().pitch[-1] % 12 == piece.key.tonic),
        "notes_in_key": float(np.isin(table.pitch % 12, list(piece.key.scale)).mean()),
    }
    bars = table.bar_contents()
    if not bars:
        return found
    loop = loop_bars(bars)
    return {
        "bars": float(len(bars)),
        "notes_per_bar": sum(map(len, bars)) / len(bars),
        "empty_bars": sum(not bar for bar in bars) / len(bars),
        "repeated_bars": repeated_share(bars),
        **{f"similarity_{lag}": self_similarity(bars, lag) for lag in LAGS if len(bars) > lag},
        "loop_bars": float(loop),
        "long_loop": float(loop >= LONG_LOOP),
        **found,
    }


def copy_metrics(piece: Piece, training: Reference) -> dict[str, float]:
    """Look for a piece in a training set."""
    # Returns ``copied_share`` of its runs of 12 notes, where it has a line that long, and
    # ``longest_match`` in notes; empty without pitched notes.
    # See `symgen.copies.reference`.
    lines = [
        note_table(piece.score.with_parts([p])).top_line()
        for p in piece.score.parts
        if not p.is_drum
    ]
    longest = max(map(len, lines), default=0)
    found = (
        {"longest_match": float(_longest_match(piece.score, training, longest))} if longest else {}
    )
    if longest >= RUN_NOTES:
        found["copied_share"] = copied_share([piece.score], training, notes=RUN_NOTES)
    return found


def _longest_match(score: Score, training: Reference, longest: int) -> int:
    """As `longest_match`, feeling the way up from short runs."""
    # A large corpus is hashed anew for each length asked for.
    #
    # A run can only be shared if each shorter run inside it is.

    def shared(notes: int) -> bool:
        return notes < 2 or (notes <= longest and copied_share([score], training, notes=notes) > 0)

    high = 2
    while shared(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if shared(middle) else (low, middle)
    return low if low > 1 else 0


Floats = NDArray[np.float64]
Figures = dict[str, float]
Curves = dict[str, dict[str, NDArray[np.float64]]]

SIDES = ("reference", "generated")
_MOST = 500
"""Pieces of a set, at most, between which distances are taken."""
_MEANS = ("average_pitch_interval", "average_ioi")


@dataclass(frozen=True)
class Settings:
    """How to evaluate."""

    seed: int = 0  # of the resamples, the folds, the classifiers and the halves
    resamples: int = 1000  # drawn for each interval
    classifiers: bool = True  # whether to train them, which takes longest


def compare(generated: PieceSet, reference: PieceSet, settings: Settings) -> Evaluation:
    """Measure both sets and the distance between them."""
    sets = {"reference": reference, "generated": generated}
    figures = {
        side: [piece_metrics(piece) for piece in found.pieces] for side, found in sets.items()
    }
    copies, notes = _copies(sets)
    measured, curves = _distances(sets, settings)
    pitched = {
        side: [piece for piece in found.pieces if piece.pitched] for side, found in sets.items()
    }
    kind = features_for(pitched["reference"])
    judged, more = _classifiers(pitched, kind, settings)
    tables: dict[str, Table] = {
        "metrics": estimate_table(figures, settings),
        "distances": measured,
        "divergences": _divergences(pitched),
        "classifiers": judged,
        "copies": estimate_table(copies, settings),
        "keys": _keys(pitched),
    }
    rows = tuple(
        PieceRow(side, piece.name, str(piece.key) if piece.pitched else "", {**found, **copied})
        for side, one in sets.items()
        for piece, found, copied in zip(one.pieces, figures[side], copies[side], strict=True)
    )
    facts = {
        **{side: one.name for side, one in sets.items()},
        **{f"{side}_pieces": len(one) for side, one in sets.items()},
        "seed": settings.seed,
        "resamples": settings.resamples,
        **({"features": kind} if any(name in judged for name in FEATURE_JUDGES) else {}),
    }
    left_out = tuple(f"{side}: {line}" for side, one in sets.items() for line in one.left_out)
    tables = {name: table for name, table in tables.items() if table}
    return Evaluation(
        facts, tables, rows, left_out, (*notes, *more), {**curves, **_histogram_curves(pitched)}
    )


def piece_metrics(piece: Piece) -> Figures:
    """Measure one piece."""
    # Structure, MusPy's metrics, voices, and those of MGEval's features that are one number.
    features = piece_features(piece.score)
    found = {"notes": float(piece.score.note_count)}
    means: Figures = {name: float(features[name][0]) for name in _MEANS if name in features}
    return {
        **found,
        **structure_metrics(piece),
        **texture_metrics(piece.score),
        **means,
        **voice_metrics(piece.score),
    }


def estimate_table(figures: dict[str, list[Figures]], settings: Settings) -> Table:
    """Average figures over pieces, with intervals."""
    names = _ordered([row for rows in figures.values() for row in rows])
    table: dict[str, Figures] = {name: {} for name in names}
    for side, rows in figures.items():
        values = np.array([[row.get(name, np.nan) for name in names] for row in rows]).reshape(
            len(rows), len(names)
        )
        weights = resamples(len(rows), settings.resamples, settings.seed, side)
        for name, found in zip(names, mean_estimates(values, weights), strict=True):
            if found:
                table[name] |= found.columns(side)
    return table


def _ordered(rows: Sequence[Figures]) -> list[str]:
    """Name all figures in the order of the fullest row, the others after them in that of the alphabet."""
    fullest = max(rows, key=len, default={})
    return [*fullest, *sorted({name for row in rows for name in row} - set(fullest))]


def _copies(sets: dict[str, PieceSet]) -> tuple[dict[str, list[Figures]], list[str]]:
    """Look both sets up in the training part of the reference."""
    store = sets["reference"].store
    training = training_scores(store) if store else []
    if not training:
        why = "its store has no training part" if store else "it is no store"
        nothing: dict[str, list[Figures]] = {
            side: [{} for _ in one.pieces] for side, one in sets.items()
        }
        return nothing, [f"copies: the reference has no training part to search, as {why}"]
    known = Reference(training)
    return {
        side: [copy_metrics(piece, known) for piece in one.pieces] for side, one in sets.items()
    }, []


def _distances(sets: dict[str, PieceSet], settings: Settings) -> tuple[Table, Curves]:
    """Distances of MGEval's features within and between the sets, and how their densities differ."""
    features: dict[str, list[dict[str, Floats]]] = {}
    for side, one in sets.items():
        rng = random_generator(settings.seed, f"distances {side}")
        chosen = rng.permutation(len(one))[:_MOST]
        features[side] = [piece_features(one.pieces[i].score) for i in chosen]
    table: dict[str, Figures] = {}
    curves: Curves = {}
    for name in YANG_LERCH:
        real, ours = ([row[name] for row in features[side] if name in row] for side in SIDES)
        within = {
            "within_reference": self_distances(real),
            "within_generated": self_distances(ours),
        }
        between = distances(real, ours)
        half, other = real[::2], real[1::2]
        cells = {
            key: float(values.mean())
            for key, values in {**within, "between": between}.items()
            if len(values)
        }
        for ending, pair in {
            "": (within["within_reference"], between),
            "_generated": (within["within_generated"], between),
            "_floor": (self_distances(half), distances(half, other)),
        }.items():
            cells |= {f"{key}{ending}": value for key, value in compare_densities(*pair).items()}
        if cells:
            table[name] = cells
        if "overlap" in cells:
            curves[f"distance {name}"] = _curves({**within, "between": between})
    return table, curves


def _curves(samples: dict[str, Floats]) -> dict[str, Floats]:
    """Densities to draw, of those samples that have one."""
    drawn = {name: values for name, values in samples.items() if scott_bandwidth(values) > 0}
    if not drawn:
        return {}
    grid = common_grid(*drawn.values())
    return {"grid": grid} | {
        name: kernel_density(values, grid, scott_bandwidth(values))
        for name, values in drawn.items()
    }


def _divergences(pitched: dict[str, list[Piece]]) -> Table:
    real, ours = (
        ([p.score for p in pitched[side]], [p.key for p in pitched[side]]) for side in SIDES
    )
    if not real[0] or not ours[0]:
        return {}
    table = {name: {"kl": value} for name, value in divergences(*ours, *real).items()}
    if len(real[0]) > 1:
        halves = [[column[start::2] for column in real] for start in (0, 1)]
        for name, value in divergences(*halves[1], *halves[0]).items():  # type: ignore[arg-type]
            table[name]["kl_floor"] = value
    return table


def _classifiers(
    pitched: dict[str, list[Piece]], kind: str, settings: Settings
) -> tuple[Table, list[str]]:
    if not settings.classifiers:
        return {}, ["classifiers: not asked for"]
    fewest = min(map(len, pitched.values()))
    if fewest < needed_pieces:
        return {}, [
            f"classifiers: need {needed_pieces} pieces with pitched notes in each set, one has {fewest}"
        ]
    table, notes = {}, []
    for name in JUDGES:
        try:
            auc, floor = judge_sets(
                name, *pitched.values(), seed=settings.seed, resamples=settings.resamples, kind=kind
            )
        except (ControlError, MissingDependencyError) as error:
            notes.append(f"classifiers: {name} is left out: {error}")
            continue
        table[name] = auc.columns("auc") | floor.columns("floor")
    return table, notes


def _keys(pitched: dict[str, list[Piece]]) -> Table:
    found = {
        side: shares(piece.key.mode for piece in pieces)
        for side, pieces in pitched.items()
        if pieces
    }
    modes = dict.fromkeys(mode for one in found.values() for mode in one)
    return {mode: {side: one.get(mode, 0.0) for side, one in found.items()} for mode in modes}


def _histogram_curves(pitched: dict[str, list[Piece]]) -> Curves:
    """Shares of the four histograms, for the figures."""
    found: Curves = {}
    for side in SIDES:
        counts = histograms([p.score for p in pitched[side]], [p.key for p in pitched[side]])
        for name, values in counts.items():
            found.setdefault(f"histogram {name}", {})[side] = values / max(1, int(values.sum()))
    return found
