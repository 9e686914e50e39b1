"""The pulse of small bands and melodies that were played with and without a click."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from bands import RESOLUTION, band, drifting, moved

from symgen.beats.pulse import Pulse, find_pulse, score_on_pulse
from symgen.formats import load_tune
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, Score, TempoChange
from symgen.system.errors import ControlError

MILD = Path(__file__).parent / "data" / "prompt_mild.mid"


def pulse_of(score: Score) -> Pulse:
    found = find_pulse(score)
    assert found is not None
    return found


# -- files that are right ----------------------------------------------------------------


def swung(quarters: float) -> float:
    """Off-beat eighths at two thirds of their quarter."""
    whole, part = divmod(quarters, 1)
    return whole + (part * 4 / 3 if part < 0.5 else 2 / 3 + (part - 0.5) * 2 / 3)


@pytest.mark.parametrize("jitter", [0.0, 0.03], ids=["exact", "15 ms"])
@pytest.mark.parametrize(
    "place",
    [lambda q: q, swung, lambda q: q + 0.04, lambda q: 2 * q, lambda q: q * 2 / 3],
    ids=["straight", "swung", "20 ms late", "half the tempo", "triplets"],
)
def test_a_file_whose_beat_is_followed_is_left_alone(
    place: Callable[[float], float], jitter: float
) -> None:
    assert find_pulse(moved(band(), place, jitter)) is None


def test_tempo_changes_are_no_playing_without_a_click() -> None:
    slower = tuple(TempoChange.of_bpm(4 * RESOLUTION * bar, 120 - 8 * bar) for bar in range(8))
    score = band()
    assert find_pulse(Score(score.parts, RESOLUTION, slower)) is None


def test_quintuplets_are_on_the_grid() -> None:
    """Five to a quarter: most of them lie off twelfths."""
    assert find_pulse(moved(band(16), lambda q: q * 0.4)) is None


def test_too_little_to_tell() -> None:
    few = moved(band(1, drums=False), drifting(97, 0.0))
    assert find_pulse(few) is None
    assert find_pulse(Score()) is None


# -- files that are not ------------------------------------------------------------------


@pytest.mark.parametrize(("bpm", "drift"), [(103.0, 0.0), (87.0, 0.05), (118.0, 0.04)])
@pytest.mark.parametrize("drums", [True, False])
def test_a_band_without_a_click(bpm: float, drift: float, drums: bool) -> None:
    place = drifting(bpm, drift)
    played = moved(band(12, drums=drums), place, 0.015)
    pulse = pulse_of(played)
    assert pulse.bpm == pytest.approx(bpm, rel=0.02)
    assert pulse.meter == Meter(4, 4)
    assert (pulse.start, pulse.pickup) == (0, None)
    ticks = np.array([place(q) * RESOLUTION for q in range(48)])
    np.testing.assert_allclose(pulse.quarters(ticks), np.arange(48), atol=0.07)


def test_an_even_pulse_is_even() -> None:
    """A sequencer that counts at another tempo: the beats are those of its tempo, to the tick."""
    pulse = pulse_of(moved(band(12), lambda q: q * 1.2345))
    np.testing.assert_allclose(np.diff(pulse.grid.beats) / RESOLUTION, 1.2345, atol=0.002)


def test_a_file_of_the_right_tempo_that_counts_from_elsewhere() -> None:
    """All notes are a tenth of a quarter late: 50 ms."""
    pulse = pulse_of(moved(band(12), lambda q: q + 0.1))
    assert pulse.bpm == pytest.approx(120, abs=0.01)
    np.testing.assert_allclose(
        pulse.ticks([0, 1, 4]), np.array([0.1, 1.1, 4.1]) * RESOLUTION, atol=2
    )


def test_a_slow_drift_away_from_the_click() -> None:
    """Two quarters of a hundred are lost: each is near to the file's beat, all together are not."""
    pulse = pulse_of(moved(band(24), lambda q: q * 1.02))
    assert pulse.bpm == pytest.approx(120 / 1.02, rel=0.002)


def test_a_tempo_map_that_follows_nobody() -> None:
    """The file counts on at 120, then at 60; what is played goes on evenly at 97."""
    turn = 20 * RESOLUTION

    def place(quarters: float) -> float:
        seconds = quarters * 60 / 97
        return seconds * 2 if seconds < 10 else 20 + (seconds - 10)

    played = moved(band(12), place)
    pulse = pulse_of(
        Score(played.parts, RESOLUTION, (TempoChange(0), TempoChange.of_bpm(turn, 60)))
    )
    assert pulse.bpm == pytest.approx(97, rel=0.01)
    np.testing.assert_allclose(
        pulse.quarters([place(q) * RESOLUTION for q in (0, 8, 30, 40)]), [0, 8, 30, 40], atol=0.05
    )


def test_a_melody_that_was_given() -> None:
    pulse = pulse_of(load_tune(MILD).score)
    assert pulse.bpm == pytest.approx(78, rel=0.02)
    assert (pulse.meter, pulse.file_bpm) == (Meter(4, 4), 120)
    assert pulse.grid.confidence > 0.8


# -- what is made of it ------------------------------------------------------------------


def test_ticks_and_quarters_are_inverse_beyond_the_beats_too() -> None:
    pulse = pulse_of(moved(band(12), drifting(91, 0.05), 0.01))
    quarters = np.linspace(-3, 80, 100)
    np.testing.assert_allclose(pulse.quarters(pulse.ticks(quarters)), quarters, atol=1e-9)


def test_the_last_tempo_goes_on() -> None:
    """It is slower at the end: new beats are as long as the last ones, not as the mean."""

    def place(quarters: float) -> float:
        return 1.3 * quarters + 0.004 * quarters**2

    pulse = pulse_of(moved(band(16), place))
    last, behind = pulse.ticks([70, 71]) / RESOLUTION
    assert behind - last == pytest.approx(1.3 + 0.008 * 60, abs=0.04)


def test_a_score_on_its_pulse() -> None:
    place = drifting(87, 0.05)
    score = band(12)
    keys = (KeyChange(0, 0), KeyChange(round(place(16) * RESOLUTION), -1))
    played = Score(moved(score, place, 0.01).parts, RESOLUTION, keys=keys)
    laid = score_on_pulse(played, pulse_of(played))
    assert laid.resolution == RESOLUTION
    assert (len(laid.bars), [str(bar.meter) for bar in laid.bars][:1]) == (12, ["4/4"])
    assert laid.tempos[0].bpm == pytest.approx(87, rel=0.02)
    assert [part.program for part in laid.parts] == [part.program for part in score.parts]
    assert [len(part.notes) for part in laid.parts] == [len(part.notes) for part in score.parts]
    assert laid.keys == (KeyChange(0, 0), KeyChange(16 * RESOLUTION, -1))
    for here, there in zip(laid.parts, score.parts, strict=True):
        off = [a.onset - b.onset for a, b in zip(here.notes[-8:], there.notes[-8:], strict=True)]
        assert max(map(abs, off)) < 0.1 * RESOLUTION


def test_bars_of_the_given_melody() -> None:
    score = load_tune(MILD).score
    assert len(score_on_pulse(score, pulse_of(score)).bars) == 12


def test_a_pickup() -> None:
    """The tune begins with a quarter before the first bar line."""
    score = band(12)
    late = [
        part.with_notes(n for n in part.notes if n.onset >= 3 * RESOLUTION) for part in score.parts
    ]
    played = moved(Score(tuple(late), RESOLUTION), lambda q: (q - 2.5) * 1.17)
    pulse = pulse_of(played)
    assert pulse.start == Fraction(-1)
    laid = score_on_pulse(played, pulse)
    assert laid.has_pickup
    assert (laid.bars[0].length, len(laid.bars)) == (RESOLUTION, 12)


# -- what is told ------------------------------------------------------------------------


def test_a_tempo_that_is_told() -> None:
    played = moved(band(12), drifting(87, 0.03), 0.01)
    pulse = find_pulse(played, tempo=174)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(174, rel=0.03)


def test_a_meter_that_is_told() -> None:
    pulse = find_pulse(moved(band(12), drifting(87, 0.03)), meter=Meter(3, 4))
    assert pulse is not None
    assert pulse.meter == Meter(3, 4)


def test_always() -> None:
    pulse = find_pulse(band(), always=True)
    assert pulse is not None
    assert pulse.bpm == pytest.approx(120, rel=0.01)


def test_tempos_out_of_range_are_refused() -> None:
    with pytest.raises(ControlError, match=r"must be 20\.\.400"):
        find_pulse(band(), tempo=1000)
