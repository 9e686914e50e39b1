"""New notes as one instrument can play them, and the tempo that holds longest."""

from __future__ import annotations

import pytest

from symgen.music.score import Note, Score, TempoChange
from symgen.music.tempo import usual_tempo
from symgen.sampling.expression import playable


@pytest.mark.parametrize(
    ("fresh", "held", "expected"),
    [
        ([(0, 10), (10, 20)], [], [(0, 10), (10, 20)]),
        ([(0, 10), (5, 20)], [], [(0, 5), (5, 20)]),
        ([(0, 10), (0, 30)], [], [(0, 30)]),
        ([(5, 20)], [(0, 10)], []),
        ([(10, 20)], [(0, 10)], [(10, 20)]),
        ([(0, 20)], [(0, 10)], []),
        ([(0, 20)], [(10, 30)], [(0, 10)]),
        ([(0, 40), (20, 30)], [(10, 12)], [(0, 10), (20, 30)]),
    ],
)
def test_no_key_is_struck_while_it_is_down(
    fresh: list[tuple[int, int]], held: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    def notes(spans: list[tuple[int, int]], pitch: int = 60) -> list[Note]:
        return [Note(start, pitch, end - start) for start, end in spans]

    assert playable(notes(fresh), notes(held)) == notes(expected)
    assert playable(notes(fresh), notes(held, pitch=61)) == playable(notes(fresh), [])


@pytest.mark.parametrize(
    ("tempos", "expected"),
    [
        ([(0, 500_000)], 500_000),
        ([(0, 500_000), (600, 700_000), (800, 900_000)], 500_000),  # a ritardando
        ([(0, 500_000), (500, 600_000)], 600_000),  # of two as long the later one
        ([(0, 900_000), (100, 500_000)], 500_000),
        # each beat a tempo of its own, about 120; 900,000 holds longest of all, but is one alone
        (
            [
                (0, 495_000),
                (150, 500_000),
                (300, 505_000),
                (450, 498_000),
                (600, 900_000),
                (820, 502_000),
            ],
            502_000,
        ),
        ([(0, 500_000), (2000, 900_000)], 500_000),  # behind the end
    ],
)
def test_the_usual_tempo(tempos: list[tuple[int, int]], expected: int) -> None:
    score = Score(resolution=96, tempos=tuple(TempoChange(*change) for change in tempos))
    assert usual_tempo(score, 1000) == TempoChange(1000, expected)
