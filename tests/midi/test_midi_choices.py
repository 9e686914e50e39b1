"""What joins and excerpts of MIDI files decide, at the boundaries, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.formats.midi import read_score
from symgen.midi.edits import Spans
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    COPYRIGHT,
    KEY,
    LYRIC,
    META,
    METER,
    NAME,
    PRIVATE,
    SYSEX,
    TEMPO,
    TEXT,
    MidiFile,
    Track,
)
from symgen.midi.excerpt import (
    _is_common,
    _lasting_message,
    _lasting_meta,
    _of_parts,
    _renumbered,
    _still_holding,
    cut_out,
    select_parts,
)
from symgen.midi.joining import _is_reset, _system_resets, carry_on, signed
from symgen.midi.parts import LENGTH, MORE
from symgen.music.score import KeyChange, Note, Part
from symgen.music.sources import TextDocument

GM = b"\x7e\x7f\x09\x01\xf7"
GS = b"\x41\x10\x42\x12\x40\x00\x7f\x00\x41\xf7"
XG = b"\x43\x10\x4c\x00\x00\x7e\x00\xf7"


@pytest.mark.parametrize(
    ("data", "resets"),
    [
        (GM, True), (GS, True), (XG, True), (b"\x7e\x7f\x06\x01\xf7", False), (b"\x7f\x7f\x09\x01\xf7", False),
        (b"\x41\x10\x42\x12\x40\x00\x04\x7f\xf7", False), (b"\x43" + GS[1:], False), (b"\x41" + XG[1:], False),
        (b"\x43\x10\x4c\x00\x00\x04\x00\xf7", False), (b"", False),
    ],
)  # fmt: skip
def test_what_sets_an_instrument_back(data: bytes, resets: bool) -> None:
    assert _is_reset(data) is resets


def test_resets_within_the_new_bars_count() -> None:
    events = tuple((tick, SYSEX, 0, GM) for tick in (100, 101, 199, 200))
    file = MidiFile(
        1, 96, (Track(events, 300), Track(((150, SYSEX, 0, XG), (199, SYSEX, 0, GM)), 300))
    )
    assert _system_resets(file, 100, 200) == {101: 0, 150: 1, 199: 1}


NOTE: tuple[Event, ...] = ((0, 0x90, 60, 9), (96, 0x80, 60, 0))


def test_keys_of_the_file_from_the_join_on_stay() -> None:
    events = (
        *NOTE,
        (95, META, KEY, b"\x01\x00"),
        (96, META, KEY, b"\x02\x00"),
        (97, META, KEY, b"\x03\x00"),
    )
    ordered = tuple(sorted(events, key=lambda event: event[0]))
    score = read_score(MidiFile(1, 96, (Track(ordered, 384),)))[0]
    assert carry_on(replace(score, keys=()), 96).keys == (KeyChange(96, 2), KeyChange(97, 3))


def test_a_text_stands_in_the_first_track_and_only_in_midi() -> None:
    file = MidiFile(1, 96, (Track(NOTE, 96), Track(NOTE, 96)))
    score = read_score(file)[0]
    made = signed(score, 96, "x").source
    assert isinstance(made, MidiFile)
    assert [len(track.events) for track in made.tracks] == [3, 2]
    other = replace(score, source=TextDocument(()))
    assert signed(other, 96, "x") is other


@pytest.mark.parametrize(
    ("spans", "start", "end", "overlap"),
    [
        ([(10, 20)], 20, 30, False), ([(10, 20)], 0, 10, False), ([(10, 20)], 19, 20, True),
        ([(10, 20)], 5, 11, True), ([(10, 99), (20, 30)], 40, 41, True), ([(15, 15)], 14, 16, True),
        ([(15, 15)], 15, 16, False), ([], 0, 9, False),
    ],
)  # fmt: skip
def test_spans_overlap(spans: list[tuple[int, int]], start: int, end: int, overlap: bool) -> None:
    assert Spans(spans).overlap(start, end) is overlap


# -- excerpts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        ((9, META, TEMPO, b"\1\2\3"), (META, TEMPO, 0)),  # one of a kind
        ((9, META, METER, b"\4\2"), (META, METER, 0)),
        ((9, META, KEY, b"\0\0"), (META, KEY, 0)),
        ((9, META, NAME, b"x"), (META, NAME, 5)),  # each by itself
        ((9, META, COPYRIGHT, b"x"), (META, COPYRIGHT, 5)),
        ((9, META, PRIVATE, MORE), (META, PRIVATE, 5)),
        ((9, META, PRIVATE, LENGTH), None),
        ((9, META, PRIVATE, b"\0other"), None),
        ((0, META, TEXT, b"x"), (META, TEXT, 5)),
        ((9, META, TEXT, b"x"), None),
        ((0, META, LYRIC, b"x"), None),
        ((9, SYSEX, 0, GM), (SYSEX, 0, 5)),
    ],
)
def test_meta_events_that_last(event: Event, kept: tuple[int, int, int] | None) -> None:
    assert _lasting_meta(event, 5) == kept


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        ((9, 0xB2, 7, 1), (0xB2, 7, 0)), ((9, 0xB2, 6, 1), (0xB2, 6, 5)), ((9, 0xB2, 101, 1), (0xB2, 101, 5)),
        ((9, 0xC2, 7, 7), (0xC2, 0, 0)), ((9, 0xE2, 7, 7), (0xE2, 0, 0)), ((9, 0xB2, 123, 0), None),
        ((9, 0xA2, 60, 7), None), ((9, 0x92, 60, 7), None), ((9, 0xC2, 6, 6), (0xC2, 0, 0)),
    ],
)  # fmt: skip
def test_messages_that_last(event: Event, kept: tuple[int, int, int] | None) -> None:
    assert _lasting_message(event, 5) == kept


def test_what_holds_is_said_before_the_start() -> None:
    events: tuple[Event, ...] = (
        (0, 0xB0, 7, 1),
        (0, 0xB0, 10, 2),
        (5, 0xB0, 7, 3),
        (9, 0xB0, 7, 4),
    )
    assert _still_holding(Track(events, 9), 9) == [events[1], events[2]]
    assert _still_holding(Track(events, 9), 10) == [events[1], events[3]]


def test_an_excerpt_ends_with_it_and_takes_onsets_before_its_end() -> None:
    events: tuple[Event, ...] = (
        (0, 0x90, 60, 9), (96, 0x80, 60, 0), (96, 0x90, 62, 9), (192, META, LYRIC, b"x"), (192, 0x90, 64, 9),
        (300, 0x80, 62, 0), (300, 0x80, 64, 0),
    )  # fmt: skip
    score = read_score(MidiFile(1, 96, (Track(events, 480),)))[0]
    made = cut_out(score, 96, 192).source
    assert isinstance(made, MidiFile)
    assert made.tracks == (Track(((0, 0x90, 62, 9), (96, 0x80, 62, 0)), 96),)
    early = cut_out(score, 384, 480).source
    assert isinstance(early, MidiFile)
    assert early.tracks == (Track((), 96),)


def test_events_for_all_tracks() -> None:
    kinds = {
        TEMPO: True,
        METER: True,
        KEY: True,
        COPYRIGHT: True,
        NAME: False,
        TEXT: False,
        LYRIC: False,
    }
    assert {kind: _is_common((0, META, kind, b"")) for kind in kinds} == kinds
    assert _is_common((0, SYSEX, 0, GM))
    assert not _is_common((0, 0xB0, TEMPO, 0))


def test_what_chosen_parts_have_of_a_track() -> None:
    tempo: Event = (0, META, TEMPO, b"\1\2\3")
    mine: Event = (0, 0xB1, 7, 9)
    other: Event = (0, 0xB2, 7, 9)
    played = Track((tempo, mine, other, (0, 0x92, 60, 9)), 9)
    assert _of_parts(played, {1}, set()) == Track((tempo, mine), 9)
    assert _of_parts(played, set(), {(0, 1)}) == Track((tempo,), 9)  # a track of other parts
    assert _of_parts(Track(played.events[1:], 9), set(), {(0, 1)}) is None
    silent = Track((tempo, mine, other), 9)
    assert _of_parts(silent, set(), {(0, 2), (1, 1)}) == Track((tempo, other), 9)


def test_marks_follow_their_tracks() -> None:
    track = Track(
        ((0, META, PRIVATE, MORE + b":3"), (0, META, PRIVATE, MORE), (0, META, NAME, MORE), *NOTE),
        96,
    )
    (first, *others) = _renumbered(track, {3: 1}).events
    assert first == (0, META, PRIVATE, MORE + b":1")
    assert tuple(others) == track.events[1:]


def test_parts_that_the_file_does_not_have_are_chosen_without_it() -> None:
    score = read_score(MidiFile(1, 96, (Track(NOTE, 96),)))[0]
    more = score.with_parts([*score.parts, Part((Note(0, 48, 96),))])
    assert select_parts(more, [1]).source is None
    assert select_parts(more, [0]).source is not None
    assert select_parts(more, [1]).parts == more.parts[1:]
