"""Each tune is held out once: the folds choose the pass, and then all tunes are learned from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_tools import OPTIONS

from symgen.corpus import Store
from symgen.nets.checkpoint import load_model_files
from symgen.training import Callbacks, TrainProgress, train_store
from symgen.training.folds import fold_stores, with_all
from symgen.training.run import LAST, read_state

FOLDED = replace(OPTIONS, folds=3, epochs=3, patience=2)


def test_each_tune_is_held_out_once(store: Store) -> None:
    folds = fold_stores(store, 3, 0)
    held = Counter(record.group for fold in folds for record in fold.pieces("valid"))
    seen = {record.group for record in store.pieces() if record.split != "test"}
    assert held == dict.fromkeys(seen, held[next(iter(seen))])
    assert len(folds) == 3
    for fold in folds:
        assert fold.pieces("test") == store.pieces("test")
        assert {r.group for r in fold.pieces("train")} | {
            r.group for r in fold.pieces("valid")
        } == seen
        assert not {r.group for r in fold.pieces("train")} & {r.group for r in fold.pieces("valid")}
    sizes = [len({r.group for r in fold.pieces("valid")}) for fold in folds]
    assert max(sizes) - min(sizes) <= 1
    assert [f.pieces() for f in fold_stores(store, 3, 0)] == [f.pieces() for f in folds]
    assert len(fold_stores(store, 1000, 0)) == len(seen)


def test_all_tunes_are_learned_from(store: Store, tmp_path: Path) -> None:
    report = train_store(store, tmp_path / "run", options=FOLDED)
    folded = read_state(tmp_path / "run")["folded"]
    assert [row["epoch"] for row in folded] == [row["epoch"] for row in report.rows]
    for row, told in zip(report.rows, folded, strict=True):
        assert row["valid_bits_per_note"] == pytest.approx(told["bits_per_note"], abs=1e-4)
    usual = load_model_files(tmp_path / "run" / LAST).info["usual"]
    count = len(with_all(store).pieces("train"))
    assert sum(row[-1] for row in usual) == count > len(store.pieces("train"))


def test_a_run_of_folds_goes_on_with_what_they_said(store: Store, tmp_path: Path) -> None:
    whole = train_store(store, tmp_path / "whole", options=FOLDED)

    def stop(progress: TrainProgress) -> None:
        if progress.metrics and progress.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_store(store, tmp_path / "run", options=FOLDED, callbacks=Callbacks(stop))
    resumed = train_store(store, tmp_path / "run", options=FOLDED, resume=True)
    assert [{**row, "seconds": 0} for row in resumed.rows] == [
        {**row, "seconds": 0} for row in whole.rows
    ]
    one, two = (load_model_files(report.folder / LAST).weights for report in (whole, resumed))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    # Behind the last pass of the folds nothing is gained any more: more passes end at once.
    more = train_store(store, tmp_path / "run", options=replace(FOLDED, epochs=9), resume=True)
    assert len(more.rows) <= len(whole.rows) + FOLDED.patience
    assert more.metrics["valid_bits_per_note"] == whole.metrics["valid_bits_per_note"]


def test_a_stop_among_folds_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train_store(
            store,
            tmp_path / "run",
            options=FOLDED,
            callbacks=Callbacks(should_stop=lambda: True),
        )
    assert not (tmp_path / "run").exists()
    assert train_store(store, tmp_path / "run", options=FOLDED).rows
