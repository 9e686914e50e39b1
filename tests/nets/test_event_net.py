"""The network without torch gives the logits of the torch network, step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small import (
    PIECES,
    TINY,
    V,
    plain_header,
    random_events,
    random_model,
    random_net,
    real_events,
    weights_of,
)

from symgen.nets.batches import Masking, chunks, prepare
from symgen.nets.checkpoint import Model, NetConfig
from symgen.nets.inference import InferenceNet, weight_shapes
from symgen.nets.inputs import field_of
from symgen.nets.session import Session
from symgen.system.errors import CheckpointError
from symgen.tokens import FIELDS, Events
from symgen.tokens.form import with_goals
from symgen.tokens.learned import as_learned
from symgen.tokens.vocabulary import TIME

FREE = replace(TINY, fixed=())
LABELS = (("composer", ("Bach", "Mozart, W.")), ("mood", ("calm", "ü = 1")))
CONFIGS = {
    "all": FREE,
    "two layers": replace(FREE, layers=2),
    "no copy": replace(FREE, copy=False),
    "plain features": replace(FREE, features=False, copy=False, layers=2),
    "copy alone": replace(FREE, features=False),
    "no styles": replace(FREE, styles=()),
    "three voices": replace(FREE, voices=3, periods=("baroque", "modern")),
    "voices without copy": replace(FREE, voices=8, copy=False, layers=2),
    "voices without styles": replace(FREE, voices=1, styles=()),
    "voices with timing": replace(FREE, voices=3, timing=True),
    "goals": replace(FREE, goals=True),
    "goals of several parts": replace(FREE, goals=True, voices=3),
    "goals without copy": replace(FREE, goals=True, copy=False, layers=2),
    "labels": replace(FREE, labels=LABELS),
    "labels of several parts": replace(FREE, voices=2, goals=True, labels=LABELS),
    "plans": replace(FREE, plans=True, goals=True),
    "plans of several parts": replace(FREE, plans=True, goals=True, voices=3, timing=True),
    "plans without copy": replace(FREE, plans=True, copy=False, voices=2, layers=2),
    "velocity fixed": replace(TINY, fixed=(("velocity", 80),)),
}


def torch_logits(
    net: Any, events: Events, *, hide_end: bool = False
) -> dict[tuple[int, str], NDArray[np.float32]]:
    """Logits of every field of every event, from the batch path."""
    piece = prepare(events, net.inputs)
    (chunk,) = chunks([piece], [Masking(bars_left=hide_end)], net.inputs, len(events))
    found = {}
    with torch.no_grad():
        states, _ = net.states(chunk.rows)
        flat = states.reshape(-1, states.shape[-1])
        for name, head in chunk.heads.items():
            logits = net.heads[name](flat[head.place], head).numpy()
            found.update(
                {(place, name): row for place, row in zip(head.place.tolist(), logits, strict=True)}
            )
    return found


def fields_of(row: list[int], *, goals: bool = False) -> list[str]:
    """The fields of an event in the order in which they are drawn."""
    if row[TIME] == V.bar:
        return ["time", "form", "goal"] if goals else ["time", "form"]
    return list(FIELDS[:5]) if row[TIME] < V.skip else ["time"]


def compare(config: NetConfig, events: Events, *, hide_end: bool = False, **more: Any) -> int:
    """Hold the logits of a session to those of the torch network."""
    net = random_net(config, **more)
    events = as_learned(events, V, config.voices, goals=False, plans=config.plans)
    events = with_goals(events, V, config.voices) if config.goals else events
    expected = torch_logits(net, events, hide_end=hide_end)
    session = Session(
        InferenceNet(Model(config, V, weights_of(net))), events.header, hide_end=hide_end
    )
    checked = 0
    for t, row in enumerate(events.fields.tolist()):
        session.begin()
        for field in fields_of(row, goals=config.goals):
            if (t, field) in expected:
                logits = session.logits(field)
                scale = max(1.0, float(np.abs(logits).max()))
                np.testing.assert_allclose(logits / scale, expected[t, field] / scale, atol=1e-4)
                chances = np.exp(logits - logits.max(), dtype=np.float64)
                assert (chances / chances.sum()).sum() == pytest.approx(1)
                checked += 1
            session.draw(field, row[field_of(field)])
        assert session.end() == row
    assert checked == len(expected)
    return checked


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_inference_equals_torch(config: NetConfig) -> None:
    events = random_events(4, parts=3, chords=True, key="D dorian", style="reel", bars=8)
    header = replace(events.header, period="modern", labels=(("mood", "ü = 1"),))
    assert compare(config, Events(events.fields, header)) > 100


@pytest.mark.parametrize("arguments", PIECES[:7], ids=lambda a: str(a["seed"]))
def test_inference_equals_torch_on_many_kinds_of_pieces(arguments: dict[str, Any]) -> None:
    compare(FREE, random_events(**{**arguments, "bars": 10}), seed=arguments["seed"])
    compare(
        replace(FREE, voices=2), random_events(**{**arguments, "bars": 10}), seed=arguments["seed"]
    )


def test_inference_equals_torch_on_traditional_tunes() -> None:
    for events in real_events()[:3]:
        assert events.header.style == "trad"  # which this network does not know
        compare(replace(TINY, layers=2), events)
    compare(replace(FREE, voices=4), real_events()[-1])


def test_inference_equals_torch_with_the_end_hidden() -> None:
    compare(FREE, random_events(1), hide_end=True)


def test_large_weights_overflow_nowhere() -> None:
    """Warnings are errors here."""
    compare(FREE, random_events(1, bars=3), scale=30.0)


@pytest.mark.parametrize(("voices", "goals"), [(0, False), (3, False), (0, True), (3, True)])
def test_reading_a_prompt_equals_drawing_it(voices: int, *, goals: bool) -> None:
    bare = random_events(3, meter="3/4", pickup="1/4", bars=6, parts=3)
    events = with_goals(bare, V, voices) if goals else bare
    net = InferenceNet(random_model(replace(FREE, voices=voices, goals=goals)))
    drawn, read = Session(net, events.header), Session(net, events.header)
    for row in events.fields[:-1].tolist():
        drawn.begin()
        for field in fields_of(row, goals=goals):
            drawn.draw(field, row[field_of(field)])
        drawn.end()
    read.read(Events(bare.fields[:-1], bare.header))
    for session in (drawn, read):
        session.begin()
    assert np.array_equal(drawn.logits("time"), read.logits("time"))
    for session in (drawn, read):
        session.draw("time", 0)
        session.draw("part", 0)
    assert np.array_equal(drawn.logits("pitch"), read.logits("pitch"))


def test_pointers_raise_what_they_point_at() -> None:
    """With all weights zero but one gate, only the class that its candidate names is raised."""
    net = random_net(FREE, scale=0.0)
    with torch.no_grad():
        net.heads["pitch"].gates.bias[3] = 2.0  # one bar back
    events = random_events(1)
    session = Session(InferenceNet(Model(FREE, V, weights_of(net))), events.header)
    slot = session.net.inputs.column["pitch_back1"]
    raised = 0
    for row in events.fields.tolist():
        session.begin()
        for field in fields_of(row):
            if field == "pitch":
                logits, named = session.logits("pitch"), int(session.state.features[slot])
                assert np.flatnonzero(logits).tolist() == ([named - 1] if named else [])
                raised += named > 0
            session.draw(field, row[FIELDS.index(field)])
        session.end()
    assert raised > 5


# -- what is refused ---------------------------------------------------------------------


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_the_shapes_of_the_weights_are_those_of_torch(config: NetConfig) -> None:
    net = random_net(config)
    assert weight_shapes(net.inputs) == {
        name: tuple(value.shape) for name, value in net.state_dict().items()
    }


@pytest.mark.parametrize(
    "change",
    [
        {"hidden": 8},
        {"layers": 2},
        {"head": 8},
        {"copy": False},
        {"styles": ("jig",)},
        {"fixed": ()},
    ],
    ids=str,
)
def test_weights_of_another_configuration_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="do not fit its configuration"):
        InferenceNet(replace(random_model(), config=replace(TINY, **change)))


def test_layers_that_the_configuration_leaves_out_are_refused() -> None:
    with pytest.raises(CheckpointError, match=r"do not fit its configuration.*gru\.1"):
        InferenceNet(replace(random_model(replace(TINY, layers=2)), config=TINY))


def test_missing_weights_are_refused() -> None:
    model = random_model()
    weights = {
        name: value for name, value in model.weights.items() if name != "heads.pitch.gates.bias"
    }
    with pytest.raises(CheckpointError, match=r"heads\.pitch\.gates\.bias"):
        InferenceNet(replace(model, weights=weights))


def test_the_plain_network_is_refused() -> None:
    with pytest.raises(CheckpointError, match="plain baseline"):
        InferenceNet(replace(random_model(), config=replace(TINY, kind="plain")))


def test_parameters_are_counted() -> None:
    assert InferenceNet(random_model()).parameters == sum(
        p.numel() for p in random_net().parameters()
    )


def test_a_session_starts_from_nothing() -> None:
    session = Session(InferenceNet(random_model()), plain_header())
    session.begin()
    assert (session.prefix.bar, session.prefix.bars, session.prefix.bars_left) == (-1, 4, 4)


@pytest.mark.parametrize("voices", [0, 3])
def test_a_copy_and_its_piece_go_on_apart(voices: int) -> None:
    """What is written on one of them changes nothing of the other, wherever it keeps it."""
    net = InferenceNet(random_model(replace(FREE, voices=voices)))
    one, other = (
        random_events(4, parts=3, chords=True),
        random_events(8, parts=3, chords=True, bars=12),
    )
    half = len(one) // 2
    alone, session = Session(net, one.header), Session(net, one.header)
    for each in (alone, session):
        each.read(Events(one.fields[:half], one.header))
    twin = session.copy()
    twin.read(Events(other.fields[1:40], one.header))
    for each in (alone, session):
        each.read(Events(one.fields[half:-1], one.header))
        each.begin()
    assert (session.logits("time") == alone.logits("time")).all()
    assert (session.state.features == alone.state.features).all()
    assert session.events.fields.tolist() == alone.events.fields.tolist()
    assert session.bits == alone.bits
