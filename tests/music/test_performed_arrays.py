"""Parts that are written down at once, as note by note."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import performed_loops
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.music import performed
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import FormatError

METERS = (
    (MeterChange(0, Meter(4, 4)),),
    (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(6, 8))),
    (MeterChange(0, Meter(3, 4)), MeterChange(2880, Meter(7, 128)), MeterChange(4000, Meter(4, 4))),
)


def _drawn(seed: int) -> Score:
    """Notes on and off the grid, chords, drums, an empty part, odd resolutions and bars."""
    draw = random.Random(seed)  # noqa: S311
    resolution = draw.choice([480, 96, 100, 1, 7, 1024])
    spread = draw.choice([0, 0, resolution // 50, resolution // 12, resolution // 3])
    parts = []
    for number in range(draw.randint(0, 3)):
        time, notes = 0, []
        for _ in range(draw.choice([0, 1, 5, 60])):
            time += draw.choice([0, 1, 1, 2, 3, 4, 8]) * max(1, resolution // draw.choice([3, 4]))
            onset = max(0, time + draw.randint(-spread, spread))
            length = max(
                1, draw.choice([1, 2, 3, 4, 12]) * resolution // 4 - draw.randint(0, spread)
            )
            notes.append(Note(onset, draw.randint(55, 60), length, draw.randint(1, 127)))
        parts.append(Part(tuple(notes), is_drum=number == 2))
    length = draw.choice([0, 3 * resolution, 200 * resolution])
    return Score(tuple(parts), resolution, meters=draw.choice(METERS), length=length)


def _tried(make: Callable[[], Score]) -> Score | None:
    """What comes of it, or nothing where steps are shorter than a tick."""
    try:
        return make()
    except FormatError:
        return None


@given(st.integers(0, 10**9))
def test_whole_parts_are_written_as_note_by_note(seed: int) -> None:
    score = _drawn(seed)
    for grid in (12, 24):
        assert performed.written_score(score, grid) == performed_loops.written_score(score, grid)
        assert performed.notated(score, grid).score == performed_loops.written_score(score, grid)
        for played in (False, True):
            fast, slow = (
                _tried(partial(way.quantized, score, grid, played=played))
                for way in (performed, performed_loops)
            )
            assert fast == slow
    assert performed.is_written(score) == performed_loops.is_written(score)


@pytest.mark.parametrize("seed", range(200))
def test_places_of_many_drawn_scores(seed: int) -> None:
    score = _drawn(seed)
    step = score.resolution / 12
    fast, slow = performed.WrittenOnsets(score, step), performed_loops.WrittenOnsets(score, step)
    assert fast.played == slow.played
    ticks = [random.Random(i).randint(0, score.length + 99) for i in range(40)]  # noqa: S311
    assert [int(fast(tick)) for tick in ticks] == list(map(slow, ticks))
    assert [int(fast.nearest(tick)) for tick in ticks] == list(map(slow.nearest, ticks))
