"""The player of a drum kit in torch and in numpy say the same of every stroke."""

from __future__ import annotations

import numpy as np
import pytest
from kits_by_hand import random_kit, random_model

from symgen.performer.kit_inference import _SURE
from symgen.performer.kit_memory import LATE_UNIT, KitMemory
from symgen.performer.kit_strokes import Strokes, contexts_of_strokes

torch = pytest.importorskip("torch")


def _strokes() -> Strokes:
    step = np.array([0, 0, 6, 12, 12, 12, 18, 24, 40, 48])
    own = np.array([0, 2, 2, 1, 2, 7, 10, 0, 4, 0])
    return Strokes(own, step, step % 48, step // 48, np.full(len(step), 0.5))


def test_both_give_each_stroke_the_same_likelihood() -> None:
    from lab.drums.kit_fitting import net_of_model
    from lab.drums.playing import Playing, batch, remember

    rng = np.random.default_rng(0)
    strokes, model, kit = _strokes(), random_model(), random_kit()
    velocity, late = rng.integers(1, 128, len(strokes)), rng.integers(-40, 40, len(strokes))
    velocity[3] = 127
    span = remember(Playing("x", "rock", "train", 48, strokes, velocity, late))
    both = [(span, 0, len(strokes)), (span, 0, 4)]
    with torch.no_grad():
        loud, behind = net_of_model(model)(batch(both, model.config.styles))
    given, memory, state = kit.given(strokes, "rock"), KitMemory(), np.zeros(model.config.hidden)
    contexts = contexts_of_strokes(strokes)
    for i in range(len(strokes)):
        own, step, place = (int(v[i]) for v in (strokes.instrument, strokes.step, strokes.place))
        state, drawn_from = kit.step(
            state, given[i], np.array(memory.recall(own, step, place, contexts[i]))
        )
        chances = kit.velocities(drawn_from, own)
        chance = chances[velocity[i] - 1] / chances.sum()
        assert np.log(chance) == pytest.approx(float(loud[0, i]), abs=1e-4)
        shares, middles, widths = kit.lateness(drawn_from, int(velocity[i]))
        edges = (late[i] + np.array([0.5, -0.5]))[:, None] / 1000 / LATE_UNIT
        upper, lower = 1 / (1 + np.exp(-(edges - middles) / widths))
        chance = 0.9999 * (shares * (upper - lower)).sum() + 1e-7
        assert np.log(chance) == pytest.approx(float(behind[0, i]), abs=1e-3)
        memory.add(own, place, contexts[i], float(velocity[i]), late[i] / 1000)
    # A shorter piece beside it changes nothing, and counts only as far as it goes.
    assert behind[1, :4].tolist() == pytest.approx(behind[0, :4].tolist(), abs=1e-5)
    assert not loud[1, 4:].any()


def test_velocities_and_lateness_are_drawn_as_often_as_they_are_likely() -> None:
    kit, strokes = random_kit(), _strokes()
    first = Strokes(*(getattr(strokes, name)[:1] for name in strokes.__dataclass_fields__))
    given = kit.given(first, None)[0]
    _, drawn_from = kit.step(
        np.zeros(9), given, np.array(KitMemory().recall(0, 0, 0, contexts_of_strokes(first)[0]))
    )
    chances = kit.velocities(drawn_from, 0)
    rng = np.random.default_rng(0)
    drawn = np.array([np.ravel(kit.play(first, None, rng)) for _ in range(3000)])
    chances **= _SURE
    mean = chances @ np.arange(1, 128) / chances.sum()
    assert drawn[:, 0].mean() == pytest.approx(mean, abs=2.5)
    middle = [float(np.dot(*kit.lateness(drawn_from, v)[:2])) for v in drawn[:, 0].astype(int)]
    assert drawn[:, 1].mean() == pytest.approx(np.mean(middle) * LATE_UNIT, abs=0.004)
