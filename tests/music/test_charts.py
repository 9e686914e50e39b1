"""Charts of chords, bar by bar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.music.charts import ChordChart
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord, placed_symbol, plan_quality
from symgen.music.laid_charts import chart_changes, chart_chords, chart_places
from symgen.music.meter import Bar, Meter
from symgen.music.theory import QUALITIES, Chord
from symgen.system.errors import ControlError

_GRID = 12


def bars_of(meter: str, count: int, first: int = 0) -> list[Bar]:
    length = int(Meter.parse(meter).quarters * _GRID)
    lines = [first + i * length for i in range(count + 1)]
    return [Bar(i, lines[i], lines[i + 1], Meter.parse(meter)) for i in range(count)]


def steps(text: str, meter: str, count: int = 1) -> list[int]:
    placed = chart_places(ChordChart.parse(text), bars_of(meter, count), _GRID)
    return [at for at, _ in placed]


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("C G Am F", ["C", "G", "Am", "F"]),
        ("C, G,Am", ["C", "G", "Am"]),
        ("| C | G/B | Am7 F |", ["C", "G/B", "Am7 F"]),
        ("C | G Am", ["C", "G Am"]),
        ("| C G Am F |", ["C G Am F"]),
        ("| C | % | F G | | C ||", ["C", "C", "F G", "F G", "C"]),
        ("|| C | N.C. || nc / G |]", ["C", "N.C.", "N.C. N.C. G"]),
        ("| C / / F | / Dm % |", ["C C C F", "F Dm Dm"]),
    ],
)
def test_bars_of_a_chart(text: str, bars: list[str]) -> None:
    chart = ChordChart.parse(text)
    assert list(map(str, chart.bars)) == bars
    assert ChordChart.parse(str(chart)) == chart


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "none given"),
        (" | ", "none given"),
        ("| % | C |", "no bar before it"),
        ("/ C |", "none stands before it"),
        ("| C | H |", "chord 'H'"),
        ("|: C :|", "chord ':'"),
    ],
)
def test_what_is_no_chart_is_refused(text: str, message: str) -> None:
    with pytest.raises(ControlError, match=message):
        ChordChart.parse(text)


@pytest.mark.parametrize(
    ("text", "meter", "expected"),
    [
        ("| C G |", "4/4", [0, 24]),
        ("| C G F |", "4/4", [0, 24, 36]),
        ("| C G F Am |", "4/4", [0, 12, 24, 36]),
        ("| C G F Am Dm |", "4/4", [0, 12, 24, 36, 42]),
        ("| C G |", "3/4", [0, 24]),
        ("| C G |", "6/8", [0, 18]),
        ("| C G F |", "6/8", [0, 12, 24]),
        ("| C G |", "3/8", [0, 12]),
        ("| C G |", "2/2", [0, 24]),
        ("| C G |", "7/8", [0, 24]),
        ("| C G F |", "12/8", [0, 36, 54]),
        ("| C C G |", "4/4", [0, 36]),
    ],
)
def test_chords_share_the_beats_of_a_bar(text: str, meter: str, expected: list[int]) -> None:
    assert steps(text, meter) == expected


def test_a_chart_comes_round_and_holds_over_bar_lines() -> None:
    assert steps("| C | F G |", "4/4", 5) == [0, 48, 72, 96, 144, 168, 192]
    assert steps("C C G", "3/4", 5) == [0, 72, 108]


def test_a_bar_has_room_for_so_many_chords() -> None:
    with pytest.raises(ControlError, match=r"a bar of meter 1/4 has no room for 33 chords"):
        steps("|" + " C D" * 16 + " E |", "1/4")


def test_a_chart_is_a_plan() -> None:
    chart = ChordChart.parse("| C6 | G/B N.C. | Am9 |")
    assert chart_chords(chart, bars_of("4/4", 3, 96), _GRID) == (
        PlacedChord(96, 0),
        PlacedChord(144, 7, "", 11),
        PlacedChord(168, -1),
        PlacedChord(192, 9, "m7"),
    )


def test_a_chart_is_written_where_chords_change() -> None:
    chart = ChordChart.parse("| C | C | F N.C. |")
    found = chart_changes(chart, bars_of("4/4", 3), _GRID)
    assert [(each.tick, each.name) for each in found] == [
        (0, "C"),
        (96, "F"),
        (120, "N.C."),
    ]


def test_charts_are_controls() -> None:
    chart = ChordChart.parse("| C | Am7 F |")
    for given_as in ("| C | Am7 F |", ["C", "Am7 F"], (Chord.parse("C"), "Am7, F"), chart):
        assert Controls(chords=given_as).chords == chart
    assert Controls(chords=["C", None]).chords == ChordChart.parse("| C | N.C. |")
    assert Controls(chords=()).chords is None
    assert repr(Controls(chords="C | Am7 F")) == "Controls(chords='| C | Am7 F |')"
    assert repr(Controls(chords="C |F")) == "Controls(chords='C F')"
    with pytest.raises(ControlError, match="write them like"):
        Controls(chords=[1])  # type: ignore[list-item]


_CHORDS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["C", "F#", "Bb", "A"]),
    st.sampled_from(list(QUALITIES)),
    st.sampled_from(["", "/E", "/Ab"]),
)
_BARS = st.lists(st.one_of(_CHORDS, st.just("N.C.")), min_size=1, max_size=4).map(" ".join)


@given(st.lists(_BARS, min_size=1, max_size=6))
def test_charts_read_as_they_are_written(bars: list[str]) -> None:
    chart = ChordChart.parse(f"| {' | '.join(bars)} |")
    assert ChordChart.parse(str(chart)) == chart
    assert ChordChart.of(bars) == chart


def test_every_quality_has_one_that_plans_know() -> None:
    assert {plan_quality(quality) for quality in QUALITIES} <= set(PLAN_QUALITIES)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C6", PlacedChord(3, 0)),
        ("Am(maj7)", PlacedChord(3, 9, "m")),
        ("Bbmadd9", PlacedChord(3, 10, "m")),
        ("G13b9", PlacedChord(3, 7, "7")),
        ("F#ø", PlacedChord(3, 6, "m7b5")),
        ("Eb°7", PlacedChord(3, 3, "dim7")),
        ("D9sus4/A", PlacedChord(3, 2, "sus4", 9)),
        ("Dsus2", PlacedChord(3, 2)),
        ("Cmaj7#11", PlacedChord(3, 0, "maj7")),
        ("G+7", PlacedChord(3, 7, "aug")),
        ("Cadd9/E", PlacedChord(3, 0, "", 4)),
        ("N.C.", PlacedChord(3, -1)),
        ("B#", PlacedChord(3, 0)),
        ("Fbb", PlacedChord(3, 3)),
    ],
)
def test_symbols_as_plans_have_them(name: str, expected: PlacedChord) -> None:
    assert placed_symbol(ChordChange(3, name)) == expected
