"""Whatever the score: all that is drawn lies in the picture, and no note is lost."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.plots.drawing import Boxes, Lines, Words
from symgen.plots.grid import RollStyle
from symgen.plots.rolls import draw_roll, roll_steps

NOTES = st.builds(
    Note,
    st.integers(0, 40_000),
    st.integers(0, 127),
    st.integers(1, 9_000),
    st.integers(1, 127),
)
PARTS = st.builds(
    Part,
    st.lists(NOTES, max_size=12),
    st.integers(0, 127),
    st.booleans(),
    st.text(max_size=12),
)
METERS = st.lists(
    st.builds(
        MeterChange,
        st.integers(0, 30_000),
        st.builds(Meter, st.integers(1, 13), st.sampled_from([1, 2, 4, 8, 32])),
    ),
    max_size=3,
)
SCORES = st.builds(
    Score, st.lists(PARTS, min_size=1, max_size=15), st.sampled_from([24, 480]), meters=METERS
).filter(lambda score: score.note_count)
STYLES = st.sampled_from([RollStyle(), RollStyle(row_quarters=16, quarter=22)])


@given(SCORES, STYLES, st.none() | st.integers(0, 40_000))
def test_all_lies_in_the_picture_and_no_note_is_lost(score, style, prompt_end):
    drawing = draw_roll(score, prompt_end, style=style)
    notes = 0
    for mark in drawing.marks:
        if isinstance(mark, Boxes):
            left, top, wide, high = mark.rows.T
            assert np.isfinite(mark.rows).all()
            assert (wide > 0).all()
            assert (high > 0).all()
            assert (left >= 0).all()
            assert (left + wide <= drawing.width + 1e-6).all()
            assert (top >= 0).all()
            assert (top + high <= drawing.height + 1e-6).all()
            notes += len(mark.rows) if mark.label else 0
        elif isinstance(mark, Lines):
            assert np.isfinite(mark.rows).all()
            assert mark.rows.min() >= 0
            assert mark.rows.max() <= max(drawing.width, drawing.height) + 1e-6
        else:
            assert isinstance(mark, Words)
            assert math.isfinite(mark.x)
            assert 0 <= mark.y <= drawing.height
    assert notes >= score.note_count


@given(SCORES, STYLES)
def test_steps_never_go_back(score, style):
    steps = roll_steps(score, style)
    assert [step.seconds for step in steps] == sorted(step.seconds for step in steps)
    rows = {step.top for step in steps}
    for top in rows:
        places = [step.x for step in steps if step.top == top]
        assert places == sorted(places)


@given(SCORES)
def test_parts_never_cover_each_other(score):
    """Boxes of different parts at one pitch lie apart, side by side or one above the other."""
    parts = {}
    for mark in draw_roll(score).marks:
        if isinstance(mark, Boxes) and mark.label and mark.fill != "line":
            parts.setdefault((mark.fill, mark.edge), []).append(mark.rows)
    boxes = [(key, row) for key, found in parts.items() for rows in found for row in rows]
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            if one != other and abs(a[1] + a[3] / 2 - (b[1] + b[3] / 2)) < 1e-6:
                assert a[0] + a[2] <= b[0] + 1.0 + 1e-6 or b[0] + b[2] <= a[0] + 1.0 + 1e-6
