"""The planner in torch and in numpy say the same of every beat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lab.planner.batches import Hiding, batch, laid
from lab.planner.fitting import cut
from lab.planner.pieces import Piece
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.checkpoint import PlannerConfig, PlannerModel, shapes_of
from symgen.planner.inference import InferencePlanner
from symgen.planner.planner import Planner, PlanRequest
from symgen.planner.sonorities import NONE
from symgen.tokens.events import BarRun

torch = pytest.importorskip("torch")

STYLES = ("hymn", "pop")


def _piece() -> Piece:
    rng = np.random.default_rng(2)
    few = [0, 7 * 12, 12 * 24 + 7 * 12 + 4, NONE, 5 * 12]
    row = [few[i] for i in rng.integers(len(few), size=4)] * 2
    sonorities = [0, *(value for value in row for _ in range(4)), few[1]]
    runs = ((1, "4/4", 12), (8, "4/4", 48), (1, "4/4", 12))
    return Piece("x", "x", "pop", "A minor", runs, True, 12, tuple(sonorities), (17, 34))


def test_both_give_each_beat_the_same_likelihood() -> None:
    from symgen.planner.net import PlannerNet

    config = PlannerConfig(8, 12, 10, STYLES)
    torch.manual_seed(0)
    net = PlannerNet(config).eval()
    with torch.no_grad():
        for value in net.parameters():
            value.normal_(0, 0.3)
    weights = {name: value.numpy() for name, value in net.state_dict().items()}
    assert {name: value.shape for name, value in weights.items()} == shapes_of(config)
    piece = _piece()
    for hidden in (0.0, 1.0):
        rows = laid(piece, STYLES, np.random.default_rng(0), Hiding(0, hidden, hidden, 0, 0))
        with torch.no_grad():
            chords, phrases = net(batch([rows, rows]))
        planner = Planner(PlannerModel(config, weights))
        runs = tuple(BarRun(count, Meter.parse(meter), steps) for count, meter, steps in piece.runs)
        request = PlanRequest(runs, True, Key.parse(piece.key), "pop", closes=not hidden)
        state = planner.begin(request, 1, Key.parse(piece.key))
        for beat, sonority in enumerate(piece.sonorities):
            state.phrase_left = rows.left[beat : beat + 1]
            state.cadence = rows.cadence[beat : beat + 1]
            own = planner.logits(state)[0, sonority]
            assert own == pytest.approx(float(chords[1, beat]), abs=1e-4)
            if rows.begins[beat]:
                assert _phrase(planner.net, state, rows, beat) == pytest.approx(
                    float(phrases[0, beat]), abs=1e-4
                )
            planner.push(state, np.array([sonority]))


def _phrase(net: InferencePlanner, state, rows, beat: int) -> float:
    left = len(rows.sonorities) - beat - 1
    length = int(rows.left[beat]) + 1
    lengths = net.lengths(state._read, left)[0]
    cadences = net.cadences(state._read, np.array([length]), left)[0]

    def log_softmax(odds: np.ndarray) -> np.ndarray:
        return odds - np.logaddexp.reduce(odds)

    found = log_softmax(lengths)[length - 1] + log_softmax(cadences)[rows.cadence[beat]]
    return float(found)


def test_a_stretch_of_bars_keeps_its_phrases_and_its_end() -> None:
    piece = _piece()
    last = cut(piece, 5, 10)
    assert last.runs == ((4, "4/4", 48), (1, "4/4", 12))
    assert last.sonorities == piece.sonorities[17:]
    assert last.phrases == (17,)
    assert last.ends
    assert not last.pickup
    first = cut(piece, 0, 6)
    assert first.pickup
    assert not first.ends
    assert first.phrases == (17, 21)
    assert replace(first, phrases=None).beats().ends_known is False
