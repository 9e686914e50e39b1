"""Drums that keep their groove, worked out by hand."""

from __future__ import annotations

from symgen.music.score import Note, Part, Score
from symgen.sampling.steady_drums import steadied

BAR, HAT, KICK = 1920, 42, 36
BARS = Score((Part(),), 480, length=4 * BAR).bars


def groove(bar: int, *, without: int = 0, pitch: int = HAT) -> list[Note]:
    """Eight hats and two kicks, some of the last hats left out."""
    hats = [Note(bar * BAR + 240 * i, pitch, 60, 80) for i in range(8 - without)]
    return sorted([*hats, *(Note(bar * BAR + 960 * i, KICK, 60, 110) for i in range(2))])


def test_a_bar_that_is_nearly_one_of_before_is_that_one() -> None:
    # Nine of ten strokes are the same, then seven of ten.
    fresh = [*groove(1, without=1), *groove(2, without=3)]
    found = steadied(groove(0), fresh, BARS, 480)
    assert found == [*groove(1), *groove(2, without=3)]


def test_another_bar_stays_and_may_come_back() -> None:
    other = groove(1, pitch=49)
    fresh = [*other, *groove(2, pitch=49, without=1), *groove(3)]
    assert steadied(groove(0), fresh, BARS, 480) == [*other, *groove(2, pitch=49), *groove(3)]


def test_strokes_of_a_bar_that_has_begun_stay() -> None:
    begun, rest = groove(0)[:5], groove(0, without=1)[5:]
    assert steadied(begun, rest, BARS, 480) == rest
    assert steadied([], [], BARS, 480) == []


def test_a_stroke_a_hair_before_the_line_is_of_the_bar_behind_it() -> None:
    early = [Note(BAR - 5, KICK, 60, 110), *groove(1, without=1)[1:]]
    assert steadied(groove(0), early, BARS, 480) == groove(1)
