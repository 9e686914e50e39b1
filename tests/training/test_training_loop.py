"""The loop, what is drawn beside it, and training from a folder of music."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import corpus_tunes, write_tunes
from training_tools import NET, OPTIONS

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.music.score import Note, Part, Score
from symgen.nets.checkpoint import load_model_files
from symgen.system.errors import CheckpointError, ExistsError, FormatError
from symgen.trainer import train
from symgen.training import (
    Callbacks,
    TrainProgress,
    TrainReport,
    train_store,
)
from symgen.training.run import LAST
from symgen.training.tasks import (
    EventTask,
    fit_config,
)
from symgen.training.traits import corpus_traits

# -- the loop ----------------------------------------------------------------------------


def test_it_stops_early_without_a_gain(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "symgen.training.objective.evaluate_split",
        lambda *_: {"bits_per_note": 5.0, "bits_per_16th": 5.0},
    )
    report = train_store(store, tmp_path / "x", options=replace(OPTIONS, epochs=30, patience=2))
    assert len(report.rows) == 3  # the first one is a gain


def test_a_budget_of_minutes_counts_validations(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]

    def evaluate(*_: Any) -> dict[str, float]:
        now[0] += 30.0
        return {"bits_per_note": 5.0, "bits_per_16th": 5.0}

    monkeypatch.setattr("symgen.training.objective.evaluate_split", evaluate)
    options = replace(OPTIONS, epochs=50, minutes=1.0, patience=50)
    callbacks = Callbacks(clock=lambda: now[0])
    report = train_store(store, tmp_path / "x", options=options, callbacks=callbacks)
    assert [row["seconds"] for row in report.rows] == [0.0, 30.0, 60.0]


def test_validations_between(store: Store, tmp_path: Path) -> None:
    seen: list[TrainProgress] = []
    options = replace(OPTIONS, epochs=1, validate_every=2)
    report = train_store(store, tmp_path / "x", options=options, callbacks=Callbacks(seen.append))
    updates = max(progress.step for progress in seen)
    assert len(report.rows) == updates // 2 + 1
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert seen[-1].done == 1.0


def test_a_loss_that_is_no_number_stops_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EventTask.losses

    def losses(self: EventTask, chunk: Any, state: Any) -> Any:
        found, last = real(self, chunk, state)
        return {name: value * float("nan") for name, value in found.items()}, last

    monkeypatch.setattr(EventTask, "losses", losses)
    message = (
        r"the loss is no number any more at step 1, with the pieces tunes/\d\d\.mid, "
        r".*--resume and a lower --rate"
    )
    with pytest.raises(CheckpointError, match=message):
        train_store(store, tmp_path / "x", options=OPTIONS)
    assert load_model_files(tmp_path / "x" / LAST).config.hidden == NET.hidden


def test_a_gradient_that_is_no_number_stops_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, steps = torch.nn.utils.clip_grad_norm_, []

    def norm(parameters: Any, most: float) -> Any:
        steps.append(real(parameters, most))
        return steps[-1] * float("inf") if len(steps) == 3 else steps[-1]

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", norm)
    with pytest.raises(CheckpointError, match=r"the gradient is no number any more at step \d"):
        train_store(store, tmp_path / "x", options=replace(OPTIONS, save_every=1))
    weights = load_model_files(tmp_path / "x" / LAST).weights
    assert all(np.isfinite(value).all() for value in weights.values())


def test_features_are_kept_in_the_store_and_change_nothing(tmp_path: Path) -> None:
    folder = write_tunes(tmp_path / "tunes", corpus_tunes(6))
    options = CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0)
    build_corpus([folder], tmp_path / "store", options=options)
    models = []
    for name in ("first", "second"):
        store = Store.open(tmp_path / "store")
        train_store(store, tmp_path / name, options=replace(OPTIONS, epochs=1))
        models.append(load_model_files(tmp_path / name / "best"))
        kept = sorted(path.suffix for path in store.path.glob("features-*"))
        assert kept == [".json", ".npy"]
    assert models[0].info["metrics"].keys() == models[1].info["metrics"].keys()
    for name, value in models[0].weights.items():
        assert np.array_equal(value, models[1].weights[name])


# -- what is drawn -----------------------------------------------------------------------


def test_fields_that_do_not_vary_are_fixed(store: Store, run: TrainReport) -> None:
    config = fit_config(NET, store)
    assert config.fixed == (("part", 0), ("velocity", 80))
    assert (config.styles, config.periods, config.voices) == ((), (), 0)
    assert "valid_bits_per_note_velocity" not in run.metrics
    assert load_model_files(run.folder / "best").config == config


def test_fields_that_vary_are_drawn(tmp_path: Path) -> None:
    def duet(score: Score) -> Score:
        loud = tuple(replace(n, velocity=60 + n.pitch % 12) for n in score.parts[0].notes)
        low = tuple(Note(bar.start, 48, bar.length) for bar in score.bars)
        return score.with_parts([Part(loud), Part(low)])

    folder = write_tunes(tmp_path / "duets", [duet(score) for score in corpus_tunes(6)])
    build_corpus(
        [folder], tmp_path / "store", options=CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0)
    )
    store = Store.open(tmp_path / "store")
    config, traits = fit_config(NET, store), corpus_traits(store)
    assert config.fixed == ()
    assert (config.voices, config.timing) == (2, True)
    assert (traits["monophonic"], traits["monophonic_parts"]) == (False, True)
    pieces = len(store.pieces("train"))
    assert traits["ensembles"] == [[[0, 0], [False, False], ["", ""], "", "", pieces]]
    report = train_store(store, tmp_path / "x", options=replace(OPTIONS, epochs=1))
    assert report.metrics["valid_bits_per_note_part"] > 0
    assert report.metrics["valid_bits_per_note_velocity"] > 0


@pytest.mark.parametrize(
    ("ratios", "name"), [((0.0, 1.0, 0.0), "training"), ((1.0, 0.0, 0.0), "validation")], ids=str
)
def test_a_store_without_pieces_is_refused(
    tunes_folder: Path, tmp_path: Path, ratios: tuple[float, float, float], name: str
) -> None:
    options = CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0, ratios=ratios)
    build_corpus([tunes_folder], tmp_path / "store", options=options)
    with pytest.raises(CheckpointError, match=f"holds no {name} pieces"):
        train_store(Store.open(tmp_path / "store"), tmp_path / "x", options=OPTIONS)
    assert not (tmp_path / "x").exists()


def test_another_kind_of_network_is_refused(store_folder: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, net=replace(NET, kind="plain"))
    with pytest.raises(CheckpointError, match="in the lab: python -m lab train-baseline"):
        train(store_folder, tmp_path / "plain", options=options)
    assert not (tmp_path / "plain").exists()


# -- from a folder of music --------------------------------------------------------------


def test_a_folder_of_music_becomes_a_store_first(tmp_path: Path) -> None:
    folder = write_tunes(tmp_path / "tunes", corpus_tunes(6))
    options = replace(OPTIONS, epochs=1)
    train(folder, tmp_path / "run", options=options)
    store = Store.open(tmp_path / "run" / "corpus")
    assert len(store.pieces("train")) >= 1 <= len(store.pieces("valid"))
    with pytest.raises(ExistsError, match="holds a run already"):
        train(folder, tmp_path / "run", options=options)
    more = train(folder, tmp_path / "run", options=replace(OPTIONS, epochs=2), resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2]


def test_no_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file or folder"):
        train(tmp_path / "missing", tmp_path / "run", options=OPTIONS)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError):
        train(tmp_path / "empty", tmp_path / "run", options=OPTIONS)
    assert not (tmp_path / "run").exists()


def test_the_record_of_a_run_is_json_and_csv(run: TrainReport) -> None:
    state = json.loads((run.folder / "last" / "state.json").read_text())
    assert (state["epoch"], state["step"]) == (4, run.rows[-1]["step"])
    assert state["rows"] == run.rows
