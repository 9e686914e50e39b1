"""The chorale benchmark's likelihood: no look-ahead, every outcome possible, probabilities that add up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from lab.benchmarks.chorales import chorales16
from lab.benchmarks.chorales.chorale_net import PARTS, ChoraleNet, collate
from lab.benchmarks.chorales.chords import NONE, OTHER, chord_label, chord_labels
from lab.benchmarks.chorales.slice_features import TIME, Encoded, encode
from lab.benchmarks.chorales.slices import ORDER, Alphabet, Slices, frames_of, slice_piece

TINY = Alphabet(reach=1, longest=3)


def piece(seed: int, frames: int = 90) -> np.ndarray:
    """Voices that move by steps, hold, rest, repeat what was, and now and then leap far; one hold of 40 frames."""
    rng = np.random.default_rng(seed)
    rows, now = [], np.array([70, 64, 57, 50])
    while len(rows) < frames:
        if len(rows) > 24 and rng.random() < 0.2:
            start = int(rng.integers(0, len(rows) - 16))
            rows += rows[start : start + 12]
            continue
        move = rng.random(4) < 0.4
        now = np.where(move, now + rng.integers(-3, 4, 4), now)
        shown = np.where(rng.random(4) < 0.05, -1, now + 30 * (rng.random(4) < 0.02))
        rows += [shown] * int(rng.choice([1, 2, 4, 8, 40], p=[0.3, 0.3, 0.3, 0.07, 0.03]))
    return np.array(rows[:frames], np.int64)


def network(like: Encoded, alphabet: Alphabet | None = None) -> ChoraleNet:
    """An untrained network with weights large enough that every input counts."""
    torch.manual_seed(1)
    net = ChoraleNet(like, 4, 16, 0.0, alphabet).double().eval()
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(torch.randn_like(weights) * 0.3)
    return net


def nats(net: ChoraleNet, frames: np.ndarray, *, chords: bool = False) -> float:
    """Cost of a piece."""
    encoded = encode(slice_piece(frames, net.alphabet), chords=chords)
    with torch.no_grad():
        total = sum(float(values.sum()) for values in net.losses(collate([encoded])).values())
    return total + encoded.beyond * math.log(2)


# -- representation ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_slices_give_the_frames_back(seed: int) -> None:
    """From the outcomes alone; leaps beyond the reach need the reach to be wide enough."""
    frames = piece(seed)
    assert (frames_of(slice_piece(frames, Alphabet(reach=80))) == frames).all()
    assert slice_piece(frames).duration.max() <= 32


def test_a_leap_beyond_the_reach_costs_a_bit_a_semitone() -> None:
    base = np.array([[67, 62, 57, 50]] * 2)
    leaps = base.copy()
    leaps[1, 0] += 24
    further = base.copy()
    further[1, 0] += 30
    assert [slice_piece(x).beyond for x in (base, leaps, further)] == [0, 1, 7]
    assert slice_piece(leaps).step[1, 0] == slice_piece(further).step[1, 0] == 48


@pytest.mark.parametrize(
    "frames",
    [
        np.full((1, 4), -1),
        np.full((100, 4), -1),
        np.array([[127, 0, 0, 127]] * 33),
        np.array([[60, 60, 60, 60], [-1, 60, 60, 60], [-1, -1, -1, -1], [0, 127, 0, 127]]),
        np.array([[40, 50, 60, 70]] * 70),
    ],
)
@pytest.mark.parametrize("chords", [False, True])
def test_whatever_the_frames_they_have_a_probability(frames: np.ndarray, chords: bool) -> None:
    net = network(encode(slice_piece(piece(0)), chords=chords))
    assert 0 <= nats(net, frames, chords=chords) < 1e4


# -- no look-ahead -----------------------------------------------------------------------


def rows_known_before(encoded: Encoded, slices: Slices, frames: int) -> list[np.ndarray]:
    """All that the network sees up to the last slice that begins within so many frames."""
    n = int((slices.onset < frames).sum())
    found = [encoded.rows[: n + 1], encoded.classes[: n + 1], encoded.hold[:n]]
    for part in PARTS:
        outcomes = encoded.outcomes[part]
        found += [outcomes.rows[:n], outcomes.pointers[:n], outcomes.reference[:n]]
    return found


@pytest.mark.parametrize("chords", [False, True])
def test_features_of_a_piece_that_is_cut_off_are_those_of_the_whole(chords: bool) -> None:
    frames = piece(3)
    whole_slices = slice_piece(frames)
    whole = encode(whole_slices, chords=chords)
    for end in range(1, len(frames)):
        slices = slice_piece(frames[:end])
        for here, there in zip(
            rows_known_before(encode(slices, chords=chords), slices, end),
            rows_known_before(whole, whole_slices, end),
            strict=True,
        ):
            assert (here == there).all(), end


def test_what_comes_later_in_the_frame_is_not_seen() -> None:
    """The rows of a voice stay as they are whatever it and the voices after it do."""
    frames = piece(4)
    last = slice_piece(frames).onset[-1]
    frames = frames[: last + 1]
    for place, voice in enumerate(ORDER):
        reference = encode(slice_piece(frames)).outcomes[str(voice)]
        for pitch in (-1, 40, 61, 90):
            other = frames.copy()
            other[last, list(ORDER[place:])] = pitch
            if (other[last] == other[last - 1]).all():
                continue
            changed = encode(slice_piece(other)).outcomes[str(voice)]
            assert (changed.rows[-1] == reference.rows[-1]).all()
            assert (changed.pointers[-1] == reference.pointers[-1]).all()
            assert changed.reference[-1] == reference.reference[-1]


@pytest.mark.parametrize("chords", [False, True])
def test_the_cost_of_a_piece_grows_frame_by_frame(chords: bool) -> None:
    """What a prefix costs can be told from the whole piece's terms, the last slice being censored."""
    frames = piece(5, 60)
    net = network(encode(slice_piece(frames), chords=chords))
    costs = [nats(net, frames[:end], chords=chords) for end in range(1, len(frames) + 1)]
    assert all(after >= before - 1e-9 for before, after in itertools.pairwise(costs))
    slices = slice_piece(frames)
    encoded = encode(slices, chords=chords)
    with torch.no_grad():
        losses = net.losses(collate([encoded]))
    done = sum(losses.values()).numpy().cumsum()  # type: ignore[union-attr]
    for i in range(1, len(slices.onset)):
        voices = sum(float(losses[part][i]) for part in PARTS[1:])
        shown = frames[: slices.onset[i] + 1]
        beyond = slice_piece(shown).beyond * math.log(2)
        assert nats(net, shown, chords=chords) == pytest.approx(done[i - 1] + voices + beyond)


# -- probabilities -----------------------------------------------------------------------

OPENING = np.array([[67, 62, 57, 50]] * 4 + [[68, -1, 57, 49], [68, 62, 57, 49], [67, 62, -1, 50]])


def next_frames(past: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """The past and one next frame for each combination of outcomes; how many voices stand for all beyond, too."""
    last = np.array([67, 62, 57, 50])
    for row in past:
        last = np.where(row >= 0, row, last)
    choices = list(itertools.product((-1, 0, 1, None), repeat=4))
    rows = [
        [-1 if step is None else last[voice] + step for voice, step in enumerate(choice)]
        for choice in choices
    ]
    outermost = np.array([sum(step in (-1, 1) for step in choice) for choice in choices])
    return [np.concatenate([past, [row]]) for row in rows], outermost


def all_nats(net: ChoraleNet, pieces: list[np.ndarray], *, chords: bool = False) -> np.ndarray:
    """Cost of each of many pieces."""
    encoded = [encode(slice_piece(frames, net.alphabet), chords=chords) for frames in pieces]
    measured = chorales16.measure(net, encoded, batch=256)
    return measured.per_piece() * measured.frames


@pytest.mark.parametrize("length", range(8))
def test_the_probabilities_of_all_next_frames_add_up(length: int) -> None:
    """All 256 combinations; an outermost interval has half of the probability of all intervals from there on."""
    past = OPENING[:length]
    net = network(encode(slice_piece(OPENING, TINY)), TINY)
    pieces, outermost = next_frames(past)
    before = nats(net, past) if length else 0.0
    assert (np.exp(before - all_nats(net, pieces)) * 2.0**outermost).sum() == pytest.approx(
        1, abs=1e-9
    )


@pytest.mark.parametrize("length", [1, 2, 3, 6])
def test_with_chords_given_the_frames_of_a_chord_have_at_most_one_unit(length: int) -> None:
    """What the network spends on frames with another chord is lost."""
    past = OPENING[:length]
    net = network(encode(slice_piece(OPENING, TINY), chords=True), TINY)
    pieces, _ = next_frames(past)
    probabilities = np.exp(nats(net, past, chords=True) - all_nats(net, pieces, chords=True))
    labels = chord_labels(np.array([piece[-1] for piece in pieces]))
    shares = np.bincount(labels, probabilities)
    assert 0 < shares.max() <= 1 + 1e-9


def test_a_slow_recomputation_frame_by_frame() -> None:
    """Each frame from the pieces cut off before it, with the present frame filled in voice by voice."""
    frames = piece(6, 70)
    net = network(encode(slice_piece(frames)))
    assert slow_nats(net, frames) == pytest.approx(nats(net, frames), rel=1e-9)


def slow_nats(net: ChoraleNet, frames: np.ndarray) -> float:
    """Walk over the frames: is there a change, and if so, to what?"""
    total = drawn_voices(net, frames[:1])
    for now in range(1, len(frames)):
        past = frames[:now]
        age = int(slice_piece(past).duration[-1])
        with torch.no_grad():
            logits = net.logits(collate([encode(slice_piece(past))]))[TIME][-1]
        shares = logits.softmax(0).numpy()
        change = shares[age - 1] / shares[age - 1 :].sum()
        if age == net.alphabet.longest:
            assert change == 1
        if (frames[now] == past[-1]).all() and age < net.alphabet.longest:
            total -= math.log(1 - change)
        else:
            total += drawn_voices(net, frames[: now + 1]) - math.log(change)
    return total


def drawn_voices(net: ChoraleNet, frames: np.ndarray) -> float:
    """Nats of the last frame's voices, one after another; voices not drawn yet are filled with nonsense."""
    total, past = 0.0, frames[:-1]
    last = np.array([67, 62, 57, 50])
    for row in past:
        last = np.where(row >= 0, row, last)
    cut_by_length = len(past) > 0 and slice_piece(past).duration[-1] == net.alphabet.longest
    for place, voice in enumerate(ORDER):
        row = np.full(4, 99)
        row[list(ORDER[:place])] = frames[-1][list(ORDER[:place])]
        with torch.no_grad():
            encoded = encode(slice_piece(np.concatenate([past, [row]])))
            logits = net.logits(collate([encoded]))[str(voice)][-1].clone()
        if place == 3 and len(past) and not cut_by_length and (row != past[-1]).sum() == 1:
            hold = 24 if past[-1][voice] >= 0 else 49
            logits[hold] = -math.inf
        pitch = int(frames[-1][voice])
        distance = pitch - int(last[voice])
        outcome = 49 if pitch < 0 else 24 + max(-24, min(24, distance))
        total -= float(logits.log_softmax(0)[outcome])
        if pitch >= 0 and abs(distance) >= 24:
            total += (abs(distance) - 23) * math.log(2)
    return total


# -- network and chords ------------------------------------------------------------------


def test_the_states_turn_with_the_piece() -> None:
    """A piece that is moved by an octave's part turns the GRU's states and changes nothing else in them."""
    frames = np.maximum(piece(7), 30)
    net = network(encode(slice_piece(frames)))
    a, b = (collate([encode(slice_piece(frames + shift))]) for shift in (0, 5))
    b = type(b)(a.rows, *[getattr(b, name) for name in list(vars(b))[1:]])
    with torch.no_grad():
        here, there = (net._states(batch).view(len(batch.place) + 1, -1, 12) for batch in (a, b))
    assert torch.allclose(here.roll(5, 2), there)


@pytest.mark.parametrize(
    ("pitches", "label"),
    [
        ((67, 64, 60, 48), 0),
        ((67, 64, 60, 52), 0),
        ((69, 64, 60, 57), 12 + 9),
        ((65, 62, 59, 50), 24 + 11),
        ((65, 62, 59, 55), 7),
        ((64, 60, 57, 53), 5),
        ((69, 66, 63, 60), 24 + 3),
        ((68, 64, 60, 60), 36 + 8),
        ((60, 60, 60, 48), OTHER),
        ((67, 65, 60, 48), OTHER),
        ((-1, -1, -1, -1), NONE),
        ((-1, 64, 60, -1), 0),
    ],
)
def test_chord_labels(pitches: tuple[int, ...], label: int) -> None:
    assert chord_label(pitches) == label


def test_the_average_of_probabilities_lies_between_its_parts() -> None:
    encoded = [encode(slice_piece(piece(seed))) for seed in (8, 9)]
    net = network(encoded[0]).float()
    one = chorales16.measure(net, encoded)
    with torch.no_grad():
        for weights in net.parameters():
            weights.mul_(0.5)
    two = chorales16.measure(net, encoded)
    both = chorales16.ensemble([one, two])
    alone = chorales16.ensemble([one, one])
    assert alone.nats_per_frame == pytest.approx(one.nats_per_frame)
    assert both.nats_per_frame < max(one.nats_per_frame, two.nats_per_frame)
    assert both.per_piece() @ both.frames == pytest.approx(both.nats_per_frame * both.frames.sum())
