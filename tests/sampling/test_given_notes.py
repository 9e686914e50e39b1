"""What a prompt is cut to, how new bars join it, and what given notes leave free; all by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import V, plain_header, tune
from steps import BAR, END, SKIP, Rows, left, parts_header, written

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.sampling import continuation, joining, unclicked
from symgen.sampling.continuation import Prompt, Written, read_prompt
from symgen.sampling.forcing import FixedNotes, bar_plans
from symgen.sampling.part_limits import PartLimit, PartLimits
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Events, Header, encode
from symgen.tokens.vocabulary import FORM, PITCH, TIME

# -- prompts -----------------------------------------------------------------------------


def part(*rows: tuple[int, int, int], program: int = 0, drums: bool = False) -> Part:
    """Notes of onset, pitch and duration."""
    return Part(tuple(Note(*row) for row in rows), program, is_drum=drums)


def prompt_of(score: Score, *, polyphonic: bool = False, **controls: Any) -> Prompt:
    writes: Written = "pitched" if polyphonic else "melody"
    return read_prompt(Tune(score), V, controls=Controls(**controls), writes=writes)


@pytest.mark.parametrize(
    ("end", "bars"),
    # Less than half a step of 40 ticks may hang over; a note that begins at the bar line may not.
    [(1920, 1), (1921, 1), (1939, 1), (1941, 2), (3840, 2)],
)
def test_a_prompt_ends_at_the_bar_line_after_its_last_note(end: int, bars: int) -> None:
    prompt = prompt_of(Score((part((0, 60, 480), (480, 62, end - 480)),), 480))
    assert (prompt.end, prompt.bars, prompt.old_bars, prompt.new_bars) == (
        1920 * bars,
        bars,
        bars,
        8,
    )
    late = prompt_of(Score((part((0, 60, 480), (1919, 62, 1)),), 480))
    assert (late.end, late.bars) == (1920, 1)
    assert prompt_of(Score((part((0, 60, 480), (1920, 62, 1)),), 480)).end == 3840


def test_a_pickup_is_no_full_bar() -> None:
    prompt = prompt_of(tune("G4|C4:4|D4:4", pickup="1/4", resolution=480), bars=3)
    assert (prompt.bars, prompt.old_bars, prompt.new_bars) == (2, 3, 3)


def test_what_lies_behind_the_end_is_cut() -> None:
    changes = {
        "tempos": (TempoChange(0, 500_000), TempoChange(48, 400_000)),
        "meters": (MeterChange(0, Meter(4, 4)), MeterChange(48, Meter(3, 4)), MeterChange(84)),
        "keys": (KeyChange(0, 1), KeyChange(48, 2)),
    }
    score = Score((part((0, 60, 50), (48, 62, 12)), Part()), 12, length=132, **changes)  # type: ignore[arg-type]
    found = continuation._cut(score, 48)
    assert found.parts[0].notes == (Note(0, 60, 50),)
    assert [len(found.tempos), len(found.meters), len(found.keys)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("asked", "alone", "parts", "melody"),
    [(None, True, 3, 1), (2, True, 1, 0), (2, False, 3, 1), (1, False, 3, 0)],
)
def test_parts_are_chosen(asked: int | None, alone: bool, parts: int, melody: int) -> None:
    high = part(*((12 * i, 72 + i % 5, 12) for i in range(8)))
    low = part(*((24 * i, 40, 24) for i in range(4)))
    score = Score((low, high, part((0, 36, 1), drums=True)), 12, length=96)
    found, chosen = continuation._choose_part(score, asked, "x", alone=alone, drums=False)
    assert (len(found.parts), chosen) == (parts, melody)


def test_parts_that_hold_no_melody_are_refused() -> None:
    drums = Score((part((0, 36, 1), drums=True), Part()), 12, length=48)
    with pytest.raises(FormatError, match="x: holds drums only, a melody is needed"):
        continuation._choose_part(drums, None, "x", alone=True, drums=False)
    with pytest.raises(FormatError, match="x, part 2: holds no notes"):
        continuation._choose_part(drums, 2, "x", alone=True, drums=False)
    for number in (0, 3):
        with pytest.raises(ControlError, match=f"part {number}: x has parts 1..2"):
            continuation._choose_part(drums, number, "x", alone=True, drums=False)


def test_instruments_of_the_parts_that_go_on() -> None:
    parts = [part(program=1), part(program=2)]

    def programs(**controls: Any) -> list[int]:
        found = continuation._with_programs(Controls(**controls), parts)
        return [each.program for each in found]

    assert programs() == [1, 2]
    assert programs(instrument=9) == [9, 9]
    assert programs(instruments="0,40") == [0, 40]
    with pytest.raises(ControlError, match="instruments: 1 for the 2 parts that go on"):
        programs(instruments="0")


@pytest.mark.parametrize(("resolution", "expected"), [(12, 12), (480, 480), (11, 132), (8, 24)])
def test_few_ticks_become_more(resolution: int, expected: int) -> None:
    score = Score((part((0, 60, resolution)),), resolution)
    assert continuation._on_the_grid(score, 12).resolution == expected


def test_where_a_key_comes_from() -> None:
    score = tune("C4 E4 G4 C5")
    given, known = Controls(key="D"), Key.parse("E minor")
    assert continuation._choose_key(given, known, score) == (Key.parse("D"), "given")
    assert continuation._choose_key(Controls(), known, score) == (known, "from the file")
    assert continuation._choose_key(Controls(), None, score)[1] == "inferred"


@pytest.mark.parametrize(
    ("old", "fresh"),
    [
        ([95], [104]),
        ([92], [104]),
        ([91], [96, 98, 100, 104]),
        ([96], [96, 98, 100, 104]),
        ([], [96, 98, 100, 104]),
    ],
)
def test_nothing_is_struck_twice_at_the_join(old: list[int], fresh: list[int]) -> None:
    """The bar line lies at tick 96, and four ticks are near."""
    notes = [Note(onset, 60, 4) for onset in (96, 98, 100, 104)]
    found = joining._clear_of([Note(onset, 60, 4) for onset in old], notes, 96, 4)
    assert [note.onset for note in found] == fresh


@pytest.mark.parametrize(
    ("forms", "sources"),
    [
        ((0, 0, 0, 0), [None, None, 0, 1]),  # new bars take up those a phrase of two earlier
        ((0, 0, 17, 17), [None, None, 1, 2]),
        ((0, 0, 0, 1), [None, None, 0, 1]),  # eight bars back is nothing
    ],
)
def test_bars_that_drums_take_up(forms: tuple[int, ...], sources: list[int | None]) -> None:
    events, _ = encode(tune("C4:4|D4:4|E4:4|F4:4"), V, whole=True)
    fields = events.fields.copy()
    fields[fields[:, TIME] == BAR, FORM] = forms
    prompt: Any = SimpleNamespace(bars=2, old_bars=2)
    assert joining._sources(prompt, Events(fields, events.header), V, 4) == sources


def test_bars_of_another_length_are_not_taken_up() -> None:
    score = replace(
        tune("C4:4|D4:3|E4:4|F4:3"),
        meters=(MeterChange(0), MeterChange(48, Meter(3, 4)), MeterChange(84),
                MeterChange(132, Meter(3, 4))),
        length=168,
    )  # fmt: skip
    score = replace(
        score, parts=(part((0, 60, 48), (48, 62, 36), (84, 64, 48), (132, 65, 36)),), length=168
    )
    events, _ = encode(score, V, whole=True)
    prompt: Any = SimpleNamespace(bars=1, old_bars=2)
    assert joining._sources(prompt, events, V, 4) == [None, None, 0, 1]


def test_prompts_of_very_many_bars_are_refused() -> None:
    few: Any = SimpleNamespace(events=SimpleNamespace(header=SimpleNamespace(bars=1000)))
    assert continuation.of_some_bars(few) is few
    few.events.header.bars = 1001
    with pytest.raises(FormatError, match="has 1001 bars, more than 1000; split it"):
        continuation.of_some_bars(few)


# -- played without a click --------------------------------------------------------------


@pytest.mark.parametrize(
    ("tick", "grid", "place"),
    [(130, "1/16", 120), (181, "1/16", 240), (200, "1/8", 240), (100, "1/8", 0), (590, "1/8", 480),
     (470, "1/8", 480)],
)  # fmt: skip
def test_places_of_a_division(tick: int, grid: str, place: int) -> None:
    from symgen.beats.placing import Division

    score = Score((part((0, 60, 1920)),), 480)
    assert unclicked._Places(score, Division.parse(grid))(tick) == place


def test_short_notes_keep_a_tick_on_a_pulse() -> None:
    played: Any = SimpleNamespace(tick=lambda laid: laid // 100)
    assert unclicked._moved(Note(100, 60, 20), played) == Note(1, 60, 1)
    assert unclicked._moved(Note(100, 60, 300), played) == Note(1, 60, 3)


# -- given notes -------------------------------------------------------------------------


def fixed(
    header: Header, rows: Rows, free: dict[int, list[tuple[int, int]]], **more: Any
) -> FixedNotes:
    """Give notes of step, part, pitch and duration."""
    parts = [
        part(*((step, pitch, duration) for step, owner, pitch, duration in rows if owner == i))
        for i in range(len(header.programs))
    ]
    score = Score(tuple(parts), 12, length=48 * header.bars)
    events, _ = encode(score, V, whole=True)
    plans = bar_plans(events, V, forms=np.ones(header.bars, dtype=bool))
    monophonic = more.pop("monophonic", False)
    kept = np.ones(len(rows), dtype=bool)
    return FixedNotes(events, kept, free, V, plans=plans, monophonic_parts=monophonic, **more)


TWO = parts_header(2, 2)
GIVEN: Rows = [(0, 1, 60, 12), (24, 0, 72, 12)]


def test_time_stops_at_the_next_given_note() -> None:
    given = fixed(TWO, GIVEN, {})
    assert left(given, "time", written(TWO)) == [BAR]
    assert left(given, "time", written(TWO, [])) == [0]
    assert left(given, "time", written(TWO, GIVEN[:1])) == [24]
    # The end, too: it is for the grammar to say that there are more bars.
    assert left(given, "time", written(TWO, GIVEN)) == [BAR, END]
    # No bar is left: the grammar takes the bar line away.
    assert left(given, "time", written(TWO, GIVEN, [])) == [BAR, END]
    free = fixed(TWO, GIVEN, {0: [(12, 20)]})
    assert left(free, "time", written(TWO, GIVEN[:1])) == [*range(12, 20), 24]
    long = plain_header(2, "16/4")
    far = FixedNotes(
        encode(Score((part((100, 60, 1)),), 12, meters=(MeterChange(0, Meter(16, 4)),), length=384), V,
               whole=True)[0], np.array([True]), {}, V, plans=[(0, 0)] * 2, monophonic_parts=False,
    )  # fmt: skip
    assert left(far, "time", written(long, [])) == [SKIP]


def test_fields_of_a_given_note_are_its_own() -> None:
    given, prefix = fixed(TWO, GIVEN, {0: [(0, 48)], 1: [(0, 48)]}), written(TWO, GIVEN[:1])
    assert left(given, "part", prefix, time=24) == [0]
    assert left(given, "part", prefix, time=23) == [0, 1]
    assert left(given, "pitch", prefix, time=24, part=0) == [72]
    assert left(given, "pitch", prefix, time=24, part=1) == list(range(128))
    assert left(given, "duration", prefix, time=24, part=0, pitch=72) == [12]
    assert left(given, "velocity", prefix, time=24, part=0, pitch=72) == [80]
    assert [given.passed(written(TWO, GIVEN[:count])) for count in (0, 1, 2)] == [0, 1, 2]


def test_new_notes_end_with_the_room_of_their_part() -> None:
    given = fixed(TWO, GIVEN, {0: [(0, 20)], 1: [(12, 30), (20, 48)]})
    prefix = written(TWO, GIVEN[:1])
    assert left(given, "duration", prefix, time=5, part=0) == [*range(16), 97]
    assert left(given, "duration", prefix, time=14, part=1) == [*range(17), 97]
    assert left(given, "duration", prefix, time=20, part=1) == [*range(29), 97]
    # One new note sounds to step 26; two have room from 20 to 30, one before and after.
    busy = written(TWO, [*GIVEN[:1], (12, 1, 65, 14)])
    assert left(given, "part", busy, time=6) == [0]
    assert left(given, "part", busy, time=8) == [1]
    # Its own end comes first: after step 26 there is room for one again.
    assert left(given, "duration", busy, time=8, part=1) == [*range(29), 97]
    long = written(TWO, [*GIVEN[:1], (12, 1, 65, 24)])
    assert left(given, "duration", long, time=8, part=1) == [*range(11), 97]


def test_parts_that_play_alone_are_free_when_they_have_ended() -> None:
    given = fixed(TWO, GIVEN, {1: [(0, 48)]}, monophonic=True)
    prefix = written(TWO, GIVEN[:1])
    assert left(given, "time", prefix) == list(range(12, 25))
    assert left(given, "part", prefix, time=12) == [1]
    assert left(given, "duration", prefix, time=12, part=1) == [*range(37), 97]


def test_a_part_that_plays_alone_needs_room_and_silence() -> None:
    given, prefix = fixed(TWO, GIVEN, {1: [(0, 24)]}, monophonic=True), written(TWO, GIVEN[:1])
    assert [left(given, "part", prefix, time=time) for time in (11, 12, 23, 25)] == [
        [], [1], [1], [],
    ]  # fmt: skip


def test_pitches_that_are_refused_give_way() -> None:
    given = fixed(TWO, GIVEN, {1: [(0, 48)]}, refused=frozenset({(12, 1, 60), (12, 0, 61)}))
    prefix = written(TWO, GIVEN[:1])
    assert left(given, "pitch", prefix, time=12, part=1) == [p for p in range(128) if p != 60]
    assert left(given, "pitch", prefix, time=13, part=1) == list(range(128))


def test_forms_and_goals_are_planned_bar_by_bar() -> None:
    events, _ = encode(tune("C4:4|C4:4"), V, whole=True)
    fields = events.fields.copy()
    fields[fields[:, TIME] == BAR, PITCH] = 60, 64
    events = Events(fields, events.header)
    some = np.array([False, True])
    assert bar_plans(events, V, forms=some) == [(None, None), (17, 64)]
    assert bar_plans(events, V, forms=some, goals=~some) == [(None, 60), (17, None)]
    given = FixedNotes(
        events, np.array([True, True]), {}, V, plans=[(None, 60), (17, None)], monophonic_parts=True
    )
    header = plain_header(2)
    assert left(given, "form", written(header, [])) == [17]
    assert left(given, "goal", written(header)) == [60]
    assert left(given, "goal", written(header, [])) == list(range(128))


def test_new_notes_keep_to_the_limits_of_their_part() -> None:
    limits = PartLimits(
        [PartLimit(), PartLimit(places=frozenset({0, 6}), chord=1)], V, lanes=(0, 1), first=0
    )
    free = fixed(TWO, GIVEN, {1: [(0, 48)]})
    given = free.within(limits)
    assert (free.yielding, given.yielding) == ((), (limits,))
    assert left(given, "time", written(TWO, GIVEN[:1])) == [6, 24]
    assert left(given, "part", written(TWO, GIVEN[:1]), time=6) == [1]
    assert left(given, "part", written(TWO, GIVEN[:1]), time=5) == []
    assert given.within(None).yielding == ()


# -- joins -------------------------------------------------------------------------------


def joined(prompt: Prompt, text: str, *, accents: bool = False, **controls: Any) -> Score:
    """Join bars that are written down, the prompt's own among them, in the meter of the prompt."""
    drawn, _ = encode(tune(text, meter=str(prompt.meter)), V, whole=True)
    events = Events(drawn.fields, prompt.events.header)
    return joining.join(prompt, events, V, controls=Controls(**controls), accents=accents)


def test_new_bars_join_in_the_ticks_of_the_prompt() -> None:
    prompt = prompt_of(tune("C4 D4 E4 F4", resolution=24), bars=2)
    score = joined(prompt, "C4 D4 E4 F4|G4:.5 A4:.5 B4:3|C5:4")
    rows = [(note.onset, note.pitch, note.duration) for note in score.parts[0].notes]
    assert rows[:4] == [(24 * i, pitch, 24) for i, pitch in enumerate((60, 62, 64, 65))]
    assert rows[4:] == [(96, 67, 12), (108, 69, 12), (120, 71, 72), (192, 72, 96)]
    assert (score.length, len(score.bars)) == (288, 3)
    assert [change.tick for change in score.tempos] == [0]


def test_a_bar_that_is_begun_is_completed_from_its_last_note_on() -> None:
    prompt = prompt_of(tune("C4 D4:1.5", resolution=24), bars=1)
    assert prompt.end == 96
    whole = "C4 D4:.5 E4 F4:1.5|G4:4"
    plain = joined(prompt, whole)
    assert [note.onset for note in plain.parts[0].notes] == [0, 24, 96]
    # The music ends at 60 of 96 ticks: what begins at 60 is new, what begins at 36 is not.
    full = joined(prompt, whole, complete_bar=True)
    assert [note.onset for note in full.parts[0].notes] == [0, 24, 60, 96]


def test_meters_and_tempos_that_are_asked_for_begin_at_the_join() -> None:
    controls = {"meter": "1x3/4,1x4/4", "tempo": 90}
    prompt = prompt_of(tune("C4 D4 E4 F4", resolution=24), **controls)
    assert (prompt.new_bars, prompt.meter) == (2, Meter(3, 4))
    both = Score(
        (part((0, 60, 12), (48, 67, 36), (84, 60, 48)),), 12, length=132,
        meters=(MeterChange(0), MeterChange(48, Meter(3, 4)), MeterChange(84)),
    )  # fmt: skip
    drawn, _ = encode(both, V, whole=True)
    events = Events(drawn.fields, prompt.events.header)
    score = joining.join(prompt, events, V, controls=Controls(**controls), accents=False)
    assert [(change.tick, str(change.meter)) for change in score.meters] == [
        (0, "4/4"), (96, "3/4"), (168, "4/4"),
    ]  # fmt: skip
    assert [(change.tick, round(change.bpm)) for change in score.tempos] == [(0, 120), (96, 90)]
    assert score.length == 264


def test_new_notes_have_the_accents_of_the_prompt_where_the_network_draws_none() -> None:
    notes = tuple(Note(12 * i, 60, 12, 100 if i == 0 else 40) for i in range(4))
    prompt = prompt_of(Score((Part(notes),), 12), bars=1)
    score = joined(prompt, "C4 C4 C4 C4|D4 E4:.5 F4:2.5", accents=True)
    assert [note.velocity for note in score.parts[0].notes[4:]] == [100, 40, 55]
    as_drawn = joined(prompt, "C4 C4 C4 C4|D4 E4:.5 F4:2.5")
    assert {note.velocity for note in as_drawn.parts[0].notes[4:]} == {80}


def test_drums_go_on_in_the_bars_that_take_theirs_up() -> None:
    melody = part((0, 60, 12), (48, 62, 12))
    drums = part((0, 36, 3), (60, 38, 3), drums=True)
    prompt = prompt_of(Score((melody, drums), 12, length=96), bars=2)
    assert prompt.drums == (1,)
    score = joined(prompt, "C4|D4|E4|F4")
    assert [(note.onset, note.pitch) for note in score.parts[1].notes] == [
        (0, 36), (60, 38), (96, 36), (156, 38),
    ]  # fmt: skip


def test_where_the_melody_is_and_what_goes_on() -> None:
    high = part(*((12 * i, 72 + i % 5, 12) for i in range(8)))
    low = part(*((24 * i, 40, 24) for i in range(4)), program=33)
    score = Score((low, high, Part(), part((0, 36, 3), drums=True)), 12, length=96)
    one = prompt_of(score)
    assert (one.part, one.parts, one.lanes, one.key_origin) == (1, (1,), (1,), "inferred")
    several = prompt_of(score, polyphonic=True, key="D", instruments="40,41", style="", bars=1)
    assert (several.part, several.parts, several.lanes) == (1, (0, 1), (0, 1))
    assert (several.key, several.key_origin) == (Key.parse("D"), "given")
    assert several.events.header.programs == (40, 41)
    assert len(several.playing.rows) == 2
    assert several.report.merged == 0


# -- on a pulse --------------------------------------------------------------------------


def test_new_notes_are_written_in_the_ticks_that_were_played() -> None:
    score = Score((part((7, 60, 90)), part((7, 40, 90))), 96)
    played: Any = SimpleNamespace(score=score, tick=lambda laid: 2 * laid + 5)
    new = part((0, 60, 48), (48, 62, 12), (60, 64, 12), program=9)
    laid = Score((new, part((47, 40, 5), (48, 41, 1))), 12, length=96)
    found = unclicked.as_played(played, laid, 48, "symgen")
    assert [each.notes for each in found.parts] == [
        (Note(7, 60, 90), Note(101, 62, 24), Note(125, 64, 24)),
        (Note(7, 40, 90), Note(101, 41, 2)),
    ]
    assert (found.parts[0].program, found.length) == (9, 197)
    longer: Any = SimpleNamespace(score=replace(score, length=500), tick=played.tick)
    assert unclicked.as_played(longer, laid, 48, "symgen").length == 500


def test_ticks_of_a_pulse() -> None:
    pulse: Any = SimpleNamespace(ticks=lambda quarters: 100 * quarters + 0.6)
    played = unclicked.Played(Score((part((0, 60, 1)),), 480), pulse)
    assert [played.tick(laid) for laid in (0, 480, 720)] == [1, 101, 151]


def test_what_keeps_to_its_file_is_written_on_sixteenths_in_the_meter_asked_for() -> None:
    score = Score((part((3, 60, 470), (480, 62, 480), (965, 64, 480), (1440, 65, 480)),), 480)
    laid, pulse = unclicked.written_down(score, meter=Meter(3, 4))
    assert pulse is None
    assert str(laid.meters[0].meter) == "3/4"
    assert [(n.onset, n.end) for n in laid.parts[0].notes] == [
        (0, 480), (480, 960), (960, 1440), (1440, 1920),
    ]  # fmt: skip
    assert unclicked.written_down(score, quantize=False) == (score, None)
