"""What holds where new bars begin, and what the file still says behind them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.formats.midi import read_score
from symgen.midi.event_tables import Event
from symgen.midi.events import KEY, LYRIC, META, METER, SYSEX, TEMPO, TEXT, MidiFile, Track
from symgen.midi.joining import carry_on, restored, signed
from symgen.midi.weave import weave
from symgen.music.score import KeyChange, MeterChange, Note, Score, TempoChange

BAR = 384
JOIN = 4 * BAR
NOTES: list[Event] = [
    (BAR * bar + at, kind, 60, 9) for bar in range(4) for at, kind in ((0, 0x90), (BAR, 0x80))
]
SLOW, FAST = b"\x0f\x42\x40", b"\x07\xa1\x20"


def go_on(*events: Event, channel: int = 0, program: int | None = None) -> list[Event]:
    """What is added or goes where two bars follow; removed events have a minus before their status."""
    track = Track(tuple(sorted([*NOTES, *events], key=lambda event: event[0])), JOIN)
    score = read_score(MidiFile(1, 96, (track,)))[0]
    part = score.parts[0].with_notes(
        [*score.parts[0].notes, Note(JOIN, 62, BAR, 9), Note(JOIN + BAR, 64, BAR, 9)]
    )
    part = replace(part, program=part.program if program is None else program)
    cut = replace(
        score,
        tempos=[change for change in score.tempos if change.tick < JOIN],
        meters=[change for change in score.meters if change.tick < JOIN],
        keys=[change for change in score.keys if change.tick < JOIN],
        length=JOIN + 2 * BAR,
    )
    made = list(weave(carry_on(cut.with_parts([part]), JOIN)).tracks[channel].events)
    for event in track.events:
        assert event in made or event[1:3] in ((0xB0, 120), (0xB0, 123))
    gone = [(tick, -status, first, second) for tick, status, first, second in track.events
            if (tick, status, first, second) not in made]  # fmt: skip
    new = (event for event in made if event not in track.events)
    return gone + [event for event in new if event[1] & 0xE0 != 0x80]


@pytest.mark.parametrize(
    ("events", "added"),
    [
        ([], []),
        # a fade-out: the volume that held longest
        ([(0, 0xB0, 7, 90), (1400, 0xB0, 7, 50), (1500, 0xB0, 7, 0)], [(JOIN, 0xB0, 7, 90)]),
        # where nothing was said before, General MIDI says something
        ([(1400, 0xB0, 11, 20)], [(JOIN, 0xB0, 11, 127)]),
        ([(1400, 0xB0, 1, 20)], [(JOIN, 0xB0, 1, 0)]),
        ([(1400, 0xB0, 10, 20)], [(JOIN, 0xB0, 10, 64)]),
        # it was muted all the time, and stays so
        ([(0, 0xB0, 7, 0)], []),
        ([(0, 0xB0, 7, 90), (JOIN // 2, 0xB0, 7, 80)], []),  # of two as long the later one
        # a bend at the end
        ([(0, 0xE0, 0, 64), (1500, 0xE0, 0, 90)], [(JOIN, 0xE0, 0, 64)]),
        ([(1500, 0xE0, 0, 90)], [(JOIN, 0xE0, 0, 64)]),
        ([(1500, 0xD0, 90, 90)], [(JOIN, 0xD0, 0, 0)]),
        # the pedal is released, though it was down most of the time
        ([(0, 0xB0, 64, 127)], [(JOIN, 0xB0, 64, 0)]),
        ([(0, 0xB0, 64, 127), (1500, 0xB0, 64, 0)], []),
        # the last program goes on, and the last bank
        ([(0, 0xC0, 40, 40), (1200, 0xC0, 73, 73)], []),
        ([(0, 0xB0, 0, 8), (0, 0xC0, 40, 40)], []),
        # all controllers are set back at the end: what was set holds again
        ([(0, 0xB0, 1, 30), (0, 0xB0, 7, 90), (1500, 0xB0, 121, 0)], [(JOIN, 0xB0, 1, 30)]),
        # parameters and notes of other channels are left alone
        ([(0, 0xB0, 101, 0), (0, 0xB0, 100, 0), (0, 0xB0, 6, 12)], []),
        ([(0, 0xB5, 7, 90), (1500, 0xB5, 7, 0)], []),
    ],
)
def test_what_is_set_at_the_join(events: list[Event], added: list[Event]) -> None:
    assert go_on(*events) == added


LATE = JOIN + 100


@pytest.mark.parametrize(
    ("events", "added"),
    [
        ([(0, 0xB0, 7, 90), (LATE, 0xB0, 7, 0)], [(LATE, 0xB0, 7, 90)]),
        ([(LATE, 0xB0, 7, 0)], [(LATE, 0xB0, 7, 100)]),
        ([(0, 0xB0, 7, 90), (LATE, 0xB0, 7, 90)], []),
        ([(LATE, 0xB0, 64, 127)], [(LATE, 0xB0, 64, 0)]),
        ([(LATE, 0xE0, 0, 90)], [(LATE, 0xE0, 0, 64)]),
        ([(0, 0xB0, 1, 30), (LATE, 0xB0, 121, 0)], [(LATE, 0xB0, 1, 30)]),
        # a program behind the join is the last one: it plays all new notes
        ([(0, 0xC0, 40, 40), (LATE, 0xC0, 73, 73)], [(JOIN, 0xC0, 73, 73)]),
        # the whole instrument is set back
        ([(0, 0xC0, 40, 40), (0, 0xB0, 7, 90), (LATE, SYSEX, 0, b"\x7e\x7f\x09\x01\xf7")],
         [(LATE, 0xB0, 7, 90), (LATE, 0xC0, 40, 40)]),
        # it would end a new note, and goes; between two notes it stays
        ([(LATE, 0xB0, 123, 0)], [(LATE, -0xB0, 123, 0)]),
        ([(LATE, 0xB0, 120, 0)], [(LATE, -0xB0, 120, 0)]),
        ([(JOIN + BAR, 0xB0, 123, 0)], []),
        ([(JOIN, 0xB0, 123, 0)], []),
        ([(LATE, META, LYRIC, b"end")], []),
    ],
)  # fmt: skip
def test_what_the_file_says_behind_the_join(events: list[Event], added: list[Event]) -> None:
    assert go_on(*events) == added


@pytest.mark.parametrize(
    ("events", "added"),
    [
        ([(0, META, TEMPO, FAST), (LATE, META, TEMPO, SLOW)], [(LATE, META, TEMPO, FAST)]),
        ([(0, META, METER, b"\x03\x02\x18\x08"), (LATE, META, METER, b"\x02\x02\x18\x08")],
         [(LATE, META, METER, b"\x03\x02\x18\x08")]),
        ([(0, META, KEY, b"\2\0"), (LATE, META, KEY, b"\1\0")], [(LATE, META, KEY, b"\2\0")]),
        ([(LATE, META, KEY, b"\1\0")], []),  # no key held before
        ([(0, META, TEMPO, FAST), (JOIN, META, TEMPO, SLOW)], [(JOIN, META, TEMPO, FAST)]),
    ],
)  # fmt: skip
def test_maps_behind_the_join(events: list[Event], added: list[Event]) -> None:
    assert go_on(*events) == added


def test_an_instrument_that_is_asked_for_plays_the_new_notes_alone() -> None:
    assert go_on((0, 0xC0, 40, 40), program=73) == [(JOIN, 0xC0, 73, 73)]
    assert go_on((0, 0xC0, 40, 40), (LATE, 0xC0, 73, 73), program=40) == [(LATE, 0xC0, 40, 40)]
    banked: list[Event] = [(0, 0xB0, 0, 8), (0, 0xB0, 32, 1), (0, 0xC0, 40, 40)]
    assert go_on(*banked, program=73) == [
        (JOIN, 0xB0, 0, 0),
        (JOIN, 0xB0, 32, 0),
        (JOIN, 0xC0, 73, 73),
    ]


def test_time_before_a_channel_plays_does_not_count() -> None:
    late: list[Event] = [(1000, 0xB5, 7, 80), (1000, 0x95, 60, 9), (1500, 0x85, 60, 9)]
    track = Track(tuple(sorted([*NOTES, *late], key=lambda event: event[0])), JOIN)
    score = read_score(MidiFile(1, 96, (track,)))[0]
    assert carry_on(score, JOIN).source == score.source


def test_a_channel_that_two_tracks_share_is_one() -> None:
    hands = (
        Track((*NOTES[:-1], (1500, 0xB0, 7, 0), NOTES[-1]), JOIN),
        Track(((0, 0x90, 40, 9), (JOIN, 0x80, 40, 9)), JOIN),
    )
    made = carry_on(read_score(MidiFile(1, 96, hands))[0], JOIN).source
    assert isinstance(made, MidiFile)
    assert made.tracks == (Track((*hands[0].events, (JOIN, 0xB0, 7, 100)), JOIN), hands[1])


def test_a_text_says_what_has_made_the_bars() -> None:
    plain = Score(read_score(MidiFile(1, 96, (Track(tuple(NOTES), JOIN),)))[0].parts, 96)
    made = signed(plain, JOIN, "symgen x seed 1")
    assert made == plain
    assert (JOIN, META, TEXT, b"symgen x seed 1") in weave(made).tracks[0].events


def test_maps_and_length_of_the_file_come_back() -> None:
    events: list[Event] = [*NOTES, (LATE, META, TEMPO, SLOW), (LATE, META, KEY, b"\1\0"),
                           (LATE, META, METER, b"\x03\x02\x18\x08")]  # fmt: skip
    score = read_score(MidiFile(1, 96, (Track(tuple(events), 3000),)))[0]
    cut = replace(score, tempos=(), meters=(), keys=(), length=0)
    assert restored(cut) == score
    assert (score.tempos[1], score.keys) == (TempoChange(LATE, 1_000_000), (KeyChange(LATE, 1),))
    assert score.meters[1:] == (MeterChange(LATE, score.meters[1].meter),)
