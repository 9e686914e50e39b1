"""Training of the bar GAN: it learns, is fixed by its seed, stops and goes on to the same end."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from small import ticking

from symgen.gan.checkpoint import GanConfig, GanModel, read_gan
from symgen.gan.fitting import fit_gan
from symgen.gan.inference import InferenceGenerator
from symgen.gan.options import LOSSES, GanOptions
from symgen.gan.steps import HOLD, REST, StepTune
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, ControlError
from symgen.training import TrainProgress, TrainReport
from symgen.training.run import read_options

NET = GanConfig(width=8, critic_width=8, mapping=8, tune_latent=4, bar_latent=4)


def step_tune(seed: int, bars: int = 10, meter: str = "4/4") -> StepTune:
    rng = np.random.default_rng(seed)
    scale = np.array([12, 14, 16, 17, 19, 21, 23, 24])
    symbols = np.full((bars, 16 if meter == "4/4" else 12), HOLD, dtype=np.uint8)
    symbols[:, ::2] = rng.choice(scale, size=symbols[:, ::2].shape)
    symbols[rng.random(symbols.shape) < 0.05] = REST
    return StepTune(symbols, meter, Key.parse("C major"), 48)


TUNES = [*(step_tune(seed) for seed in range(4)), step_tune(4, 6, "3/4"), step_tune(5, 5, "6/8")]


def options(seconds: int = 8, **more: Any) -> GanOptions:
    """So many updates, as the clock ticks once an update."""
    usual: dict[str, Any] = {
        "net": NET,
        "batch": 8,
        "validations": 3,
        "precision": "float32",
        "device": "cpu",
    }
    return GanOptions(minutes=seconds / 60, **usual | more)


def by_step(model: GanModel) -> dict[str, float]:
    return {"score": float(model.info["training"]["steps"])}


def fit(
    folder: Path,
    how: GanOptions,
    *,
    steps: int = 10_000,
    resume: bool = False,
    tunes: list[StepTune] = TUNES,
    seen: list[TrainProgress] | None = None,
) -> TrainReport:
    """Train, up to so many updates."""
    count = itertools.count(1)
    callbacks = ticking(None if seen is None else seen.append, lambda: next(count) >= steps)
    return fit_gan(
        tunes, folder, how, validate=by_step, info={"name": "x"}, resume=resume, callbacks=callbacks
    )


def state_of(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """All that a run stands at: tensors and plain data."""
    (file,) = (folder / "last").glob("state-*.safetensors")
    plain = json.loads((folder / "last" / "state.json").read_bytes())
    for own in ("files", "sha256", "seal", "digest", "checksum"):
        plain.pop(own, None)
    return load_file(file), plain


def assert_same_state(one: Path, other: Path) -> None:
    (tensors, plain), (others, facts) = state_of(one), state_of(other)
    assert tensors.keys() == others.keys()
    for name, value in tensors.items():
        np.testing.assert_array_equal(value, others[name], err_msg=name)
    assert plain == facts


# -- learning ----------------------------------------------------------------------------


def test_all_weights_move(tmp_path: Path) -> None:
    seen: list[TrainProgress] = []
    report = fit(tmp_path / "long", options(), seen=seen)
    assert not report.stopped
    assert [progress.step for progress in seen] == list(range(1, 9))
    assert [progress.done for progress in seen] == [pytest.approx(step / 8) for step in range(1, 9)]
    assert all(math.isfinite(progress.loss) for progress in seen)
    fit(tmp_path / "short", options(), steps=1)
    (late, _), (early, _) = state_of(tmp_path / "long"), state_of(tmp_path / "short")
    still = [name for name, value in late.items() if np.array_equal(value, early[name])]
    assert [name for name in still if name.startswith(("generator", "critic", "mean"))] == []


def test_a_critic_learns_to_tell_bars_apart(tmp_path: Path) -> None:
    seen: list[TrainProgress] = []
    how = options(40, rate=1e-9, critic_rate=0.05, loss="bce", validations=1)
    fit(tmp_path / "run", how, seen=seen)
    assert np.mean([p.loss for p in seen[-5:]]) > 1 + abs(np.mean([p.loss for p in seen[:5]]))


def test_the_generator_follows_its_critic(tmp_path: Path) -> None:
    """Once the critic stands still, made bars get to score higher."""
    seen: list[TrainProgress] = []
    net = replace(NET, batch_view=False)
    how = options(
        40, net=net, rate=0.05, critic_rate=1e-9, loss="hinge-r1", mode_seeking=0.0, validations=1
    )
    fit(tmp_path / "run", how, seen=seen)
    first, last = (float(np.mean([p.loss for p in some])) for some in (seen[:10], seen[-10:]))
    assert last < first - 0.01


def test_rows_come_as_often_as_asked(tmp_path: Path) -> None:
    seen: list[TrainProgress] = []
    report = fit(tmp_path / "run", options(12, validations=4), seen=seen)
    assert [row["step"] for row in report.rows] == [3, 6, 9, 12]
    assert [p.step for p in seen if p.metrics] == [3, 6, 9, 12]
    assert set(report.rows[0]) == {
        "step",
        "seconds",
        "critic_loss",
        "generator_loss",
        "gap",
        "score",
    }
    gaps = [p.loss for p in seen]
    assert report.rows[1]["gap"] == pytest.approx(np.mean(gaps[3:6]))


def test_the_best_is_kept(tmp_path: Path) -> None:
    scores = iter([1.0, 5.0, 3.0, 2.0])
    models: list[GanModel] = []

    def validate(model: GanModel) -> Mapping[str, float]:
        models.append(model)
        return {"score": next(scores)}

    how = options(8, validations=4)
    report = fit_gan(
        TUNES, tmp_path / "run", how, validate=validate, info={"name": "x"}, callbacks=ticking()
    )
    assert report.metrics["score"] == 5.0
    kept = read_gan(tmp_path / "run" / "best")
    assert kept.info["metrics"]["score"] == 5.0
    assert (kept.info["name"], kept.info["training"]["steps"]) == ("x", report.metrics["step"])
    assert kept.config == NET
    for name, value in kept.weights.items():
        np.testing.assert_array_equal(value, models[1].weights[name])
    assert any(
        not np.array_equal(value, models[3].weights[name]) for name, value in kept.weights.items()
    )
    InferenceGenerator(kept.config, kept.weights)


def test_the_seed_fixes_all(tmp_path: Path) -> None:
    for name, seed in (("one", 0), ("two", 0), ("other", 1)):
        fit(tmp_path / name, options(4, seed=seed, noise=0.5, own_share=0.25))
    assert_same_state(tmp_path / "one", tmp_path / "two")
    name = "generator.out.weight"
    assert not np.array_equal(
        state_of(tmp_path / "one")[0][name], state_of(tmp_path / "other")[0][name]
    )


@pytest.mark.parametrize("more", [
    {"own_share": 0.1}, {"own_share": 0.4}, {"own_share": 0.9}, {"batch": 4, "own_share": 0.25}, {"critic_steps": 3},
    {"net": replace(NET, batch_view=False, interval_view=False)}, {"mode_seeking": 0.0}, {"mean_decay": 0.0},
    {"loss": "wgan-gp", "own_share": 0.4, "penalty_every": 1}, {"loss": "relativistic", "own_share": 0.4},
])  # fmt: skip
def test_all_options_can_be_trained_with(tmp_path: Path, more: dict[str, Any]) -> None:
    report = fit(tmp_path / "run", options(2, validations=2, **more))
    assert len(report.rows) == 2
    assert all(math.isfinite(value) for row in report.rows for value in row.values())


def test_the_finer_grid_can_be_learned(tmp_path: Path) -> None:
    fine = [replace(tune, bars=np.repeat(tune.bars, 3, axis=1), grid=12) for tune in TUNES]
    fit(tmp_path / "run", options(2, net=replace(NET, grid=12)), tunes=fine)
    assert read_gan(tmp_path / "run" / "best").config.grid == 12


def test_without_decay_the_mean_is_the_generator(tmp_path: Path) -> None:
    fit(tmp_path / "run", options(3, mean_decay=0.0))
    tensors, _ = state_of(tmp_path / "run")
    for name in [name for name in tensors if name.startswith("mean.")]:
        np.testing.assert_array_equal(
            tensors[name], tensors[name.replace("mean.", "generator.", 1)]
        )


# -- stopping and going on ---------------------------------------------------------------


@pytest.mark.parametrize(("loss", "own", "stop"), [
    *((loss, 0.25, 3) for loss in LOSSES), ("bce-r1", 0.0, 1), ("bce-r1", 0.5, 5),
])  # fmt: skip
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    tmp_path: Path, loss: str, own: float, stop: int
) -> None:
    how = options(
        6,
        loss=loss,
        own_share=own,
        noise=0.5,
        penalty_every=2,
        critic_steps=1 + (loss == "wgan-gp"),
    )
    whole = fit(tmp_path / "whole", how)
    first = fit(tmp_path / "parts", how, steps=stop)
    assert first.stopped
    torch.rand(7)  # whatever happens in between
    again = read_options(tmp_path / "parts", GanOptions.from_json)
    assert replace(again, device="cpu") == how
    parts = fit(tmp_path / "parts", replace(again, device="cpu"), resume=True)
    assert not parts.stopped
    tensors, _ = state_of(tmp_path / "parts")
    assert {name.partition(".")[0] for name in tensors} >= {
        "generator",
        "critic",
        "mean",
        "optimizer0",
        "optimizer1",
    }
    assert_same_state(tmp_path / "whole", tmp_path / "parts")
    assert parts.rows == whole.rows
    best, same = (read_gan(tmp_path / name / "best") for name in ("whole", "parts"))
    assert best.info == same.info
    for name, value in best.weights.items():
        np.testing.assert_array_equal(value, same.weights[name])


def test_a_run_that_is_over_stays_as_it_is(tmp_path: Path) -> None:
    before = fit(tmp_path / "run", options(3))
    after = fit(tmp_path / "run", options(3), resume=True)
    assert after.rows == before.rows
    assert not after.stopped


def test_nothing_or_something_damaged_to_resume(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nothing to resume"):
        fit(tmp_path / "run", options(), resume=True)
    with pytest.raises(CheckpointError, match="nothing to resume"):
        read_options(tmp_path / "run", GanOptions.from_json)
    fit(tmp_path / "run", options(2))
    state = tmp_path / "run" / "last" / "state.json"
    (file,) = state.parent.glob("state-*.safetensors")
    data, card = file.read_bytes(), state.read_bytes()
    file.write_bytes(data[:-5])
    with pytest.raises(
        CheckpointError, match=r"does not belong to state\.json; start anew with --overwrite"
    ):
        fit(tmp_path / "run", options(), resume=True)
    file.unlink()
    with pytest.raises(CheckpointError, match="--overwrite"):
        fit(tmp_path / "run", options(), resume=True)
    file.write_bytes(data)
    for damaged in (card[:-9], b"", b"[]", b"{}", card.replace(b'"step"', b'"stop"')):
        state.write_bytes(damaged)
        with pytest.raises(CheckpointError, match="cannot be resumed"):
            fit(tmp_path / "run", options(), resume=True)
        with pytest.raises(CheckpointError, match="cannot be resumed"):
            read_options(tmp_path / "run", GanOptions.from_json)
    state.write_bytes(card)
    assert hashlib.sha256(file.read_bytes()).hexdigest() in card.decode()
    assert fit(tmp_path / "run", options(3), resume=True).rows[-1]["step"] == 3


@pytest.mark.parametrize("other", [
    {"net": replace(NET, width=10)}, {"net": replace(NET, grid=12)}, {"net": replace(NET, interval_view=False)},
    {"own_share": 0.5}, {"batch": 12},
])  # fmt: skip
def test_a_run_of_other_dimensions_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    fit(tmp_path / "run", options(2, own_share=0.25))
    with pytest.raises(CheckpointError, match="cannot be resumed"):
        fit(tmp_path / "run", options(2, **{"own_share": 0.25, **other}), resume=True)


@pytest.mark.parametrize("own", [0.0, 0.25])
@pytest.mark.parametrize("tunes", [TUNES[:1], TUNES[:4], TUNES[4:], TUNES[1:]])
def test_a_run_of_another_corpus_is_refused(
    tmp_path: Path, tunes: list[StepTune], own: float
) -> None:
    fit(tmp_path / "run", options(2, own_share=own))
    with pytest.raises(CheckpointError, match="trained on another corpus"):
        fit(tmp_path / "run", options(4, own_share=own), resume=True, tunes=tunes)


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """It was stopped after three of six updates, before all networks were trained by one loop."""
    with zipfile.ZipFile(Path(__file__).with_name("data") / "old_run.zip") as archive:
        archive.extractall(tmp_path)
    run = tmp_path / "gan"
    how = replace(read_options(run, GanOptions.from_json), device="cpu")
    report = fit(run, how, resume=True)
    assert [row["step"] for row in report.rows] == [2, 4, 6]
    assert report.rows[2]["critic_loss"] == pytest.approx(1.385340392589569, abs=1e-4)
    made, wanted = read_gan(run / "best"), read_gan(tmp_path / "gan-whole" / "best")
    for name, value in wanted.weights.items():
        np.testing.assert_allclose(made.weights[name], value, atol=1e-5, err_msg=name)


# -- what cannot be done -----------------------------------------------------------------


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no tune to learn from"):
        fit(tmp_path / "run", options(), tunes=[])
    assert not (tmp_path / "run").exists()


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    """Beside a critic that lost itself, and rates that are too high."""
    with pytest.raises(
        CheckpointError,
        match=r"the loss is no number any more at step \d+; .* a lower --rate than 1e\+30",
    ):
        fit(tmp_path / "run", options(400, rate=1e30, critic_rate=1e30))
    tensors, _ = state_of(tmp_path / "run")
    assert all(np.isfinite(value).all() for value in tensors.values())


@pytest.mark.parametrize(("change", "words"), [
    ({"loss": "mse"}, "loss 'mse': use bce, bce-r1, hinge-r1"), ({"minutes": 0}, "minutes 0: must be above 0"),
    ({"minutes": math.nan}, "minutes nan"), ({"rate": -1.0}, "rate -1.0"),
    ({"critic_rate": math.inf}, "critic-rate inf"), ({"device": "tpu"}, "device 'tpu'"),
    ({"batch": 7}, "batch 7: use an even number"), ({"batch": 2}, "batch 2"), ({"batch": 5000}, "batch 5000"),
    ({"penalty_every": 0}, "penalty-every 0"), ({"critic_steps": 0}, "critic-steps 0"),
    ({"validations": 0}, "validations 0"), ({"penalty": -1.0}, "penalty -1.0: must be 0 or more"),
    ({"mode_seeking": math.nan}, "mode-seeking nan"), ({"noise": -0.1}, "noise -0.1"),
    ({"own_share": 0.95}, "own-share"), ({"own_share": math.nan}, "own-share"), ({"noise_until": 0.0}, "noise-until"),
    ({"mean_decay": 1.0}, "mean-decay"), ({"precision": "int8"}, "precision 'int8'"),
])  # fmt: skip
def test_options_out_of_range_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        GanOptions(**change)


def test_options_there_and_back() -> None:
    how = GanOptions(
        net=NET, loss="wgan-gp", betas=(0.5, 0.9), batch=12, device="cpu", precision="float32"
    )
    again = GanOptions.from_json(json.loads(json.dumps(how.to_json())) | {"unknown": 3})
    assert again == replace(how, device="auto")
    assert [GanOptions(noise=2.0).noise_at(share) for share in (0.0, 0.25, 0.5, 1.0)] == [
        2.0,
        1.0,
        0.0,
        0.0,
    ]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("loss", LOSSES)
def test_a_gpu_learns_as_the_cpu_does(tmp_path: Path, loss: str) -> None:
    """Random numbers are drawn on the CPU for both, so that only the order of sums differs; a run changes devices."""
    found = []
    for device in ("cpu", "cuda"):
        fit(tmp_path / device, options(8, loss=loss, device=device, own_share=0.25), steps=3)
        found.append(state_of(tmp_path / device)[0])
    for name, value in found[0].items():
        if not name.startswith("random"):
            np.testing.assert_allclose(found[1][name], value, atol=2e-2, err_msg=name)
    fit(tmp_path / "cuda", options(8, loss=loss, own_share=0.25), steps=2, resume=True)
