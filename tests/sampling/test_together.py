"""Pieces that are drawn side by side, by the C library and by numpy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import TINY, random_model

from symgen.kernel import library
from symgen.kernel.drawing import calls
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling import events
from symgen.sampling.events import Rules
from symgen.sampling.filters import Grammar
from symgen.sampling.sampler import bar_drawer
from symgen.sampling.together import BAR, STEP, draw_alone, draw_together
from symgen.tokens import BarRun, Header, Vocabulary
from symgen.writing import generator
from symgen.writing.generator import Generator, load_model

FREE = replace(TINY, fixed=())
CONFIGS = {
    "melody": TINY,
    "free": FREE,
    "goals": replace(FREE, goals=True),
    "voices": replace(FREE, voices=3, goals=True),
    "two layers": replace(FREE, voices=2, layers=2),
    "odd sizes": replace(FREE, hidden=37, head=19),
}
needs_library = pytest.mark.skipif(library() is None, reason="the C library was not built")


def in_numpy(net: InferenceNet) -> InferenceNet:
    net._compiled = None
    return net


def network(name: str, *, compiled: bool) -> InferenceNet:
    net = InferenceNet(random_model(CONFIGS[name], seed=2, scale=1.0))
    return net if compiled else in_numpy(net)


def pieces(net: InferenceNet, seeds: list[int], *, bars: int = 6) -> list[tuple[Any, float]]:
    header = Header((BarRun(bars, Meter(4, 4), 48),))
    drawers = [
        bar_drawer(Session(net, header), seed=seed, rules=Rules([Grammar(Vocabulary())]))
        for seed in seeds
    ]
    return [(one.events.fields.tolist(), one.bits) for one in draw_together(drawers)]


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=needs_library), False])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_piece_is_the_same_alone_and_among_others(name: str, compiled: bool) -> None:
    net, seeds = network(name, compiled=compiled), list(range(9))
    many = pieces(net, seeds)
    assert many == [pieces(net, [seed])[0] for seed in seeds]
    assert many[::-1] == pieces(net, seeds[::-1])
    assert many[3:5] == pieces(net, seeds[3:5])


@needs_library
@pytest.mark.parametrize("name", CONFIGS)
def test_the_library_draws_what_numpy_draws(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = pieces(network(name, compiled=True), list(range(12)))
    monkeypatch.setattr(events, "library", lambda: None)
    plain = pieces(network(name, compiled=False), list(range(12)))
    assert [fields for fields, _ in compiled] == [fields for fields, _ in plain]
    assert np.allclose([bits for _, bits in compiled], [bits for _, bits in plain], rtol=1e-4)


@needs_library
@pytest.mark.parametrize("name", CONFIGS)
def test_the_logits_of_the_library_are_those_of_numpy(name: str) -> None:
    header = Header((BarRun(8, Meter(3, 4), 36),))
    one = Session(network(name, compiled=True), header)
    other = Session(network(name, compiled=False), header)
    fields = pieces(one.net, [5], bars=8)[0][0]
    for row in fields[:60]:
        one.begin()
        other.begin()
        for head in one.net.inputs.heads:
            here, there = one.logits(head), other.logits(head)
            assert np.abs(here - there).max() < 1e-5 * max(1.0, float(np.abs(there).max()))
        one.force(row)
        other.force(row)


# -- the shipped models ------------------------------------------------------------------


def scores(model: Generator, count: int, seed: int, **controls: Any) -> list[Score]:
    return [take.score for take in model.takes(Controls(**controls), count=count, seed=seed)]


@pytest.mark.parametrize(
    ("name", "controls"),
    [
        ("folk", {"bars": 8}),
        ("folk", {"bars": 8, "key": "G major", "form": "AABA", "range": "G3-D6", "end": True}),
        ("chorale", {"bars": 4, "temperature": 0.7}),
        ("chamber", {"bars": 4}),
    ],
)
def test_takes_of_a_shipped_model_are_the_same_alone_and_among_others(
    name: str, controls: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(name)
    many = scores(model, 5, 40, **controls)
    assert many == [scores(model, 1, 40 + i, **controls)[0] for i in range(5)]
    monkeypatch.setattr(generator, "_TOGETHER", 2)
    assert many == scores(model, 5, 40, **controls)


@needs_library
@pytest.mark.parametrize("name", ["folk", "chorale"])
def test_the_library_writes_the_files_that_numpy_writes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = scores(load_model(name), 4, 60, bars=8)
    model = load_model(name)
    in_numpy(model._model.net)
    monkeypatch.setattr(events, "library", lambda: None)
    assert scores(model, 4, 60, bars=8) == compiled


@pytest.mark.parametrize(
    ("bars", "count", "groups"),
    [(16, 70, [32, 32, 6]), (64, 20, [8, 8, 4]), (1000, 9, [4, 4, 1]), (16, 1, [1])],
)
def test_so_many_takes_are_drawn_side_by_side(bars: int, count: int, groups: list[int]) -> None:
    sizes: list[int] = []

    def draw(takes: list[Any]) -> list[Any]:
        sizes.append(len(takes))
        return takes

    composer: Any = SimpleNamespace(draw=draw)
    plan: Any = lambda place, turn: SimpleNamespace(new_bars=bars, place=place)  # noqa: E731
    turns: Any = [SimpleNamespace(take=i + 1) for i in range(count)]
    found: Any = list(generator._drawn(composer, plan, turns, count))
    assert sizes == groups
    assert [take.place for take in found] == list(range(count))


# -- taking turns ------------------------------------------------------------------------


def walker(stages: str, served: list[str]) -> Iterator[Any]:
    session: Any = SimpleNamespace(net=SimpleNamespace(), stage="", state=None)
    session.net.step = lambda sessions: served.append(f"{STEP} {len(sessions)}")
    session.net.ask = lambda head, sessions: served.append(f"{head} {len(sessions)}")
    for stage in stages.split():
        session.stage = stage
        yield session
    return stages.upper()


def test_who_waits_for_the_same_is_served_at_once() -> None:
    served: list[str] = []
    drawers: Any = [walker("step time pitch", served), walker("step time form pitch", served)]
    assert draw_together(drawers) == ["STEP TIME PITCH", "STEP TIME FORM PITCH"]
    assert served[:2] == ["step 2", "time 2"]
    assert sorted(served[2:]) == ["form 1", "pitch 1", "pitch 1"]


def test_those_that_fell_apart_come_together_again() -> None:
    served: list[str] = []
    drawers: Any = [walker("time", served)]
    drawers += [walker("time form time pitch", served) for _ in range(2)]
    drawers += [walker("time pitch time pitch", served) for _ in range(3)]
    draw_together(drawers)
    assert served == ["time 6", "pitch 3", "time 3", "pitch 3", "form 2", "time 2", "pitch 2"]


def test_bars_are_told_and_nothing_is_wanted_there() -> None:
    served: list[str] = []
    told: list[int] = []
    drawers: Any = [walker("bar time bar bar", served), walker("bar", served)]
    draw_together(drawers, lambda number, _: told.append(number))
    assert (told, served) == ([0, 1, 0, 0], ["time 1"])
    bars = draw_alone(walker("time bar pitch bar", served))  # type: ignore[arg-type, var-annotated]
    assert [session.stage for session in bars] == [BAR, BAR]


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw_together([]) == []


def test_an_error_of_one_ends_all() -> None:
    def broken() -> Iterator[Any]:
        yield from walker("time", [])
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any
        draw_together([broken(), walker("time time time", [])])  # type: ignore[list-item]


# -- prompts -----------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=needs_library), False])
@pytest.mark.parametrize("name", CONFIGS)
def test_a_prompt_read_in_one_sweep_is_the_prompt_read_event_by_event(
    name: str, compiled: bool
) -> None:
    net = network(name, compiled=compiled)
    header = Header((BarRun(12, Meter(4, 4), 48),))
    rows = pieces(net, [8], bars=12)[0][0][:-1]
    swept, stepped = Session(net, header), Session(net, header)
    net.read(swept.state, np.array(rows))
    for row in rows:
        stepped.begin()
        stepped.force(row)
    for one in (swept, stepped):
        one.begin()
    assert (swept.state.layers == stepped.state.layers).all()
    assert (swept.state.features == stepped.state.features).all()
    assert (swept.state.last == stepped.state.last).all()
    assert (swept.logits("time") == stepped.logits("time")).all()


@needs_library
@pytest.mark.skipif(library() is None or not calls().reads_halves(), reason="not on this processor")
def test_weights_of_sixteen_bits_are_read_so_and_others_are_not() -> None:
    assert load_model("folk")._model.net.weight_bytes == 2
    assert network("melody", compiled=True).weight_bytes == 4
    assert network("melody", compiled=False).weight_bytes == 4
