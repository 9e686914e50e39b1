"""What bars of drums are, and what is seen of them."""

from __future__ import annotations

import numpy as np
from drums_by_hand import groove

from symgen.drummer.grooves import BREAK, FILL, GROOVE, bar_events, kept_share
from symgen.drummer.loudness import remembered_levels
from symgen.drummer.tables import (
    COLUMNS,
    INPUT_ROWS,
    USUAL,
    first_row,
    groove_rows,
    memory_columns,
    usual_classes,
)
from symgen.music.drum_kit import DRUMS, KEYS, OTHER_KEYS, drum_of_keys


def test_each_drum_has_its_own_keys() -> None:
    table = drum_of_keys()
    assert table[list(KEYS)].tolist() == list(range(len(DRUMS)))
    assert all(table[key] == drum for drum, key in OTHER_KEYS.items())
    assert table[60] == -1


def test_fills_and_breaks_are_told_from_the_groove_around_them() -> None:
    bar = groove().laid()[0]
    bars = np.repeat(bar[None], 8, axis=0)
    fill = bar.copy()
    fill[24:] = 0
    fill[24:48:3, 1] = 6
    fill[36:48:3, 4] = 7
    bars[3] = fill
    bars[7, 3:] = 0
    assert bar_events(bars).tolist() == [GROOVE] * 3 + [FILL] + [GROOVE] * 3 + [BREAK]
    # Of few bars none is told.
    assert bar_events(bars[2:5]).tolist() == [GROOVE] * 3


def test_kept_is_the_share_of_hits_that_come_again() -> None:
    one, two = groove().laid()
    assert kept_share(one, one) == 1
    assert kept_share(one, two) == 1
    # The second bar has three more hits, of fifteen.
    assert kept_share(two, one) == 12 / 15


def test_loudness_is_recalled_at_its_place_and_on_average() -> None:
    laid = np.zeros((3, 48, len(DRUMS)), dtype=np.int64)
    laid[0, 0, 0], laid[0, 24, 0], laid[1, 0, 0] = 8, 2, 4
    found = remembered_levels(laid)
    assert not found[0].any()
    # One bar ago, two, four, eight; then there and anywhere, on average.
    assert found[1, 0, 0].tolist() == [8, 0, 0, 0, 8, 5]
    # There (.85 * 8 + 4) / 1.85 = 5.8; anywhere (.85 * 10 + 4) / 2.7 = 4.6.
    assert found[2, 0, 0].tolist() == [4, 8, 0, 0, 6, 5]
    assert found[2, 24, 0].tolist() == [0, 2, 0, 0, 2, 5]
    assert not found[2, :, 1].any()


def test_the_rows_of_a_slot_say_what_stood_there() -> None:
    played = groove()
    rows = groove_rows(played, 1)
    assert rows.shape == (32, len(COLUMNS))
    assert rows.min() >= 0
    assert rows.max() < INPUT_ROWS + 1
    first = np.array([first_row(f"memory1.{drum}") for drum in range(len(DRUMS))])
    assert (rows[:16, memory_columns(1)] == first).all()
    assert (rows[16, memory_columns(1)] - first).tolist() == [2, 1, 2, 1, 1, 1, 1, 1, 1]


def test_usual_is_how_often_a_drum_was_struck_there() -> None:
    laid = np.zeros((4, 48, len(DRUMS)), dtype=np.int64)
    laid[:, 0, 0] = 5
    laid[1, 12, 1] = 5
    found = usual_classes(laid)
    assert (found[0] == 0).all()
    assert found[1:, 0, 0].tolist() == [USUAL] * 3
    assert found[1:, 12, 1].tolist() == [1, 4, 3]
