"""How onsets lie on a pulse: small patterns whose places are known."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.beats.lattice import fit_lattice, late_by, period_evidence, share_on_grid
from symgen.music.score import Note, Part, Score

EIGHTHS = np.arange(80) / 2
ANYWHERE = np.random.default_rng(1).uniform(0, 40, 80)


def test_exact_eighths_fit() -> None:
    fit = fit_lattice(EIGHTHS, 0.5, latest=0.03)
    assert fit.total > 2 * len(EIGHTHS)
    assert (fit.shift, fit.spread) == (0.0, 0.004)


def test_onsets_anywhere_do_not() -> None:
    assert fit_lattice(ANYWHERE, 0.5).total < 0.1 * len(ANYWHERE)


def test_late_onsets_fit_if_they_may_be_late() -> None:
    late = fit_lattice(EIGHTHS + 0.04, 0.5, latest=0.03)
    assert late.shift == pytest.approx(0.02)
    assert late.total > fit_lattice(EIGHTHS + 0.04, 0.5).total + 50


def test_swing_fits() -> None:
    swung = np.sort(np.concatenate([np.arange(40), np.arange(40) + 0.6]))
    assert fit_lattice(swung, 0.5).total > 1.5 * len(swung)


def test_the_spread_is_found() -> None:
    played = EIGHTHS + np.random.default_rng(2).normal(0, 0.018 / 0.5, len(EIGHTHS))
    assert fit_lattice(played, 0.5).spread in (0.012, 0.018, 0.026)


@pytest.mark.parametrize(
    "onsets", [EIGHTHS, EIGHTHS + 0.123, np.arange(80) / 5, np.arange(80) * 3 / 7]
)
def test_a_period_shows_wherever_its_beats_stand(onsets: np.ndarray) -> None:
    assert period_evidence(onsets) > 0.7


def test_no_period() -> None:
    assert period_evidence(ANYWHERE) < 0.1
    assert period_evidence(EIGHTHS * 1.618) < 0.1


def test_coarse_periods() -> None:
    """Fifths of a quarter are no fourths."""
    assert period_evidence(np.arange(80) / 5, finest=4) < 0.1


def test_late_by() -> None:
    assert late_by(EIGHTHS + 0.1) == pytest.approx(0.1)
    assert late_by(np.arange(90) / 3 - 0.05) == pytest.approx(-0.05)
    assert late_by(ANYWHERE) == 0.0


def test_share_on_grid() -> None:
    notes = tuple(Note(tick, 60, 10) for tick in (0, 10, 13, 40, 45, 46, 480))
    assert share_on_grid(Score((Part(notes),), 480)) == pytest.approx(4 / 7)
    assert share_on_grid(Score()) == 1.0
