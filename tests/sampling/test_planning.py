"""From controls to a header, to filters and to seeds: what is drawn in which shares, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import V, plain_header

from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.sampling import particles
from symgen.sampling.assembly import (
    _closing_bar,
    _closing_bars,
    _closing_steps,
    check_together,
    make_filters,
)
from symgen.sampling.endings import Ending
from symgen.sampling.filters import FormPlan, FromBar, Grammar, NoParallels, NoUnison
from symgen.sampling.limits import BarDensity, MostNotes, OnGrid, Pitches
from symgen.sampling.planning import bar_steps, check_known, check_pair, plan_piece, plan_runs
from symgen.sampling.seeds import candidate_seeds, resample, seeds
from symgen.system.errors import ControlError
from symgen.tokens import BarRun, Header

USUAL = [
    ["4/4", "reel", "D major", 3],
    ["4/4", "air", "A minor", 1],
    ["6/8", "jig", "G major", 6],
]
BANDS = [
    [[40, 41], [False, False], ["one", "two"], "reel", "modern", 3],
    [[0], [False], [""], "air", "baroque", 1],
    [[0, 9], [False, True], ["", ""], "jig", "", 1],
]
SEEDS = range(200)


def planned(seed: int = 1, info: dict[str, Any] | None = None, **controls: Any) -> Header:
    known = {"usual": USUAL} if info is None else info
    return plan_piece(Controls(**controls), known, V, seed=seed)


# -- headers -----------------------------------------------------------------------------


def test_style_and_key_are_drawn_in_the_shares_of_the_corpus() -> None:
    found = [planned(seed) for seed in SEEDS]
    assert {(str(h.meter), h.style, str(h.key)) for h in found} == {
        ("4/4", "reel", "D major"),
        ("4/4", "air", "A minor"),
    }
    assert 120 < sum(h.style == "reel" for h in found) < 180
    assert {(h.bars, h.tempos, h.programs, h.names) for h in found} == {
        (16, ((0, 535714),), (0,), ("Acoustic Grand Piano",))
    }


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ({"style": "jig"}, ("6/8", "jig", "G major")),
        ({"style": "air"}, ("4/4", "air", "A minor")),
        ({"meter": "6/8"}, ("6/8", "jig", "G major")),
        ({"meter": "6/8", "key": "E"}, ("6/8", "jig", "E major")),
        ({"meter": "3/4", "style": "jig"}, ("3/4", "jig", "G major")),
        ({"meter": "6/8", "style": "", "key": "G"}, ("6/8", "", "G major")),
        ({"meter": "2x6/8,2x4/4"}, ("6/8", "jig", "G major")),
    ],
)
def test_what_is_asked_for_is_kept(
    controls: dict[str, Any], expected: tuple[str, str, str]
) -> None:
    header = planned(**controls)
    assert (str(header.runs[0].meter), header.style, str(header.key)) == expected


def test_a_meter_that_no_piece_has_tells_no_style() -> None:
    assert {planned(seed, meter="7/8").style for seed in range(20)} == {""}
    bare = planned(info={})
    assert (str(bare.meter), bare.style, bare.key, bare.signatures) == ("4/4", "", None, ())


@pytest.mark.parametrize(
    ("controls", "tempo", "signatures"),
    [
        ({"meter": "6/8", "key": "G"}, 357143, ((0, 1, False),)),  # 112 dotted quarters
        ({"meter": "2/2", "key": "A minor"}, 267857, ((0, 0, True),)),
        ({"tempo": 90, "key": "Db"}, 666667, ((0, -5, False),)),
    ],
)
def test_tempos_and_signatures(
    controls: dict[str, Any], tempo: int, signatures: tuple[Any, ...]
) -> None:
    header = planned(**controls)
    assert (header.tempos, header.signatures) == (((0, tempo),), signatures)


def band(**controls: Any) -> Header:
    return planned(info={"usual": USUAL, "monophonic": False, "ensembles": BANDS}, **controls)


@pytest.mark.parametrize(
    ("controls", "expected"),
    [
        ({"style": "air"}, ((0,), (False,), ("Acoustic Grand Piano",), "baroque")),
        ({"style": "reel"}, ((40, 41), (False, False), ("one", "two"), "modern")),
        ({"style": "reel", "period": "baroque"},
         ((0,), (False,), ("Acoustic Grand Piano",), "baroque")),
        ({"style": "jig"}, ((0, 9), (False, True), ("Acoustic Grand Piano", "Glockenspiel"), "")),
        ({"style": "reel", "instrument": 73}, ((73, 73), (False, False), ("Flute",) * 2, "modern")),
        ({"style": "jig", "instruments": "flute,violin"},
         ((73, 40), (False, False), ("Flute", "Violin"), "")),
        ({"style": "reel", "instruments": "flute"}, ((73,), (False,), ("Flute",), "baroque")),
    ],
)  # fmt: skip
def test_parts_and_periods(controls: dict[str, Any], expected: tuple[Any, ...]) -> None:
    header = band(**controls)
    assert (header.programs, header.drums, header.names, header.period) == expected


def test_bands_are_drawn_in_their_shares() -> None:
    info = {"monophonic": False, "ensembles": [[[0], [False], ["a"], "", "", 1],
                                                 [[1], [False], ["b"], "", "", 3]]}  # fmt: skip
    share = np.mean([planned(seed, info).programs == (1,) for seed in SEEDS])
    assert 0.65 < share < 0.85


def test_a_model_of_melodies_has_one_part() -> None:
    assert planned(info={"program": 73, "ensembles": BANDS}).programs == (73,)
    assert planned(info={}, instruments="flute").names == ("Flute",)
    with pytest.raises(ControlError, match="writes one part"):
        planned(info={}, instruments="flute,violin")


def test_new_bars() -> None:
    meter = Meter(3, 4)
    assert plan_runs(Controls(), meter, 8, V) == (BarRun(8, meter, 36),)
    assert plan_runs(Controls(bars=5), meter, 8, V) == (BarRun(5, meter, 36),)
    runs = plan_runs(Controls(meter="2x4/4,1x6/8"), meter, 8, V)
    assert runs == (BarRun(2, Meter(4, 4), 48), BarRun(1, Meter(6, 8), 36))
    with pytest.raises(ControlError, match="no whole number of steps on a grid of 12"):
        bar_steps(Meter(5, 32), V)


def test_what_a_model_does_not_know_is_refused() -> None:
    check_known(Controls(style="reel", period="baroque"), ["reel"], ["baroque"])
    with pytest.raises(
        ControlError, match=r"style 'polka' \(did you mean popular\?\): this model knows reel, air$"
    ):
        check_known(Controls(style="polka"), ["reel", "air"], [])
    with pytest.raises(ControlError, match=r"period 'modern': this model knows no periods$"):
        check_known(Controls(period="modern"), [], [])
    check_pair(Controls(style="jig", meter="6/8"), USUAL)
    check_pair(Controls(style="polka", meter="7/8"), USUAL)
    for meter in ("4/4", "2x6/8,2x4/4"):
        with pytest.raises(ControlError, match="style 'jig' is never in 4/4, only in 6/8"):
            check_pair(Controls(style="jig", meter=meter), USUAL)


# -- seeds -------------------------------------------------------------------------------


def test_seeds() -> None:
    assert seeds(3, 5) == range(5, 8)
    assert seeds(1, 0) == range(1)
    assert seeds(1, 2**63 - 1)[0] == 2**63 - 1
    assert 0 <= seeds(1, None)[0] < 2**31
    for count, seed in ((0, 1), (1, -1), (1, 2**63)):
        with pytest.raises(ControlError, match="must be"):
            seeds(count, seed)
    drawn = candidate_seeds(7, 4)
    assert drawn[0] == 7
    assert drawn[:2] == candidate_seeds(7, 2)
    assert len(set(drawn)) == 4
    assert max(drawn) < 2**63
    assert candidate_seeds(7, 1) == [7]


def test_takes_are_drawn_in_proportion_to_their_odds() -> None:
    found = [resample([0.0, np.log(3.0), -np.inf], seed) for seed in range(400)]
    assert set(found) == {0, 1}
    assert 0.7 < np.mean(found) < 0.8
    assert [resample([0.0, 0.0], 1, number) for number in range(12)] != [
        resample([0.0, 0.0], 1)
    ] * 12
    assert resample([800.0, 0.0], 1) == 0


# -- particles ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "count"),
    [(0, 16), (1, 16), (375, 16), (376, 15), (3000, 2), (3001, 1), (6000, 1), (99_999, 1)],
)
def test_fewer_takes_of_longer_pieces(events: int, count: int) -> None:
    assert particles.usual_particles(events) == count


class _Session:
    """A name that is copied."""

    def __init__(self, name: str) -> None:
        self.name = name

    def copy(self) -> _Session:
        return _Session(self.name + "'")


def many(*shares: float) -> list[Any]:
    return [
        particles._Particle(_Session("abcd"[i]), float(np.log(share)))  # type: ignore[arg-type]
        for i, share in enumerate(shares)
    ]


@pytest.mark.parametrize(
    ("chance", "chosen"), [(0.0, 0), (0.24, 0), (0.26, 1), (0.74, 1), (0.76, 2), (1.0, 2)]
)
def test_a_take_is_chosen_by_its_weight(chance: float, chosen: int) -> None:
    assert particles._choose(many(2, 4, 2), chance) == chosen


def test_takes_are_drawn_anew_once_few_carry_the_weight() -> None:
    rng = np.random.default_rng(1)
    even = many(1, 1, 1e-9, 1e-9)  # two of four count: not fewer than half
    assert particles._resampled(even, rng) is even
    few = particles._resampled(many(3, 1, 1e-9, 1e-9), rng)  # 1.6 of four
    assert [one.session.name for one in few] == ["a", "a'", "a'", "b"]
    assert {one.weight for one in few} == {0.0}


# -- filters -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("controls", "info", "first", "kinds"),
    [
        ({}, {}, 0, [NoUnison]),
        ({}, {"monophonic_parts": True}, 0, [NoParallels]),
        ({"range": "C4-C5"}, {}, 0, [Pitches, NoUnison]),
        ({"chords": "C"}, {}, 0, [NoUnison]),
        ({"chords": "C", "strict_chords": True}, {}, 0, [Pitches, NoUnison]),
        ({"max_polyphony": 2, "grid": "1/8", "density": "2-4"}, {}, 0,
         [MostNotes, OnGrid, BarDensity, NoUnison]),
        ({"form": "AA", "strict_key": True}, {}, 2, [Pitches, FormPlan, FromBar, NoUnison]),
        ({"complete_bar": True}, {}, 2, [NoUnison]),
        ({"end": True}, {}, 0, [Ending, NoUnison]),
    ],
)  # fmt: skip
def test_the_filters_of_controls(
    controls: dict[str, Any], info: dict[str, Any], first: int, kinds: list[type]
) -> None:
    header = plain_header(4, key=Key.parse("C"))
    found = make_filters(Controls(**controls), header, V, info, first=first, tracks_parts=True)
    assert [type(each) for each in found] == [Grammar, *kinds]
    melodies = make_filters(Controls(**controls), header, V, info, first=first, tracks_parts=False)
    assert [type(each) for each in melodies] == [Grammar, *kinds[:-1]]


@pytest.mark.parametrize(
    ("form", "bar", "bars"),
    [
        (None, 9, {9}),
        ("AB", 9, {9}),
        ("AA'", 9, {9}),
        ("AA", 5, {5, 9}),  # two bars of a prompt, then sections of four: the first one closes
        ("ABAB", 5, {5, 9}),
        ("ABB'B", 5, {5, 9}),
    ],
)
def test_bars_that_close(form: str | None, bar: int, bars: set[int]) -> None:
    controls = Controls(form=form, end=True)
    assert _closing_bar(controls, 9, 2) == bar
    assert _closing_bars(controls, 10, 2) == bars
    assert _closing_bars(Controls(form=form), 10, 2) == set()


@pytest.mark.parametrize(
    ("meter", "grid", "steps"),
    [("4/4", None, [0, 24]), ("4/4", "1/2", [0, 24]), ("4/4", "1", [0]), ("12/8", "1/4", [0, 36])],
)
def test_places_to_close_lie_on_the_grid(meter: str, grid: str | None, steps: list[int]) -> None:
    controls = Controls(grid=grid)
    assert _closing_steps(controls.grid, plain_header(2, meter), V) == steps


@pytest.mark.parametrize(
    ("controls", "refused"),
    [
        ({"chords": "C G Am F"}, ""),
        ({"chords": "C G Am F C"}, "chords: 5 of them"),
        ({"strict_chords": True, "chords": "C", "range": "D4-E4"}, ""),
        ({"strict_chords": True, "chords": "C", "range": "D4-D#4"}, "strict-chords C: no tone"),
        ({"end": True, "range": "B3-C4"}, ""),
        ({"end": True, "range": "C8-C9"}, ""),
        ({"end": True, "range": "C#8-C9"}, "end closes on C"),
        ({"end": True, "strict_chords": True, "chords": "G C"}, ""),
        ({"end": True, "strict_chords": True, "chords": "C G"}, "has G in the last bar"),
        ({"end": True, "chords": "C G"}, ""),
        ({"form": "AB"}, ""),
        ({"form": "ABC"}, "do not divide into 3"),
        ({"form": "AA'", "density": "1-2"}, ""),
        ({"form": "AA'", "density": "1"}, "a section has 2 notes"),
        ({"form": "ABA'B", "density": "3"}, "a section has 3 notes"),
        ({"form": "AA", "density": "1"}, ""),
        ({"form": "AA'BA", "end": True}, "bar 1 closes, and is all there is to vary"),
        ({"form": "AA'BA"}, ""),
        ({"form": "ABA'B", "end": True}, ""),
        ({"form": "AB", "strict_chords": True, "chords": "C G"}, ""),
        ({"form": "AA", "strict_chords": True, "chords": "C G C G"}, ""),
        ({"form": "AA", "strict_chords": True, "chords": "C G C F"}, "has G and F"),
        ({"form": "AA'", "strict_chords": True, "chords": "C G C F"}, ""),
        ({"grid": "1/4", "density": "4"}, ""),
        ({"grid": "1/4", "density": "5"}, "has room for 4 notes"),
        ({"density": "48"}, ""),
        ({"density": "49"}, "has room for 48 notes"),
    ],
)
def test_what_contradicts_in_four_bars_of_c(controls: dict[str, Any], refused: str) -> None:
    asked, header = Controls(**controls), plain_header(5, key=Key.parse("C"))
    if not refused:
        check_together(asked, header, V, new_bars=4)
        return
    with pytest.raises(ControlError, match=refused):
        check_together(asked, header, V, new_bars=4)


def test_forms_take_up_bars_that_are_as_long_and_near_enough() -> None:
    runs = (BarRun(2, Meter(4, 4), 48), BarRun(2, Meter(3, 4), 36))
    check_together(Controls(form="AB"), Header(runs), V, new_bars=4)
    with pytest.raises(ControlError, match="takes bar 1 up in bar 3, but meter has 4/4 and 3/4"):
        check_together(Controls(form="AA"), Header(runs), V, new_bars=4)
    check_together(Controls(form="AA"), plain_header(10), V, new_bars=10)
    with pytest.raises(ControlError, match="variations lie 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 bars"):
        check_together(Controls(form="AA'"), plain_header(10), V, new_bars=10)


def test_only_quarters_swing() -> None:
    jig = plain_header(4, "6/8")
    check_together(Controls(swing=0.5), jig, V, new_bars=4)
    with pytest.raises(ControlError, match=r"swing 0.6 and meter 6/8"):
        check_together(Controls(swing=0.6), jig, V, new_bars=4)
    check_together(Controls(swing=0.6), plain_header(4), V, new_bars=4)
    with pytest.raises(ControlError, match="grid 1/4: a bar of meter 7/8"):
        check_together(Controls(grid="1/4"), plain_header(4, "7/8"), V, new_bars=4)
