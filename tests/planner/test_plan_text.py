"""Plans as charts, and back."""

from __future__ import annotations

import pytest

from symgen.music.charts import ChordChart
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord
from symgen.music.laid_charts import chart_chords
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.planner import PlanRequest, load_planner
from symgen.planner.text import plan_text
from symgen.tokens.events import BarRun
from symgen.tokens.plans import bars_of


def test_a_plan_is_a_chart() -> None:
    bars = bars_of((BarRun(4, Meter(4, 4), 48),), False)
    plan = (
        PlacedChord(0, 0),
        PlacedChord(48, 7, "", 11),
        PlacedChord(96, 9, "m7"),
        PlacedChord(120, 5),
        PlacedChord(144, 10),
        PlacedChord(180, NO_CHORD_ROOT),
    )
    assert plan_text(plan, bars, 12) == "| C | G/B | Am7 F | Bb / / N.C. |"
    assert plan_text(plan[2:3], bars[:3], 12) == "| N.C. | N.C. | Am7 |"


@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8", "2/2", "5/4", "12/8", "3/8"])
def test_what_is_written_is_read_as_the_same_plan(meter: str) -> None:
    planner, time = load_planner(), Meter.parse(meter)
    runs = (BarRun(12, time, time.bar_ticks(12)),)
    bars, key = bars_of(runs, False), Key.parse("Eb")
    for seed in range(3):
        plan = planner.draw(PlanRequest(runs, key=key, style="hymn"), seed=seed)
        text = plan_text(plan, bars, 12, key)
        assert chart_chords(ChordChart.parse(text), bars, 12) == plan
