"""Notes end where their sound breaks off, not where a room or a string dies away."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.audio.reading import RATE
from symgen.transcriber.notes import settle_ends


def sound(levels: list[tuple[float, float]]) -> np.ndarray:
    """A tone whose decibels go along corner points ``(seconds, decibels)``."""
    times = np.arange(round(levels[-1][0] * RATE)) / RATE
    decibels = np.interp(times, *np.array(levels).T)
    return (10 ** (decibels / 20) * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def end_of(levels: list[tuple[float, float]], start: float, end: float) -> float:
    return float(settle_ends(np.array([[start, end, 69.0, 1.0]]), sound(levels))[0, 1])


def test_a_release_is_no_part_of_the_note() -> None:
    levels = [(0.0, -10.0), (0.5, -10.0), (0.65, -50.0), (1.5, -60.0)]
    assert end_of(levels, 0.0, 1.0) == pytest.approx(0.53, abs=0.03)


def test_a_string_that_dies_away_sounds_on() -> None:
    assert end_of([(0.0, -10.0), (1.5, -55.0)], 0.0, 1.2) == 1.2


def test_a_player_who_grows_soft_does_not_end() -> None:
    """A fall as steep as that of a release, to a level that stays."""
    assert end_of([(0.0, -10.0), (0.5, -10.0), (0.53, -20.0), (1.5, -20.0)], 0.0, 1.2) == 1.2
    assert end_of([(0.0, -10.0), (0.5, -10.0), (0.53, -30.0), (1.5, -30.0)], 0.0, 1.2) < 0.6


def test_a_dip_is_no_end() -> None:
    levels = [(0.0, -10.0), (0.5, -10.0), (0.53, -40.0), (0.58, -40.0), (0.6, -10.0), (1.5, -10.0)]
    assert end_of(levels, 0.0, 1.3) == 1.3


def test_ends_never_come_later_and_short_notes_stay() -> None:
    levels = [(0.0, -10.0), (0.5, -10.0), (0.65, -50.0), (1.5, -60.0)]
    assert end_of(levels, 0.0, 0.3) == 0.3
    assert end_of(levels, 0.49, 0.54) == 0.54
    assert settle_ends(np.zeros((0, 4)), np.zeros(0, dtype=np.float32)).shape == (0, 4)


def test_rows_are_not_changed_in_place() -> None:
    rows = np.array([[0.0, 1.0, 69.0, 1.0]])
    settled = settle_ends(rows, sound([(0.0, -10.0), (0.5, -10.0), (0.65, -50.0), (1.5, -60.0)]))
    assert rows[0, 1] == 1.0 > settled[0, 1]
