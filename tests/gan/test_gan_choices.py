"""What the GAN's writing, reports and options decide, at the boundaries, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symgen.gan import plots
from symgen.gan.evaluating import GanEvaluation, _cell
from symgen.gan.metrics import measure_bars
from symgen.gan.model import BarGan
from symgen.gan.options import GanOptions
from symgen.gan.steps import HOLD, PITCHES, REST, STEP_METERS, SYMBOLS, StepTune, _base
from symgen.gan.tunes import _forms, describe_corpus, requests_like
from symgen.gan.writing import (
    HISTORY,
    Request,
    _beginning,
    _choose,
    _condition,
    _confidence,
    _draw_form,
    _last_pitch,
    _leaps,
    bar_steps,
    read_forms,
)
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, ControlError

H, R, C = HOLD, REST, Key(0, "major")
NOTHING: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)


def tune(*bars: Sequence[int], meter: str = "4/4", key: Key = C, base: int = 48) -> StepTune:
    steps = bar_steps(meter, 4)
    rows = [[*bar, *[H] * (steps - len(bar))] for bar in bars]
    return StepTune(np.array(rows, dtype=np.uint8), meter, key, base)


# -- writing -----------------------------------------------------------------------------


def logits_of(*best: int, lead: float = 1.0) -> NDArray[np.float32]:
    """Logits of one bar: of each step the wanted symbol, then the one three semitones below, then silence."""
    made = np.zeros((1, len(best), SYMBOLS), dtype=np.float32)
    for step, symbol in enumerate(best):
        made[0, step, symbol] = 2 + lead
        made[0, step, symbol - 3] = 2
    return made


@pytest.mark.parametrize(
    ("before", "wanted", "chosen"),
    [
        ([R], [35, 20], [35, R]),  # the first pitch of all may be any; 15 down is too far, and 18
        ([12], [24, 12, 3], [24, 12, 3]),  # an octave is not too far
        ([12], [25, 3], [22, R]),
        ([0], [13], [10]),
        ([12], [H, 25], [H, 22]),  # what is held is where the next way begins
    ],
)
def test_no_symbol_leaps_beyond_an_octave(
    before: list[int], wanted: list[int], chosen: list[int]
) -> None:
    logits = logits_of(*wanted)
    logits[0, :, R] += 1
    assert _choose(logits, np.array([[before]]))[0].tolist() == chosen


@pytest.mark.parametrize(
    ("last", "bar", "leaps"),
    [
        (12, [24], False), (12, [25], True), (13, [R, H, 0], True), (12, [R, 0, 30], False),
        (-1, [35], False), (0, [13], True), (0, [R, H], False),
    ],
)  # fmt: skip
def test_a_bar_leaps_by_its_first_pitch(last: int, bar: list[int], leaps: bool) -> None:
    assert _leaps(last, np.array(bar)) is leaps


def test_the_last_pitch_that_begins() -> None:
    assert _last_pitch(np.array([[5, H], [R, 35], [H, R]])) == 35
    assert _last_pitch(np.array([[0, H]])) == 0
    assert _last_pitch(np.array([[H, R]])) == -1


def test_confidence_is_the_mean_lead_of_the_likeliest_up_to_one() -> None:
    """Leads of 0.25 and of 3, which counts as 1; a bar of one lead for all."""
    logits = np.zeros((2, 2, 4), dtype=np.float32)
    logits[0] = [[1, 1.25, -1, 0], [0, 4, 1, -5]]
    logits[1, :, 2] = 0.5
    assert _confidence(logits).tolist() == [0.625, 0.5]


def test_a_beginning_ends_with_what_was_there() -> None:
    before = np.full((HISTORY + 2, 4), 7, dtype=np.uint8)
    before[-1] = 9
    short = before[-2:]
    line = _beginning([Request("4/4", C, 1, each) for each in (before, short, NOTHING)], 4)
    assert line.shape == (3, HISTORY, 4)
    assert line[:, :, 0].tolist() == [
        [7] * (HISTORY - 1) + [9],
        [R] * (HISTORY - 2) + [7, 9],
        [R] * HISTORY,
    ]


def test_a_place_counts_from_the_beginning_of_the_tune() -> None:
    """The fourth of five bars, three of them old; the second of a short tune beside it; behind the end is the end."""
    old = np.zeros((3, 16), dtype=np.uint8)
    requests = [Request("4/4", Key(7, "dorian"), 2, old), Request("4/4", C, 1, NOTHING)]
    meter = np.zeros(2, dtype=np.int64)
    first, second = (_condition(requests, meter, place) for place in (0, 1))
    phrase = slice(len(STEP_METERS) + 4 + 12, -3)
    assert first[:, phrase].argmax(axis=1).tolist() == [3, 0]
    assert first[:, -3:].tolist() == [[0, 0, 1], [1, 1, 0]]
    assert second[:, phrase].argmax(axis=1).tolist() == [4, 1]
    assert second[:, -3:].tolist() == [[0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("bars", "before", "found"),
    [
        (4, 0, {(-1, 0, 0, 1), (-1, 0, 1, 2)}),  # all of that length
        (3, 0, {(-1, 0, 0), (-1, 0, 1), (-1, -1, -1)}),  # else the beginnings of longer ones
        (6, 0, {()}),
        (4, 1, {()}),  # what goes on from a tune has a form already
    ],
)
def test_a_form_is_drawn_by_length(bars: int, before: int, found: set[tuple[int, ...]]) -> None:
    forms = [(-1, 0, 0, 1), (-1, 0, 1, 2), (-1, -1, -1, -1, 0), (-1,)]
    request = Request("4/4", C, bars, np.zeros((before, 16), dtype=np.uint8))
    drawn = {_draw_form(forms, request, np.random.default_rng(seed)) for seed in range(30)}
    assert drawn == found


def test_forms_of_a_card() -> None:
    assert read_forms([[-1, 0], [-1, -1, 1]]) == ((-1, 0), (-1, -1, 1))
    for damaged in ([[0]], [[-1, 1]], [[-2]], [["x"]], [None], 3):
        with pytest.raises(CheckpointError, match="the forms on the card are damaged"):
            read_forms(damaged)


@pytest.mark.parametrize(
    ("meter", "grid", "steps"),
    [("4/4", 4, 16), ("4/4", 12, 48), ("3/4", 4, 12), ("6/8", 4, 12), ("6/8", 12, 36)],
)
def test_steps_of_a_bar(meter: str, grid: int, steps: int) -> None:
    assert bar_steps(meter, grid) == steps


@pytest.mark.parametrize(
    ("pitches", "tonic", "base"),
    [
        (
            [60],
            0,
            36,
        ),  # 19 above the base lies nearest: 36 + 24 and 48 + 12, of which 24 is 5 away, 12 is 7
        ([67], 0, 48),
        ([61], 2, 38),
        ([48, 83], 0, 48),  # they just fit
        ([126, 110], 7, 91),
    ],
)
def test_the_base_lies_best_below_the_melody(pitches: list[int], tonic: int, base: int) -> None:
    assert _base(np.array(pitches), Key(tonic, "major")) == base


def test_meters_and_bases_are_drawn_as_the_corpus_has_them() -> None:
    """Of 4 tunes three are in 6/8 and one in 4/4; by default the pitches begin at the C below middle C."""
    usual = [["6/8", "", "C major", 2], ["4/4", "", "G major", 1], ["6/8", "", "G major", 1]]
    gan = BarGan.__new__(BarGan)
    gan.info = {"usual": usual, "bases": {"0": 36}}
    shares = [np.random.default_rng([seed, 2]).random() for seed in range(12)]
    assert [gan._usual_meter(seed) for seed in range(12)] == [
        "4/4" if share < 0.25 else "6/8" for share in shares
    ]
    assert {share < 0.25 for share in shares} == {True, False}
    assert [gan._base(Key(tonic, "major")) for tonic in (0, 7)] == [36, 55]
    gan.info = {"usual": [["5/4", "", "C major", 9], ["3/4", "", "C major", 1]], "bases": None}
    assert gan._usual_meter(3) == "3/4"
    assert gan._base(C) == 48


@pytest.mark.parametrize("surer", [-0.01, 1.01, math.nan])
def test_a_choice_of_bars_is_a_share(surer: float) -> None:
    with pytest.raises(ControlError, match="surer"):
        BarGan(None, confident_share=surer)  # type: ignore[arg-type]


# -- what a card says --------------------------------------------------------------------


def test_forms_tell_the_earliest_bar_that_returns() -> None:
    found = _forms([tune([1], [2], [1], [2], [1], [3]), tune(*[[i] for i in range(30)] * 3)])
    assert found[0] == [-1, -1, 0, 1, 0, -1]
    assert found[1] == [-1] * 30 + [*range(30), *range(4)]  # 64 bars are told of


def test_of_very_many_tunes_some_are_told_evenly() -> None:
    one, other = tune([1], [1]), tune([1], [2])
    assert len(_forms([one] * 1199)) == 1199
    assert _forms([one, other] * 600) == [[-1, 0]] * 600


def test_a_corpus_is_described_by_what_is_usual() -> None:
    store: Any = SimpleNamespace(digest="d", licence="free")
    tunes = [
        tune([1], [2]),
        tune([1], base=60),
        tune([1], base=60),
        tune([1], meter="3/4", key=Key(7, "major")),
    ]
    facts = describe_corpus(store, tunes)
    assert facts["corpus"] == {"sha256": "d", "pieces": 4, "bars": 5, "licence": "free"}
    assert facts["usual"] == [["4/4", "", "C major", 3], ["3/4", "", "G major", 1]]
    assert facts["bases"] == {"0": 60, "7": 48}
    requests = requests_like(tunes[2:], 3, 5)
    assert [(request.meter, request.bars, len(request.before)) for request in requests] == [
        ("4/4", 5, 0),
        ("3/4", 5, 0),
        ("4/4", 5, 0),
    ]


# -- options -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("batch", [4, 512], [2, 5, 514]), ("own_share", [0, 0.9], [-0.1, 0.91]),
        ("noise_until", [0.01, 1], [0, 1.01]), ("mean_decay", [0, 0.999], [-0.1, 1]),
        ("seed", [0, 2**63 - 1], [-1, 2**63]), ("minutes", [0.1], [0, -1, math.inf]),
        ("rate", [1e-9], [0]), ("critic_rate", [1e-9], [0]), ("penalty_every", [1], [0]),
        ("critic_steps", [1], [0]), ("validations", [1], [0]), ("penalty", [0], [-1, math.inf]),
        ("mode_seeking", [0], [-0.1]), ("mode_limit", [0], [-0.1]), ("noise", [0], [-0.1, math.nan]),
        ("loss", ["bce", "wgan-gp"], ["mse"]),
    ],
)  # fmt: skip
def test_options_have_their_limits(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(GanOptions(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(ControlError):
            GanOptions(**{name: value})


def test_noise_falls_to_nothing() -> None:
    options = GanOptions(noise=2.0, noise_until=0.5)
    assert [options.noise_at(share) for share in (0, 0.25, 0.5, 1)] == [2, 1, 0, 0]


def test_default_options() -> None:
    """A run of the command line without options is this one; the figures are those of the shipped network."""
    given = GanOptions().to_json()
    del given["net"]
    assert given == {
        "minutes": 14.0, "batch": 64, "loss": "bce-r1", "rate": 1e-3, "critic_rate": 5e-4, "betas": (0.0, 0.99),
        "penalty": 1.0, "penalty_every": 8, "critic_steps": 1, "mode_seeking": 0.03, "mode_limit": 0.3, "noise": 0.0,
        "noise_until": 0.5, "own_share": 0.0, "mean_decay": 0.999, "validations": 20, "seed": 0, "precision": "auto",
    }  # fmt: skip
    assert GanOptions.from_json({**GanOptions().to_json(), "unknown": 1}) == GanOptions()


# -- reports and pictures ----------------------------------------------------------------


def test_shares_are_told_in_percent() -> None:
    assert [_cell(name, 0.1234) for name in ("leaps", "notes", "kl_place")] == [
        "12.3%",
        "0.123",
        "0.123",
    ]
    assert _cell("leaps", None) == ""
    facts = {
        "generated_tunes": 3,
        "model": "m",
        "real_tunes": 2,
        "split": "test",
        "second": "valid",
        "seed": 1,
    }
    table = {
        "notes": {"real": 1.0, "floor": 2.0, "generated": 3.0},
        "kl_place": {"kl": 0.5, "floor": 0.25},
    }
    lines = GanEvaluation(facts, table, (), ()).to_markdown().splitlines()
    assert lines[4:6] == [
        "| notes a bar | 1.000 | 2.000 | 3.000 |",
        "| places of onsets, bits from real |  | 0.250 | 0.500 |",
    ]
    assert lines[-1] == "Real: test; second real set: valid. Seed 1."
    named = GanEvaluation({**facts, "language_model": "folk"}, table, (), ()).to_markdown()
    assert named.endswith("Seed 1, language model folk.")


@pytest.fixture
def axes() -> Axes:
    return Figure().add_subplot()


def drawn(axes: Axes) -> list[list[tuple[float, float]]]:
    """Middles and heights of the bars of each set."""
    return [
        [(round(bar.get_x() + bar.get_width() / 2, 6), round(bar.get_height(), 6)) for bar in group]
        for group in axes.containers
    ]  # fmt: skip


def ticks(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def test_pairs_stand_side_by_side(axes: Axes) -> None:
    plots._draw_pairs(axes, np.array([0.0, 2.0]), [np.array([0.25, 0.5]), np.array([1.0, 0.0])], 2)
    assert drawn(axes) == [[(-0.42, 0.25), (1.58, 0.5)], [(0.42, 1.0), (2.42, 0.0)]]


def test_rare_durations_are_drawn_together(axes: Axes) -> None:
    real, ours = np.zeros(97), np.zeros(97)
    real[[6, 12, 96]] = [0.5, 0.4, 0.1]
    ours[[6, 3, 4]] = [0.997, 0.002, 0.001]  # a quarter of a beat is not rare, a triplet is
    plots._draw_durations(axes, [real, ours])
    assert ticks(axes) == ["1/4", "1/2", "1", "8+", "other"]
    assert [height for _, height in drawn(axes)[1]] == [0.002, 0.997, 0, 0, 0.001]
    many = np.full(97, 1 / 97)
    other = Figure().add_subplot()
    plots._draw_durations(other, [many, many])
    assert len(ticks(other)) == 12


@pytest.mark.parametrize(
    ("meter", "bar", "labels", "places"),
    [
        ("4/4", [1, H, H, H, 2], ["1", "2", "3", "4"], [0, 1, 2, 3]),
        ("6/8", [1, H, 2], ["1", "2", "3", "4", "5", "6"], [0, 1, 2, 3, 4, 5]),
        ("3/4", [1, H, 2], ["1", "2", "3"], [0, 0.5, 1, 1.5, 2, 2.5]),
        ("4/4", [1], ["1", "2", "3", "4"], [0, 1, 2, 3]),
    ],
)
def test_places_are_drawn_in_the_meter_of_most_notes(
    axes: Axes, meter: str, bar: list[int], labels: list[str], places: list[float]
) -> None:
    real = measure_bars([tune(bar, bar, meter=meter)])
    ours = measure_bars(
        [tune([1, 2, 3, 4, 5], meter="4/4" if meter != "4/4" else "3/4"), tune(bar, meter=meter)]
    )
    plots._draw_places(axes, (real, ours))
    assert axes.get_xlabel() == f"onset in {meter}"
    assert ticks(axes) == labels
    middles = [place + (places[1] - places[0]) * -0.21 for place in places]
    assert [middle for middle, _ in drawn(axes)[0]] == pytest.approx(middles)
    share = 1 / sum(symbol < PITCHES for symbol in bar)
    assert drawn(axes)[0][0][1] == share


def test_curves_leave_out_what_cannot_be_drawn() -> None:
    rows: list[dict[str, float]] = [
        {"step": 1, "kl": 0.0}, {"step": 2, "kl": 0.5}, {"step": 3, "kl": math.inf}, {"kl": 1.0}, {"step": 4},
    ]  # fmt: skip
    assert plots._curve(rows, "kl", 0.0) == [(2.0, 0.5)]
    assert plots._curve(rows, "kl", -math.inf) == [(1.0, 0.0), (2.0, 0.5)]


@pytest.mark.parametrize(
    ("label", "count", "lines", "scale"),
    [("share", 60, 1, "linear"), ("share", 200, 1, "linear"), ("share", 201, 2, "linear"),
     ("loss", 60, 2, "linear"), (plots._DIVERGENCES, 9, 1, "log")],
)  # fmt: skip
def test_curves_of_many_points_have_a_mean(
    axes: Axes, label: str, count: int, lines: int, scale: str
) -> None:
    plots._draw_curves(axes, label, {("x", "red"): [(i + 1.0, 0.5) for i in range(count)]})
    assert len(axes.lines) == lines
    assert axes.get_yscale() == scale
    assert axes.lines[0].get_marker() == ("o" if count <= 60 else "" if count <= 200 else "None")
