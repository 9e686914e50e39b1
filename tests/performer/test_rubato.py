"""The clock that bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.manners import Manner, manner_of
from symgen.performer.phrases import Phrase
from symgen.performer.rubato import final_tempo, phrase_tempo, tempo_curve

QUARTERS = Score((Part(tuple(Note(480 * n, 60, 480) for n in range(128))),))
PIANO, ROCK = manner_of(QUARTERS, "piano"), manner_of(QUARTERS, "rock")


def curve(score: Score, manner: Manner, seed: int = 0) -> np.ndarray:
    return tempo_curve(score, manner, np.random.default_rng(seed))


def beats(score: Score, manner: Manner) -> np.ndarray:
    """Return how many seconds each stretch between knots lasts, as a share of what is written."""
    found = curve(score, manner)
    written = np.diff([score.seconds(int(tick)) for tick in found[:, 0]])
    return np.asarray(1 + np.diff(found[:, 1]) / written)


def test_the_final_ritardando_is_that_of_runners() -> None:
    found = final_tempo(np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), 0.5)
    assert found == pytest.approx([1, 1, ((1 + 0.125) / 2) ** (1 / 3), 0.5, 0.5])


def test_the_square_of_the_tempo_goes_in_straight_lines_through_a_phrase() -> None:
    phrase = (Phrase(0, 1000, 1.0, "full", closes=False),)
    found = phrase_tempo(phrase, np.array([0.0, 250, 500, 750, 999.999]), 0.25)
    opening, closing = 1 / 1.1, 1 / 1.25
    assert found[[0, 2, 4]] == pytest.approx([opening, 1, closing], abs=1e-5)
    assert found[1] ** 2 == pytest.approx((opening**2 + 1) / 2)
    assert found[3] ** 2 == pytest.approx((closing**2 + 1) / 2)


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ((0.0, "full"), (1.0, "full")),
        ((0.5, "open"), (0.5, "half")),
        ((0.5, "half"), (0.5, "full")),
    ],
)
def test_pauses_and_cadences_say_how_far_a_phrase_slows_down(
    weak: tuple[float, str], strong: tuple[float, str]
) -> None:
    ends = np.array([999.0, 1999.0])
    for first, second, sign in ((weak, strong, 1), (strong, weak, -1)):
        phrases = (Phrase(0, 1000, *first, closes=False), Phrase(1000, 2000, *second, closes=False))
        before, after = phrase_tempo(phrases, ends, 0.2)
        assert (before - after) * sign > 0


def test_sections_slow_down_more_than_phrases_inside_of_them() -> None:
    inside, closing = phrase_tempo(
        (
            Phrase(0, 1000, 1.0, "full", closes=False),
            Phrase(1000, 2000, 1.0, "full", closes=True),
        ),
        np.array([999.0, 1999.0]),
        0.2,
    )
    assert closing < inside


def test_the_clock_begins_and_ends_in_time_and_its_ticks_rise() -> None:
    for manner in (PIANO, ROCK):
        found = curve(QUARTERS, manner)
        assert found[[0, -1]].tolist() == [[0, 0], [QUARTERS.length, 0]]
        assert (np.diff(found[:, 0]) > 0).all()
        assert beats(QUARTERS, manner).min() > 0.5
    assert curve(QUARTERS, PIANO, 1)[:, 1].tolist() != curve(QUARTERS, PIANO, 2)[:, 1].tolist()
    assert np.array_equal(curve(QUARTERS, PIANO, 1), curve(QUARTERS, PIANO, 1))


def test_the_end_slows_down_unless_it_is_written_slower() -> None:
    still = replace(PIANO, rubato=0.0, noise=0.0)
    found = beats(QUARTERS, still)
    # Two bars before the last onset.
    assert np.ptp(found[:-9]) < 1e-9
    assert (np.diff(found[-9:]) > -1e-9).all()
    assert found[-1] / found[0] == pytest.approx(1 / PIANO.ritardando, abs=0.02)
    slower = replace(QUARTERS, tempos=(TempoChange(0), TempoChange(480 * 124, 700_000)))
    assert np.ptp(beats(slower, still)) < 1e-9


def test_a_short_piece_gives_back_little() -> None:
    short = QUARTERS.slice_bars(1, 4)
    found = beats(short, replace(PIANO, rubato=0.0, noise=0.0))
    assert found[0] >= 1 / 1.06 - 1e-9
    assert found[-1] > 1.1


def test_a_band_strays_by_milliseconds_around_the_beat() -> None:
    behind = np.concatenate([curve(QUARTERS, ROCK, seed)[1:-1, 1] for seed in range(40)])
    assert behind.std() == pytest.approx(ROCK.noise / 1000, rel=0.2)
    assert np.abs(behind).max() < 0.02


def test_nothing_to_bend() -> None:
    assert curve(Score(), PIANO).shape == (0, 2)
    one = Score((Part((Note(0, 60, 1),)),))
    assert not curve(one, PIANO)[:, 1].any()
    drums = Score((Part((Note(0, 36, 100),), is_drum=True),), length=5000)
    assert curve(drums, ROCK)[-1].tolist() == [5000, 0]
