"""The table of harmony: its rows, its held-out pieces, and what its judges see."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from small import tune

from lab.benchmarks.common import Tune, show_estimate
from symgen.evaluation import judges
from symgen.evaluation.pieces import Piece
from symgen.music.harmony import PlacedChord
from symgen.music.score import Score
from symgen.music.theory import Key


@pytest.fixture
def harmony(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(judges, "_TREES", 20)
    found = import_module("lab.benchmarks.harmony")
    monkeypatch.setattr(found, "RESAMPLES", 20)
    return found


def cadence(*basses: str) -> Score:
    """A triad above each bass, two beats each."""
    chords = {"C": "C4 E4 G4", "F": "C4 F4 A4", "G": "B3 D4 G4"}
    voices = [[f"{bass}3:2" for bass in basses]]
    voices += [[f"{chords[bass].split()[i]}:2" for bass in basses] for i in range(3)]
    scores = [tune("|".join(" ".join(v[i : i + 2]) for i in range(0, len(v), 2))) for v in voices]
    return scores[0].with_parts([part for score in scores for part in score.parts])


def test_figures_are_means_with_intervals(harmony: Any) -> None:
    key = Key(0, "major")
    tunes = [
        Tune("a", cadence("C", "F", "G", "C"), key),
        Tune("b", cadence("C", "C", "F", "C"), key),
    ]
    found = harmony.figures(tunes)
    assert found["cadence_authentic"].value == 0.5
    assert found["roots_by_fourth"].value == pytest.approx((2 / 3 + 1) / 2)
    # Three chords and two, each of eight beats.
    assert found[harmony.WHOLE_PIECE].value == pytest.approx(16 * 5 / 16)
    assert found["distinct_chords"] is None
    assert show_estimate(found["cadence_authentic"]).startswith("0.500 [0.000, ")
    assert show_estimate(None) == ""


def test_what_judges_see_is_finite_also_of_one_voice(harmony: Any) -> None:
    for score in (cadence("C", "F", "G", "C"), tune("C4 D4 E4 C4")):
        piece = Piece("", score)
        sizes = [len(describe(piece)) for describe in (harmony.harmony_of, harmony.lines_of)]
        assert sizes == [6 + 12 + 4, len(harmony.LINES)]
        assert np.isfinite(harmony.harmony_and_close_of(piece)).all()


def test_chords_are_told_apart_and_equal_sets_are_not(harmony: Any) -> None:
    def pieces(pattern: str, last: str) -> list[Piece]:
        return [
            Piece(f"{i}", cadence(*(pattern * (2 + i))[:-1], last), f"work {i}") for i in range(12)
        ]

    real, drawn = pieces("CFGC", "C"), pieces("CGFG", "G")
    found = {label: area.value for label, area, _ in harmony.areas(real, drawn)}
    assert found["AUC, harmony, roots and close, forest"] == 1
    assert {label.split(", ")[-1] for label in found} == {"logistic", "forest"}


def test_a_plan_is_kept_where_root_and_kind_are_its_own(harmony: Any) -> None:
    score = cadence("C", "F", "G", "C")  # eight beats
    steps = 12
    plan = [
        PlacedChord(0, 0),
        PlacedChord(2 * steps, 5, "m"),
        PlacedChord(4 * steps, 9),
        PlacedChord(6 * steps, -1),
    ]
    root, kind = harmony.kept_plan(score, plan)
    # Beats without a chord in the plan do not count: of six, four have the root and two its kind.
    assert (root, kind) == (pytest.approx(4 / 6), pytest.approx(2 / 6))
    assert harmony.kept_plan(score, []) == (0.0, 0.0)
