"""Generated pieces beside a reference: all tables but the likelihood, which needs a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.copies.reference import Reference, copied_share, longest_match
from symgen.evaluation.bands import band_metrics
from symgen.evaluation.bench import asking
from symgen.evaluation.bootstrap import mean_estimates, random_generator, resamples
from symgen.evaluation.chord_melody import chord_melody_metrics
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
from symgen.evaluation.harmony import harmony_metrics
from symgen.evaluation.judges import (
    FEATURE_JUDGES,
    JUDGES,
    features_for,
    judge_sets,
    judging_cost,
    needed_pieces,
)
from symgen.evaluation.metrics import LAGS, LONG_LOOP, loop_bars, repeated_share, self_similarity
from symgen.evaluation.pieces import Piece, PieceSet, shares, training_scores
from symgen.evaluation.playing import played_piece, playing_distances
from symgen.evaluation.report import Evaluation, PieceRow, Table, count_pieces
from symgen.evaluation.table import note_table
from symgen.evaluation.texture import texture_metrics, voice_metrics
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, MissingDependencyError
from symgen.system.following import planned, step

__all__ = [
    "RUN_NOTES",
    "SIDES",
    "Settings",
    "chord_metrics",
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
    in_key = np.isin(table.pitch % 12, list(piece.key.scale))
    ending = {
        "ends_on_tonic": float(table.top_line().pitch[-1] % 12 == piece.key.tonic),
        "notes_in_key": float(in_key.mean()),
    }
    bars = table.bar_contents()
    if not bars:
        return ending
    found = {
        "bars": float(len(bars)),
        "notes_per_bar": sum(map(len, bars)) / len(bars),
        "empty_bars": sum(not bar for bar in bars) / len(bars),
        "repeated_bars": repeated_share(bars),
    }
    for lag in LAGS:
        if len(bars) > lag:
            found[f"similarity_{lag}"] = self_similarity(bars, lag)
    loop = loop_bars(bars)
    return found | {"loop_bars": float(loop), "long_loop": float(loop >= LONG_LOOP)} | ending


def copy_metrics(piece: Piece, training: Reference) -> dict[str, float]:
    """Look for a piece in a training set."""
    # Returns ``copied_share`` of its runs of 12 notes, where it has a line that long, and
    # ``longest_match`` in notes; empty without pitched notes.
    # See `symgen.copies.reference`.
    score = piece.score
    longest = 0
    for part in score.parts:
        if not part.is_drum:
            longest = max(longest, len(note_table(score.with_parts([part])).top_line()))
    found: dict[str, float] = {}
    if longest:
        found["longest_match"] = float(longest_match(score, training))
    if longest >= RUN_NOTES:
        found["copied_share"] = copied_share([score], training, notes=RUN_NOTES)
    return found


Floats = NDArray[np.float64]
Figures = dict[str, float]
Curves = dict[str, dict[str, NDArray[np.float64]]]

SIDES = ("reference", "generated")
_PIECE_COST = 0.05
"""How long the figures of a piece take, beside a fold of a judge."""
_ENOUGH = 20
"""Pieces of a set from which on intervals from resamples are about as wide as they should be."""
_MOST = 500
"""Pieces of a set, at most, between which distances are taken."""
_MEANS = ("average_pitch_interval", "average_ioi")


@dataclass(frozen=True)
class Settings:
    """How to evaluate."""

    seed: int = 0  # of the resamples, the folds, the classifiers and the halves
    resamples: int = 1000  # drawn for each interval
    classifiers: bool = True  # whether to train them, which takes longest
    jobs: int | None = 1  # processes in which they are trained; one a core if none are named


def compare(generated: PieceSet, reference: PieceSet, settings: Settings) -> Evaluation:
    """Measure both sets and the distance between them."""
    sets = {"reference": reference, "generated": generated}
    total = sum(map(len, sets.values())) * _PIECE_COST
    if settings.classifiers:
        total += sum(map(judging_cost, JUDGES))
    with planned(total):
        return _compare(sets, settings)


def _compare(sets: dict[str, PieceSet], settings: Settings) -> Evaluation:
    figures = {side: [piece_metrics(piece) for piece in sets[side].pieces] for side in SIDES}
    chords = {side: [chord_metrics(piece) for piece in sets[side].pieces] for side in SIDES}
    bands = {side: [band_metrics(piece.score) for piece in sets[side].pieces] for side in SIDES}
    played = {side: [played_piece(piece.score) for piece in sets[side].pieces] for side in SIDES}
    is_typed = all(piece.is_typed for side in SIDES for piece in played[side])
    playing = {
        side: [{} if is_typed else dict(piece.figures) for piece in played[side]] for side in SIDES
    }
    copies, notes = _copies(sets)
    measured, curves = _distances(sets, settings)
    pitched = {side: [piece for piece in sets[side].pieces if piece.pitched] for side in SIDES}
    kind = features_for(pitched["reference"])
    judged, missing = _classifiers(pitched, kind, settings)
    tables: dict[str, Table] = {
        "metrics": estimate_table(figures, settings),
        "harmony": estimate_table(chords, settings),
        "bands": estimate_table(bands, settings),
        "playing": estimate_table(playing, settings),
        "playing_distances": playing_distances(*(played[side] for side in SIDES)),
        "distances": measured,
        "divergences": _divergences(pitched),
        "classifiers": judged,
        "copies": estimate_table(copies, settings),
        "keys": _keys(pitched),
    }
    rows = []
    for side in SIDES:
        measures = (each[side] for each in (figures, chords, bands, playing, copies))
        for piece, *found in zip(sets[side].pieces, *measures, strict=True):
            key = str(piece.key) if piece.pitched else ""
            rows.append(PieceRow(side, piece.name, key, reduce(or_, found)))
    facts: dict[str, Any] = {side: sets[side].name for side in SIDES}
    facts |= {f"{side}_pieces": len(sets[side]) for side in SIDES}
    facts |= {"seed": settings.seed, "resamples": settings.resamples}
    if any(name in judged for name in FEATURE_JUDGES):
        facts["features"] = kind
    return Evaluation(
        facts=facts,
        tables={name: table for name, table in tables.items() if table},
        pieces=tuple(rows),
        left_out=tuple(f"{side}: {line}" for side in SIDES for line in sets[side].left_out),
        notes=(*_few(sets), *notes, *missing),
        curves={**curves, **_histogram_curves(pitched)},
    )


def _few(sets: dict[str, PieceSet]) -> list[str]:
    """Warn of sets that are so small that intervals from resamples are too narrow."""
    return [
        f"{side}: only {count_pieces(len(sets[side]))}, so its intervals are too narrow; {_ENOUGH} or more hold"
        for side in SIDES
        if len(sets[side]) < _ENOUGH
    ]


def piece_metrics(piece: Piece) -> Figures:
    """Measure one piece."""
    step(_PIECE_COST)
    # Structure, MusPy's metrics, voices, and those of MGEval's features that are one number.
    features = piece_features(piece.score)
    found = {"notes": float(piece.score.note_count)}
    found |= structure_metrics(piece)
    found |= texture_metrics(piece.score)
    found |= {name: float(features[name][0]) for name in _MEANS if name in features}
    return found | voice_metrics(piece.score)


def chord_metrics(piece: Piece) -> Figures:
    """Measure the harmony of one piece, and how its melody fits its chords."""
    if not piece.pitched:
        return {}
    return harmony_metrics(piece.score, piece.key) | chord_melody_metrics(piece.score)


def estimate_table(figures: dict[str, list[Figures]], settings: Settings) -> Table:
    """Average figures over pieces, with intervals."""
    names = _ordered([row for rows in figures.values() for row in rows])
    table: dict[str, Figures] = {name: {} for name in names}
    for side, rows in figures.items():
        values = np.full((len(rows), len(names)), np.nan)
        for line, row in zip(values, rows, strict=True):
            line[:] = [row.get(name, np.nan) for name in names]
        weights = resamples(len(rows), settings.resamples, settings.seed, side)
        for name, found in zip(names, mean_estimates(values, weights), strict=True):
            if found:
                table[name] |= found.columns(side)
    return table


def _ordered(rows: Sequence[Figures]) -> list[str]:
    """Name all figures in the order of the fullest row, the others after them in that of the alphabet."""
    fullest = max(rows, key=len, default={})
    others = {name for row in rows for name in row} - set(fullest)
    return [*fullest, *sorted(others)]


def _copies(sets: dict[str, PieceSet]) -> tuple[dict[str, list[Figures]], list[str]]:
    """Look both sets up in the training part of the reference."""
    store = sets["reference"].store
    training = training_scores(store) if store else []
    found: dict[str, list[Figures]] = {}
    if not training:
        found = {side: [{} for _ in sets[side].pieces] for side in SIDES}
        why = "its store has no training part" if store else "it is no store"
        return found, [f"copies: the reference has no training part to search, as {why}"]
    known = Reference(training)
    for side in SIDES:
        found[side] = [copy_metrics(piece, known) for piece in sets[side].pieces]
    return found, []


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
        cells, samples = _distance_row(real, ours)
        if cells:
            table[name] = cells
        if "overlap" in cells:
            curves[f"distance {name}"] = _curves(samples)
    return table, curves


def _distance_row(real: list[Floats], ours: list[Floats]) -> tuple[Figures, dict[str, Floats]]:
    """Compare two sets in one feature: the cells of its row, and the distances themselves."""
    inner, own, between = self_distances(real), self_distances(ours), distances(real, ours)
    samples = {"within_reference": inner, "within_generated": own, "between": between}
    # The floor: what two halves of one set differ by.
    half, other = real[::2], real[1::2]
    pairs = {
        "": (inner, between),
        "_generated": (own, between),
        "_floor": (self_distances(half), distances(half, other)),
    }
    cells = {key: float(values.mean()) for key, values in samples.items() if len(values)}
    for ending, pair in pairs.items():
        for key, value in compare_densities(*pair).items():
            cells[f"{key}{ending}"] = value
    return cells, samples


def _curves(samples: dict[str, Floats]) -> dict[str, Floats]:
    """Densities to draw, of those samples that have one."""
    widths = {name: scott_bandwidth(values) for name, values in samples.items()}
    drawn = [name for name in samples if widths[name] > 0]
    if not drawn:
        return {}
    grid = common_grid(*(samples[name] for name in drawn))
    found = {name: kernel_density(samples[name], grid, widths[name]) for name in drawn}
    return {"grid": grid} | found


def _divergences(pitched: dict[str, list[Piece]]) -> Table:
    real, ours = (pitched[side] for side in SIDES)
    if not real or not ours:
        return {}
    table = {name: {"kl": value} for name, value in _divergences_of(ours, real).items()}
    if len(real) > 1:
        for name, value in _divergences_of(real[1::2], real[::2]).items():
            table[name]["kl_floor"] = value
    return table


def _divergences_of(sampled: list[Piece], real: list[Piece]) -> Figures:
    scores, keys = _scores_and_keys(sampled)
    return divergences(scores, keys, *_scores_and_keys(real))


def _scores_and_keys(pieces: list[Piece]) -> tuple[list[Score], list[Key]]:
    return [piece.score for piece in pieces], [piece.key for piece in pieces]


def _classifiers(
    pitched: dict[str, list[Piece]], kind: str, settings: Settings
) -> tuple[Table, list[str]]:
    if not settings.classifiers:
        return {}, ["classifiers: not asked for"]
    fewest = min(map(len, pitched.values()))
    if fewest < needed_pieces:
        need = f"need {needed_pieces} pieces with pitched notes in each set"
        return {}, [f"classifiers: {need}, one has {fewest}"]
    real, ours = (pitched[side] for side in SIDES)
    table, notes = {}, []
    how = {"seed": settings.seed, "resamples": settings.resamples}
    with asking(settings.jobs) as ask:
        for name in JUDGES:
            try:
                auc, floor = judge_sets(name, real, ours, **how, kind=kind, ask=ask)
            except (ControlError, MissingDependencyError) as error:
                notes.append(f"classifiers: {name} is left out: {error}")
                continue
            table[name] = auc.columns("auc") | floor.columns("floor")
    return table, notes


def _keys(pitched: dict[str, list[Piece]]) -> Table:
    table: dict[str, Figures] = {}
    found = {side: shares(piece.key.mode for piece in pitched[side]) for side in SIDES}
    for modes in found.values():
        for mode in modes:
            table[mode] = {s: found[s].get(mode, 0.0) for s in SIDES if pitched[s]}
    return table


def _histogram_curves(pitched: dict[str, list[Piece]]) -> Curves:
    """Shares of the four histograms, for the figures."""
    found: Curves = {}
    for side in SIDES:
        for name, counts in histograms(*_scores_and_keys(pitched[side])).items():
            shares_of_notes = counts / max(1, int(counts.sum()))
            found.setdefault(f"histogram {name}", {})[side] = shares_of_notes
    return found
