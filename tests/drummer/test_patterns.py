"""Patterns of drums as text."""

from __future__ import annotations

import numpy as np
import pytest
from drums_by_hand import BACKBEAT, SHUFFLE, groove

from symgen.drummer.grooves import LEVELS
from symgen.drummer.patterns import pattern_text, read_patterns, shipped_patterns
from symgen.drummer.styles import drum_styles, find_style, patterns_of
from symgen.system.errors import ControlError, FormatError


def test_a_pattern_is_read_slot_by_slot() -> None:
    found = groove(SHUFFLE)
    assert (found.meter, found.steps, found.bpm, found.style, found.bars) == (
        "3/4",
        36,
        160,
        "jazz",
        1,
    )
    assert found.place.tolist() == [
        beat + place for beat in (0, 12, 24) for place in (0, 2, 4, 6, 8, 10)
    ]
    assert set(found.feel.tolist()) == {1}
    laid = found.laid()[0]
    assert {(step, drum): laid[step, drum] for step, drum in zip(*np.nonzero(laid), strict=True)} == {
        (0, 0): 5, (0, 8): 6, (12, 8): 6, (20, 8): 4, (24, 8): 6, (32, 8): 4,
    }  # fmt: skip


def test_what_is_written_is_read_again() -> None:
    (pattern,) = read_patterns(BACKBEAT)
    assert pattern_text(pattern.label, pattern.groove) == BACKBEAT.strip()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rock 4/4", "begin it with a line like"),
        ("rock 4/4 100", "no drum is struck"),
        ("rock 4/4 100\ntriangle 8...", "begins with no drum"),
        ("rock 4/4 100\nsnare 8.. ....", "4 characters, or 6"),
        ("rock 4/4 100\nsnare 9...", "loudness is 1 to 8"),
        ("rock 4/4 100\nsnare 8...\nride 8... 8...", "differ in length"),
    ],
)
def test_a_wrong_pattern_is_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        list(read_patterns(text))


def test_the_patterns_that_come_along_are_two_bars_of_grooves() -> None:
    patterns = shipped_patterns()
    assert len(patterns) > 100
    for pattern in patterns:
        assert pattern.groove.bars == 2, pattern.label
        assert 0 < pattern.groove.levels.max() <= LEVELS
        assert 40 <= pattern.groove.bpm <= 300


def test_every_style_has_a_pattern_in_four() -> None:
    for name in drum_styles():
        label = find_style(name)
        assert patterns_of(label, "4/4"), name
        assert patterns_of(label, "3/4"), name
    assert patterns_of("rock", "7/8") == ()


def test_names_are_found_however_they_are_written() -> None:
    assert find_style(" Pop Ballad ") == "pop/soft"
    assert find_style("dance/disco") == "dance/disco"
    with pytest.raises(ControlError, match="style 'polka': there are drums for afrobeat"):
        find_style("polka")
