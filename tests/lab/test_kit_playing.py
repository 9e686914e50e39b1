"""How played strokes are told from drawn ones, and the kernel densities that stand beside the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lab.drums.kernels import Clockwork, KernelPlayer, fit_kernels
from lab.drums.playing import Playing
from symgen.performer.kit_strokes import Strokes

pytest.importorskip("sklearn")
pytest.importorskip("torch")

from lab.benchmarks.kit_playing import judged_playing
from lab.drums.kit_fitting import KitFitOptions, fit_kit_player, measure_kit, net_of_model
from lab.drums.playing import remember
from symgen.performer.kit_checkpoint import KitConfig, KitModel
from symgen.performer.kit_net import KitNet


def _playing(seed: int, accent: float = 20.0, split: str = "train") -> Playing:
    """Return bars of hi-hats with an accent on the beat, and a clock that drifts."""
    rng = np.random.default_rng(seed)
    step = np.repeat(np.arange(0, 16 * 48, 6), 2)
    own = np.tile([0, 2], len(step) // 2)
    strokes = Strokes(own, step, step % 48, step // 48, np.full(len(step), 0.5))
    velocity = rng.normal(64, 6, len(step)) + accent * (step % 12 == 0)
    drift = np.cumsum(rng.normal(0, 4, len(step) // 2)) * 0.7
    late = rng.normal(0, 4, len(step)) + np.repeat(drift - drift.mean(), 2)
    loud = np.clip(np.rint(velocity), 1, 127).astype(np.int64)
    return Playing(str(seed), "rock", split, 48, strokes, loud, np.rint(late).astype(np.int64))


def _kernels(kept: float = 0.95) -> KernelPlayer:
    train = [_playing(seed) for seed in range(8)]
    return fit_kernels(train, Clockwork(kept, 12.0, 4.0), (2.0, 0.2), (15.0, 15.0))


def test_chances_of_kernels_sum_to_one() -> None:
    kernels, playing = _kernels(), _playing(20)
    assert kernels.loud.sum(axis=1) == pytest.approx(1)
    one = replace(
        playing,
        strokes=Strokes(*(getattr(playing.strokes, n)[:1] for n in Strokes.__dataclass_fields__)),
        velocity=playing.velocity[:1],
    )
    chances = [
        2 ** -kernels.bits([replace(one, late=np.array([ms]))])["late"] for ms in range(-250, 251)
    ]
    assert sum(chances) == pytest.approx(1, abs=0.001)


def test_a_clock_that_is_followed_saves_bits() -> None:
    held = [_playing(seed) for seed in range(30, 34)]
    assert _kernels(0.95).bits(held)["late"] < _kernels(0.0).bits(held)["late"] - 0.05


def test_kernels_play_accents_where_they_were() -> None:
    strokes = _playing(0).strokes
    velocity, late = _kernels().play(strokes, np.random.default_rng(0))
    on_beat = strokes.step % 12 == 0
    assert velocity[on_beat].mean() > velocity[~on_beat].mean() + 12
    assert late.std() < 30


def test_other_playing_is_told_apart_and_like_playing_is_not() -> None:
    played = [_playing(seed) for seed in range(10)]
    flat = [_playing(seed + 10, accent=0) for seed in range(10)]
    same = [_playing(seed + 20) for seed in range(10)]
    assert all(auc > 0.95 for auc in judged_playing(played, flat, 4).values())
    assert all(auc < 0.8 for auc in judged_playing(played, same, 4).values())


def test_a_player_learns_an_accent() -> None:
    spans = [remember(_playing(seed)) for seed in range(6)]
    spans += [remember(_playing(seed, split="validation")) for seed in range(6, 8)]
    kept = list[KitModel]()
    config = KitConfig(8, 8, 8, ("rock",))
    options = KitFitOptions(minutes=0.03, batch=4, strokes=64, rate=1e-2, dropout=0.0)
    fit_kit_player(spans, config, options, kept.append)
    assert kept[-1].info["metrics"].keys() == {"valid_bits_velocity", "valid_bits_late"}
    plain = measure_kit(KitNet(config), spans[-2:])
    assert sum(measure_kit(net_of_model(kept[-1]), spans[-2:]).values()) < sum(plain.values())
