"""Fit the numbers by which `symgen.beats` finds beats, on the train split of stores, and write their tables.

    python -m lab fit-beats rhythm stores/folk stores/hymns     # symgen/beats/data/rhythm.json
    python -m lab fit-beats weights stores/folk stores/hymns    # symgen/beats/data/melody.json

`rhythm` counts the steps from note to note in the tunes as written, and finds by expectation and maximization a few
manners of each meter. `weights` plays `--count` tunes as `beats.py` does (in 15 of 100 the tempo follows from a usual
distance of notes, in 10 it is anything from 60 to 200 quarters a minute), lists the readings of each, and fits a
conditional logit: half of its loss asks for the right tempo, half for meter and bar lines too. In half of the clips the
strengths are mixed, as those of a transcription may say nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lab.benchmarks.beats import (
    METERS,
    Floats,
    Ints,
    Piece,
    add_errors,
    load_pieces,
    play,
    true_bpm,
)
from lab.commands import command_parser
from lab.modules import ROOT
from lab.renditions.performance import draw_manner, melody_notes
from symgen.beats.evidence import FEATURES
from symgen.beats.reading import Choices, RhythmConstraints, list_choices
from symgen.beats.tracking import EXTRA

FOLDER = ROOT / "symgen" / "beats" / "data"
BARS = {"2/4": 24, "3/4": 36, "4/4": 48, "6/8": 36, "9/8": 54}
MANNERS = {"2/4": 2, "3/4": 3, "4/4": 3, "6/8": 2, "9/8": 1}
PLACES = {12: (0, 3, 4, 6, 8, 9), 18: (0, 3, 6, 9, 12, 15)}
STEPS = {
    12: (3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21, 24, 30, 36, 42, 48),
    18: (3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 45, 54),
}
MISSING = 0.05
ROUNDS = 12


# -- rhythm ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """Steps of the tunes of a meter, by place in the bar and length, and where the tunes begin."""

    counts: Floats
    firsts: list[int]
    weights: Floats


def beat_of(meter: str) -> int:
    return 18 if meter.endswith("8") else 12


def places_of(meter: str) -> list[int]:
    return [
        place for place in range(BARS[meter]) if place % beat_of(meter) in PLACES[beat_of(meter)]
    ]


def count_steps(pieces: Sequence[Piece], meter: str) -> Counted:
    rng = np.random.default_rng(0)
    places, steps, bar = places_of(meter), STEPS[beat_of(meter)], BARS[meter]
    tables, firsts, weights = [], [], []
    for piece in pieces:
        if piece.meter != meter:
            continue
        line = next(b.start for b in piece.score.bars if b.number > 0)
        onsets = np.rint(
            (melody_notes(piece.score)[:, 0] - line) * 12 / piece.score.resolution
        ).astype(int)
        table = np.zeros((len(places), len(steps)))
        for whole in (True, False, False):
            kept = onsets[whole | (rng.random(len(onsets)) >= MISSING)]
            for place, step in zip((kept[:-1] % bar).tolist(), np.diff(kept).tolist(), strict=True):
                if place in places and step in steps and (place + step) % bar in places:
                    table[places.index(place), steps.index(step)] += 1 / 3
        if table.sum() >= 10:
            tables.append(table)
            firsts.append(int(onsets[0]) % bar)
            weights.append(2.0 if piece.style == "hymn" else 1.0)
    return Counted(np.array(tables), firsts, np.array(weights))


def fit_manner(counts: Floats, meter: str) -> tuple[Floats, Floats, Floats]:
    """Fit what steps and places say; return it, and the log probabilities that follow."""
    places, beat = places_of(meter), beat_of(meter)
    reached = [[(place + step) % BARS[meter] for step in STEPS[beat]] for place in places]
    closed = torch.tensor([[0.0 if q in places else -1e9 for q in row] for row in reached])
    index = torch.tensor([[places.index(q) if q in places else 0 for q in row] for row in reached])
    inside = torch.tensor([PLACES[beat].index(place % beat) for place in places])
    by_step = torch.zeros(6, len(STEPS[beat]), requires_grad=True)
    by_place = torch.zeros(len(places), requires_grad=True)
    data = torch.tensor(counts, dtype=torch.float32)
    optimizer = torch.optim.LBFGS([by_step, by_place], max_iter=150, line_search_fn="strong_wolfe")

    def said() -> torch.Tensor:
        return torch.log_softmax(by_step[inside] + by_place[index] + closed, 1)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = -(data * said()).sum() + 0.15 * ((by_step**2).sum() + (by_place**2).sum())
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return by_step.detach().numpy(), by_place.detach().numpy(), said().detach().numpy()


def fit_rhythm(pieces: Sequence[Piece]) -> dict[str, Any]:
    table = {}
    for meter in METERS:
        found, kinds = count_steps(pieces, meter), MANNERS[meter]
        total = found.counts.sum(axis=(1, 2))
        short = np.array(STEPS[beat_of(meter)]) <= 6
        order = np.argsort(
            np.argsort(found.counts.sum(axis=1)[:, short].sum(axis=1) / total)
        ) / len(total)
        shares = np.eye(kinds)[np.minimum((order * kinds).astype(int), kinds - 1)]
        weight = found.weights * 60 / np.maximum(total, 60)
        for _ in range(ROUNDS if kinds > 1 else 1):
            manners = [
                fit_manner(np.tensordot(shares[:, k] * weight, found.counts, 1), meter)
                for k in range(kinds)
            ]
            usual = (shares * found.weights[:, None]).sum(axis=0) / found.weights.sum()
            odds = (
                np.stack(
                    [(found.counts * np.maximum(m[2], -20)).sum(axis=(1, 2)) for m in manners],
                    axis=1,
                )
                / 2
            )
            shares = np.exp(
                odds + np.log(usual) - (odds + np.log(usual)).max(axis=1, keepdims=True)
            )
            shares /= shares.sum(axis=1, keepdims=True)
        print(
            f"{meter}: {len(total)} tunes, {total.sum():.0f} steps, shares {np.round(usual, 2).tolist()}"
        )
        opened = {
            p: found.weights[np.array(found.firsts) == p].sum() for p in sorted(set(found.firsts))
        }
        table[meter] = {
            "first": {
                str(place): round(float(weight / found.weights.sum()), 3)
                for place, weight in opened.items()
                if weight > 0.002 * len(total)
            },
            "manners": [
                {
                    "share": round(float(share), 2),
                    "steps": [numbers(row) for row in by_step],
                    "places": numbers(by_place),
                }
                for share, (by_step, by_place, _) in zip(usual, manners, strict=True)
            ],
        }
    return table


def numbers(values: Floats, digits: int = 1) -> list[float]:
    """Round to what a file keeps; without minus zero, nor what 32 bits leave of a fraction."""
    return [round(value, digits) + 0.0 for value in np.clip(values, -99, 99).tolist()]


# -- weights -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Clip:
    """The readings of a performance: what speaks for them, and which are right; `known` is added to their scores."""

    columns: Floats
    right: Ints
    right_tempo: Ints
    known: Floats


def describe(piece: Piece, rng: np.random.Generator) -> Clip:
    kind, bpm = rng.random(), None
    if kind < 0.15:
        steps = np.diff(melody_notes(piece.score)[:, 0]) / piece.score.resolution
        bpm = float(
            60 * np.median(steps[steps > 0]) / draw_manner(rng, voice=rng.random() < 0.4).spacing
        )
    elif kind < 0.25:
        bpm = float(np.exp(rng.uniform(np.log(60), np.log(200))))
    performance = play(piece, rng, bpm)
    rows, owners = add_errors(performance.rows, rng)
    if rng.random() < 0.5:
        rows[:, 3] = rng.permutation(rows[:, 3])
    true = np.rint(performance.placed.notes[:, 0] * 12).astype(np.int64)
    columns, right, right_tempo = [], [], []
    for choice in list_choices(rows, RhythmConstraints()):
        near = abs(choice.bpm / true_bpm(performance) - 1) < 0.05
        ticks = choice.path.ticks
        put = (ticks != EXTRA) & (owners[: len(ticks)] >= 0)
        apart = (ticks[put] - true[owners[: len(ticks)][put]])[None, :] + choice.shifts[:, None]
        same = (apart % choice.rhythm.bar == 0).mean(axis=1) > 0.5
        right.append(same & near & (str(choice.rhythm.meter) == piece.meter))
        right_tempo.append(np.full(len(same), near))
        columns.append(choice_columns(choice))
    rights = np.concatenate(right)
    return Clip(np.concatenate(columns), rights, np.concatenate(right_tempo), np.zeros(len(rights)))


def choice_columns(choice: Choices) -> Floats:
    """Lay out what a weight is fitted for: the features, and a parabola of the tempo by meter."""
    away = np.log(choice.bpm / 120)
    at_tempo = np.zeros((len(choice.features), 3 * len(METERS)))
    where = 3 * METERS.index(str(choice.rhythm.meter))
    at_tempo[:, where : where + 3] = (1.0, away, away**2)
    return np.concatenate([choice.features, at_tempo], axis=1)


def fit_weights(clips: Sequence[Clip], decay: float = 3e-5) -> Floats:
    columns = torch.tensor(np.concatenate([clip.columns for clip in clips]), dtype=torch.float32)
    known = torch.tensor(np.concatenate([clip.known for clip in clips]), dtype=torch.float32)
    owner = torch.tensor(np.repeat(np.arange(len(clips)), [len(clip.columns) for clip in clips]))
    truths = [
        np.concatenate([getattr(clip, name) for clip in clips]) for name in ("right", "right_tempo")
    ]
    spread = columns.std(0).clamp(min=1e-3)
    scaled = columns / spread
    weights = (
        torch.zeros(columns.shape[1]) + 0.3 * spread * (torch.arange(columns.shape[1]) < 2)
    ).requires_grad_(True)
    optimizer = torch.optim.LBFGS([weights], max_iter=90, line_search_fn="strong_wolfe")

    def total(scores: torch.Tensor) -> torch.Tensor:
        top = torch.full((len(clips),), -1e4).scatter_reduce(0, owner, scores, "amax")
        return top + torch.log(
            torch.zeros(len(clips)).index_add(0, owner, torch.exp(scores - top[owner])) + 1e-30
        )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores = scaled @ weights + known
        whole = total(scores)
        value = decay * (weights**2).sum()
        for truth in truths:
            right = torch.tensor(truth)
            there = torch.zeros(len(clips)).index_add(0, owner, right.float()) > 0
            value = (
                value
                - (total(torch.where(right, scores, -1e4)) - whole)[there].sum() / len(clips) / 2
            )
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return (weights / spread).detach().numpy()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("what", choices=("rhythm", "weights"))
    parser.add_argument("stores", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=900)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    pieces = load_pieces(args.stores, "train")
    if args.what == "rhythm":
        write_table("rhythm", fit_rhythm(pieces))
        return 0
    rng = np.random.default_rng(args.seed)
    chances = np.array([2.0 if piece.style == "hymn" else 1.0 for piece in pieces])
    chosen = rng.choice(
        len(pieces), min(args.count, len(pieces)), replace=False, p=chances / chances.sum()
    )
    clips = [describe(pieces[i], np.random.default_rng([args.seed, i])) for i in chosen.tolist()]
    weights = fit_weights([clip for clip in clips if clip.right_tempo.any()])
    of_features, of_tempo = weights[: len(FEATURES)], weights[len(FEATURES) :].reshape(-1, 3)
    write_weights("melody", FEATURES, of_features, of_tempo)
    return 0


def write_weights(name: str, names: Sequence[str], features: Floats, tempo: Floats) -> None:
    """Write what `symgen.beats.tables.read_weights` reads."""
    by_meter = {meter: numbers(row, 2) for meter, row in zip(METERS, tempo, strict=True)}
    by_name = dict(zip(names, numbers(features, 2), strict=True))
    write_table(name, {"features": by_name, "tempo": by_meter})


def write_table(name: str, table: dict[str, Any]) -> None:
    """Write a table of `symgen.beats`, a row of numbers on a line."""
    text = json.dumps(table, indent=1)
    rows = re.compile(r"\[\s+([^\[\]{}]+?)\s+\]")
    text = rows.sub(lambda row: "[" + " ".join(row[1].split()) + "]", text)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
