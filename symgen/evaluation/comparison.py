"""Generated pieces beside a reference: all tables but the likelihood, which needs a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.copies.reference import Reference
from symgen.evaluation.bootstrap import mean_estimates, random_generator, resamples
from symgen.evaluation.densities import (
    common_grid,
    compare_densities,
    kernel_density,
    scott_bandwidth,
)
from symgen.evaluation.histograms import divergences, histograms
from symgen.evaluation.judges import FEATURE_JUDGES, JUDGES, features_for, judge_sets, needed_pieces
from symgen.evaluation.pieces import Piece, PieceSet, shares, training_scores
from symgen.evaluation.report import Evaluation, PieceRow, Table
from symgen.evaluation.structure import copy_metrics, structure_metrics
from symgen.evaluation.texture import texture_metrics
from symgen.evaluation.voices import voice_metrics
from symgen.evaluation.yang_lerch import YANG_LERCH, distances, piece_features, self_distances
from symgen.system.errors import ControlError, MissingDependencyError

__all__ = ["SIDES", "Settings", "compare", "estimate_table", "piece_metrics"]

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
