"""The networks of the bar GAN: one without torch beside one with it, and what each of them looks at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.gan.checkpoint import BEATS, CONDITIONS, LAGS, GanConfig, conditions
from symgen.gan.inference import LOGIT_SCALE, InferenceGenerator, generator_shapes, pitch_basis
from symgen.gan.net import BarDiscriminator, BarGenerator, interval_view, straight_through
from symgen.gan.steps import GRIDS, HOLD, PITCHES, REST, STEP_METERS, STEP_MODES, SYMBOLS
from symgen.system.errors import CheckpointError, ControlError

SMALL = GanConfig(width=8, critic_width=6, mapping=10, tune_latent=3, bar_latent=5)
QUARTERS = {"4/4": 4, "3/4": 3, "6/8": 3}


def shaken(net: nn.Module, seed: int = 0) -> nn.Module:
    """Draw all weights anew, biases and scales among them, so that each of them counts."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(1.5).add_(0.2 * torch.randn_like(weight))
    return net.eval()


def make_generator(config: GanConfig = SMALL) -> BarGenerator:
    torch.manual_seed(1)
    net = shaken(BarGenerator(config))
    assert isinstance(net, BarGenerator)
    return net


def make_critic(config: GanConfig = SMALL) -> BarDiscriminator:
    torch.manual_seed(2)
    net = shaken(BarDiscriminator(config))
    assert isinstance(net, BarDiscriminator)
    return net


def weights_of(net: nn.Module) -> dict[str, NDArray[np.float32]]:
    return {name: value.detach().numpy().copy() for name, value in net.state_dict().items()}


def one_hot(symbols: NDArray[np.int64]) -> Tensor:
    """Turn symbols, shape (batch, steps), to channels."""
    return torch.from_numpy(np.eye(SYMBOLS, dtype=np.float32)[symbols].transpose(0, 2, 1).copy())


class Places:
    """Random bars, what came before them, and where they lie."""

    def __init__(
        self, batch: int = 6, *, meter: str = "4/4", config: GanConfig = SMALL, seed: int = 0
    ) -> None:
        rng = np.random.default_rng(seed)
        steps = QUARTERS[meter] * config.grid
        self.symbols = rng.integers(SYMBOLS, size=(batch, len(LAGS), steps))
        self.bars = rng.integers(SYMBOLS, size=(batch, steps))
        self.meter = np.full(batch, STEP_METERS.index(meter))
        mode, tonic, place = (rng.integers(n, size=batch) for n in (len(STEP_MODES), 12, 20))
        self.told = conditions(self.meter, mode, tonic, place, np.full(batch, 21))
        self.latents = rng.normal(size=(batch, config.tune_latent + config.bar_latent)).astype(
            np.float32
        )

    @property
    def context(self) -> Tensor:
        return torch.cat([one_hot(self.symbols[:, i]) for i in range(len(LAGS))], dim=1)

    def write(self, net: BarGenerator) -> Tensor:
        latents, own = torch.from_numpy(self.latents), net.config.tune_latent
        tune, bar = latents[:, :own], latents[:, own:]
        with torch.no_grad():
            found: Tensor = net(
                self.context, torch.from_numpy(self.told), torch.from_numpy(self.meter), tune, bar
            )
        return found

    def score(self, net: BarDiscriminator, rows: slice = slice(None), groups: int = 1) -> Tensor:
        told, meter = torch.from_numpy(self.told)[rows], torch.from_numpy(self.meter)[rows]
        with torch.no_grad():
            found: Tensor = net(
                self.context[rows], one_hot(self.bars)[rows], told, meter, groups=groups
            )
        return found


# -- the generator -----------------------------------------------------------------------


@pytest.mark.parametrize("meter", STEP_METERS)
@pytest.mark.parametrize("grid", GRIDS)
def test_inference_equals_torch(grid: int, meter: str) -> None:
    config = replace(SMALL, grid=grid)
    net, places = make_generator(config), Places(meter=meter, config=config)
    numpy_net = InferenceGenerator(config, weights_of(net))
    found = numpy_net.logits(places.symbols, places.told, places.meter, places.latents)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, places.write(net).numpy().transpose(0, 2, 1), atol=2e-5)


def test_inference_equals_torch_at_full_width() -> None:
    config = GanConfig()
    net, places = make_generator(config), Places(2, config=config)
    numpy_net = InferenceGenerator(config, weights_of(net))
    found = numpy_net.logits(places.symbols, places.told, places.meter, places.latents)
    np.testing.assert_allclose(found, places.write(net).numpy().transpose(0, 2, 1), atol=1e-4)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_shapes_are_those_of_torch(grid: int) -> None:
    config = replace(SMALL, grid=grid)
    assert generator_shapes(config) == {
        name: tuple(value.shape) for name, value in BarGenerator(config).state_dict().items()
    }


def test_weights_of_another_shape_are_refused() -> None:
    weights = weights_of(make_generator())
    for changed in (
        {name: value for name, value in weights.items() if name != "merge.bias"},
        {**weights, "more": np.zeros(1, dtype=np.float32)},
        {**weights, "out.bias": weights["out.bias"][:-1]},
        {},
    ):
        with pytest.raises(CheckpointError, match="do not fit"):
            InferenceGenerator(SMALL, changed)
    for config in (replace(SMALL, width=10), replace(SMALL, grid=12), replace(SMALL, bar_latent=6)):
        with pytest.raises(CheckpointError, match="do not fit"):
            InferenceGenerator(config, weights)


@pytest.mark.parametrize("meter", STEP_METERS)
def test_logits_have_one_size_at_each_step(meter: str) -> None:
    logits = Places(meter=meter).write(make_generator())
    assert logits.shape == (6, SYMBOLS, 4 * QUARTERS[meter])
    assert float(logits.mean(dim=1).abs().max()) < 1e-5
    assert logits.square().mean(dim=1).sqrt().numpy() == pytest.approx(LOGIT_SCALE, rel=0.05)


def test_pitches_are_told_apart_by_their_waves() -> None:
    basis = pitch_basis()
    assert basis.shape == (27, PITCHES)
    likeness = basis.T @ basis
    assert (likeness.argmax(axis=1) == np.arange(PITCHES)).all()
    twelve = likeness[0] / likeness[0, 0]
    assert twelve[12] > max(twelve[11], twelve[13])


def test_the_generator_hears_all_that_it_is_told() -> None:
    net, plain = make_generator(), Places()
    before = plain.write(net)

    def changes(other: Places) -> float:
        return float((other.write(net) - before).abs().amax(dim=(1, 2)).min())

    for part in (slice(0, SMALL.tune_latent), slice(SMALL.tune_latent, None)):
        other = Places()
        other.latents[:, part] += 1
        assert changes(other) > 1e-3
    for lag in range(len(LAGS)):
        other = Places()
        other.symbols[:, lag] = (other.symbols[:, lag] + 7) % SYMBOLS
        assert changes(other) > 1e-3
    for column in (len(STEP_METERS), len(STEP_METERS) + len(STEP_MODES), CONDITIONS - 1):
        other = Places()
        other.told[:, column] = 1 - other.told[:, column]
        assert changes(other) > 1e-3
    other = Places(meter="3/4")
    six = Places(meter="3/4")
    six.meter[:] = STEP_METERS.index("6/8")
    assert float((other.write(net) - six.write(net)).abs().max()) > 1e-3


def test_a_bar_does_not_depend_on_those_written_beside_it() -> None:
    numpy_net, places = InferenceGenerator(SMALL, weights_of(make_generator())), Places()
    row = slice(2, 3)
    one = numpy_net.logits(
        places.symbols[row], places.told[row], places.meter[row], places.latents[row]
    )
    every = numpy_net.logits(places.symbols, places.told, places.meter, places.latents)
    np.testing.assert_allclose(every[row], one, atol=1e-5)


# -- choosing a symbol -------------------------------------------------------------------


def test_choices_are_one_hot_and_have_the_gradient_of_the_softmax() -> None:
    torch.manual_seed(3)
    logits = torch.randn(4, SYMBOLS, 16, requires_grad=True)
    weight = torch.randn(4, SYMBOLS, 16)
    chosen, symbols = straight_through(logits)
    assert torch.equal(symbols, logits.argmax(dim=1))
    torch.testing.assert_close(chosen.detach(), one_hot(symbols.numpy()), atol=1e-6, rtol=0)
    (chosen * weight).sum().backward()  # type: ignore[no-untyped-call]
    again = logits.detach().clone().requires_grad_(True)
    (torch.softmax(again, dim=1) * weight).sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert again.grad is not None
    assert float(again.grad.abs().max()) > 0.01
    torch.testing.assert_close(logits.grad, again.grad)


def test_noise_changes_choices() -> None:
    torch.manual_seed(4)
    logits = torch.randn(8, SYMBOLS, 16)
    plain = straight_through(logits)[1]
    assert torch.equal(plain, straight_through(logits, 0.0)[1])
    one, two = (straight_through(logits, 1.0)[1] for _ in range(2))
    assert not torch.equal(one, two)
    little = float((straight_through(logits, 0.05)[1] == plain).float().mean())
    assert float((one == plain).float().mean()) < 0.5 < little < 1


def test_noise_of_full_size_draws_as_the_softmax_says() -> None:
    torch.manual_seed(5)
    logits = torch.zeros(4000, SYMBOLS, 1)
    logits[:, 3] = 3.0
    drawn = straight_through(logits, 1.0)[1]
    wanted = float(torch.softmax(logits[0, :, 0], dim=0)[3])
    assert float((drawn == 3).float().mean()) == pytest.approx(wanted, abs=0.03)


# -- intervals ---------------------------------------------------------------------------


def slow_view(symbols: NDArray[np.int64]) -> NDArray[np.float32]:
    """Walk along one melody: a column of 26 a step."""
    view = np.zeros((26, len(symbols)), dtype=np.float32)
    last = None
    for step, symbol in enumerate(symbols):
        if symbol >= PITCHES:
            continue
        if last is not None:
            leap = int(symbol - last)
            view[leap + 12 if abs(leap) <= 12 else 25, step] = 1
        last = symbol
    return view


def view_of(symbols: Tensor) -> Tensor:
    critic = BarDiscriminator(SMALL)
    return interval_view(symbols, critic.there, critic.back)


@pytest.mark.parametrize("steps", [1, 12, 32, 48, 96])
def test_the_intervals_are_those_that_a_loop_finds(steps: int) -> None:
    rng = np.random.default_rng(steps)
    kinds = rng.choice(4, size=(40, steps), p=[0.5, 0.3, 0.15, 0.05])
    near, far = rng.integers(14, 22, size=(40, steps)), rng.integers(PITCHES, size=(40, steps))
    symbols = np.choose(kinds, [near, HOLD, REST, far])
    symbols[0], symbols[1], symbols[2, :-1], symbols[3] = (
        REST,
        HOLD,
        REST,
        np.where(np.arange(steps) % 2, 0, 35),
    )
    found = view_of(one_hot(symbols)).numpy()
    assert found.shape == (40, 26, steps)
    np.testing.assert_allclose(found, np.stack([slow_view(row) for row in symbols]), atol=1e-5)


def test_each_interval_has_a_channel_of_its_own() -> None:
    pairs = np.array([[a, b] for a in range(PITCHES) for b in range(PITCHES)])
    found = view_of(one_hot(pairs)).numpy()
    assert np.abs(found[:, :, 0]).max() < 1e-5
    leaps = pairs[:, 1] - pairs[:, 0]
    assert (found[:, :, 1].argmax(axis=1) == np.where(np.abs(leaps) <= 12, leaps + 12, 25)).all()
    np.testing.assert_allclose(found[:, :, 1].sum(axis=1), 1, atol=1e-5)


def test_the_view_has_two_derivatives() -> None:
    """The penalty takes the gradient of a gradient; here both are held to differences."""
    torch.manual_seed(6)
    critic = BarDiscriminator(SMALL).double()
    there, back = critic.there.double(), critic.back.double()
    mixed = torch.softmax(torch.randn(1, SYMBOLS, 4, dtype=torch.float64), dim=1).requires_grad_(
        True
    )
    weight = torch.randn(26, 4, dtype=torch.float64)

    def seen(bars: Tensor) -> Tensor:
        return (interval_view(bars, there, back) * weight).sum().square()

    assert torch.autograd.gradcheck(seen, (mixed,))
    assert torch.autograd.gradgradcheck(seen, (mixed,))
    (slope,) = torch.autograd.grad(seen(mixed), mixed, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), mixed)
    assert float(slope.detach().abs().max()) > 0
    assert float(second.abs().max()) > 0
    assert torch.isfinite(second).all()


# -- the discriminator -------------------------------------------------------------------


def differs(one: Tensor, other: Tensor) -> bool:
    return float((one - other).abs().min()) > 1e-5


@pytest.mark.parametrize("views", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("meter", STEP_METERS)
def test_the_score_hangs_on_all_there_is(views: tuple[bool, bool], meter: str) -> None:
    config = replace(SMALL, interval_view=views[0], batch_view=views[1])
    critic = make_critic(config)
    plain = Places(meter=meter).score(critic)
    assert plain.shape == (6,)
    assert torch.isfinite(plain).all()
    for column in (len(STEP_METERS) + len(STEP_MODES), len(STEP_METERS), CONDITIONS - 1):
        other = Places(meter=meter)
        other.told[:, column] = 1 - other.told[:, column]
        assert differs(other.score(critic), plain)
    other = Places(meter=meter)
    other.meter[:] = (other.meter + 1) % 2  # another row of places
    assert differs(other.score(critic), plain)
    other = Places(meter=meter)
    other.bars = (other.bars + 5) % SYMBOLS
    assert differs(other.score(critic), plain)
    for lag in range(2 + config.interval_view):  # the bar eight back shows in repetitions alone
        other = Places(meter=meter)
        other.symbols[:, lag] = other.bars
        assert differs(other.score(critic), plain)


@pytest.mark.parametrize("grid", GRIDS)
def test_both_grids_can_be_scored(grid: int) -> None:
    config = replace(SMALL, grid=grid)
    for meter in STEP_METERS:
        assert Places(meter=meter, config=config).score(make_critic(config)).shape == (6,)


def test_groups_are_scored_apart() -> None:
    critic, places = make_critic(), Places(8)
    together, grouped = places.score(critic), places.score(critic, groups=2)
    apart = torch.cat([places.score(critic, slice(0, 4)), places.score(critic, slice(4, 8))])
    torch.testing.assert_close(grouped, apart)
    assert differs(grouped, together)


def test_without_a_view_of_the_batch_bars_stand_alone() -> None:
    critic, places = make_critic(replace(SMALL, batch_view=False)), Places()
    torch.testing.assert_close(places.score(critic, slice(1, 2)), places.score(critic)[1:2])
    seeing = make_critic()
    assert differs(places.score(seeing, slice(1, 2)), places.score(seeing)[1:2])


def test_a_batch_of_one_bar_looks_unlike_one_of_many() -> None:
    critic, places, same = make_critic(), Places(), Places()
    for rows in (same.symbols, same.bars, same.told):
        rows[:] = rows[:1]
    alone = places.score(critic, slice(0, 1))
    torch.testing.assert_close(same.score(critic), alone.expand(6))
    assert float((places.score(critic)[0] - same.score(critic)[0]).abs()) > 1e-5


# -- what both are told ------------------------------------------------------------------


def test_conditions_are_one_hot() -> None:
    def row(**more: int) -> NDArray[np.float32]:
        usual = {"meter": 1, "mode": 2, "tonic": 7, "place": 11, "count": 32}
        (found,) = conditions(**{name: np.array([value]) for name, value in (usual | more).items()})
        return found  # type: ignore[no-any-return]

    assert row().shape == (CONDITIONS,)
    assert row().dtype == np.float32
    assert np.flatnonzero(row()).tolist() == [1, 3 + 2, 7 + 7, 19 + 11 % 8]
    assert np.flatnonzero(row(meter=2, mode=3, tonic=11, place=7)).tolist() == [2, 6, 18, 26]
    assert [row(place=place)[-3:].tolist() for place in (0, 1, 29, 30, 31)] == [
        [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0],
    ]  # fmt: skip
    assert row(place=0, count=1)[-3:].tolist() == [1, 1, 0]
    each = np.arange(3)
    many = conditions(each, each, each, each, np.full(3, 9))
    assert many.shape == (3, CONDITIONS)
    assert (many.sum(axis=1) == [5, 4, 4]).all()


# -- dimensions --------------------------------------------------------------------------


def test_a_config_there_and_back() -> None:
    config = replace(SMALL, grid=12, interval_view=False)
    assert GanConfig.from_json(config.to_json()) == config
    assert int(np.prod(config.factors)) == 12
    assert int(np.prod(SMALL.factors)) == 4
    assert max(QUARTERS.values()) == BEATS


@pytest.mark.parametrize(("change", "words"), [
    ({"grid": 5}, "grid 5"), ({"width": 9}, "widths"), ({"mapping": 1}, "widths"), ({"width": 10**6}, "widths"),
    ({"width": "8"}, "wrong kind"), ({"width": True}, "wrong kind"), ({"more": 1}, "more: missing or unknown"),
])  # fmt: skip
def test_a_damaged_config_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        GanConfig.from_json(SMALL.to_json() | change)
    with pytest.raises(CheckpointError, match="missing or unknown"):
        GanConfig.from_json({})


@pytest.mark.parametrize(
    "change", [{"grid": 8}, {"width": 7}, {"bar_latent": 0}, {"critic_width": 2048}]
)
def test_senseless_dimensions_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ControlError, match=r"grid 8|widths and latents"):
        replace(SMALL, **change)  # type: ignore[arg-type]
