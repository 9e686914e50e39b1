"""Beams and brackets: which notes belong together on a page."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgen.formats.values import Stem, beams, brackets

QUARTER, EIGHTH, SIXTEENTH, DOTTED = Fraction(1), Fraction(1, 2), Fraction(1, 4), Fraction(3, 4)
START = Fraction(0)
NAMES = {QUARTER: "quarter", EIGHTH: "eighth", SIXTEENTH: "16th", DOTTED: "eighth"}


def line(*lengths: Fraction, rests: tuple[int, ...] = ()) -> list[Stem]:
    return [
        Stem(sum(lengths[:i], START), length, NAMES[length], i in rests)
        for i, length in enumerate(lengths)
    ]


def tuplet(start: Fraction, *kinds: str, ratio: tuple[int, int] = (3, 2)) -> list[Stem]:
    value = {"quarter": QUARTER, "eighth": EIGHTH, "16th": SIXTEENTH}
    lengths = [value[kind] * ratio[1] / ratio[0] for kind in kinds]
    return [
        Stem(start + sum(lengths[:i], START), n, kinds[i], ratio=ratio)
        for i, n in enumerate(lengths)
    ]


@pytest.mark.parametrize(
    ("stems", "beat", "marks"),
    [
        (
            line(EIGHTH, EIGHTH, EIGHTH, EIGHTH),
            QUARTER,
            [("begin",), ("end",), ("begin",), ("end",)],
        ),
        (line(EIGHTH, EIGHTH, EIGHTH), Fraction(3, 2), [("begin",), ("continue",), ("end",)]),
        (line(EIGHTH, QUARTER), QUARTER, [(), ()]),
        (line(EIGHTH, EIGHTH, rests=(1,)), QUARTER, [(), ()]),
        (line(DOTTED, SIXTEENTH), QUARTER, [("begin",), ("end", "backward hook")]),
        (
            line(SIXTEENTH, EIGHTH, SIXTEENTH),
            QUARTER,
            [("begin", "forward hook"), ("continue",), ("end", "backward hook")],
        ),
        (
            line(EIGHTH, SIXTEENTH, SIXTEENTH),
            QUARTER,
            [("begin",), ("continue", "begin"), ("end", "end")],
        ),
    ],
)
def test_beams(stems: list[Stem], beat: Fraction, marks: list[tuple[str, ...]]) -> None:
    assert beams(stems, beat) == marks


@pytest.mark.parametrize(
    ("stems", "marks"),
    [
        (tuplet(START, "eighth", "eighth", "eighth"), ["start", "", "stop"]),
        (tuplet(START, "quarter", "eighth"), ["start", "stop"]),
        (tuplet(START, *["eighth"] * 6), ["start", "", "stop"] * 2),
        (tuplet(START, *["16th"] * 5, ratio=(5, 4)), ["start", "", "", "", "stop"]),
        (tuplet(START, "eighth", "eighth"), ["", ""]),
        ([*tuplet(START, "eighth"), Stem(Fraction(1, 3), EIGHTH, "eighth")], ["", ""]),
        (line(EIGHTH, EIGHTH), ["", ""]),
    ],
)
def test_brackets(stems: list[Stem], marks: list[str]) -> None:
    assert brackets(stems) == marks
