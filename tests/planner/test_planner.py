"""Plans of chords: what is drawn, what is kept, and that the network in numpy is that in torch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.beats import lay_beats
from symgen.planner.checkpoint import (
    PlannerConfig,
    PlannerModel,
    read_planner,
    save_planner,
    shapes_of,
)
from symgen.planner.planner import Drawing, Planner, PlanRequest, load_planner
from symgen.planner.sonorities import (
    CADENCES,
    NONE,
    SONORITIES,
    cadence_of,
    chord_at,
    sonority_of,
)
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens.events import BarRun, Header
from symgen.tokens.plans import bars_of

FOUR = (BarRun(8, Meter(4, 4), 48),)
C, D = Key(0, "major"), Key(2, "major")


@pytest.fixture(scope="module")
def random_planner() -> Planner:
    config = PlannerConfig(8, 8, 8, ("hymn",))
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 0.3, shape).astype(np.float32)
        for name, shape in shapes_of(config).items()
    }
    return Planner(PlannerModel(config, weights))


# -- sonorities ----------------------------------------------------------------------------


def test_chords_and_sonorities_are_one_and_the_same() -> None:
    for tonic in (0, 7):
        for number in range(SONORITIES):
            assert sonority_of(chord_at(5, number, tonic), tonic) == number
    assert sonority_of(PlacedChord(0, NO_CHORD_ROOT), 3) == NONE


@pytest.mark.parametrize(
    ("chords", "cadence"),
    [
        ([(7, "7"), (0, "")], "authentic"),
        ([(11, "dim"), (0, "m")], "authentic"),
        ([(5, ""), (0, "")], "plagal"),
        ([(2, "m7"), (0, "")], "tonic"),
        ([(0, "")], "tonic"),
        ([(2, "m7"), (7, "")], "half"),
        ([(7, "7"), (9, "m")], "deceptive"),
        ([(2, "7"), (7, "")], "modulating"),
        ([(0, ""), (5, "")], "open"),
        ([], "open"),
    ],
)
def test_cadences_have_their_names(chords: list[tuple[int, str]], cadence: str) -> None:
    sonorities = [sonority_of(PlacedChord(0, *chord), 0) for chord in chords]
    assert CADENCES[cadence_of(sonorities)] == cadence


# -- beats ---------------------------------------------------------------------------------


def test_a_pickup_is_the_end_of_a_bar() -> None:
    bars = bars_of((BarRun(1, Meter(3, 4), 12), BarRun(4, Meter(3, 4), 36)), True)
    beats = lay_beats(bars, 12)
    assert len(beats) == 13
    # The third beat of the first full bar stands where the pickup stood a bar before.
    assert beats.earlier[:4, 0].tolist() == [-1, -1, -1, 0]
    assert beats.earlier[4:7, 0].tolist() == [1, 2, 3]


def test_bars_of_another_length_are_not_looked_up() -> None:
    bars = bars_of((BarRun(1, Meter(3, 4), 36), BarRun(2, Meter(4, 4), 48)), False)
    assert lay_beats(bars, 12).earlier[:, 0].tolist() == [-1] * 7 + [3, 4, 5, 6]


# -- drawing -------------------------------------------------------------------------------


def test_one_seed_is_one_plan_of_changes(random_planner: Planner) -> None:
    request = PlanRequest(FOUR, key=C, style="hymn")
    plan = random_planner.draw(request, seed=3)
    assert plan == random_planner.draw(request, seed=3)
    assert plan != random_planner.draw(request, seed=4)
    assert plan[0].at == 0
    assert all(a.at < b.at and not a.same_as(b) for a, b in pairwise(plan))
    assert all(chord.at % 12 == 0 and chord.at < 8 * 48 for chord in plan)


def test_a_plan_moves_with_its_key(random_planner: Planner) -> None:
    low = random_planner.draw(PlanRequest(FOUR, key=C), seed=1)
    high = random_planner.draw(PlanRequest(FOUR, key=D), seed=1)
    assert [(c.at, (c.root + 2) % 12, c.quality, (c.bass + 2) % 12) for c in low if c.is_chord] == [
        (c.at, c.root, c.quality, c.bass) for c in high if c.is_chord
    ]


def test_given_chords_stay_as_they_are(random_planner: Planner) -> None:
    given = (
        PlacedChord(0, 9, "m"),
        PlacedChord(30, 2, "m7", 5),
        PlacedChord(336, 7, "7"),
        PlacedChord(360, 0),
    )
    request = PlanRequest(FOUR, key=C, given=given, held=((0, 96), (336, 384)))
    plan = random_planner.draw(request, seed=0)
    assert [chord for chord in plan if chord.at < 96] == list(given[:2])
    assert [chord for chord in plan if chord.at >= 336] == list(given[2:])
    assert any(96 <= chord.at < 336 for chord in plan)


def test_what_holds_everywhere_is_the_plan(random_planner: Planner) -> None:
    given = (PlacedChord(0, 0), PlacedChord(192, 7, "7"))
    request = PlanRequest(FOUR, key=C, given=given, held=((0, 384),))
    assert random_planner.draw(request, seed=0) == given


def test_what_is_given_outside_of_the_piece_is_left_out(random_planner: Planner) -> None:
    given = (PlacedChord(0, 4), PlacedChord(500, 1))
    request = PlanRequest(FOUR, key=C, given=given, held=((0, 1000), (1200, 1100)))
    assert random_planner.draw(request, seed=0) == given[:1]
    assert random_planner.draw(PlanRequest(()), seed=0) == ()


def test_a_finer_grid_has_the_same_plan(random_planner: Planner) -> None:
    plan = random_planner.draw(PlanRequest(FOUR, key=C), seed=1)
    header = Header((BarRun(8, Meter(4, 4), 96),), key=C)
    fine = random_planner.draw(PlanRequest.of_header(header), seed=1)
    assert [(2 * c.at, c.root, c.quality, c.bass) for c in plan] == [
        (c.at, c.root, c.quality, c.bass) for c in fine
    ]


@pytest.mark.parametrize("meter", ["1/128", "255/128", "255/4", "7/8", "17/16", "3/1"])
def test_any_meter_has_a_plan(random_planner: Planner, meter: str) -> None:
    time = Meter.parse(meter)
    runs = (BarRun(1, time, 1), BarRun(3, time, max(1, round(time.quarters * 12))))
    for pickup in (False, True):
        assert random_planner.draw(PlanRequest(runs, pickup, C), seed=0)[0].at == 0


def test_without_a_key_there_is_a_plan(random_planner: Planner) -> None:
    assert random_planner.draw(PlanRequest(FOUR), seed=0)
    given = (PlacedChord(0, 2, "m"),)
    assert (
        random_planner.draw(PlanRequest(FOUR, given=given, held=((0, 48),)), seed=0)[0] == given[0]
    )


def test_phrases_end_where_they_are_said_to(random_planner: Planner) -> None:
    request = PlanRequest(FOUR, key=C, ends=(96, 240))
    state, rng, lefts = random_planner.begin(request, 2, C), np.random.default_rng(0), []
    for _ in range(32):
        random_planner.plan_phrases(state, rng)
        lefts.append(state.phrase_left.tolist())
        random_planner.push(state, np.array([0, 84]))
    ends = [*range(7, -1, -1), *range(11, -1, -1), *range(11, -1, -1)]
    assert lefts == [[left, left] for left in ends]


def test_an_unknown_style_is_none(random_planner: Planner) -> None:
    plain = random_planner.draw(PlanRequest(FOUR, key=C), seed=0)
    assert random_planner.draw(PlanRequest(FOUR, key=C, style="nonesuch"), seed=0) == plain


def test_a_cold_drawing_is_the_likeliest_chord(random_planner: Planner) -> None:
    how = Drawing(temperature=1e-3, top_p=1e-6, close=1e-3)
    plans = {random_planner.draw(PlanRequest(FOUR, key=C), seed=5, how=how) for _ in range(2)}
    assert len(plans) == 1
    for wrong in ({"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.5}, {"close": -1.0}):
        with pytest.raises(ControlError):
            Drawing(**wrong)


# -- beat by beat --------------------------------------------------------------------------


def test_candidates_side_by_side_are_as_if_alone(random_planner: Planner) -> None:
    request = PlanRequest(FOUR, key=C)
    rng = np.random.default_rng(1)
    drawn = rng.integers(SONORITIES, size=(3, 16))
    together = random_planner.begin(request, 3, C)
    alone = [random_planner.begin(request, 1, C) for _ in range(3)]
    for beat in range(16):
        rows = random_planner.logits(together)
        assert np.exp(rows).sum(axis=1) == pytest.approx(1.0)
        for number, state in enumerate(alone):
            assert rows[number] == pytest.approx(random_planner.logits(state)[0], abs=1e-9)
            random_planner.push(state, drawn[number : number + 1, beat])
        random_planner.push(together, drawn[:, beat])
    kept = together.chosen(np.array([2, 2]))
    assert np.array_equal(kept.memory.sonorities[:, :16], drawn[[2, 2]])


# -- the shipped planner, and on disk ------------------------------------------------------


def test_the_shipped_planner_closes_most_hymns() -> None:
    planner = load_planner()
    assert {"pop", "hymn"} <= set(planner.styles)
    plans = [planner.draw(PlanRequest(FOUR, key=C, style="hymn"), seed=seed) for seed in range(20)]
    closed = sum(plan[-1].root == 0 for plan in plans)
    assert closed >= 14
    assert load_planner() is planner


def test_a_planner_is_read_as_it_was_written(random_planner: Planner, tmp_path) -> None:
    net = random_planner.net
    weights = {name: value.astype(np.float32) for name, value in net._gru.weights.items()}
    path = save_planner(PlannerModel(net.config, weights), tmp_path)
    read = read_planner(tmp_path)
    assert read.config == net.config
    assert all(np.array_equal(read.weights[name], weights[name]) for name in weights)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointError):
        read_planner(tmp_path)
    with pytest.raises(CheckpointError):
        load_planner("nonesuch")
