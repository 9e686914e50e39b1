"""The table of single takes beside those kept out of several."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from small import tune

from lab.benchmarks.tune_metrics import mean_metrics
from symgen.evaluation import judges
from symgen.music.score import Score
from symgen.music.theory import Key

BARS = ("C4 D4 E4 F4", "G4 E4 C4 E4", "F4 A4 G4 F4", "E4 C4 D4 B3", "C4:2 G4:2")
KEY = Key(0, "major")


@pytest.fixture
def ranking(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(judges, "_TREES", 20)
    return import_module("lab.benchmarks.ranking")


def melody(number: int, bars: int = 6) -> Score:
    return tune("|".join(BARS[(number // 5**i + i) % 5] for i in range(bars)))


def over(upper: Score, lower: str) -> Score:
    return upper.with_parts([*upper.parts, *tune("|".join([lower] * len(upper.bars))).parts])


def groups(ranking: Any, count: int, *, voices: bool) -> list[Any]:
    """Takes that lie a fifth above the real tunes, or whose bass does."""
    found = []
    for number in range(count):
        upper = melody(7 * number)
        real, take = (
            (over(upper, "C3:4"), over(upper, "G3:4")) if voices else (upper, upper.transposed(7))
        )
        found.append(
            ranking.Group(
                ranking.Tune(f"{number}", real, KEY),
                f"group {number}",
                (take, take),
                (0.0, 1.0),
                0.0,
                number,
            )
        )
    return found


def test_means_and_floors_of_a_melody(ranking: Any) -> None:
    mine = groups(ranking, 8, voices=False)
    rows = ranking.table(mine, (1, 2), "melody")
    assert [row[0] for row in rows] == [
        *ranking.MEAN_NAMES.values(),
        *ranking.KL_NAMES.values(),
    ]  # too few to judge
    expected = mean_metrics([group.real.score for group in mine], [KEY] * 8)
    assert [row[1] for row in rows][: len(ranking.MEAN_NAMES)] == [
        expected[name] for name in ranking.MEAN_NAMES
    ]
    assert all(len(row) == 4 for row in rows)


def test_rows_of_several_voices_say_which_are_meant(ranking: Any) -> None:
    above = melody(3, bars=4)
    pieces = [
        ranking.Tune("a", over(tune("C4:4|C4:4|C4:4|D4:4"), "C3 D3 C3 E3"), KEY),
        ranking.Tune("b", above, KEY),
    ]
    found = ranking.means(pieces[:1], "voices")
    assert (found["repeated_bars"], found["top_repeated_bars"]) == (2 / 4, 2 / 4)
    lower = tune("C3:4|D3:4|E3:4|F3:4").parts
    apart = ranking.Tune("c", pieces[0].score.with_parts([pieces[0].score.parts[0], *lower]), KEY)
    found = ranking.means([apart], "voices")
    assert (found["repeated_bars"], found["top_repeated_bars"]) == (0, 2 / 4)
    assert found["top_similarity_1"] == 2 / 3
    assert found["top_similarity_8"] == 0
    names = ranking.row_names("voices")
    assert names["repeated_bars"] == "all voices: bars that repeat an earlier bar"
    assert names["top_repeated_bars"] == "top line: bars that repeat an earlier bar"
    assert names["similarity_2"] == "all voices: self-similarity at lag 2"
    assert set(names) <= set(found) | set(ranking.KL_NAMES)
    # of a melody both are the same
    found = ranking.means(pieces[1:], "voices")
    assert all(found[f"top_{name}"] == found[name] for name in ranking.TOP_LINE)


def test_areas_stand_beside_their_floors(ranking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    monkeypatch.setattr(
        ranking, "AUC_NAMES", {name: ranking.AUC_NAMES[name] for name in judges.FEATURE_JUDGES}
    )
    mine = groups(ranking, 30, voices=True)
    rows = ranking.table(mine, (1,), "voices")
    assert rows == ranking.table(mine, (1,), "voices")
    for label, floor, area in rows[-2:]:
        assert "AUC real or not" in label
        assert 0.2 < floor < 0.8
        assert area > 0.95
