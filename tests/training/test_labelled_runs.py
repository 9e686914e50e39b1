"""Runs on a corpus with labels: what a model knows of them, going on, starting from one, and asking for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import corpus_tunes, write_tunes
from training_tools import NET

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.nets.checkpoint import load_model_files
from symgen.nets.inference import InferenceNet
from symgen.nets.inputs import Inputs
from symgen.system.errors import ControlError
from symgen.training import TrainOptions, TrainReport, train_store
from symgen.training.starting import Start
from symgen.writing.model import Model, load_model

HOW = TrainOptions(
    net=replace(NET, dropout=0.0), epochs=2, batch=4, device="cpu", precision="float32", seed=3
)


def labelled(folder: Path, moods: Sequence[str], *, more: str = "") -> Store:
    """A corpus of which each piece has a mood, one after the other, and perhaps one label more."""
    write_tunes(folder / "songs", corpus_tunes(24))
    names = sorted(path.name for path in (folder / "songs").iterdir())
    rows = [f'{name},"{moods[i % len(moods)]}",{i % 2} x' for i, name in enumerate(names)]
    (folder / "songs" / "metadata.csv").write_text(
        "\n".join([f"file,mood,{more}", *rows]), encoding="utf-8"
    )
    options = CorpusOptions(parts="melody", velocity=80, workers=1)
    build_corpus([folder / "songs"], folder / "store", options=options)
    return Store.open(folder / "store")


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return labelled(tmp_path_factory.mktemp("moods"), ["calm", "merry, a = b"])


@pytest.fixture(scope="module")
def moody(moods: Store, tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    return train_store(moods, tmp_path_factory.mktemp("moody") / "run", options=HOW)


@pytest.fixture(scope="module")
def model(moody: TrainReport) -> Model:
    return load_model(moody.folder)


def test_a_model_knows_the_labels_of_its_corpus(model: Model) -> None:
    assert model.labels == {"mood": ("calm", "merry, a = b")}
    usual = model.info["by_label"]["mood"]["calm"]["usual"]
    assert usual
    assert all(row in model.info["usual"] or row[-1] < 24 for row in usual)


def test_a_label_is_heard_and_the_same_seed_gives_the_same_piece(model: Model) -> None:
    how = {"bars": 4, "key": "G", "meter": "4/4", "style": "", "seed": 5}
    calm = model.generate(labels={"mood": "calm"}, **how)
    assert calm == model.generate(labels="mood=calm", **how)
    merry = model.generate(labels=["mood=merry, a = b"], **how)
    assert (
        len({str(score.note_array().tolist()) for score in (calm, merry, model.generate(**how))})
        > 1
    )
    for piece in (
        model.continue_(calm, bars=2, seed=1, labels={"mood": "calm"}),
        model.vary(calm, seed=1, labels={"mood": "calm"}),
        model.infill(calm, (2, 3), seed=1, labels={"mood": "calm"}),
    ):
        assert piece.note_count


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("mod=calm", r"label 'mod' \(did you mean mood\?\): this model knows mood"),
        (
            "mood=clam",
            r"label mood='clam' \(did you mean calm\?\): this model knows calm, merry, a = b",
        ),
    ],
)
def test_labels_that_a_model_does_not_know_are_refused(
    model: Model, labels: str, message: str
) -> None:
    tune = model.generate(bars=4, seed=1)
    for ask in (
        lambda: model.generate(bars=1, labels=labels),
        lambda: model.continue_(tune, bars=1, labels=labels),
        lambda: model.infill(tune, (1, 2), labels=labels),
        lambda: model.vary(tune, labels=labels),
    ):
        with pytest.raises(ControlError, match=message):
            ask()


def test_a_run_with_labels_goes_on(moods: Store, moody: TrainReport, tmp_path: Path) -> None:
    train_store(moods, tmp_path / "run", options=replace(HOW, epochs=1))
    train_store(moods, tmp_path / "run", options=HOW, resume=True)
    one, two = (load_model_files(folder / "last") for folder in (moody.folder, tmp_path / "run"))
    assert one.config == two.config


def test_fine_tuning_adds_values_and_labels(moody: TrainReport, tmp_path: Path) -> None:
    store = labelled(tmp_path, ["merry, a = b", "tired"], more="hall")
    old, start = load_model_files(moody.folder / "best"), Start.of(moody.folder, store)
    config = start.model.config
    assert config.labels == (("mood", ("calm", "merry, a = b", "tired")), ("hall", ("0 x", "1 x")))
    before, after = (Inputs(each, store.vocabulary).spans("input") for each in (old.config, config))
    rows, grown = old.weights["table.weight"], start.model.weights["table.weight"]
    mood, place = before["label:mood"], after["label:mood"]
    assert np.array_equal(grown[place.start : place.start + 3], rows[mood.start : mood.stop])
    assert np.allclose(grown[place.stop - 1], rows[mood.start + 1 : mood.stop].mean(axis=0))
    assert not grown[after["label:hall"].start : after["label:hall"].stop].any()
    report = train_store(
        store,
        tmp_path / "run",
        options=TrainOptions.fine_tuning(moody.folder, epochs=1, device="cpu", precision="float32"),
    )
    tuned = load_model(report.folder)
    assert list(tuned.labels) == ["mood", "hall"]
    assert set(tuned.info["by_label"]["mood"]) == {"calm", "merry, a = b", "tired"}
    assert tuned.generate(bars=2, seed=1, labels={"mood": "tired", "hall": "1 x"}).note_count


def test_a_model_without_labels_learns_them_and_begins_as_it_was(
    run: TrainReport, moods: Store, tmp_path: Path
) -> None:
    start = Start.of(run.folder, moods)
    assert start.model.config.labels == (("mood", ("calm", "merry, a = b")),)
    options = TrainOptions.fine_tuning(run.folder, epochs=1, device="cpu", precision="float32")
    report = train_store(moods, tmp_path / "run", options=options)
    assert load_model(report.folder).labels == {"mood": ("calm", "merry, a = b")}
    header = replace(moods.pieces("valid")[0].header, labels=())
    bare = load_model(run.folder)
    grown = Model(InferenceNet(start.model), bare.info)
    assert bare.take_like(header, seed=1).score == grown.take_like(header, seed=1).score
