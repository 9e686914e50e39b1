import struct

import numpy as np
import pytest

from symgen.gan.metrics import measure_bars
from symgen.gan.plots import _quarters, _running_mean, plot_bar_distributions, plot_gan_training
from symgen.gan.steps import HOLD, REST, StepTune
from symgen.music.theory import Key
from symgen.system.errors import FormatError


def size_of(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


def noise(seed, meter="4/4", grid=4):
    steps = {"4/4": 4, "3/4": 3, "6/8": 3}[meter] * grid
    symbols = np.random.default_rng(seed).integers(0, 60, (8, steps))
    symbols[symbols > REST] = HOLD
    return StepTune(symbols.astype(np.uint8), meter, Key(2, "dorian"), 50, grid)


def test_each_kind_of_value_has_its_panel(tmp_path):
    rows = [
        {"step": i, "gap": 1 / i, "critic_loss": 0.7, "generator_loss": -0.7} for i in range(1, 300)
    ]
    plot_gan_training(rows, tmp_path / "a.png")
    rows[9] |= {"kl_interval": 0.5, "kl_place": 0.0, "kl_duration": float("nan")}
    plot_gan_training(rows, tmp_path / "b.png")
    rows[19] |= {
        "unique_bars": 0.5,
        "leaps": 0.1,
        "kl_interval": float("inf"),
        "gap": float("nan"),
        "else": 1.0,
    }
    plot_gan_training(rows, tmp_path / "c.png")
    widths = [size_of(tmp_path / f"{name}.png")[0] for name in "abc"]
    assert widths == [widths[0], 2 * widths[0], 3 * widths[0]]
    assert 400 < widths[0] < 800
    first = (tmp_path / "c.png").read_bytes()
    plot_gan_training(rows, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes() == first


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"step": 1}],
        [{"gap": 1.0}],
        [{"step": 1, "gap": float("nan")}, {"step": 2, "kl_place": 0.0}],
    ],
)
def test_a_log_without_values(rows, tmp_path):
    with pytest.raises(FormatError, match="nothing to draw"):
        plot_gan_training(rows, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("meter", "grid"), [("4/4", 4), ("3/4", 12), ("6/8", 4)])
def test_bars_beside_real_ones(meter, grid, tmp_path):
    real, ours = measure_bars([noise(1, meter, grid)]), measure_bars([noise(2, meter, grid)])
    plot_bar_distributions(ours, real, tmp_path / "a.png")
    plot_bar_distributions(real, ours, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    width, height = size_of(tmp_path / "a.png")
    assert 700 < height < width < 2000


def test_bars_of_other_meters_and_of_one_note(tmp_path):
    single = StepTune(np.array([[0] + [HOLD] * 15], dtype=np.uint8), "4/4", Key(0, "major"), 48)
    plot_bar_distributions(
        measure_bars([noise(1, "6/8")]), measure_bars([single]), tmp_path / "a.png"
    )
    plot_bar_distributions(measure_bars([single]), measure_bars([single]), tmp_path / "b.png")
    assert size_of(tmp_path / "a.png") == size_of(tmp_path / "b.png")


def test_bars_without_notes(tmp_path):
    silent = measure_bars(
        [StepTune(np.full((2, 16), REST, dtype=np.uint8), "4/4", Key(0, "major"), 48)]
    )
    some = measure_bars([noise(1)])
    with pytest.raises(FormatError, match="generated bars hold no notes"):
        plot_bar_distributions(silent, some, tmp_path / "a.png")
    with pytest.raises(FormatError, match="real bars hold no notes"):
        plot_bar_distributions(some, silent, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_durations_are_written_as_fractions_of_a_quarter():
    assert [_quarters(n) for n in (1, 3, 4, 6, 12, 18, 24, 96)] == [
        "1/12",
        "1/4",
        "1/3",
        "1/2",
        "1",
        "3/2",
        "2",
        "8+",
    ]


def test_a_running_mean_is_narrower_at_the_ends():
    assert _running_mean([0.0, 3.0, 6.0, 9.0, 0.0], 1) == pytest.approx((1.5, 3, 6, 5, 4.5))
