"""What leads pieces by the figures of a model's card: returns of bars, steps of lines, closes."""

from __future__ import annotations

import numpy as np
from small import plain_header, tune

from symgen.music.harmony import PlacedChord
from symgen.music.theory import Key
from symgen.sampling.closing import closing_watch
from symgen.sampling.filters import Draft
from symgen.sampling.measured import measured_guides
from symgen.sampling.returning import return_guide
from symgen.sampling.stepwise import StepGuide
from symgen.tokens import Vocabulary, encode
from symgen.tokens.prefix import Prefix

V = Vocabulary(12, moves=True)
CHORDS = tuple(
    PlacedChord(at, root) for at, root in ((0, 0), (24, 5), (48, 2), (72, 7), (96, 0), (120, 5))
)
HEADER = plain_header(3, chords=CHORDS, key=Key.parse("C major"))


def after(text: str, bars: int) -> Prefix:
    """The events of a tune up to where a bar opens."""
    events, _ = encode(tune(text), V)
    prefix = Prefix(events.header, V, voices=1)
    opened = 0
    for row in events.fields.tolist():
        opened += row[0] == V.bar
        if opened > bars or row[0] == V.end:
            break
        prefix.push(row)
    return prefix


def test_bars_take_up_those_that_had_their_chords() -> None:
    """C F, D G, C F: the third bar may be the first one again, and is the second one moved."""
    guide = return_guide({"returns": 1.5}, HEADER, V)
    assert guide is not None
    bias = guide.bias("form", after("C4:4|D4:4|E4:4", 2), Draft())
    assert bias is not None
    by_lag = {lag: [bias[form] for form in V.forms_of(i)] for i, lag in enumerate(V.lags)}
    assert by_lag[2] == [1.5, 1.5, 0.0]
    assert by_lag[1] == [0.0, 0.0, 1.5]
    assert by_lag[3] == [0.0, 0.0, 0.0]
    assert bias[0] == 0
    assert guide.bias("pitch", after("C4:4|D4:4|E4:4", 2), Draft()) is None


def test_steps_are_likelier_but_not_inside_a_chord() -> None:
    guide, prefix = StepGuide(0.5), after("C4:4|D4:4|E4:4", 2)
    draft = Draft()
    draft.time, draft.part = 12, 0
    bias = guide.bias("pitch", prefix, draft)
    assert bias is not None
    assert np.flatnonzero(bias).tolist() == [60, 61, 63, 64]
    draft.time = prefix.onsets[-1] - prefix.now
    assert guide.bias("pitch", prefix, draft) is None


def test_pieces_close_as_often_as_their_style() -> None:
    info = {"closes": {"": 0.5, "chorale": 1.0}}
    found = [closing_watch(info, HEADER, seed) is not None for seed in range(400)]
    assert 150 < sum(found) < 250
    watch = closing_watch({"closes": {"": 1.0}}, HEADER, 1)
    assert watch is not None
    assert watch.accepts(after("C4:4|D4:4|C5:4", 3), 2)
    assert not watch.accepts(after("C4:4|D4:4|E4:4", 3), 2)
    assert watch.accepts(after("C4:4|D4:4|E4:4", 2), 1)  # the piece goes on


def test_without_a_plan_or_figures_nothing_leads() -> None:
    assert measured_guides({}, HEADER, V) == []
    assert measured_guides({"returns": 2.0}, plain_header(3), V) == []
    assert closing_watch({"closes": {"": 1.0}}, plain_header(3), 1) is None
    assert closing_watch({}, HEADER, 1) is None
    assert len(measured_guides({"returns": 2.0, "steps": 1.0}, HEADER, V)) == 2
