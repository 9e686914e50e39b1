"""Beats are followed in C as in numpy, number by number."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.beats import tracking
from symgen.beats.rhythm import beat_kind
from symgen.beats.tracking import EXTRA, Path, TempoHypothesis, TimingModel, follow
from symgen.kernel import library

pytestmark = pytest.mark.skipif(library() is None, reason="the C library was not built")

STARTS = [
    TempoHypothesis(beat_kind(beat), 60.0 / bpm)
    for beat in (12, 18)
    for bpm in np.geomspace(38.0, 270.0, 26).tolist()
]


def plain(paths: list[Path]) -> list[object]:
    return [(path.start, path.ticks.tolist(), path.score, path.rhythm) for path in paths]


def in_numpy(
    monkeypatch: pytest.MonkeyPatch,
    onsets: np.ndarray,
    starts: list[TempoHypothesis],
    timing: TimingModel,
) -> list[object]:
    with monkeypatch.context() as patch:
        patch.setattr(tracking, "follow_beats", lambda *_: None)
        patch.setattr(tracking, "trace_beats", lambda *_: None)
        return plain(follow(onsets, starts, timing))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 60])
@pytest.mark.parametrize("starts", [STARTS, STARTS[40:41]], ids=["many", "one"])
def test_same_paths(
    monkeypatch: pytest.MonkeyPatch, count: int, starts: list[TempoHypothesis]
) -> None:
    rng = np.random.default_rng(count)
    steps = rng.choice([0.06, 0.24, 0.25, 0.5, 0.75, 7.0], count)
    onsets = 3.0 + np.cumsum(steps + rng.normal(0.0, 0.02, count))
    for timing in (TimingModel(), TimingModel(start=0.015, drift=0.006)):
        found = plain(follow(onsets, starts, timing))
        assert found == in_numpy(monkeypatch, onsets, starts, timing)


def test_same_paths_of_chords_and_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    onsets = np.array([0.0, 0.0, 0.0, 1e-9, 0.5, 0.5, 400.0, 400.1, 1e5, 1e5 + 0.3])
    found = follow(onsets, STARTS, TimingModel())
    assert plain(found) == in_numpy(monkeypatch, onsets, STARTS, TimingModel())
    assert any((path.ticks == EXTRA).any() for path in found)
