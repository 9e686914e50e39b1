"""Training on a small corpus: the loss falls, the run is on disk, a resumed run is the run that was not stopped."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small import V, corpus_tunes, save_model, write_tunes
from training_tools import NET, OPTIONS

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.nets.checkpoint import Model, load_model_files
from symgen.system import files
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.system.files import seal_json, unseal_json, write_atomic
from symgen.trainer import train
from symgen.training import (
    Callbacks,
    TrainProgress,
    TrainReport,
    run_options,
    train_store,
)
from symgen.training.run import BEST, LAST, read_state
from symgen.training.tasks import (
    EventTask,
    evaluate_split,
    fit_config,
    load_split,
    some_records,
)
from symgen.training.traits import corpus_traits
from symgen.writing.model import load_model


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_loss_falls(run: TrainReport) -> None:
    first, last = run.rows[0], run.rows[-1]
    assert last["valid_bits_per_note"] < 0.8 * first["valid_bits_per_note"]
    assert last["train_bits_per_note"] < 0.8 * first["train_bits_per_note"]
    assert run.metrics["valid_bits_per_note"] == min(row["valid_bits_per_note"] for row in run.rows)


def test_the_run_is_on_disk(run: TrainReport) -> None:
    names = {path.name for path in run.folder.iterdir()}
    assert names == {
        "best", "last", "metrics.csv", "curves.png", "samples", "README.md", "report.html",
    }  # fmt: skip
    kinds = {path.name.partition("-")[0] for path in (run.folder / "last").iterdir()}
    assert kinds == {"model", "model.json", "state", "state.json"}
    assert len(list((run.folder / "last").iterdir())) == 4
    assert (run.folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    rows = rows_of(run.folder)
    assert [float(row["epoch"]) for row in rows] == [1, 2, 3, 4]
    assert [row["valid_bits_per_note"] for row in rows] == [
        str(row["valid_bits_per_note"]) for row in run.rows
    ]
    samples = sorted((run.folder / "samples").glob("step-*"))
    assert [path.name for path in samples] == [
        f"step-{float(row['step']):06.0f}.mid" for row in rows
    ]
    assert all(path.read_bytes().startswith(b"MThd") for path in samples)


def test_the_figures_add_up(run: TrainReport, store: Store) -> None:
    best = run.metrics
    fields = [value for name, value in best.items() if name.startswith("valid_bits_per_note_")]
    assert sum(fields) == pytest.approx(best["valid_bits_per_note"], abs=1e-3)
    records = store.pieces("valid")
    notes = sum(int((store.events(r).fields[:, 0] < V.skip).sum()) for r in records)
    sixteenths = sum(int(r.header.bar_starts[-1]) for r in records) / 3
    assert best["valid_bits_per_16th"] == pytest.approx(
        best["valid_bits_per_note"] * notes / sixteenths, abs=1e-3
    )


def test_the_best_model_gives_the_figures_of_its_row(run: TrainReport, store: Store) -> None:
    model = load_model_files(run.folder / "best")
    task = EventTask(model.config, model.vocabulary)
    task.net.load_state_dict(
        {name: torch.from_numpy(value) for name, value in model.weights.items()}
    )
    split = load_split(store, store.pieces("valid"), task)
    figures = evaluate_split(task, split, 2, 16, torch.device("cpu"))
    assert figures["bits_per_note"] == pytest.approx(run.metrics["valid_bits_per_note"], abs=1e-3)


def test_the_card_tells_what_it_was_trained_on(run: TrainReport, store: Store) -> None:
    info = load_model_files(run.folder / "best").info
    assert info["name"] == "run"
    assert info["corpus"]["sha256"] == store.digest
    assert info["corpus"]["pieces"] == len(store)
    (source,) = info["corpus"]["sources"]
    assert (source["name"], source["licence"]) == ("tunes", "not stated")
    assert info["metrics"] == run.metrics
    assert info["monophonic"] is True
    assert info["usual"] == corpus_traits(store)["usual"]


def test_the_trained_model_writes(run: TrainReport) -> None:
    piece = load_model(run.folder).generate(seed=1)
    assert len(piece.bars) == 16
    assert piece.note_count > 0


# -- resuming ----------------------------------------------------------------------------


def stop_after(epoch: int) -> Callable[[TrainProgress], None]:
    def follow(progress: TrainProgress) -> None:
        if progress.metrics and progress.epoch == epoch:
            raise KeyboardInterrupt

    return follow


def test_a_resumed_run_equals_one_that_was_not_stopped(
    run: TrainReport, store_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store_folder, tmp_path / "run", options=OPTIONS, report=stop_after(2))
    assert len(rows_of(tmp_path / "run")) == 2
    resumed = train(store_folder, tmp_path / "run", options=OPTIONS, resume=True)
    assert [row["epoch"] for row in resumed.rows] == [1, 2, 3, 4]
    for there, here in zip(run.rows, resumed.rows, strict=True):
        assert {**there, "seconds": 0} == {**here, "seconds": 0}
    for name in ("best", "last"):
        whole, again = (
            load_model_files(run.folder / name),
            load_model_files(tmp_path / "run" / name),
        )
        for key, value in whole.weights.items():
            assert np.array_equal(value, again.weights[key]), (name, key)


def test_a_run_that_stops_inside_a_pass_goes_on_there(store: Store, tmp_path: Path) -> None:
    often = replace(OPTIONS, batch=4, epochs=2, validate_every=1)
    whole = train_store(store, tmp_path / "whole", options=often)
    assert len(whole.rows) > 4
    last = int(whole.rows[-1]["step"]) - 1

    def stop(progress: TrainProgress) -> None:
        if progress.step == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_store(store, tmp_path / "run", options=often, callbacks=Callbacks(stop))
    resumed = train_store(store, tmp_path / "run", options=often, resume=True)
    assert [row["step"] for row in resumed.rows] == [row["step"] for row in whole.rows]
    one, two = (load_model_files(report.folder / LAST).weights for report in (whole, resumed))
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """It was stopped after the third of nine updates, before all networks were trained by one loop."""
    with zipfile.ZipFile(Path(__file__).with_name("data") / "old_run.zip") as archive:
        archive.extractall(tmp_path)
    run = tmp_path / "language"
    report = train_store(Store.open(tmp_path / "store"), run, options=run_options(run), resume=True)
    wanted = rows_of(tmp_path / "whole")
    assert len(report.rows) == len(wanted) == 3
    for row, expected in zip(report.rows, wanted, strict=True):
        figures = {name: float(value) for name, value in expected.items()}
        assert {**row, "seconds": 0} == pytest.approx({**figures, "seconds": 0}, abs=2e-3)
    assert load_model_files(run / LAST).info["metrics"] == report.rows[-1]
    assert "tensors" not in read_state(run)
    assert len(list((run / LAST).iterdir())) == 4


def test_validation_takes_pieces_evenly(store: Store) -> None:
    records = store.pieces("train")
    total = sum(record.length for record in records)
    assert some_records(records, 0) is some_records(records, total) is records
    chosen = some_records(records, total // 3)
    assert len(chosen) == len(records) * (total // 3) // total
    assert chosen[0] == records[0]
    assert len(set(map(id, chosen))) == len(chosen)
    assert some_records(records, 1) == records[:1]


def test_a_run_that_is_over_resumes_to_itself(run: TrainReport, store: Store) -> None:
    before = {path.name: path.read_bytes() for path in (run.folder / "last").iterdir()}
    again = train_store(store, run.folder, options=OPTIONS, resume=True)
    assert again.rows == run.rows
    assert {path.name: path.read_bytes() for path in (run.folder / "last").iterdir()} == before


def test_the_same_seed_gives_the_same_weights(
    run: TrainReport, store: Store, tmp_path: Path
) -> None:
    one = train_store(store, tmp_path / "a", options=replace(OPTIONS, epochs=1))
    two = train_store(store, tmp_path / "b", options=replace(OPTIONS, epochs=1))
    other = train_store(store, tmp_path / "c", options=replace(OPTIONS, epochs=1, seed=4))
    a, b, c = (load_model_files(report.folder / "last").weights for report in (one, two, other))
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert not all(np.array_equal(a[name], c[name]) for name in a)


def test_an_existing_run_is_kept(run: TrainReport, store: Store, tmp_path: Path) -> None:
    with pytest.raises(
        ExistsError, match=r"holds a run already; pass --resume to go on, or --overwrite"
    ):
        train_store(store, run.folder, options=OPTIONS)
    train_store(store, tmp_path / "x", options=replace(OPTIONS, epochs=1))
    again = train_store(store, tmp_path / "x", options=replace(OPTIONS, epochs=1), overwrite=True)
    assert len(again.rows) == len(rows_of(tmp_path / "x")) == 1


@pytest.mark.parametrize(
    "name", ["best/model.json", "metrics.csv", "curves.png", "samples/step-000001.mid"]
)
def test_what_a_run_would_replace_is_kept(name: str, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "x" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"precious")
    with pytest.raises(ExistsError, match=r"holds a run already"):
        train_store(store, tmp_path / "x", options=OPTIONS)
    assert [p for p in (tmp_path / "x").rglob("*") if p.is_file()] == [path]
    assert path.read_bytes() == b"precious"


def test_another_corpus_is_refused_on_resume(run: TrainReport, tmp_path: Path) -> None:
    folder = write_tunes(tmp_path / "others", corpus_tunes(14)[2:])
    build_corpus(
        [folder], tmp_path / "store", options=CorpusOptions(workers=1, near=1.0, kin=1.0, leak=1.0)
    )
    with pytest.raises(
        CheckpointError, match="trained on another corpus; resume with the same store"
    ):
        train_store(Store.open(tmp_path / "store"), run.folder, options=OPTIONS, resume=True)


def test_another_network_is_refused_on_resume(run: TrainReport, store: Store) -> None:
    with pytest.raises(
        ControlError, match="the run has hidden 16, not 8; resume without"
    ) as caught:
        train_store(
            store, run.folder, options=replace(OPTIONS, net=replace(NET, hidden=8)), resume=True
        )
    assert "\n" not in str(caught.value)


def test_a_resumed_run_keeps_its_own_network(
    run: TrainReport, store: Store, tmp_path: Path
) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    more = train(store, tmp_path / "run", options=replace(OPTIONS, net=None, epochs=5), resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2, 3, 4, 5]
    assert load_model_files(tmp_path / "run" / "last").config.hidden == 16
    assert len(list((tmp_path / "run" / "samples").glob("step-*"))) == 5


def test_nothing_to_resume_is_refused(store: Store, tmp_path: Path) -> None:
    for name in (BEST, LAST):
        with pytest.raises(CheckpointError, match="nothing to resume; train without --resume"):
            train_store(store, tmp_path, options=OPTIONS, resume=True)
        net = EventTask(fit_config(NET, store), V).net
        save_model(
            tmp_path / name,
            Model(net.config, V, {k: v.numpy() for k, v in net.state_dict().items()}),
        )


@pytest.mark.parametrize("stop", range(4))
def test_a_run_that_is_killed_while_it_saves_can_be_resumed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    """Weights, card, tensors, state: whichever was the last to be written, the pass before is whole."""
    short = replace(OPTIONS, epochs=2)
    whole = train_store(store, tmp_path / "whole", options=short)
    with pytest.raises(KeyboardInterrupt):
        train_store(store, tmp_path / "run", options=short, callbacks=Callbacks(stop_after(1)))
    left = [stop]

    def kill(real: Callable[..., None]) -> Callable[..., None]:
        def write(path: Path, data: bytes | str) -> None:
            if path.parent.name == LAST:
                left[0] -= 1
                if left[0] < 0:
                    raise KeyboardInterrupt
            real(path, data)

        return write

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_atomic", kill(write_atomic))
        with pytest.raises(KeyboardInterrupt):
            train_store(store, tmp_path / "run", options=short, resume=True)
    load_model_files(tmp_path / "run" / LAST)
    again = train_store(store, tmp_path / "run", options=short, resume=True)
    assert [{**row, "seconds": 0} for row in again.rows] == [
        {**row, "seconds": 0} for row in whole.rows
    ]
    assert len(list((tmp_path / "run" / LAST).iterdir())) == 4


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda state: state.pop("weights"), "does not name the weights that it belongs to"),
        (
            lambda state: state["weights"].update(dict.fromkeys(state["weights"], "0")),
            "checksum differs",
        ),
        (
            lambda state: state["files"].update(dict.fromkeys(state["files"], "0")),
            "does not belong to",
        ),
        (lambda state: state.update(weights={"model-0.safetensors": "0"}), "no such file"),
        (lambda state: state.pop("rng"), "cannot be resumed"),
    ],
    ids=["none", "other weights", "other tensors", "missing weights", "no numbers"],
)
def test_a_state_of_other_weights_is_refused(
    run: TrainReport, store: Store, tmp_path: Path, harm: Callable[[Any], object], message: str
) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    path = tmp_path / "run" / LAST / "state.json"
    state = unseal_json(path.read_bytes())
    harm(state)
    path.write_text(seal_json(state))
    with pytest.raises(CheckpointError, match=message) as caught:
        train_store(store, tmp_path / "run", options=OPTIONS, resume=True)
    assert "\n" not in str(caught.value)


def test_overwrite_removes_the_old_run(run: TrainReport, store: Store, tmp_path: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "run")
    (tmp_path / "run" / "samples" / "mine.txt").write_text("kept")

    def stop(progress: TrainProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(store, tmp_path / "run", options=OPTIONS, overwrite=True, report=stop)
    left = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith(("model", "state"))} == {"mine.txt"}
    assert read_state(tmp_path / "run")["step"] == 0


def test_curves_are_drawn_at_each_validation(store: Store, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, tmp_path / "run", options=OPTIONS, report=stop_after(1))
    assert (tmp_path / "run" / "curves.png").exists()
