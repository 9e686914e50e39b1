"""What the verbs decide before and after anything is drawn, on tunes written down by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from decision_tools import events_of, part
from small import V, tune

from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.sampling.forcing import FixedNotes
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Events
from symgen.tokens.events import event_notes
from symgen.tokens.vocabulary import FORM, PART, TIME
from symgen.writing import harmonizing, infilling, tunes, varying

MODEL: Any = SimpleNamespace(
    vocabulary=V, info={}, styles=(), monophonic_parts=False, draws_no_velocity=False, voices=2
)


MELODY: Any = SimpleNamespace(vocabulary=V, info={"monophonic": True})


def with_forms(events: Events, *forms: int) -> Events:
    fields = events.fields.copy()
    fields[fields[:, TIME] == V.bar, FORM] = forms
    return Events(fields, events.header)


# -- tunes that are worked on ------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "lanes", "rest"),
    [
        (None, (0, 1, 2), ("parts 2 (Bass) and 4 (Drums) stay as they are",)),
        (1, (0, 1), ("parts 2 (Bass), 3 and 4 (Drums) stay as they are",)),
    ],
)
def test_lanes_that_are_worked_on(
    chosen: int | None, lanes: tuple[int, ...], rest: tuple[str, ...]
) -> None:
    note = (0, 60, 12)
    parts = (part(note), part(note, name="Bass"), part(note), part(note, name="Drums"))
    score = Score((*parts, Part()), 12)
    prompt: Any = SimpleNamespace(lanes=(0, 0, 2), part=0, score=score, silent=frozenset())
    assert tunes.worked_on(prompt, chosen) == lanes
    assert tunes.named_rest(prompt, lanes) == rest
    alone: Any = SimpleNamespace(lanes=(0,), score=Score(parts[:2], 12))
    assert tunes.named_rest(alone, (0,)) == ("part 2 (Bass) stays as it is",)
    alone = SimpleNamespace(lanes=(0,), score=Score(parts[:1], 12))
    assert tunes.named_rest(alone, (0,)) == ()


@pytest.mark.parametrize(
    ("span", "free", "events"),
    [((0, 1), 0.0, 3), ((1, 3), 0.0, 7), ((3, 4), 0.0, 3), ((0, 2), 0.9, 7), ((0, 2), 1.0, 8)],
)
def test_takes_are_as_many_as_there_are_events(
    span: tuple[int, int], free: float, events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars of 2, 3, 2 and 1 notes, each with its line; the end counts to the last."""
    asked: list[int] = []
    monkeypatch.setattr(tunes, "usual_particles", lambda count: asked.append(count) or 5)
    onsets = (0, 12, 48, 60, 72, 96, 108, 144)
    piece = events_of(part(*((onset, 60, 12) for onset in onsets)))
    look = tunes.side_by_side(None, piece, span, MODEL, free=free)
    assert (look.particles, look.span) == (5, span)
    assert asked == [events]
    assert tunes.side_by_side(9, piece, span, MODEL, free=free).particles == 9
    assert len(asked) == 1


def test_the_nearest_place_is_found() -> None:
    places = [(0, 1), (10, 2), (20, 3)]
    found = [tunes._nearest(places, step)[1] for step in (-3.0, 4.9, 5.1, 10.0, 15.1, 99.0)]
    assert found == [1, 1, 2, 2, 3, 3]


def test_new_notes_return_in_the_bars_that_have_them_too() -> None:
    starts, sources = np.array([0, 48, 96, 144]), np.array([0, 0, 2])
    notes = [Note(47, 60, 1), Note(96, 62, 1)]
    assert tunes._returning(notes, starts, sources) == [Note(95, 60, 1)]
    assert tunes._returning([Note(48, 60, 1)], starts, sources) == []


def test_steps_become_ticks_and_no_note_is_lost() -> None:
    score = Score((part((0, 60, 480)),), 480)
    made = tunes.on_ticks([Note(3, 60, 6, 70)], score, 0, MODEL)
    assert made == [Note(120, 60, 240, 70)]
    coarse = replace(score, resolution=2)
    assert tunes.on_ticks([Note(6, 60, 1, 70)], coarse, 0, MODEL) == [Note(1, 60, 1, 70)]
    silent: Any = SimpleNamespace(vocabulary=V, draws_no_velocity=True)
    loud = Score((Part((Note(0, 60, 480, 99), Note(240, 60, 240, 33))),), 480)
    found = tunes.on_ticks([Note(0, 60, 6, 70), Note(6, 60, 6, 70)], loud, 0, silent)
    assert [note.velocity for note in found] == [99, 33]


def test_rhythm_leads_several_parts_behind_the_first_bar() -> None:
    prompt: Any = SimpleNamespace(events=events_of(part((0, 60, 12), (48, 60, 12))), lanes=(0,))
    habits = tunes.habits_of(prompt, MODEL)
    assert tunes.rhythm_guides(habits, MELODY, (2, 3)) == []
    assert tunes.rhythm_guides(habits, MODEL, (0, 3)) == []
    (guide,) = tunes.rhythm_guides(habits, MODEL, (3, 4))
    assert (guide._phrase, guide._first, guide._rates, guide._stop) == (2, 3, (0.5,), 4)


# -- infilling ---------------------------------------------------------------------------


def test_bars_are_numbered_as_a_musician_counts() -> None:
    plain = tune("C4:4|D4:4|E4:4")
    upbeat = tune("C4|D4:4|E4:4", pickup="1/4")
    assert infilling._bar_indices(plain, (1, 3)) == (0, 2)
    assert infilling._bar_indices(upbeat, (0, 1)) == (0, 1)
    for score, bars in ((plain, (0, 1)), (plain, (1, 4)), (plain, (3, 2)), (upbeat, (0, 3))):
        with pytest.raises(ControlError, match=f"bars {bars[0]}-{bars[1]}: the tune has bars"):
            infilling._bar_indices(score, bars)


def test_what_a_gap_leaves() -> None:
    """Two parts, the second of chords; bars 1 and 2 of the first one, and of both, are open."""
    first = part((0, 60, 12), (48, 62, 12), (143, 64, 1), (144, 65, 12))
    second = part((48, 48, 24), (60, 52, 24), (96, 48, 12))
    events = events_of(first, second)
    _, kept = infilling._given(events, (1, 2), (0,), MODEL, frozenset())
    assert kept.tolist() == [True, False, True, True, True, False, True]
    _, both = infilling._given(events, (1, 2), (0, 1), MODEL, frozenset({(1, 96, 48)}))
    assert both.tolist() == [True, False, False, False, True, False, True]
    given, _ = infilling._given(events, (1, 2), (0, 1), MODEL, frozenset())
    assert [plan is None for plan, _ in given._plans] == [False, True, True, False]
    room = {lane: (int(r.count[47]), r.count[48:144].tolist(), int(r.count[144]))
            for lane, r in given._room.items()}  # fmt: skip
    assert room == {0: (0, [1] * 96, 0), 1: (0, [2] * 96, 0)}


def test_held_notes_leave_less_room() -> None:
    """A part that plays two at once has room for one beside a held one, and for none beside two."""
    low = part((0, 48, 24), (0, 52, 24), (60, 48, 24), (72, 52, 48), (140, 48, 10))
    notes = event_notes((events := events_of(low)).fields, events.header, V)
    held = np.array([False, False, True, True, True])
    two = infilling._room(notes, 0, held, (48, 144), alone=False)
    assert sorted(two) == [(48, 60), (48, 72), (84, 144), (120, 140)]
    assert infilling._room(notes, 0, held, (48, 144), alone=True) == [(48, 60), (120, 140)]


# -- varying -----------------------------------------------------------------------------


def test_bars_that_repeat_another_one() -> None:
    """Lag 1 has the classes 17 (again) and 18 (varied), lag 2 13."""
    events = with_forms(events_of(part((0, 60, 192))), 0, 17, 17, 18)
    assert varying._sources(events, MODEL, set()).tolist() == [0, 0, 0, 3]
    assert varying._sources(events, MODEL, {1}).tolist() == [0, 1, 1, 3]
    ahead = with_forms(events_of(part((0, 60, 192))), 17, 13, 13, 0)
    assert varying._sources(ahead, MODEL, set()).tolist() == [0, 1, 0, 3]


def test_tied_events_belong_to_their_first() -> None:
    events = events_of(part((0, 60, 200), (100, 62, 12)), bars=5)
    notes = event_notes(events.fields, events.header, V)
    # Of 200 steps, three events: at 0, 96 and 192; the other note is the third event.
    assert notes.onset.tolist() == [0, 96, 100, 192]
    assert tunes.first_of_tied(events, notes, V).tolist() == [0, 0, 2, 0]


def varied(events: Events, amount: float, seed: int = 1) -> Any:
    return varying._changes(events, (0,), amount, MODEL, seed)


@pytest.mark.parametrize(("amount", "count"), [(0.0, 0), (0.24, 0), (0.25, 1), (0.5, 2), (1.0, 4)])
def test_how_many_notes_change(amount: float, count: int) -> None:
    events = events_of(part(*((12 * i, 60, 12) for i in range(4))))
    assert varied(events, amount).notes.sum() == count


def test_notes_off_the_beat_change_first() -> None:
    events = events_of(part(*((6 * i, 60 + i, 6) for i in range(32))))
    off = np.arange(32) % 2 == 1
    share = np.mean([varied(events, 0.5, seed).notes[off].mean() for seed in range(20)])
    # Of two weights, three times and once a random number, the greater one: 5 in 6 by pairs.
    assert 0.75 < share < 0.9


def test_a_note_changes_with_those_that_repeat_it() -> None:
    rows = [(48 * bar + 24 * i, 60 + i, 24) for bar in range(4) for i in range(2)]
    events = with_forms(events_of(part(*rows)), 0, 17, 17, 0)
    changes = varied(events, 0.75)  # six of eight, so many that both notes of the first bar go
    assert changes.notes.reshape(4, 2).any(axis=1).tolist()[1:3] == [False, False]
    first = changes.notes[:2]
    assert changes.follow.reshape(4, 2).tolist() == [
        [False, False], first.tolist(), first.tolist(), [False, False],
    ]  # fmt: skip
    assert changes.notes.sum() + changes.follow.sum() <= 6
    # One of eight is less than the three that a note of the first bar would change.
    assert varied(events, 0.25).notes[:6].sum() == 0


def test_the_span_of_changes() -> None:
    rows = [(48 * bar, 60, 24) for bar in range(8)]
    events = events_of(part(*rows), bars=8)
    changes = varied(events, 0.0)
    some = replace(changes, notes=np.arange(8) == 2)
    assert some.span(events) == (2, 7)
    assert some.free_bars(events) == 0.5
    assert replace(changes, notes=np.arange(8) >= 3).span(events) == (3, 8)


def test_what_changes_is_not_its_own_again() -> None:
    events = events_of(part((0, 60, 12), (12, 62, 12)))
    changes = replace(varied(events, 0.0), notes=np.array([False, True]))
    given = changes.given(events, MODEL)
    assert isinstance(given, FixedNotes)
    assert (given._keys, given._refused) == ([(0, 0, 60)], {(12, 0): [62]})
    assert given._room[0].count[:25].tolist() == [0] * 12 + [1] * 12 + [0]


# -- harmonizing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "shift"),
    [
        (48, 86, 0),
        (47, 86, 0),
        (36, 60, 24),
        (40, 52, 24),
        (84, 96, -24),
        (55, 87, 0),
        (30, 38, 36),
    ],
)
def test_lines_are_moved_by_octaves_to_where_a_soprano_is(low: int, high: int, shift: int) -> None:
    assert harmonizing._octaves(part((0, low, 1), (1, high, 1)), (48, 86)) == shift


def test_what_a_setting_leaves_out_is_told() -> None:
    line = part(*((24 * i, 60 + i, 24) for i in range(4)), name="Tune")
    both = Score((line, part((0, 40, 12), name="Bass")), 12, length=96)
    found = harmonizing._choose_line(both, 1, None)
    assert (found.place, found.shift) == (0, 0)
    assert found.notices == ("part 1 (Tune) is set for four voices; left out: part 2 (Bass)",)
    low = harmonizing._choose_line(both, 1, "bass")
    assert (low.place, low.shift) == (3, 0)
    assert low.notices[1] == (
        "part 1 (Tune) lies low: it becomes the bass of the four voices; --voice soprano sets it on top"
    )
    chords = Score((part((0, 60, 12), (0, 64, 12), (0, 67, 12), (12, 65, 12)),), 12, length=48)
    for voice, which, pitch in (("soprano", "highest", 67), ("bass", "lowest", 48)):
        line_ = harmonizing._choose_line(chords, None, voice)
        assert line_.notices[-1] == (
            f"part 1: of its chords the {which} notes are taken, 2 others are left out"
        )
        assert line_.score.parts[0].notes[0].pitch == pitch


@pytest.mark.parametrize("number", [0, 3])
def test_parts_that_are_not_there(number: int) -> None:
    both = Score((part((0, 60, 12)), Part()), 12, length=48)
    with pytest.raises(ControlError, match=f"part {number}: the tune has parts 1..2"):
        harmonizing._choose_line(both, number, None)
    with pytest.raises(FormatError, match="holds no melody"):
        harmonizing._choose_line(both, 2, None)


@pytest.mark.parametrize(
    ("rows", "spans"),
    [
        ([(0, 60, 192)], [(0, 192)]),
        ([(0, 60, 48), (96, 60, 12)], [(0, 48), (96, 144)]),
        ([(47, 60, 2)], [(0, 96)]),
        ([(60, 60, 12), (144, 60, 48)], [(48, 96), (144, 192)]),
    ],
)
def test_stretches_in_which_a_line_sounds(rows: list[Any], spans: list[tuple[int, int]]) -> None:
    assert harmonizing._sounding_bars(events_of(part(*rows)), MODEL, closes=False) == spans


def test_the_instruments_of_four_voices() -> None:
    choir: Any = SimpleNamespace(info={"program": 52}, styles=("chorale",), vocabulary=V)
    assert harmonizing._programs(choir, Controls()) == (52,) * 4
    assert harmonizing._programs(MODEL, Controls()) == (0,) * 4
    assert harmonizing._programs(choir, Controls(instrument=0)) == (0,) * 4
    four = harmonizing._programs(choir, Controls(instruments="40,40,41,42"))
    assert four == (40, 40, 41, 42)
    with pytest.raises(ControlError, match="instruments: 3 for four voices"):
        harmonizing._programs(choir, Controls(instruments="40,41,42"))
    line: Any = SimpleNamespace(place=3)
    events = events_of(part((0, 40, 12)))
    for model, controls, style in ((choir, Controls(), "chorale"), (MODEL, Controls(), ""),
                                   (choir, Controls(style="hymn"), "hymn")):  # fmt: skip
        found = harmonizing._for_choir(events, line, model, controls, four)
        assert (found.header.style, found.header.names[3]) == (style, "Bass")
        assert found.fields[1, PART] == 3
