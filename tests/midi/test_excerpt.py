"""Some bars or some parts of a file, with all that holds in them."""

from __future__ import annotations

from symgen.formats import read_midi, write_midi
from symgen.formats.midi import read_score
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    COPYRIGHT,
    KEY,
    LYRIC,
    MARKER,
    META,
    METER,
    NAME,
    SYSEX,
    TEMPO,
    TEXT,
    MidiFile,
    Track,
)
from symgen.midi.excerpt import cut_out, select_parts
from symgen.midi.weave import weave
from symgen.music.score import Note

BAR = 384
GS = (0, SYSEX, 0, b"\x41\x10\x42\x12\x40\x00\x7f\x00\x41\xf7")
CONDUCTOR: tuple[Event, ...] = (
    (0, META, NAME, b"Air"), (0, META, COPYRIGHT, b"me"), (0, META, TEXT, b"made by hand"), GS,
    (0, META, METER, b"\4\2\x18\x08"), (0, META, KEY, b"\1\0"), (0, META, TEMPO, b"\x07\xa1\x20"),
    (0, META, MARKER, b"A"), (300, META, TEMPO, b"\x0f\x42\x40"), (BAR, META, MARKER, b"B"),
    (2 * BAR, META, MARKER, b"C"),
)  # fmt: skip
LEAD: tuple[Event, ...] = (
    (0, META, NAME, b"Lead"), (0, 0xC0, 40, 40), (0, 0xB0, 7, 50), (0, 0xB0, 101, 0), (0, 0xB0, 100, 0),
    (0, 0xB0, 6, 12), (0, META, LYRIC, b"one"), (0, 0x90, 60, 70), (100, 0xB0, 7, 90), (200, 0xE0, 0, 70),
    (300, 0xC0, 73, 73), (BAR, META, LYRIC, b"two"), (BAR, 0x90, 62, 71), (400, 0x80, 60, 33), (500, 0xB0, 7, 80),
    (700, 0x80, 62, 34), (700, 0x90, 64, 72), (900, 0x80, 64, 35), (1000, 0xB0, 7, 0),
)  # fmt: skip
BASS: tuple[Event, ...] = (
    (0, META, NAME, b"Bass"),
    (0, 0xC1, 33, 33),
    (BAR, 0x91, 40, 60),
    (700, 0x81, 40, 1),
)
FILE = MidiFile(1, 96, (Track(CONDUCTOR, 2 * BAR), Track(LEAD, 1000), Track(BASS, 700)))
SCORE = read_score(FILE)[0]


def test_the_second_bar_of_two() -> None:
    cut = cut_out(SCORE, BAR, 2 * BAR)
    conductor, lead, bass = weave(cut).tracks
    assert conductor.events == (
        (0, META, NAME, b"Air"), (0, META, COPYRIGHT, b"me"), (0, META, TEXT, b"made by hand"), GS,
        (0, META, METER, b"\4\2\x18\x08"), (0, META, KEY, b"\1\0"), (0, META, TEMPO, b"\x0f\x42\x40"),
        (0, META, MARKER, b"B"),
    )  # fmt: skip
    assert lead.events == (
        (0, META, NAME, b"Lead"), (0, 0xB0, 101, 0), (0, 0xB0, 100, 0), (0, 0xB0, 6, 12), (0, 0xB0, 7, 90),
        (0, 0xE0, 0, 70), (0, 0xC0, 73, 73), (0, META, LYRIC, b"two"), (0, 0x90, 62, 71), (116, 0xB0, 7, 80),
        (316, 0x80, 62, 34), (316, 0x90, 64, 72), (BAR, 0x80, 64, 35),
    )  # fmt: skip
    assert bass.events == (
        (0, META, NAME, b"Bass"),
        (0, 0xC1, 33, 33),
        (0, 0x91, 40, 60),
        (316, 0x81, 40, 1),
    )
    assert cut == SCORE.slice_ticks(BAR, 2 * BAR)
    assert read_midi(write_midi(cut)) == cut


def test_the_program_of_a_bar_is_its_own() -> None:
    first = cut_out(SCORE, 0, 300)
    assert [part.program for part in first.parts] == [40, 33]
    assert first.parts[1].notes == ()
    assert [part.program for part in SCORE.parts] == [73, 33]


def test_a_score_without_a_source_is_cut_too() -> None:
    plain = SCORE.slice_ticks(0, 2 * BAR)
    assert cut_out(plain, BAR, 2 * BAR) == SCORE.slice_ticks(BAR, 2 * BAR)


def test_one_part_of_two() -> None:
    one = select_parts(SCORE, [1])
    assert weave(one) == MidiFile(1, 96, (Track(CONDUCTOR, one.length), FILE.tracks[2]), ((1, 1),))
    assert read_midi(write_midi(one)) == one


def test_what_concerns_all_stays_of_the_track_of_another_part() -> None:
    alone = MidiFile(1, 96, (Track((*CONDUCTOR[1:7], *LEAD), 1000), Track(BASS, 700)))
    one = select_parts(read_score(alone)[0], [1])
    events = weave(one).tracks[0].events
    assert events == tuple(event for event in CONDUCTOR[1:7] if event[2] != TEXT)
    assert one.tempos == SCORE.tempos[:1]


def test_one_channel_of_a_file_of_one_track() -> None:
    events = tuple(sorted([*CONDUCTOR, *LEAD, *BASS[1:]], key=lambda event: event[0]))
    whole = read_score(MidiFile(0, 96, (Track(events, 1000),)))[0]
    one = select_parts(whole, [1])
    made = weave(one)
    assert (made.format, len(made.tracks)) == (0, 1)
    assert [event for event in made.tracks[0].events if event[1] < SYSEX] == list(BASS[1:])
    assert [event for event in made.tracks[0].events if event[1] >= SYSEX] == [
        e for e in events if e[1] >= SYSEX
    ]


def test_tracks_with_more_of_a_part_go_with_it() -> None:
    score = SCORE.with_parts(
        [SCORE.parts[0], SCORE.parts[1].with_notes([Note(0, 40, 500), Note(100, 40, 300)])]
    )
    written = read_midi(write_midi(score))
    assert written == score
    one = select_parts(written, [1])
    assert [part.notes for part in read_midi(write_midi(one)).parts] == [score.parts[1].notes]
    other = select_parts(written, [0])
    assert len(weave(other).tracks) == 2
