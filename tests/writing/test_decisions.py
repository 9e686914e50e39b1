"""What the verbs decide before and after anything is drawn, on tunes written down by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import V, plain_header, random_events, tune

from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.seeds import candidate_seeds
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Events, encode
from symgen.tokens.events import event_notes
from symgen.tokens.vocabulary import DURATION, FORM, PART, TIME
from symgen.writing import choosing, composing, harmonizing, infilling, tunes, varying
from symgen.writing.composing import Composer, _bits_a_note
from symgen.writing.model import Model
from symgen.writing.rewritten import name_parts, share_kept
from symgen.writing.takes import Scores, Take

MODEL: Any = SimpleNamespace(
    vocabulary=V, info={}, styles=(), monophonic_parts=False, draws_no_velocity=False, voices=2
)
MELODY: Any = SimpleNamespace(vocabulary=V, info={"monophonic": True})


def part(*rows: tuple[int, int, int], program: int = 0, name: str = "") -> Part:
    """Notes of onset, pitch and duration."""
    return Part(tuple(Note(*row) for row in rows), program, name=name)


def events_of(*parts: Part, bars: int = 4) -> Events:
    return encode(Score(parts, 12, length=48 * bars), V, whole=True)[0]


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
    prompt: Any = SimpleNamespace(lanes=(0, 0, 2), part=0, score=score)
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
    assert tunes.rhythm_guides(prompt, MELODY, (2, 3)) == []
    assert tunes.rhythm_guides(prompt, MODEL, (0, 3)) == []
    (guide,) = tunes.rhythm_guides(prompt, MODEL, (3, 4))
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
    _, kept = infilling._given(events, (1, 2), (0,), MODEL, set())
    assert kept.tolist() == [True, False, True, True, True, False, True]
    _, both = infilling._given(events, (1, 2), (0, 1), MODEL, {(1, 96, 48)})
    assert both.tolist() == [True, False, False, False, True, False, True]
    given, _ = infilling._given(events, (1, 2), (0, 1), MODEL, set())
    assert [plan is None for plan, _ in given._plans] == [False, True, True, False]
    room = {lane: (int(r.count[47]), r.count[48:144].tolist(), int(r.count[144]))
            for lane, r in given._room.items()}  # fmt: skip
    assert room == {0: (0, [1] * 96, 0), 1: (0, [2] * 96, 0)}


def test_a_stretch_is_taken_out_of_some_parts() -> None:
    score = Score((part((0, 60, 1), (10, 60, 1), (20, 60, 1)), part((10, 60, 1))), 12)
    found = infilling._without(score, [0], 10, 20)
    assert [[note.onset for note in each.notes] for each in found.parts] == [[0, 20], [10]]


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
    assert varying._firsts(events, notes, MODEL).tolist() == [0, 0, 2, 0]


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
    assert harmonizing._sounding_bars(events_of(part(*rows)), MODEL) == spans


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


# -- takes -------------------------------------------------------------------------------


def test_shares_and_names_of_parts() -> None:
    old = Score((part((0, 60, 12), (12, 62, 12)), part((0, 60, 12))), 12)
    new = Score((part((0, 60, 6), (12, 63, 12)), Part()), 12)
    assert share_kept(old, new) == pytest.approx(1 / 3)
    assert share_kept(Score((Part(),), 12), new) == 0
    named = Score((part(name="Keys"), Part(), part(name="Drums")), 12)
    assert [name_parts(named, chosen) for chosen in ([], [1], [0], [2, 0], {0, 1, 2})] == [
        "", "part 2", "part 1 (Keys)", "parts 1 (Keys) and 3 (Drums)",
        "parts 1 (Keys), 2 and 3 (Drums)",
    ]  # fmt: skip


def test_scores_are_rounded_to_thousandths() -> None:
    scores = Scores(1.23456, None, 0.5, (3, 2), True, False, 9, "much")
    assert scores.to_json() == {
        "odds": 1.235, "bits_a_note": None, "distance": 0.5, "returns": [3, 2], "loops": True,
        "ends": False, "longest_copy": 9, "copy": "much", "kept": False,
    }  # fmt: skip


def test_what_is_looked_at_of_a_continuation() -> None:
    notes = ((0, 60, 48), (48, 62, 48))
    score = Score((part(*notes), part(*notes, program=9)), 12, length=96)
    prompt: Any = SimpleNamespace(end=48, parts=(1,), new_bars=1, played=None)
    take = Take(score, 1, plain_header(2, key=Key.parse("D")), prompt)
    assert take.new_bars().parts == (part((0, 62, 48), program=9),)
    assert take.prompt_bars().parts == (part((0, 60, 48), program=9),)
    assert (take.written, take.written_end, str(take.key)) == (score, 48, "D major")
    (check,) = take.checks(Controls())
    assert (check.asked, check.found, check.met) == (1, 1, True)
    played = Score((part((0, 60, 1)),), 96)
    file: Any = SimpleNamespace(**{**vars(prompt), "played": SimpleNamespace(tick=lambda t: 3 * t)})
    take = replace(take, prompt=file, played=played)
    assert (take.written, take.written_end) == (played, 144)
    new = Take(score, 1, plain_header(2))
    assert (new.written_end, new.new_bars(), new.judged()) == (None, score, score)
    (check,) = new.checks(Controls())
    assert (check.asked, check.met) == (2, True)


@pytest.mark.parametrize(
    ("candidates", "count", "expected"),
    [(1, 1, False), (1, 9, False), (2, 2, True), (1024, 3, True)],
)
def test_candidates(candidates: int, count: int, expected: bool) -> None:
    assert choosing.check_candidates(candidates, count) is expected


@pytest.mark.parametrize(
    ("other", "share"),
    [
        ("C4 D4 E4 F4 G4", 1.0),
        ("D4 E4 F#4 G4 A4", 1.0),  # another key
        ("C4 D4 E4 F4 A4", 1 / 3),  # one of two runs on either side
        ("C4 D4 E4:2 F4 G4", 0.0),
        ("C4 D4 E4", 0.0),
    ],
)
def test_pieces_are_alike_by_runs_of_four_notes(other: str, share: float) -> None:
    one = tune("C4 D4 E4 F4 G4", meter="6/4")
    assert choosing.similarity(one, tune(other, meter="6/4")) == pytest.approx(share)


class _Judge:
    """Gives the odds that it is told."""

    def __init__(self, *odds: float) -> None:
        self.odds = odds

    def judge(self, scores: Any, keys: Any) -> Any:
        return np.array(self.odds[: len(scores)])


def chooser(*odds: float, **info: Any) -> choosing.Chooser:
    return choosing.Chooser(_Judge(*odds), None, info, V)  # type: ignore[arg-type]


def take_of(text: str, *, key: str = "C", style: str = "") -> Take:
    bars = text.count("|") + 1
    return Take(tune(text), 1, plain_header(bars, key=Key.parse(key), style=style))


def test_what_is_known_of_a_take() -> None:
    norm = {"mean": [4.0] * 8, "deviation": [2.0] * 8, "returns": [[4, 2, 9]]}
    text = "C4 D4 E4 F4|C4 D4 E4 F4|G4 A4 B4 C5|E4 D4 C4:2"
    (found,) = chooser(0.5, norms={"": norm}).scores([take_of(text)])
    assert (found.odds, found.returns, found.loops, found.ends) == (0.5, (2, 1), False, True)
    assert (found.longest_copy, found.copy) == (None, "")
    looped = {**norm, "returns": [[4, 1, 9]]}
    (found,) = chooser(0.5, norms={"": looped}).scores([take_of(text, key="E")])
    assert (found.loops, found.ends) == (True, False)
    # Four notes a bar are the mean of the first figure; seven others are as far off as they are.
    (calm,) = chooser(0.5, norms={"": norm}).scores([take_of("C4:4|C4:4")])
    figures = [1.0, 60.0, 0.0, np.log2(48), 0.0, 1.0, 0.0, 0.5]
    assert calm.distance == pytest.approx(np.mean([abs(value - 4) / 2 for value in figures]))
    (own,) = chooser(0.5, norms={"": norm, "air": {**norm, "deviation": [1.0] * 8}}).scores(
        [take_of("C4:4|C4:4", style="air")]
    )
    assert own.distance == pytest.approx(2 * calm.distance)


def test_loops_count_four_against_a_take() -> None:
    norm = {"": {"mean": [0.0] * 8, "deviation": [1.0] * 8, "returns": [[4, 1, 9]]}}
    loop, plain = take_of("C4:4|C4:4"), take_of("C4:4|D4:4")
    kept = [chooser(4.0, 0.0, norms=norm).choose([loop, plain], 1, seed)[0] for seed in range(60)]
    share = np.mean([take.score == loop.score for take in kept])
    assert 0.35 < share < 0.65
    assert {take.rank for take in kept} == {1, 2}
    assert all((take.rank == 1) == (take.score == loop.score) for take in kept)


class _Takes:
    """Takes one after the other, as they are described: met, and whether they repeat."""

    def __init__(self, *rows: tuple[bool, bool]) -> None:
        self.rows, self.seeds = rows, list[int]()

    def draw(self, seed: int) -> Any:
        met, repeats = self.rows[min(len(self.seeds), len(self.rows) - 1)]
        self.seeds.append(seed)
        check = SimpleNamespace(name="range", met=met)
        number = len(self.seeds)
        return SimpleNamespace(repeats=repeats, checks=lambda controls: [check], number=number)


@pytest.mark.parametrize(
    ("rows", "controls", "drawn", "kept"),
    [
        ([(True, False)], {"range": "C4-C5"}, 1, 1),
        ([(False, False)], {}, 1, 1),
        ([(False, False), (False, False), (True, False)], {"range": "C4-C5"}, 3, 3),
        ([(False, False)], {"range": "C4-C5"}, 16, 16),
        ([(True, True)], {}, 6, 1),
        ([(True, True), (True, False)], {}, 2, 2),
        ([(True, True)], {"form": "AB"}, 1, 1),
        ([(True, True)], {"variation": 0.2}, 1, 1),
        ([(False, True), (True, True), (False, False)], {"range": "C4-C5"}, 16, 2),
    ],
)
def test_a_take_is_drawn_until_it_is_what_was_asked_for(
    rows: list[tuple[bool, bool]], controls: dict[str, Any], drawn: int, kept: int
) -> None:
    takes, model = _Takes(*rows), SimpleNamespace(net=None, info={}, vocabulary=V)
    composer = Composer(model)  # type: ignore[arg-type]
    draw: Callable[[int], Any] = takes.draw
    take: Any = composer._until_met(draw, Controls(**controls), 7)
    assert takes.seeds == candidate_seeds(7, 16)[:drawn]
    assert take.number == kept


def test_a_piece_so_far_has_the_bars_that_are_whole() -> None:
    whole = events_of(part((0, 60, 96), (60, 62, 12), (100, 64, 12)), bars=3)
    model: Any = SimpleNamespace(net=None, info={}, vocabulary=V)
    opened = int(np.flatnonzero(whole.fields[:, TIME] == V.bar)[2])
    events = Events(whole.fields[: opened + 1], whole.header)
    session: Any = SimpleNamespace(events=events, ended=False, prefix=SimpleNamespace(bar=2))
    found = Composer(model)._whole_bars(session)
    assert (found.header.bars, len(found.fields)) == (2, opened)
    first = int(np.flatnonzero(whole.fields[:, TIME] == V.bar)[1])
    session.events, session.prefix.bar = Events(whole.fields[: first + 1], whole.header), 1
    one = Composer(model)._whole_bars(session)
    assert (one.header.bars, one.fields[1, DURATION]) == (1, 48)
    session.ended = True
    assert Composer(model)._whole_bars(session) is session.events


def test_bits_a_note_are_of_new_notes() -> None:
    session: Any = SimpleNamespace(bits=12.0, prefix=SimpleNamespace(notes=[0] * 5))
    assert [_bits_a_note(session, start) for start in (0, 2, 5)] == [2.4, 4.0, 12.0]


def test_new_bars_that_repeat_the_prompt() -> None:
    model: Any = SimpleNamespace(net=None, info={}, vocabulary=V)
    composer = Composer(model)
    events = events_of(part(*((48 * bar, 60 + bar % 2, 12) for bar in range(4))))
    assert composer._repeats(events, 2)
    assert not composer._repeats(events, 1)
    assert not composer._repeats(random_events(3, bars=4), 2)


def test_bars_are_watched_from_the_first_new_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def watch(controls: Controls, info: Any, style: str, **bars: int) -> None:
        asked.append((info, style, bars))

    monkeypatch.setattr(composing, "loop_watch", watch)
    model: Any = SimpleNamespace(net=None, info={"a": 1}, vocabulary=V, copy_index=object)
    header = plain_header(6, style="air")
    assert Composer(model)._watches(Controls(), header, 2) == []
    assert asked == [({"a": 1}, "air", {"first": 2, "bars": 4})]
    (copies,) = Composer(model)._watches(Controls(max_copy=9), header, 2)
    assert isinstance(copies, composing.CopyWatch)
    assert (copies._most, copies._first, copies._parts, copies._grid) == (9, 2, 1, 12)


@pytest.mark.parametrize(
    ("continuing", "stems"),
    [(False, ["discriminator"]), (True, ["continuations", "discriminator"])],
)
def test_takes_are_ranked_by_the_discriminator_of_their_kind(
    continuing: bool, stems: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(composing, "read_attached", lambda kind, folder, stem: seen.append(stem))
    net: Any = None
    model = composing.LoadedModel(net, {"name": "tiny"}, tmp_path)
    with pytest.raises(ControlError, match="model 'tiny' has no discriminator"):
        model.discriminator(continuing=continuing)
    assert seen == stems
    with pytest.raises(ControlError):
        composing.LoadedModel(net, {}).discriminator(continuing=continuing)
    assert seen == stems
    asked: list[bool] = []
    generator: Any = SimpleNamespace(
        discriminator=lambda *, continuing: asked.append(continuing),
        copy_index=lambda: None, info={}, vocabulary=V,
    )  # fmt: skip
    Model._chooser(generator)
    Model._chooser(generator, continuing=True)
    assert asked == [False, True]


def test_what_a_model_says_of_itself() -> None:
    net: Any = SimpleNamespace(
        vocabulary=V,
        config=SimpleNamespace(voices=1),
        inputs=SimpleNamespace(fixed={"velocity": 80}),
    )
    model = composing.LoadedModel(net, {"variation": -1.5, "monophonic_parts": True})
    assert (model.tracks_parts, model.monophonic_parts, model.draws_no_velocity) == (True,) * 3
    assert model.usual_returns == -1.5
    net.config.voices, net.inputs.fixed = 0, {}
    plain = composing.LoadedModel(net, {})
    assert (plain.tracks_parts, plain.monophonic_parts, plain.draws_no_velocity) == (False,) * 3
    assert plain.usual_returns == 0.0
    assert plain.copy_index() is None
