"""Runs that begin with a trained model."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import corpus_tunes, write_tunes
from training_tools import NET, OPTIONS

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.nets.checkpoint import NetConfig, load_model_files
from symgen.nets.inputs import Inputs
from symgen.nets.models import find_model
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens import Vocabulary
from symgen.training import Callbacks, TrainOptions, TrainReport, corpus_options, train_store
from symgen.training.starting import START, Start
from symgen.training.tasks import EventTask, evaluate_split, load_split
from symgen.training.traits import corpus_traits

V = Vocabulary()


def bits(model_folder: Path, store: Store, split: str = "valid") -> float:
    """Measure a model on the pieces of a split."""
    model = load_model_files(model_folder)
    task = EventTask(model.config, model.vocabulary)
    task.net.load_state_dict({k: torch.from_numpy(v) for k, v in model.weights.items()})
    pieces = load_split(store, store.pieces(split), task)
    return evaluate_split(task, pieces, 32, 256, torch.device("cpu"))["bits_per_note"]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A small corpus of a style that the first model does not know."""
    folder = tmp_path_factory.mktemp("other")
    write_tunes(folder / "songs", corpus_tunes(12))
    build_corpus(
        [folder / "songs"],
        folder / "store",
        options=CorpusOptions(
            parts="melody", velocity=80, styles={"songs": "lullaby"}, periods={"songs": "romantic"}
        ),
    )
    return Store.open(folder / "store")


@pytest.fixture(scope="module")
def tuned(run: TrainReport, other: Store, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    """A run that began with the model of another."""
    options = TrainOptions.fine_tuning(
        run.folder, epochs=2, device="cpu", precision="float32", seed=3
    )
    return train_store(other, tmp_path_factory.mktemp("tuned") / "run", options=options)


def test_what_is_new_gets_rows_and_the_rest_computes_the_same(
    run: TrainReport, other: Store, store: Store
) -> None:
    old = load_model_files(run.folder / "best")
    start = Start.of(run.folder, other)
    config = start.model.config
    assert config.styles == (*old.config.styles, "lullaby")
    assert config.periods == (*old.config.periods, "romantic")
    assert replace(config, styles=old.config.styles, periods=old.config.periods) == old.config
    task = EventTask(config, V)
    start.fill(task.net)
    pieces = load_split(store, store.pieces("valid"), task)
    found = evaluate_split(task, pieces, 32, 256, torch.device("cpu"))["bits_per_note"]
    assert found == pytest.approx(bits(run.folder / "best", store), rel=1e-6)


def test_a_new_style_starts_at_the_mean_of_the_old(other: Store) -> None:
    old, start = load_model_files(find_model("folk")), Start.of("folk", other)
    before = Inputs(old.config, V).spans("input")["style"]
    after = Inputs(start.model.config, V).spans("input")["style"]
    assert len(after) == len(before) + 1
    known = old.weights["table.weight"][before.start + 1 : before.stop]
    new = start.model.weights["table.weight"][after.stop - 1]
    np.testing.assert_allclose(new, known.mean(axis=0), rtol=1e-6)


def test_the_first_row_measures_the_start(
    run: TrainReport, tuned: TrainReport, other: Store
) -> None:
    with (tuned.folder / "metrics.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert first["step"] == "0.0"
    assert first["train_bits_per_note"] == ""
    assert float(first["valid_bits_per_note"]) == pytest.approx(
        bits(tuned.folder / START, other), abs=1e-3
    )


def test_the_card_names_the_start(run: TrainReport, tuned: TrainReport) -> None:
    info = load_model_files(tuned.folder / "best").info
    weights = next((run.folder / "best").glob("model-*.safetensors")).name
    assert info["from"]["name"] == "run"
    assert weights == f"model-{info['from']['sha256'][:12]}.safetensors"


def test_the_best_is_never_worse_than_the_start(
    run: TrainReport, other: Store, tmp_path: Path
) -> None:
    # A rate that ruins any network: the start stays the best.
    options = TrainOptions.fine_tuning(
        run.folder, epochs=2, rate=10.0, device="cpu", precision="float32"
    )
    found = train_store(other, tmp_path / "run", options=options)
    assert found.metrics["step"] == 0
    assert bits(tmp_path / "run" / "best", other) == pytest.approx(
        bits(tmp_path / "run" / START, other), rel=1e-6
    )


def test_a_run_goes_on_without_what_it_began_with(
    tuned: TrainReport, run: TrainReport, other: Store, tmp_path: Path
) -> None:
    shutil.copytree(run.folder, tmp_path / "source")
    options = TrainOptions.fine_tuning(
        tmp_path / "source", epochs=2, device="cpu", precision="float32", seed=3
    )
    first = train_store(other, tmp_path / "moved", options=options, callbacks=_stopping_after(3))
    assert first.stopped
    shutil.rmtree(tmp_path / "source")
    (tmp_path / "moved").rename(tmp_path / "run")
    whole = train_store(other, tmp_path / "run", options=options, resume=True)
    assert whole.rows[0] == first.rows[0]
    for name in ("best", "last"):
        mine, theirs = (load_model_files(one / name) for one in (tmp_path / "run", tuned.folder))
        assert mine.config == theirs.config
        for key, value in theirs.weights.items():
            np.testing.assert_array_equal(mine.weights[key], value)


def _stopping_after(updates: int) -> Callbacks:
    asked: list[None] = []

    def stops() -> bool:
        asked.append(None)
        return len(asked) > updates

    return Callbacks(should_stop=stops)


def test_a_new_run_forgets_what_the_one_before_began_with(
    tuned: TrainReport, other: Store, tmp_path: Path
) -> None:
    shutil.copytree(tuned.folder, tmp_path / "run")
    train_store(other, tmp_path / "run", options=replace(OPTIONS, epochs=1), overwrite=True)
    assert not (tmp_path / "run" / START).exists()
    train_store(other, tmp_path / "run", options=replace(OPTIONS, epochs=2), resume=True)


def test_music_is_prepared_as_the_model_needs_it(run: TrainReport) -> None:
    assert corpus_options("folk") == CorpusOptions(parts="melody", velocity=80)
    assert corpus_options("piano") == CorpusOptions(velocity=80)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda options: replace(options, grid=24), "24 steps a quarter, and folk knows 12"),
        (lambda options: replace(options, parts="all", velocity=None), ""),
    ],
)
def test_another_grid_is_refused(
    change: Callable[[CorpusOptions], CorpusOptions], message: str, tmp_path: Path
) -> None:
    write_tunes(tmp_path / "tunes", corpus_tunes(8))
    build_corpus([tmp_path / "tunes"], tmp_path / "store", options=change(CorpusOptions()))
    store = Store.open(tmp_path / "store")
    if not message:
        Start.of("folk", store)
        return
    with pytest.raises(CheckpointError, match=message):
        Start.of("folk", store)


def test_an_unknown_model_is_refused(other: Store, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model 'fulk': unknown \(did you mean folk\?\)"):
        train_store(other, tmp_path / "run", options=TrainOptions.fine_tuning("fulk"))
    assert not (tmp_path / "run").exists()


def test_another_network_is_refused(run: TrainReport, other: Store, tmp_path: Path) -> None:
    options = TrainOptions.fine_tuning(run.folder, net=NetConfig(hidden=32))
    with pytest.raises(ControlError, match="has hidden 16, not 32"):
        train_store(other, tmp_path / "run", options=options)
    with_dropout = TrainOptions.fine_tuning(run.folder, net=replace(NET, dropout=0.5))
    assert Start.of(run.folder, other).net(with_dropout.net).dropout == 0.5


def test_what_the_corpus_lacks_is_kept_for_whoever_asks(other: Store) -> None:
    start = Start.of("folk", other)
    before, after = start.model.info, start.traits(corpus_traits(other))
    missing = [row for row in before["usual"] if row[1] and row[1] != "lullaby"]
    assert missing
    assert all(row in after["usual"] for row in missing)
    counts = {True: 0, False: 0}
    for row in after["usual"]:
        counts[row[1] == "lullaby"] += row[-1]
    assert counts[True] > 500 * counts[False]
    assert after["program"] == before["program"]
