"""The frame-wise benchmark's likelihood: no look-ahead, every frame possible, probabilities that add up."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lab.benchmarks.chorales.roll_net import Piece, RollNet, collate, make_piece, measure
from lab.benchmarks.chorales.rolls import look_up


def frames_of(seed: int, length: int = 60, keys: int = 88) -> np.ndarray:
    """Chords that hold, repeat what was, and fall silent."""
    rng = np.random.default_rng(seed)
    rows: list[np.ndarray] = []
    while len(rows) < length:
        if len(rows) > 24 and rng.random() < 0.3:
            start = int(rng.integers(0, len(rows) - 20))
            rows += rows[start : start + 20]
        else:
            share = rng.choice([0.0, 0.04, 0.1]) * 88 / keys
            rows += [rng.random(keys) < share] * int(rng.integers(1, 4))
    return np.array(rows[:length])


def network(like: Piece) -> RollNet:
    """An untrained network with weights large enough that every input counts."""
    torch.manual_seed(1)
    net = RollNet(like, 4, 16, 0.0).eval()
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(torch.randn_like(weights) * 0.3)
    return net.double()


def seen(piece: Piece, frames: int) -> list[np.ndarray]:
    """All that the network sees before it draws the keys of each of the first frames, and while it does."""
    draws = look_up(piece.roll, 0, frames)
    return [
        *(values[:frames] for values in (piece.rows, piece.classes, piece.keys)),
        *(draws.rows, draws.pointers, draws.reference, draws.ceiling),
    ]


def test_features_of_a_piece_that_is_cut_off_are_those_of_the_whole() -> None:
    frames = frames_of(1)
    whole = make_piece(frames)
    for end in range(1, len(frames)):
        for here, there in zip(seen(make_piece(frames[:end]), end), seen(whole, end), strict=True):
            assert (here == there).all(), end


def test_what_is_lower_in_the_frame_is_not_seen() -> None:
    """The rows of a draw stay as they are whatever it and the draws below it are; the first frame counts most."""
    frames = frames_of(2, 40)
    for now in (0, 1, 7, 39):
        for keep in (0, 1, 2):
            cases = []
            keys = [80, 70][:keep]
            for lower in ([], [3], [30, 20, 10], list(range(60))):
                changed = frames[: now + 1].copy()
                changed[now] = False
                changed[now, keys + lower] = True
                piece = make_piece(changed)
                draws = look_up(piece.roll, now, now + 1)
                each = [draws.rows[keep], draws.pointers[keep], draws.reference[keep : keep + 1]]
                cases.append(
                    np.concatenate([*each, draws.ceiling[keep : keep + 1], piece.rows[now]])
                )
            assert all((case == cases[0]).all() for case in cases), (now, keep)


def test_the_frame_before_is_seen() -> None:
    """The judge above can fail: what lies one frame back changes the rows."""
    frames = frames_of(2, 40)
    other = frames.copy()
    other[38] = ~other[38]
    here, there = (look_up(make_piece(each).roll, 39, 40) for each in (frames, other))
    assert (here.rows[0] != there.rows[0]).any()


@pytest.mark.parametrize("length", [0, 1, 2, 9])
def test_the_probabilities_of_all_next_frames_add_up(length: int) -> None:
    """On five keys there are 32 frames."""
    keys = 5
    past = frames_of(3, 9, keys)[:length]
    following = np.array(list(itertools.product([False, True], repeat=keys)))
    pieces = [make_piece(np.concatenate([past.reshape(-1, keys), row[None]])) for row in following]
    net = network(pieces[0])
    before = measure(net, [make_piece(past)])[0] if length else 0.0
    assert np.exp(before - measure(net, pieces)).sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((40, 88), bool),
        np.ones((3, 88), bool),
        np.eye(88, dtype=bool),
        np.eye(88, dtype=bool)[::-1],
    ],
    ids=["silence", "all keys", "upwards", "downwards"],
)
def test_whatever_the_frames_they_have_a_probability(frames: np.ndarray) -> None:
    net = network(make_piece(frames_of(4)))
    assert 0 < measure(net, [make_piece(frames)])[0] < 1e5


def test_a_slow_recomputation_frame_by_frame() -> None:
    """Each draw from the piece cut off there, with nothing below it; stretches and batches make no difference."""
    pieces = [make_piece(frames_of(seed, 40)) for seed in (5, 6)]
    net = network(pieces[0])
    expected = [slow_nats(net, piece.roll.frames) for piece in pieces]
    assert measure(net, pieces, steps=7).tolist() == pytest.approx(expected, rel=1e-9)
    assert measure(net, pieces[1:], steps=256).tolist() == pytest.approx(expected[1:], rel=1e-9)


def slow_nats(net: RollNet, frames: np.ndarray) -> float:
    """Ask for one draw after another."""
    total = 0.0
    for now in range(len(frames)):
        keys = [int(key) for key in np.flatnonzero(frames[now])[::-1]]
        for number in range(len(keys) + 1):
            shown = frames[: now + 1].copy()
            shown[now] = False
            shown[now, keys[:number]] = True
            with torch.no_grad():
                batch = collate([(make_piece(shown), 0)], now + 1)
                logits, _ = net(batch, None)
            outcome = 0 if number == len(keys) else keys[number] - int(batch.reference[-1]) + 88
            total -= float(logits[-1].log_softmax(0)[outcome])
    return total
