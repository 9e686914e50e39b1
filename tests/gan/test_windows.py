"""Bars with the bars before them: drawn from a corpus, and of tunes that grow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.gan.checkpoint import CONDITIONS, HISTORY, LAGS, conditions
from symgen.gan.steps import REST, STEP_METERS, SYMBOLS, StepTune, mode_index
from symgen.gan.windows import Growing, RealBars, one_hot, real_bars
from symgen.music.theory import Key
from symgen.system.errors import ControlError

CPU = torch.device("cpu")
Symbols = NDArray[np.int64]


def step_tune(number: int, bars: int, meter: str = "4/4", key: str = "C major") -> StepTune:
    """A tune whose bars tell by their first two symbols which they are: number of the tune, number of the bar."""
    steps = 16 if meter == "4/4" else 12
    symbols = np.random.default_rng(number).integers(SYMBOLS, size=(bars, steps)).astype(np.uint8)
    symbols[:, 0], symbols[:, 1] = number, np.arange(bars)
    return StepTune(symbols, meter, Key.parse(key), 48)


TUNES = [
    step_tune(0, 12),
    step_tune(1, 3, key="A minor"),
    step_tune(2, 1, key="D dorian"),
    step_tune(3, 9, key="G"),
]


def read(channels: Tensor) -> Symbols:
    """One-hot channels back to symbols, shape (batch, steps)."""
    assert (channels.sum(dim=1) == 1).all()
    return channels.argmax(dim=1).numpy()


def earlier(context: Tensor) -> list[Symbols]:
    return [read(part) for part in context.chunk(len(LAGS), dim=1)]


# -- real bars ---------------------------------------------------------------------------


def test_one_hot() -> None:
    symbols = torch.tensor([[3, REST], [0, 3]])
    found = one_hot(symbols)
    assert found.shape == (2, SYMBOLS, 2)
    assert found.dtype == torch.float32
    assert read(found).tolist() == symbols.tolist()


def test_bars_are_drawn_with_those_before_them() -> None:
    places, bars = RealBars(TUNES, CPU).draw(400, np.random.default_rng(0))
    assert places.context.shape == (400, 3 * SYMBOLS, 16)
    drawn, before = read(bars), earlier(places.context)
    seen = set()
    for row, (number, place, *_) in enumerate(drawn.tolist()):
        tune = TUNES[number]
        assert drawn[row].tolist() == tune.bars[place].tolist()
        for lag, symbols in zip(LAGS, before, strict=True):
            wanted = tune.bars[place - lag] if place >= lag else np.full(16, REST)
            assert symbols[row].tolist() == wanted.tolist(), (number, place, lag)
        facts = (
            STEP_METERS.index(tune.meter),
            mode_index(tune.key),
            tune.key.tonic,
            place,
            len(tune),
        )
        told = conditions(*(np.array([value]) for value in facts))[0]
        assert places.condition[row].tolist() == told.tolist()
        assert int(places.meter[row]) == facts[0]
        seen.add((number, place))
    assert len(seen) == len(RealBars(TUNES, CPU)) == sum(map(len, TUNES))


def test_drawing_is_fixed_by_its_numbers() -> None:
    real = RealBars(TUNES, CPU)
    one, two, other = (real.draw(20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one[1], two[1])
    assert torch.equal(one[0].context, two[0].context)
    assert not torch.equal(one[1], other[1])


def test_tunes_are_sorted_by_the_length_of_their_bars() -> None:
    mixed = [step_tune(0, 3, "3/4"), step_tune(1, 2), step_tune(2, 4, "6/8")]
    four, three = real_bars(mixed, CPU)
    assert (four.steps, len(four), three.steps, len(three)) == (16, 2, 12, 7)
    places, bars = three.draw(60, np.random.default_rng(0))
    numbers = read(bars)[:, 0]
    assert set(numbers.tolist()) == {0, 2}
    assert [STEP_METERS[i] for i in places.meter.tolist()] == [
        "3/4" if n == 0 else "6/8" for n in numbers
    ]
    with pytest.raises(ControlError, match="no tune to learn from"):
        real_bars([], CPU)


def test_batches_can_be_cut_and_joined() -> None:
    places, _ = RealBars(TUNES, CPU).draw(6, np.random.default_rng(0))
    both = places.twice(2).joined(places[4:])
    assert len(both) == 6
    for name in ("context", "condition", "meter"):
        value = getattr(places, name)
        assert torch.equal(getattr(both, name), value[[0, 1, 0, 1, 4, 5]])


# -- tunes that grow ---------------------------------------------------------------------


def grow(count: int = 5, seed: int = 0, tunes: list[StepTune] = TUNES) -> Growing:
    return Growing(RealBars(tunes, CPU), count, 3, np.random.default_rng(seed))


def place_of(growing: Growing) -> Symbols:
    return growing.state_dict()["place"].numpy()


def test_what_was_added_is_what_came_before() -> None:
    """Beside a diary of each tune that is kept by hand; all lengths of `TUNES` fill up on the way."""
    growing, rng = grow(6), np.random.default_rng(1)
    diary: list[list[Symbols]] = [[] for _ in range(6)]
    begun = 0
    for _ in range(60):
        places = growing.places()
        facts, place = growing.state_dict()["tune"].numpy(), place_of(growing)
        assert places.condition.shape == (6, CONDITIONS)
        for row, written in enumerate(diary):
            assert place[row] == len(written)
            for lag, symbols in zip(LAGS, earlier(places.context), strict=True):
                wanted = written[-lag] if len(written) >= lag else np.full(16, REST)
                assert symbols[row].tolist() == wanted.tolist()
            tune = TUNES[facts[row]]
            about = (
                STEP_METERS.index(tune.meter),
                mode_index(tune.key),
                tune.key.tonic,
                place[row],
                len(tune),
            )
            assert (
                places.condition[row].tolist()
                == conditions(*(np.array([v]) for v in about))[0].tolist()
            )
        latents = growing.latents.clone()
        symbols = rng.integers(SYMBOLS, size=(6, 16))
        growing.add(torch.from_numpy(symbols))
        for row, written in enumerate(diary):
            written.append(symbols[row])
            full = len(written) == len(TUNES[facts[row]])
            if place_of(growing)[row] == 0:
                written.clear()
                begun += 1
                assert not torch.equal(growing.latents[row], latents[row])
            else:
                assert not full
                assert torch.equal(growing.latents[row], latents[row])
    assert begun > 20


def test_some_tunes_are_left_before_they_are_full() -> None:
    growing = grow(64, tunes=[step_tune(0, 500)])
    for _ in range(50):
        growing.add(torch.zeros(64, 16, dtype=torch.int64))
    ages = place_of(growing)
    assert 0.4 < float((ages == 50).mean()) < 0.8
    assert len(set(ages.tolist())) > 8


def test_all_that_changes_comes_back() -> None:
    growing = grow()
    for step in range(4):
        growing.add(torch.full((5, 16), step))
    kept = {name: value.clone() for name, value in growing.state_dict().items()}
    other = grow(seed=9)
    other.load_state_dict(kept)
    assert torch.equal(other.places().context, growing.places().context)
    assert torch.equal(other.places().condition, growing.places().condition)
    assert torch.equal(other.latents, growing.latents)
    other.add(torch.full((5, 16), 7))
    for name, value in growing.state_dict().items():  # those of the other are its own
        assert torch.equal(value, kept[name])


def test_what_is_of_other_tunes_is_refused() -> None:
    kept = grow().state_dict()
    with pytest.raises(ValueError, match="another shape"):
        grow(4).load_state_dict(kept)
    with pytest.raises(ValueError, match="another shape"):
        grow(tunes=[step_tune(0, 3, "3/4")]).load_state_dict(kept)
    kept["tune"][2] = len(TUNES) - 1
    with pytest.raises(ValueError, match="another corpus"):
        grow(tunes=TUNES[:-1]).load_state_dict(kept)
    with pytest.raises(ValueError, match="another corpus"):
        grow().load_state_dict({**kept, "tune": torch.full((5,), -1)})
    assert kept["bars"].shape[1] == HISTORY


def test_none_can_grow() -> None:
    growing = grow(0)
    growing.add(torch.zeros(0, 16, dtype=torch.int64))
    assert len(growing) == len(growing.places()) == 0
    grow(0, seed=3).load_state_dict(growing.state_dict())
