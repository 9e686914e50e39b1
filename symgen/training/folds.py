"""Each tune held out in turn: how likely held-out tunes are after each pass, where a few would not tell."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from symgen.corpus import PieceRecord, Store
from symgen.training.fit import Figures, Position
from symgen.training.objective import LanguageObjective
from symgen.training.options import TrainOptions

__all__ = ["fold_figures", "fold_stores", "with_all"]

_HELD = ("train", "valid")
"""Splits that folds are made of; test pieces stay unseen."""


def with_all(store: Store) -> Store:
    """Return a store whose validation pieces are training pieces too."""
    records = [
        replace(record, split="train") if record.split == "valid" else record
        for record in store.pieces()
    ]
    return _view(store, records)


def fold_stores(store: Store, folds: int, seed: int) -> list[Store]:
    """Return a store so many times: in each other works are held out, and all of them once."""
    groups = list(dict.fromkeys(record.group for record in store.pieces() if record.split in _HELD))
    random.Random(f"folds {seed}").shuffle(groups)  # noqa: S311 - music, not secrets
    count = min(folds, len(groups))
    found = []
    for number in range(count):
        held = set(groups[number::count])
        records = [
            replace(record, split="valid" if record.group in held else "train")
            if record.split in _HELD
            else record
            for record in store.pieces()
        ]
        found.append(_view(store, records))
    return found


def fold_figures(
    objectives: Sequence[LanguageObjective], options: TrainOptions, stops: Callable[[], bool]
) -> list[dict[str, float]]:
    """Train all folds side by side, pass by pass, until their mean gains nothing; return its figures by pass."""
    places = [Position() for _ in objectives]
    rows: list[dict[str, float]] = []
    for epoch in range(options.epochs + 1):
        if epoch:
            for objective, at in zip(objectives, places, strict=True):
                _learn_pass(objective, at, options.epochs, stops)
        last = epoch == options.epochs
        # What begins with nothing is not worth measuring before it has learned.
        if (not epoch and not options.start) or (epoch % options.validate_passes and not last):
            continue
        rows.append({"epoch": float(epoch), **_mean([each.measure() for each in objectives])})
        bits = [row["bits_per_note"] for row in rows]
        if len(bits) - 1 - bits.index(min(bits)) >= options.patience:
            break
    return rows


def _learn_pass(
    objective: LanguageObjective, at: Position, epochs: int, stops: Callable[[], bool]
) -> None:
    while objective.update(at, at.passes / epochs) is not None:
        at.step, at.batch = at.step + 1, at.batch + 1
        if stops():  # nothing is on disk yet that could go on
            raise KeyboardInterrupt
    at.epoch, at.batch = at.epoch + 1, 0


def _mean(figures: Sequence[Figures]) -> dict[str, float]:
    """Return the mean of each figure over the folds."""
    names = dict.fromkeys(name for each in figures for name in each)
    return {name: fmean(each.get(name, 0.0) for each in figures) for name in names}


def _view(store: Store, records: Sequence[PieceRecord]) -> Store:
    """Return a store with the same events and other splits."""
    return Store(store.path, store.vocabulary, store.index, store.array, tuple(records), store.seal)
