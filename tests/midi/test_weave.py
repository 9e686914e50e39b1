"""A score is written into the file that it was read from: what is the same stays, event for event."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.formats import read_midi, write_midi
from symgen.formats.midi import read_score
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    KEY,
    LYRIC,
    META,
    METER,
    NAME,
    PRIVATE,
    TEMPO,
    MidiFile,
    Track,
    encode_midi,
)
from symgen.midi.weave import weave
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

CASES = sorted((Path(__file__).parents[1] / "formats" / "data" / "cases").glob("*.mid"))


def named(name: str) -> Event:
    return 0, META, NAME, name.encode()


CONDUCTOR = Track(
    (named("Air"), (0, META, METER, bytes((3, 2, 24, 8))), (0, META, TEMPO, b"\x07\xa1\x20")), 0
)
PLAYER = Track(
    (
        named("Lead"), (0, 0xC3, 40, 40), (0, 0xB3, 7, 90), (0, 0x93, 60, 70), (48, 0xE3, 5, 70), (96, 0x83, 60, 33),
        (96, META, LYRIC, b"la"), (96, 0x93, 62, 71), (192, 0x93, 62, 0), (200, 0xB3, 64, 0),
    ),
    288,
)  # fmt: skip
FILE = MidiFile(1, 96, (CONDUCTOR, PLAYER))
SCORE = read_score(FILE)[0]


def with_notes(*notes: Note, score: Score = SCORE) -> Score:
    return score.with_parts([score.parts[0].with_notes(notes)])


def events(score: Score, track: int = 1) -> list[Event]:
    return list(weave(score).tracks[track].events)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_file_comes_back_event_for_event(path: Path) -> None:
    score = read_midi(path.read_bytes())
    assert score.source is not None
    woven = weave(score)
    assert (woven.format, woven.division, woven.tracks) == (
        score.source.format, score.source.division, score.source.tracks
    )  # fmt: skip
    assert read_midi(write_midi(score)) == score


def test_a_new_note_goes_to_the_track_and_channel_of_its_part() -> None:
    new = Note(192, 64, 48, 99)
    made = events(with_notes(*SCORE.parts[0].notes, new))
    assert [event for event in made if event not in PLAYER.events] == [
        (192, 0x93, 64, 99),
        (240, 0x83, 64, 64),
    ]
    assert [event for event in made if event in PLAYER.events] == list(PLAYER.events)


def test_at_one_tick_new_notes_end_before_what_stands_there_and_begin_behind_it() -> None:
    made = events(with_notes(*SCORE.parts[0].notes, Note(48, 64, 48), Note(96, 64, 48)))
    assert [event for event in made if event[0] == 96] == [
        (96, 0x83, 64, 64), (96, 0x83, 60, 33), (96, META, LYRIC, b"la"), (96, 0x93, 62, 71), (96, 0x93, 64, 80)
    ]  # fmt: skip


def test_a_note_that_is_gone_takes_its_two_events_along() -> None:
    made = events(with_notes(SCORE.parts[0].notes[1]))
    assert made == [event for event in PLAYER.events if event[2:] not in ((60, 70), (60, 33))]


def test_a_note_off_that_another_note_needs_stays() -> None:
    doubled = Track(
        (
            (0, 0x90, 60, 9),
            (0, 0x90, 60, 8),
            (48, 0x80, 60, 1),
            (90, 0x90, 64, 1),
            (96, 0x80, 64, 1),
        ),
        96,
    )
    score = read_score(MidiFile(1, 96, (doubled,)))[0]
    left = score.with_parts(
        [score.parts[0].with_notes(n for n in score.parts[0].notes if n.velocity != 8)]
    )
    assert events(left, 0) == [event for event in doubled.events if event[3] != 8]


def test_a_note_that_hung_or_ended_with_another_is_given_an_end() -> None:
    track = Track(((0, 0x90, 60, 9), (48, 0x90, 60, 8), (96, 0x80, 60, 1), (96, 0x90, 64, 7)), 200)
    score = read_score(MidiFile(1, 96, (track,)))[0]
    kept = [note for note in score.parts[0].notes if note.velocity != 8]
    assert kept == [Note(0, 60, 48, 9), Note(96, 64, 104, 7)]
    made = score.with_parts([score.parts[0].with_notes(kept)])
    assert events(made, 0) == [
        (0, 0x90, 60, 9), (48, 0x80, 60, 64), (96, 0x90, 64, 7), (200, 0x80, 64, 64)
    ]  # fmt: skip
    assert read_midi(write_midi(made)) == made


def test_maps_say_what_the_score_says() -> None:
    changed = replace(
        SCORE,
        tempos=(TempoChange(0, 600_000), TempoChange(96, 400_000)),
        meters=(MeterChange(0, Meter(3, 4)), MeterChange(288, Meter(4, 4))),
        keys=(KeyChange(0, 2),),
    )
    made = events(changed, 0)
    assert made[1] == CONDUCTOR.events[1]  # the meter is the same: its clicks stay
    assert [(tick, first) for tick, status, first, _ in made if status == META] == [
        (0, NAME), (0, METER), (0, KEY), (0, TEMPO), (96, TEMPO), (288, METER)
    ]  # fmt: skip
    assert read_midi(write_midi(changed)) == changed


def test_events_of_a_map_that_say_nothing_new_stay() -> None:
    again = Track(
        (*CONDUCTOR.events, (96, META, TEMPO, b"\x07\xa1\x20"), (96, META, TEMPO, b"\x07\xa1\x20")),
        96,
    )
    score = read_score(MidiFile(1, 96, (again, PLAYER)))[0]
    assert len(score.tempos) == 1
    assert events(with_notes(score=score), 0) == list(again.events)


def test_name_title_and_program_say_what_the_score_says() -> None:
    changed = replace(
        SCORE, title="Song", parts=(replace(SCORE.parts[0], name="Fiddle", program=73),)
    )
    made = weave(changed)
    assert made.tracks[0].events[0] == named("Song")
    assert made.tracks[1].events[:2] == (named("Fiddle"), (0, 0xC3, 73, 73))
    assert len(made.tracks[1].events) == len(PLAYER.events)
    assert read_midi(encode_midi(made)) == changed


def test_notes_that_overlap_on_a_key_get_a_track_behind_all_others() -> None:
    third = Track((named("Low"), (0, 0x94, 40, 9), (96, 0x84, 40, 9)), 96)
    score = read_score(replace(FILE, tracks=(*FILE.tracks, third)))[0]
    more = score.with_parts(
        [score.parts[0].with_notes([*score.parts[0].notes, Note(48, 60, 96)]), score.parts[1]]
    )
    made = weave(more)
    assert made.tracks[1:3] == (PLAYER, third)
    assert made.tracks[3].events[0][2:] == (PRIVATE, b"\x7dsymgen:more:1")
    assert read_midi(encode_midi(made)) == more


def test_the_same_new_note_twice_is_written_twice() -> None:
    twice = with_notes(*SCORE.parts[0].notes, Note(192, 64, 48), Note(192, 64, 48))
    assert len(weave(twice).tracks) == len(weave(SCORE).tracks) + 1
    assert read_midi(write_midi(twice)) == twice


def test_a_part_more_gets_a_track_and_a_channel_of_its_own() -> None:
    more = replace(
        SCORE,
        parts=(*SCORE.parts, Part((Note(0, 40, 96),), 33, name="Bass"), Part((), is_drum=True)),
    )
    made = weave(more)
    assert made.tracks[:2] == (CONDUCTOR, PLAYER)
    assert made.places == ((1, 3), (2, 0), (3, 9))
    assert read_midi(encode_midi(made)) == more
    assert weave(replace(more, source=made)) == made


def test_fewer_parts_than_the_source_are_a_file_of_their_own() -> None:
    assert SCORE.with_parts(()).source is None


def test_a_file_ends_where_the_score_ends() -> None:
    longer, shorter = replace(SCORE, length=960), replace(SCORE, length=0)
    assert [track.end for track in weave(longer).tracks] == [960, 288]
    assert [track.end for track in weave(shorter).tracks] == [192, 200]  # not before its last event
    for score in (longer, shorter):
        assert read_midi(write_midi(score)).length == score.length
        again = read_midi(write_midi(score))
        assert read_midi(write_midi(replace(again, length=720))).length == 720


def test_a_file_of_one_track_stays_one() -> None:
    notes: tuple[Event, ...] = (
        (0, 0x90, 60, 9),
        (0, 0x99, 36, 9),
        (96, 0x80, 60, 9),
        (96, 0x89, 36, 9),
    )
    whole = MidiFile(0, 96, (Track((named("Air"), *notes), 96),))
    score = read_score(whole)[0]
    parts = [
        part.with_notes([*part.notes, Note(96, 40 + i, 48)]) for i, part in enumerate(score.parts)
    ]
    more = replace(
        score, parts=(*parts, Part((Note(0, 50, 96),), 33, name="Electric Bass")), length=192
    )
    made = weave(more)
    assert (made.format, len(made.tracks), made.places) == (0, 1, ((0, 0), (0, 9), (0, 1)))
    back = read_midi(encode_midi(made))
    assert (back.title, [part.name for part in back.parts]) == (
        "Air", ["Acoustic Grand Piano", "Fingered Bass", "Drums"]
    )  # fmt: skip
    by_place = {part.program if not part.is_drum else -1: part.notes for part in back.parts}
    assert by_place == {part.program if not part.is_drum else -1: part.notes for part in more.parts}


def test_patterns_that_do_not_play_stay() -> None:
    patterns = tuple(Track(((0, 0x90, pitch, 9), (96, 0x80, pitch, 9)), 96) for pitch in (60, 62))
    score = read_score(MidiFile(2, 96, patterns, places=((1, 0),)))[0]
    made = weave(with_notes(*score.parts[0].notes, Note(96, 64, 96), score=score))
    assert (made.format, made.tracks[0], len(made.tracks[1].events)) == (2, patterns[0], 4)


def test_film_frames_stay_until_a_tempo_is_asked_for() -> None:
    frames = replace(FILE, division=0xE728)  # 25 frames of 40 ticks: 500 a quarter note
    score = read_score(frames)[0]
    assert (score.resolution, weave(score)) == (500, replace(frames, places=((1, 3),)))
    changed = replace(score, tempos=(TempoChange(0, 400_000),))
    made = weave(changed)
    assert (made.division, read_midi(encode_midi(made))) == (500, changed)


def test_a_multiple_of_the_resolution_takes_the_file_along() -> None:
    finer = SCORE.with_resolution(480)
    assert finer.source is not None
    assert [event[0] for event in finer.source.tracks[1].events] == [
        5 * event[0] for event in PLAYER.events
    ]
    assert read_midi(write_midi(finer)) == SCORE
    assert SCORE.with_resolution(100).source is None


@given(st.data())
def test_any_notes_come_back_equal_and_nothing_else_is_lost(data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from([path for path in CASES if path.stem not in ("fmt0", "allnotesoff")])
    )
    score = read_midi(path.read_bytes())
    assert score.source is not None
    parts = []
    for part in score.parts:
        kept = data.draw(st.lists(st.sampled_from(part.notes), unique=True, max_size=8))
        onsets, lengths = st.integers(0, score.length), st.integers(1, 400)
        fresh = data.draw(
            st.lists(st.builds(Note, onsets, st.integers(58, 62), lengths), min_size=1, max_size=6)
        )
        parts.append(part.with_notes([*kept, *fresh]))
    changed = replace(score, parts=tuple(parts), length=data.draw(st.integers(0, 2 * score.length)))
    made = weave(changed)
    assert read_midi(encode_midi(made)) == changed
    for before, after in zip(score.source.tracks, made.tracks, strict=False):
        rest = [
            event
            for event in after.events
            if event in set(before.events) and event[1] & 0xE0 != 0x80
        ]
        assert rest == [event for event in before.events if event[1] & 0xE0 != 0x80]


def test_parts_in_another_order_keep_their_drums() -> None:
    tune, drums = Part((Note(0, 60, 24),), 40, name="tune"), Part((Note(0, 36, 6),), is_drum=True)
    score, _ = read_score(weave(Score((drums, tune), 24, length=96)))
    turned, _ = read_score(weave(score.with_parts(score.parts[::-1])))
    assert [part.is_drum for part in turned.parts] == [False, True]
    assert [part.notes for part in turned.parts] == [tune.notes, drums.notes]


def test_notes_are_read_as_they_are_woven_where_keys_are_struck_while_they_are_down() -> None:
    rng = np.random.default_rng(0)
    changed = 0
    for _ in range(600):
        count = int(rng.integers(2, 6))
        ons = np.sort(rng.choice(12, count, replace=False)).tolist()
        events = [(on, 0x99, 36, 100 - number) for number, on in enumerate(ons)]
        events += [(on + int(rng.integers(1, 8)), 0x89, 36, 64) for on in ons]
        track = Track(tuple(sorted(events, key=lambda event: event[0])), 200)
        score = read_midi(encode_midi(MidiFile(1, 96, (Track((), 0), track))))
        (part,) = score.parts
        rows = part.note_array()
        rows[:, 0] += rng.integers(-1, 2, count)
        if rows[:, 0].min() < 0 or (np.diff(rows[:, 0]) <= 0).any():
            continue
        other = Part.from_array(rows, part.program, is_drum=True, name=part.name)
        woven = weave(replace(score, parts=(other,)))
        assert read_midi(encode_midi(woven)).parts == (other,)
        changed += other != part
    assert changed > 100
