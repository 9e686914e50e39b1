"""The tutorial's plain GAN: its layers as printed, one number a step, and training that a seed fixes."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small import ticking
from torch import nn

from lab import gan_tutorial_fitting as adversarial_tutorial
from lab.gan_tutorial import (
    LATENT,
    SERIES_STEPS,
    TutorialDiscriminator,
    TutorialGenerator,
    load_tutorial,
    sample_tutorial,
    series_of,
    symbols_of,
)
from lab.gan_tutorial_fitting import TutorialOptions, fit_tutorial, main, train_tutorial
from symgen.corpus import Store
from symgen.gan import evaluate_gan, load_gan
from symgen.gan.steps import HOLD, PITCHES, REST, SYMBOLS, StepTune, bar_notes
from symgen.music.controls import Controls
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, ControlError, ExistsError
from symgen.training import Callbacks, TrainProgress

QUICK = TutorialOptions(batch=4, device="cpu")


def random_symbols(rng: np.random.Generator, length: int) -> NDArray[np.uint8]:
    """Notes and rests in which no note is struck again right after itself."""
    symbols: list[int] = []
    last = REST
    while len(symbols) < length:
        new = int(rng.choice([p for p in (*range(PITCHES), REST) if p != last or p == REST]))
        more = int(rng.integers(0, 6))
        symbols += [new, *[REST if new == REST else HOLD] * more]
        last = new
    return np.array(symbols[:length], dtype=np.uint8)


def tune(seed: int, bars: int = 8, steps: int = 16, grid: int = 4) -> StepTune:
    symbols = random_symbols(np.random.default_rng(seed), bars * steps).reshape(bars, steps)
    return StepTune(symbols, "4/4" if steps == 16 else "6/8", Key.parse("C major"), 48, grid)


TUNES = [tune(seed) for seed in range(4)]


def stop_after(steps: int) -> Callable[[], bool]:
    asked = count(1)
    return lambda: next(asked) >= steps


# -- the networks ------------------------------------------------------------------------


def table(net: nn.Module) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for layer in net.modules():
        if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d):
            shape = layer.kernel_size[0], layer.stride[0], layer.padding[0]
            rows.append((type(layer).__name__, layer.in_channels, layer.out_channels, *shape))
        elif isinstance(layer, nn.BatchNorm1d):
            rows.append(("BatchNorm1d", layer.num_features))
        elif isinstance(layer, nn.Linear):
            rows.append(("Linear", layer.in_features, layer.out_features))
        elif isinstance(layer, nn.LeakyReLU):
            rows.append(("LeakyReLU", layer.negative_slope))
        elif isinstance(layer, nn.ReLU | nn.Tanh | nn.Sigmoid):
            rows.append((type(layer).__name__,))
    return rows


def test_the_layers_are_the_printed_ones() -> None:
    assert table(TutorialGenerator()) == [
        ("ConvTranspose1d", 1, 256, 4, 2, 1), ("BatchNorm1d", 256), ("ReLU",),
        ("ConvTranspose1d", 256, 128, 4, 2, 1), ("BatchNorm1d", 128), ("ReLU",),
        ("ConvTranspose1d", 128, 64, 4, 2, 1), ("BatchNorm1d", 64), ("ReLU",),
        ("ConvTranspose1d", 64, 1, 3, 1, 1), ("Tanh",),
    ]  # fmt: skip
    assert table(TutorialDiscriminator()) == [
        ("Conv1d", 1, 64, 4, 2, 1), ("LeakyReLU", 0.2),
        ("Conv1d", 64, 128, 4, 2, 1), ("BatchNorm1d", 128), ("LeakyReLU", 0.2),
        ("Conv1d", 128, 256, 4, 2, 1), ("BatchNorm1d", 256), ("LeakyReLU", 0.2),
        ("Linear", 256 * 12, 1),
    ]  # fmt: skip


def test_shapes_fit() -> None:
    series = TutorialGenerator()(torch.randn(3, LATENT)).detach()
    assert series.shape == (3, SERIES_STEPS)
    assert float(series.abs().max()) <= 1
    assert TutorialDiscriminator()(series).shape == (3,)


def test_first_weights_are_those_of_dcgan() -> None:
    torch.manual_seed(0)
    for net in (TutorialGenerator(), TutorialDiscriminator()):
        for layer in net.modules():
            if isinstance(layer, nn.Conv1d | nn.ConvTranspose1d | nn.Linear | nn.BatchNorm1d):
                mean = 1.0 if isinstance(layer, nn.BatchNorm1d) else 0.0
                assert float(layer.weight.detach().mean()) == pytest.approx(mean, abs=0.01)
                assert float(layer.weight.detach().std()) == pytest.approx(0.02, rel=0.3)


# -- one number a step -------------------------------------------------------------------


def test_series_come_back() -> None:
    rng = np.random.default_rng(1)
    symbols = np.stack([random_symbols(rng, SERIES_STEPS) for _ in range(50)]).reshape(
        5, 10, SERIES_STEPS
    )
    series = series_of(symbols)
    assert series.dtype == np.float32
    assert series.shape == symbols.shape
    back = symbols_of(series)
    assert back.dtype == np.uint8
    assert np.array_equal(back, symbols)
    near = series + rng.uniform(-0.02, 0.02, series.shape).astype(np.float32)
    assert np.array_equal(symbols_of(near), symbols)


def test_pitches_are_spread_evenly_above_the_rests() -> None:
    series = series_of(np.array([REST, *range(PITCHES)], dtype=np.uint8))
    assert series[[0, 1, -1]].tolist() == pytest.approx([-1, -0.7, 1])
    assert np.allclose(np.diff(series[1:]), 1.7 / 35, atol=1e-6)


def test_a_held_step_repeats_its_pitch() -> None:
    series = series_of(np.array([5, HOLD, HOLD, REST], dtype=np.uint8))
    assert series[0] == series[1] == series[2] != series[3]


def test_a_hold_of_nothing_is_a_rest() -> None:
    symbols = np.array([HOLD, HOLD, 5, HOLD, REST, HOLD], dtype=np.uint8)
    assert symbols_of(series_of(symbols)).tolist() == [REST, REST, 5, HOLD, REST, REST]


def test_a_note_struck_again_is_lost() -> None:
    """The limit of one number a step."""
    symbols = np.array([5, HOLD, 5, HOLD, 7, 7, REST, 7], dtype=np.uint8)
    back = symbols_of(series_of(symbols))
    assert back.tolist() == [5, HOLD, HOLD, HOLD, 7, HOLD, REST, 7]
    assert (len(bar_notes(symbols)), len(bar_notes(back))) == (5, 3)


def test_any_series_can_be_read() -> None:
    series = np.random.default_rng(2).uniform(-1, 1, (20, SERIES_STEPS)).astype(np.float32)
    symbols = symbols_of(series)
    assert symbols.max() < SYMBOLS
    assert np.array_equal(symbols_of(series_of(symbols)), symbols)


# -- training ----------------------------------------------------------------------------


def test_training_changes_weights_as_the_seed_says() -> None:
    one, two, longer = (
        fit_tutorial(TUNES, QUICK, callbacks=Callbacks(None, stop_after(n)))[0] for n in (3, 3, 4)
    )
    other, _ = fit_tutorial(
        TUNES,
        TutorialOptions(batch=4, device="cpu", seed=1),
        callbacks=Callbacks(None, stop_after(3)),
    )
    assert set(one) == set(TutorialGenerator().state_dict())
    assert {value.dtype for value in one.values()} == {np.dtype(np.float32)}
    assert all(np.array_equal(one[name], two[name]) for name in one)
    name = "layers.0.weight"
    assert not np.array_equal(one[name], longer[name])
    assert not np.array_equal(one[name], other[name])


def test_rows_come_about_fifty_times() -> None:
    seen: list[TrainProgress] = []
    options = TutorialOptions(minutes=1.0, batch=2, device="cpu")
    _, rows = fit_tutorial(TUNES, options, callbacks=ticking(seen.append))
    assert rows == [progress.metrics for progress in seen]
    assert len(rows) == 50
    assert set(rows[0]) == {"step", "critic_loss", "generator_loss", "seconds"}
    assert rows[-1]["step"] == 60
    assert rows[-1]["seconds"] == 60
    assert all(math.isfinite(value) for row in rows for value in row.values())
    steps = [row["step"] for row in rows]
    assert steps == sorted(set(steps))


def test_what_is_stopped_has_a_last_row() -> None:
    _, rows = fit_tutorial(TUNES, QUICK, callbacks=Callbacks(None, stop_after(2)))
    assert rows[-1]["step"] == 2
    assert len(rows) == 1


def test_windows_begin_at_bar_lines() -> None:
    windows = adversarial_tutorial._Windows(
        [tune(0, bars=7), tune(1, bars=5), tune(2, bars=9, steps=12)]
    )
    assert windows.starts.tolist() == [0, 16, 112, 124]
    drawn = windows.draw(40, np.random.default_rng(0))
    wanted = {series_of(windows.symbols[i : i + SERIES_STEPS]).tobytes() for i in windows.starts}
    assert {row.tobytes() for row in drawn} == wanted


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_all_lies_on_one_device(device: str) -> None:
    trainer = adversarial_tutorial._Trainer(TutorialOptions(batch=4, device=device))
    trainer.update(
        series_of(np.stack([random_symbols(np.random.default_rng(0), SERIES_STEPS)] * 4))
    )
    values = [
        *trainer.generator.state_dict().values(),
        *trainer.discriminator.state_dict().values(),
        trainer._latent(),
    ]
    assert {value.device.type for value in values} == {device}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"minutes": 0}, "minutes 0: use a number above 0"),
        ({"minutes": math.nan}, "minutes nan: use a number above 0"),
        ({"minutes": math.inf}, "minutes inf"),
        ({"rate": -1.0}, "rate -1.0: use a number above 0"),
        ({"batch": 0}, "batch 0: use at least 1"),
    ],
)
def test_options_out_of_range_are_told(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        fit_tutorial(TUNES, TutorialOptions(**options))


def test_tunes_that_do_not_serve_are_told() -> None:
    with pytest.raises(ControlError, match=r"none of 1 tunes has 96 steps .* add longer tunes"):
        fit_tutorial([tune(0, bars=5)], QUICK)
    with pytest.raises(ControlError, match="none of 0 tunes"):
        fit_tutorial([], QUICK)
    with pytest.raises(ControlError, match=r"grid 12: .* use grid 4"):
        fit_tutorial([*TUNES, tune(0, steps=48, grid=12)], QUICK)


def test_a_loss_that_is_no_number_is_told() -> None:
    with pytest.raises(CheckpointError, match=r"no number at step .*; lower the rate"):
        fit_tutorial(
            TUNES,
            TutorialOptions(batch=4, rate=1e30, device="cpu"),
            callbacks=Callbacks(None, stop_after(20)),
        )


# -- drawing -----------------------------------------------------------------------------


def test_drawing_is_fixed_by_its_numbers() -> None:
    weights, _ = fit_tutorial(TUNES, QUICK, callbacks=Callbacks(None, stop_after(2)))
    one, two = (sample_tutorial(weights, 5, np.random.default_rng(3)) for _ in range(2))
    assert one.shape == (5, SERIES_STEPS)
    assert one.dtype == np.uint8
    assert one.max() < SYMBOLS
    assert np.array_equal(one, two)


def test_a_melody_does_not_depend_on_those_beside_it() -> None:
    weights, _ = fit_tutorial(TUNES, QUICK, callbacks=Callbacks(None, stop_after(2)))
    few, many = (sample_tutorial(weights, number, np.random.default_rng(3)) for number in (2, 600))
    assert np.array_equal(few, many[:2])


def test_drawing_tells_what_is_wrong() -> None:
    weights, _ = fit_tutorial(TUNES, QUICK, callbacks=Callbacks(None, stop_after(1)))
    with pytest.raises(ControlError, match="count 0: ask for at least 1"):
        sample_tutorial(weights, 0, np.random.default_rng(0))
    weights.pop("layers.0.weight")
    with pytest.raises(
        CheckpointError, match="not those of the tutorial's generator; train it again"
    ):
        sample_tutorial(weights, 1, np.random.default_rng(0))


def test_it_is_trained_on_a_store_and_writes(store: Store, tmp_path: Path) -> None:
    three, one = (Callbacks(None, stop_after(steps)) for steps in (3, 1))
    folder = train_tutorial(store, tmp_path / "run", options=QUICK, callbacks=three)
    assert sorted(path.name for path in folder.iterdir()) == ["best", "training.png"]
    gan = load_tutorial(folder)
    assert gan.info["preset"] == "tutorial"
    asked = Controls(bars=13, key="G", meter="3/4")
    two = gan.sample(asked, count=2, seed=1)
    assert [sum(bar.number > 0 for bar in score.bars) for score in two] == [13, 13]
    assert gan.sample(asked, seed=2) == two[1:]
    assert two[0].keys[0].sharps == 1
    with pytest.raises(ControlError, match="prime: the generator of the tutorial sees no bars"):
        gan.continue_score(two[0], seed=0)
    assert evaluate_gan(gan, store, tunes=2, bars=6).table
    with pytest.raises(CheckpointError, match="in the lab: python -m lab train-gan-tutorial"):
        load_gan(folder)
    with pytest.raises(ExistsError, match="holds a run already"):
        train_tutorial(store, folder, options=QUICK, callbacks=one)
    train_tutorial(store, folder, options=QUICK, overwrite=True, callbacks=one)


def test_the_command_trains_it(
    store_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main([str(store_folder), "-o", str(run), "--minutes", "1e-6", "--device", "cpu"]) == 0
    assert capsys.readouterr().out == f"{run}\n"
    assert load_tutorial(run).info["training"]["batch"] == 64
