"""Runs that begin with a trained model."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small import corpus_tunes, tune, write_tunes
from training_tools import NET, OPTIONS

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.formats import save_score
from symgen.nets.checkpoint import NetConfig, load_model_files, save_model_files
from symgen.nets.inputs import Inputs
from symgen.nets.models import find_model
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens import Vocabulary
from symgen.training import Callbacks, TrainOptions, TrainReport, corpus_options, train_store
from symgen.training.adapting import LowRank, make_adapter
from symgen.training.blending import BLEND, blend
from symgen.training.starting import START, Start
from symgen.training.tasks import EventTask, evaluate_split, load_split
from symgen.training.traits import corpus_traits
from symgen.writing.generator import Generator

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


# -- what learns -------------------------------------------------------------------------


def changed(before: Path, after: Path) -> set[str]:
    """Return the names of the weights that differ."""
    old, new = load_model_files(before).weights, load_model_files(after).weights
    return {name for name, value in new.items() if not np.array_equal(old[name], value)}


def test_frozen_layers_stay_as_they_are(run: TrainReport, other: Store, tmp_path: Path) -> None:
    options = TrainOptions.fine_tuning(
        run.folder, epochs=1, freeze=("gru", "input"), device="cpu", precision="float32"
    )
    train_store(other, tmp_path / "run", options=options)
    found = changed(tmp_path / "run" / START, tmp_path / "run" / "last")
    assert found
    assert all(name.startswith("heads.") for name in found)


def test_a_change_of_low_rank_goes_on_after_a_stop(
    run: TrainReport, other: Store, tmp_path: Path
) -> None:
    options = TrainOptions.fine_tuning(
        run.folder, epochs=2, lora=2, rate=0.01, device="cpu", precision="float32"
    )
    train_store(other, tmp_path / "whole", options=options)
    train_store(other, tmp_path / "run", options=options, callbacks=_stopping_after(3))
    train_store(other, tmp_path / "run", options=options, resume=True)
    first, *both = (
        load_model_files(tmp_path / name).weights
        for name in (f"whole/{START}", "whole/last", "run/last")
    )
    for name, value in both[0].items():
        np.testing.assert_array_equal(both[1][name], value)
        if value.ndim == 2:
            assert np.linalg.matrix_rank(value - first[name], tol=1e-5) <= 2
        else:
            np.testing.assert_array_equal(value, first[name])
    assert changed(tmp_path / "whole" / START, tmp_path / "whole" / "last")


def test_the_gradient_of_a_change_of_low_rank_is_that_of_the_network() -> None:
    torch.manual_seed(0)
    net = torch.nn.Linear(5, 4)
    adapter = make_adapter(net, rank=2)
    for weight in adapter.learned:
        torch.nn.init.normal_(weight)
    adapter.put_weights()
    given = torch.randn(7, 5)
    net(given).square().sum().backward()
    adapter.take_gradients()
    assert isinstance(adapter, LowRank)
    found = [weight.grad for weight in adapter.learned]
    first = net.weight.detach() - adapter.up[0].detach() @ adapter.down[0].detach()
    down, up = (weight[0].detach().requires_grad_() for weight in (adapter.down, adapter.up))
    plain = torch.nn.functional.linear(given, first + up @ down, net.bias).square().sum()
    plain.backward()
    for mine, theirs in zip(found, (down.grad, up.grad), strict=True):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"freeze": ("grue",)}, "freeze 'grue': use input, gru, heads"),
        ({"freeze": "input,gru,heads"}, "nothing is left to learn"),
        ({"lora": -1}, "lora -1: must be 0 or more"),
        ({"forget": 0.0}, "forget 0.0: must be above 0"),
    ],
)
def test_what_cannot_learn_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        TrainOptions.fine_tuning("folk", **change)


@pytest.mark.parametrize("change", [{"freeze": ("gru",)}, {"lora": 2}, {"old": "store"}])
def test_what_needs_a_model_to_begin_with_is_refused_without(change: dict[str, object]) -> None:
    with pytest.raises(ControlError, match="--from"):
        TrainOptions(**change)  # type: ignore[arg-type]


# -- what is forgotten -------------------------------------------------------------------


def test_what_was_learned_is_taken_back_until_the_start_is_not_forgotten(
    other: Store, tmp_path: Path
) -> None:
    options = TrainOptions.fine_tuning(
        "folk", epochs=1, rate=3e-3, device="cpu", precision="float32", forget=1e9
    )
    found = train_store(other, tmp_path / "run", options=options)
    assert found.metrics["step"] > 0
    all_of_it = load_model_files(tmp_path / "run" / "best")
    assert all_of_it.info[BLEND] == 1
    save_model_files(replace(all_of_it, info=without(all_of_it.info, BLEND)), tmp_path / "run/best")
    blend(tmp_path / "run", other, replace(options, forget=0.01))
    some = load_model_files(tmp_path / "run" / "best")
    share = some.info[BLEND]
    assert 0 < share < 1
    first = load_model_files(tmp_path / "run" / START).weights
    for name, value in some.weights.items():
        learned = all_of_it.weights[name] - first[name]
        np.testing.assert_allclose(value, first[name] + share * learned, atol=1e-6)
    figure = bits(tmp_path / "run" / "best", other)
    assert some.info["metrics"]["valid_bits_per_note"] == pytest.approx(figure, abs=1e-3)


def without(info: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a card without one of its fields."""
    return {key: value for key, value in info.items() if key != name}


def test_before_and_after_are_on_the_card(
    tuned: TrainReport, run: TrainReport, other: Store, store: Store, tmp_path: Path
) -> None:
    split = "test" if other.pieces("test") else "valid"
    shutil.copytree(tuned.folder, tmp_path / "run")
    options = TrainOptions.fine_tuning(run.folder, epochs=2, device="cpu", old=str(store.path))
    train_store(other, tmp_path / "run", options=options, resume=True)
    info = load_model_files(tmp_path / "run" / "best").info
    for name, corpus, own in (("new", other, split), ("old", store, "test")):
        before, after = info["bits_before_and_after"][name]
        assert before == pytest.approx(bits(tmp_path / "run" / START, corpus, own), abs=1e-3)
        assert after == pytest.approx(bits(tmp_path / "run" / "best", corpus, own), abs=1e-3)


@pytest.mark.parametrize("name", ["chorale", "piano", "chamber"])
def test_models_of_many_voices_learn_too(name: str, tmp_path: Path) -> None:
    write_chorales(tmp_path / "tunes")
    store_folder = tmp_path / "store"
    build_corpus(
        [tmp_path / "tunes"], store_folder, options=replace(corpus_options(name), min_bars=2)
    )
    options = TrainOptions.fine_tuning(name, epochs=1, device="cpu", precision="float32", rate=1e-4)
    found = train_store(Store.open(store_folder), tmp_path / "run", options=options)
    assert len(found.rows) == 2
    assert (
        Generator.load(tmp_path / "run").voices == load_model_files(find_model(name)).config.voices
    )


def write_chorales(folder: Path) -> None:
    """Write pieces of four voices, each unlike the others."""
    folder.mkdir()
    for number in range(6):
        voices = [
            tune(
                "|".join(" ".join(f"{n}{octave}" for n in turned(bar + number)) for bar in range(4))
            )
            for octave in (5, 4, 3, 2)
        ]
        parts = tuple(part for voice in voices for part in voice.parts)
        save_score(replace(voices[0], parts=parts), folder / f"{number}.mid")


def turned(number: int) -> str:
    """Return four letters of the scale, others for each number."""
    return "".join("CDEFGAB"[(number * step + number // 3) % 7] for step in (1, 3, 2, 5))
