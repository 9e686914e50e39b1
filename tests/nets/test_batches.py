"""Batches: padding and chunks change no loss, and masks do what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from small import PIECES, TINY, V, random_events, random_net

from symgen.nets.batches import Chunk, Masking, chunks, prepare
from symgen.nets.inputs import Conditions
from symgen.tokens import Events
from symgen.tokens.vocabulary import PART, PITCH, TIME

FREE = replace(TINY, fixed=(), layers=2)
SEEN = Masking()
EVENTS = [random_events(**{**arguments, "bars": 6}) for arguments in PIECES[:5]]


def losses(
    net: Any, events: Sequence[Events], steps: int = 10_000, mask: Masking = SEEN
) -> dict[str, float]:
    """Summed nats by field."""
    pieces = [prepare(one, net.inputs) for one in events]
    state, sums = None, dict.fromkeys(net.inputs.heads, 0.0)
    with torch.no_grad():
        for chunk in chunks(pieces, [mask] * len(pieces), net.inputs, steps):
            states, state = net.states(chunk.rows, state)
            for name, value in net.losses(states, chunk.heads).items():
                sums[name] += float(value)
    return sums


def test_a_padded_batch_costs_what_its_pieces_cost() -> None:
    net = random_net(FREE)
    assert len({len(events) for events in EVENTS}) == len(EVENTS)
    alone = [losses(net, [events]) for events in EVENTS]
    for name, value in losses(net, EVENTS).items():
        assert value == pytest.approx(sum(one[name] for one in alone), rel=1e-5)


@pytest.mark.parametrize("steps", [1, 7, 64])
def test_chunks_with_carried_state_cost_what_the_whole_costs(steps: int) -> None:
    net = random_net(FREE)
    whole = losses(net, EVENTS[:3])
    for name, value in losses(net, EVENTS[:3], steps).items():
        assert value == pytest.approx(whole[name], rel=1e-5)


@pytest.mark.parametrize("steps", [5, 10_000])
def test_every_field_of_every_event_is_asked_once(steps: int) -> None:
    """With all weights zero, each draw costs the logarithm of its classes."""
    net = random_net(FREE, scale=0.0)
    times = np.concatenate([events.fields[:, TIME] for events in EVENTS])
    notes, bars = int((times < V.skip).sum()), int((times == V.bar).sum())
    counts = {
        "form": bars,
        "time": len(times),
        "part": notes,
        "pitch": notes,
        "duration": notes,
        "velocity": notes,
    }
    sizes = dict(
        zip(("time", "part", "pitch", "duration", "velocity", "form"), V.sizes, strict=True)
    )
    for name, value in losses(net, EVENTS, steps).items():
        assert value == pytest.approx(counts[name] * math.log(sizes[name]), rel=1e-5)
    made = chunks([prepare(e, net.inputs) for e in EVENTS], [SEEN] * len(EVENTS), net.inputs, steps)
    assert sum(chunk.events for chunk in made) == len(times)


def test_parts_are_drawn_before_pitches() -> None:
    """The head of the pitch sees the part, and none the other way round."""
    assert PART < PITCH
    inputs = random_net(FREE).inputs
    assert "part" in inputs.names["pitch"]
    assert "pitch" not in inputs.names["part"]


def test_rows_stay_inside_their_tables() -> None:
    net = random_net(FREE)
    for mask in (SEEN, Masking(style=True, key=True, bars_left=True)):
        for chunk in chunks(
            [prepare(e, net.inputs) for e in EVENTS], [mask] * len(EVENTS), net.inputs, 100
        ):
            assert int(chunk.rows.max()) < net.inputs.sizes["input"]
            for name, head in chunk.heads.items():
                assert head.rows.shape[1] == 0 or int(head.rows.max()) < net.inputs.sizes[name]
                assert head.pointers.shape[1] == len(net.inputs.candidates(name))
                assert (head.pointers >= 0).all()
                classes = net.heads[name].logits.out_features
                assert head.pointers.numel() == 0 or int(head.pointers.max()) <= classes
                assert int(head.target.max()) < classes


def one_chunk(net: Any, events: Events, mask: Masking = SEEN) -> Chunk:
    (chunk,) = chunks([prepare(events, net.inputs)], [mask], net.inputs, 10_000)
    return chunk


def same(left: Chunk, right: Chunk) -> bool:
    """Whether two chunks hold the same numbers."""
    if not torch.equal(left.rows, right.rows) or left.heads.keys() != right.heads.keys():
        return False
    pairs = zip(left.heads.values(), right.heads.values(), strict=True)
    return all(
        (a is None and b is None) or torch.equal(a, b)
        for one, two in pairs
        for a, b in zip(vars(one).values(), vars(two).values(), strict=True)
    )


@pytest.mark.parametrize("shift", [-5, 3, 12])
@pytest.mark.parametrize("voices", [0, 3])
def test_a_shift_is_the_transposed_piece_in_the_transposed_key(shift: int, voices: int) -> None:
    net, events = (
        random_net(replace(FREE, voices=voices)),
        random_events(4, parts=3, chords=True, key="D dorian", style="jig"),
    )
    fields = events.fields.copy()
    fields[fields[:, TIME] < V.skip, PITCH] += np.uint8(shift % 256)
    key = events.header.key
    assert key is not None
    moved = Events(fields, replace(events.header, key=key.transposed(shift)))
    assert same(one_chunk(net, events, Masking(shift=shift)), one_chunk(net, moved))
    without = Events(events.fields, replace(events.header, key=None))
    assert not same(one_chunk(net, events), one_chunk(net, without))


def test_transposition_changes_the_last_pitch_alone_among_the_inputs() -> None:
    """Everything else is degree and interval: a network without that column is the same in all keys."""
    net, events = random_net(FREE), random_events(4, parts=3, chords=True, key="D dorian")
    here, there = one_chunk(net, events), one_chunk(net, events, Masking(shift=4))
    names = net.inputs.names["input"]
    differing = {names[i] for i in (here.rows != there.rows)[0].any(0).nonzero().flatten().tolist()}
    assert differing == {"last_pitch", "tonic"}
    for name, head in here.heads.items():
        assert torch.equal(head.rows, there.heads[name].rows), name
    start = sum(
        size
        for name, size in zip(
            names, np.diff([*net.inputs._offsets["input"], net.inputs.sizes["input"]]), strict=True
        )
        if names.index(name) < names.index("last_pitch")
    )
    with torch.no_grad():
        net.table.weight[start : start + 129] = 0
        first = int(net.inputs._offsets["input"][names.index("tonic")])
        net.table.weight[first : first + 13] = 0
    one, two = losses(net, [events]), losses(net, [events], mask=Masking(shift=4))
    for name in ("form", "time", "part", "duration", "velocity"):
        assert two[name] == pytest.approx(one[name], rel=1e-5)
    assert two["pitch"] != pytest.approx(one["pitch"], rel=1e-5)


@pytest.mark.parametrize("name", ["style", "key", "bars_left"])
def test_what_is_hidden_is_unknown(name: str) -> None:
    net, events = random_net(FREE), random_events(1, key="A minor", style="reel")
    hidden = one_chunk(net, events, Masking(**{name: True}))
    assert not same(hidden, one_chunk(net, events))
    if name == "bars_left":
        columns = net.inputs.names["input"]
        changed = (
            (hidden.rows != one_chunk(net, events).rows)[0].any(0).nonzero().flatten().tolist()
        )
        assert [columns[i] for i in changed] == ["bars_left"]
    else:
        empty = replace(events.header, **{name: "" if name == "style" else None})
        assert same(hidden, one_chunk(net, Events(events.fields, empty)))


def test_conditions_by_hand() -> None:
    header = random_events(1, meter="6/8", key="Bb mixolydian", style="reel").header
    assert Conditions.of(header, FREE).values.tolist() == [2, 10, 6, 6, 4, 0, 0, 1]
    unknown = replace(header, style="waltz", key=None)
    assert Conditions.of(unknown, FREE).values.tolist() == [0, 12, 0, 6, 4, 0, 0, 1]


def test_what_is_hidden_of_an_ensemble() -> None:
    config = replace(FREE, voices=2, periods=("baroque", "modern"))
    net, events = random_net(config), random_events(4, parts=3)
    events = Events(events.fields, replace(events.header, period="modern"))
    assert Conditions.of(events.header, config).values[-2:].tolist() == [2, 3]
    shown, names = one_chunk(net, events), net.inputs.names
    for mask, of_input, of_pitch in (
        (Masking(period=True), {"period"}, set()),
        (Masking(ensemble=True), {"parts"}, {"program", "family"}),
    ):
        hidden = one_chunk(net, events, mask)
        for stage, one, two, wanted in (
            ("input", shown.rows[0], hidden.rows[0], of_input),
            ("pitch", shown.heads["pitch"].rows, hidden.heads["pitch"].rows, of_pitch),
        ):
            assert {
                names[stage][i] for i in (one != two).any(0).nonzero().flatten().tolist()
            } == wanted


def test_preparing_leaves_the_events_alone() -> None:
    net, events = random_net(FREE), random_events(1, key="C")
    before, piece = events.fields.copy(), prepare(events, net.inputs)
    features = piece.features.copy()
    list(chunks([piece], [Masking(2, True, True, True)], net.inputs, 50))
    assert np.array_equal(events.fields, before)
    assert np.array_equal(piece.features, features)
    assert np.array_equal(piece.conditions, Conditions.of(events.header, FREE).values)


def test_heads_of_a_kind_are_asked_at_the_same_places() -> None:
    chunk = one_chunk(random_net(replace(FREE, goals=True)), EVENTS[0])
    places = {name: head.place for name, head in chunk.heads.items()}
    assert list(places) == ["form", "goal", "time", "part", "pitch", "duration", "velocity"]
    assert places["goal"] is places["form"]
    assert len({id(places[name]) for name in ("part", "pitch", "duration", "velocity")}) == 1
    assert len({id(place) for place in places.values()}) == 3
