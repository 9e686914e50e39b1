"""Meters: parsing, lengths in ticks, and conversion between resolutions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgen.music.meter import COMMON_TIME, Bar, Meter, convert_ticks
from symgen.system.errors import ControlError

DENOMINATORS = [1, 2, 4, 8, 16, 32, 64, 128]


def test_every_legal_meter_prints_and_parses_back() -> None:
    for numerator in range(1, 256):
        for denominator in DENOMINATORS:
            meter = Meter(numerator, denominator)
            assert Meter.parse(str(meter)) == meter


@pytest.mark.parametrize(
    ("text", "meter"),
    [("C", Meter(4, 4)), ("C|", Meter(2, 2)), (" 6 / 8 ", Meter(6, 8)), ("4/4", COMMON_TIME)],
)
def test_parse_as_printed_in_music(text: str, meter: Meter) -> None:
    assert Meter.parse(text) == meter


@pytest.mark.parametrize("text", ["", "4", "4/", "/4", "four/four", "4/4/4", "-3/4", "c"])
def test_parse_refuses_what_is_no_meter(text: str) -> None:
    with pytest.raises(ControlError, match="write it like 4/4 or 6/8"):
        Meter.parse(text)


@pytest.mark.parametrize("text", ["0/4", "256/4", "4/0", "4/3", "4/256"])
def test_parse_refuses_numbers_out_of_range(text: str) -> None:
    with pytest.raises(ControlError, match="power of two up to 128"):
        Meter.parse(text)


@pytest.mark.parametrize(
    ("text", "bar", "beat"),
    [
        ("4/4", 4, 1),
        ("2/2", 4, 2),
        ("3/4", 3, 1),
        ("6/4", 6, 1),
        ("3/8", Fraction(3, 2), Fraction(1, 2)),
        ("6/8", 3, Fraction(3, 2)),
        ("9/8", Fraction(9, 2), Fraction(3, 2)),
        ("12/8", 6, Fraction(3, 2)),
        ("5/8", Fraction(5, 2), Fraction(1, 2)),
        ("6/16", Fraction(3, 2), Fraction(3, 4)),
    ],
)
def test_bar_and_beat_in_quarters(text: str, bar: Fraction, beat: Fraction) -> None:
    assert Meter.parse(text).quarters == bar
    assert Meter.parse(text).beat_quarters == beat


def test_bar_ticks_is_exact_or_refused() -> None:
    assert Meter(6, 8).bar_ticks(12) == 36
    assert Meter(3, 8).bar_ticks(480) == 720
    with pytest.raises(
        ControlError, match="meter 3/8: a bar is no whole number of ticks at 1 ticks"
    ):
        Meter(3, 8).bar_ticks(1)


def test_bar_length() -> None:
    assert Bar(1, 480, 2400, COMMON_TIME).length == 1920


def test_conversion_is_exact_up_and_back_again() -> None:
    for ticks in range(200):
        for factor in (1, 2, 5, 40):
            up = convert_ticks(ticks, 12, 12 * factor)
            assert up == ticks * factor
            assert convert_ticks(up, 12 * factor, 12) == ticks


def test_conversion_rounds_to_the_nearest_tick_and_halves_up() -> None:
    assert [convert_ticks(t, 4, 2) for t in range(6)] == [0, 1, 1, 2, 2, 3]
    for source, target in [(480, 12), (220, 12), (96, 480), (1024, 24), (7, 3)]:
        for ticks in range(300):
            exact = Fraction(ticks * target, source)
            assert abs(convert_ticks(ticks, source, target) - exact) <= Fraction(1, 2)
