"""MIDI: every legal score comes back equal, and other libraries read the same notes."""

from __future__ import annotations

import io
import warnings

import mido
import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st
from midi_bytes import END, midi, track

from symgen.formats import load_score, read_midi, write_midi
from symgen.formats.limits import Limits
from symgen.formats.midi import read_midi_tunes
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

HUGE = Limits(seconds=10**9, tokens=10**9)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    resolution = draw(st.integers(1, 32767))
    times = st.integers(0, 300) | st.integers(0, min(2**31 - 402, 200_000 * resolution))
    notes = st.builds(Note, times, st.integers(58, 62), st.integers(1, 400), st.integers(1, 127))
    parts = st.builds(
        Part,
        st.lists(notes, max_size=12).map(tuple),
        st.integers(0, 127),
        st.booleans(),
        st.text(max_size=8),
    )
    meters = st.builds(Meter, st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
    return Score(
        tuple(draw(st.lists(parts, max_size=5))),
        resolution,
        tuple(
            draw(
                st.lists(st.builds(TempoChange, times, st.integers(6_000, 15_000_000)), max_size=4)
            )
        ),
        tuple(draw(st.lists(st.builds(MeterChange, times, meters), max_size=4))),
        tuple(
            draw(
                st.lists(st.builds(KeyChange, times, st.integers(-7, 7), st.booleans()), max_size=4)
            )
        ),
        draw(times),
        draw(st.text(max_size=8)),
    )


@given(scores())
def test_every_legal_score_comes_back_equal(score: Score) -> None:
    data = write_midi(score)
    back = read_midi(data, limits=HUGE)
    assert back == score
    assert (back.resolution, back.length) == (score.resolution, score.length)
    assert write_midi(back) == data


def test_all_orders_of_two_notes_of_one_pitch_come_back() -> None:
    spans = [(a, b) for a in range(4) for b in range(a + 1, 5)]
    for first in spans:
        for second in spans:
            notes = (
                Note(first[0], 60, first[1] - first[0], 30),
                Note(second[0], 60, second[1] - second[0], 90),
            )
            for drum in (False, True):
                score = Score((Part(notes, is_drum=drum), Part(notes)), 2, length=9)
                assert read_midi(write_midi(score)) == score


def test_forty_parts_names_and_empty_parts_come_back() -> None:
    parts = [
        Part(
            (Note(0, 60, 1),) if i % 3 else (),
            i,
            i % 7 == 0,
            ["", "Flöte", "笛\x00 ", "\ue000"][i % 4],
        )
        for i in range(40)
    ]
    score = Score(tuple(parts), 96, length=7)
    assert read_midi(write_midi(score)) == score


def test_every_name_can_be_printed() -> None:
    lone = b"\x00\xff\x03\x03\xed\xa0\x80"  # what some programs write for half a character
    name = read_midi(midi(track(lone, b"\x00\x90\x3c\x40\x60\x3c\x00", END))).parts[0].name
    assert name.encode().decode() == name
    back = read_midi(write_midi(Score((Part((Note(0, 60, 96),), name="a\ud800b"),), 96)))
    assert back.parts[0].name == "a b"


def test_the_name_of_a_first_track_without_notes_is_the_title() -> None:
    note, named = b"\x00\x90\x3c\x40\x60\x3c\x00", b"\x00\xff\x03\x03Air"
    score = read_midi(midi(track(named, END), track(b"\x00\xff\x03\x01A", note, END)))
    assert (score.title, [part.name for part in score.parts]) == ("Air", ["A"])
    assert read_midi(write_midi(score)) == score
    alone = read_midi(midi(track(named, note, END), kind=0))
    assert (alone.title, [part.name for part in alone.parts]) == ("Air", ["Acoustic Grand Piano"])
    assert read_midi(midi(track(END), track(named, END))).title == ""


def test_a_wait_longer_than_a_midi_delta_comes_back() -> None:
    score = Score((Part((Note(2**31 - 100, 60, 99),)),), 32767)
    assert read_midi(write_midi(score), limits=HUGE) == score


def test_known_bytes() -> None:
    score = Score((Part((Note(0, 60, 96, 64),), 73, name="A"),), 96, length=192)
    assert write_midi(score).hex(" ") == (
        "4d 54 68 64 00 00 00 06 00 01 00 02 00 60 "
        "4d 54 72 6b 00 00 00 14 00 ff 58 04 04 02 18 08 00 ff 51 03 07 a1 20 81 40 ff 2f 00 "
        "4d 54 72 6b 00 00 00 14 00 ff 03 01 41 00 c0 49 00 90 3c 40 60 80 3c 40 00 ff 2f 00"
    )


@given(scores())
def test_other_libraries_read_the_same_file(score: Score) -> None:
    data = write_midi(score)
    file = mido.MidiFile(file=io.BytesIO(data))
    assert file.ticks_per_beat == score.resolution
    ons = sum(m.type == "note_on" and m.velocity > 0 for track in file.tracks for m in track)
    assert ons == score.note_count
    other = symusic.Score.from_midi(data)
    assert other.note_num() == score.note_count
    assert [(t.time, t.mspq) for t in other.tempos] == [
        (t.tick, t.microseconds) for t in score.tempos
    ]
    assert sorted(n.time for t in other.tracks for n in t.notes) == sorted(
        n.onset for p in score.parts for n in p.notes
    )


def test_pretty_midi_reads_the_same_seconds() -> None:
    import pretty_midi

    notes = (Note(0, 60, 480, 90), Note(480, 64, 240), Note(960, 67, 960))
    parts = (Part(notes, 40, name="Fiddle"), Part((Note(0, 36, 10),), is_drum=True))
    tempos = (TempoChange(0, 600_001), TempoChange(480, 250_000))
    score = Score(parts, 480, tempos, (MeterChange(0, Meter(6, 8)),), (KeyChange(0, -3, True),))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = pretty_midi.PrettyMIDI(io.BytesIO(write_midi(score)))
    assert [i.program for i in other.instruments] == [40, 0]
    assert [i.is_drum for i in other.instruments] == [False, True]
    assert other.instruments[0].name == "Fiddle"
    for mine, theirs in zip(notes, other.instruments[0].notes, strict=True):
        assert theirs.start == pytest.approx(score.seconds(mine.onset))
        assert theirs.end == pytest.approx(score.seconds(mine.end))
    assert (
        other.time_signature_changes[0].numerator,
        other.time_signature_changes[0].denominator,
    ) == (6, 8)


def notes_of(data: bytes) -> list[list[tuple[int, int, int, int]]]:
    return [
        [(n.onset, n.pitch, n.duration, n.velocity) for n in part.notes]
        for part in read_midi(data).parts
    ]


@pytest.mark.parametrize(
    ("events", "notes"),
    [
        (b"\x00\x90\x3c\x40\x60\x80\x3c\x40", [(0, 60, 96, 64)]),
        (
            b"\x00\x90\x3c\x40\x60\x3c\x00",
            [(0, 60, 96, 64)],
        ),  # running status, note on of velocity 0
        (
            b"\x00\x90\x3c\x40\x10\x3c\x50\x10\x3c\x00\x10\x3c\x00",
            [(0, 60, 32, 64), (16, 60, 32, 80)],
        ),  # two voices on one key: the oldest ends first
        (
            b"\x00\x90\x3c\x40\x10\x3c\x50\x10\x3c\x00\x10\x3e\x50\x10\x3e\x00",
            [(0, 60, 16, 64), (16, 60, 16, 80), (48, 62, 16, 80)],
        ),  # one note off for two: a key that is struck again ends what sounds on it
        (
            b"\x00\x90\x3c\x40\x00\x3c\x50\x10\x3c\x00\x10\x3c\x40\x10\x3c\x00",
            [(0, 60, 16, 64), (0, 60, 16, 80), (32, 60, 16, 64)],
        ),  # struck twice at once: no drone
        (
            b"\x00\x90\x3c\x40\x10\x3e\x40\x10\x3e\x00",
            [(0, 60, 32, 64), (16, 62, 16, 64)],
        ),  # never ended: to the end of track
        (b"\x00\x90\x3c\x40\x00\x3c\x00", [(0, 60, 1, 64)]),  # no length: one tick
        (
            b"\x00\x80\x3c\x40\x00\x90\x3c\x40\x60\x3c\x00",
            [(0, 60, 96, 64)],
        ),  # a note off without a note
        (
            b"\x00\x90\x3c\x40\x10\xff\x01\x01A\x10\x3c\x00",
            [(0, 60, 32, 64)],
        ),  # running status across a text
        (
            b"\x00\xb0\x07\x40\x00\x90\x3c\x40\x81\x00\x3c\x00",
            [(0, 60, 128, 64)],
        ),  # a controller, a delta of 2 bytes
        (
            b"\x00\xd0\x07\x00\xe0\x00\x40\x00\xf0\x02\x7e\xf7\x00\x90\x3c\x40\x01\x3c\x00",
            [(0, 60, 1, 64)],
        ),
    ],
)
def test_events_are_read_as_the_standard_says(
    events: bytes, notes: list[tuple[int, int, int, int]]
) -> None:
    assert notes_of(midi(track(events, END))) == [notes]


def test_channels_of_one_track_are_parts() -> None:
    events = (
        b"\x00\xc0\x05\x00\xc1\x06\x00\x90\x3c\x40\x00\x91\x40\x40\x00\x99\x24\x40\x10\x80\x3c\x40",
        b"\x00\x81\x40\x40\x00\x89\x24\x40\x00\xc0\x07\x00\x90\x3e\x40\x10\x80\x3e\x40",
    )
    score = read_midi(midi(track(*events, END), kind=0))
    assert [(p.program, p.is_drum, len(p.notes)) for p in score.parts] == [
        (7, False, 2),  # a change of program is no second player
        (6, False, 1),
        (0, True, 1),
    ]


def test_a_program_named_in_another_track_holds() -> None:
    first, second = track(b"\x00\xc3\x28", END), track(b"\x00\x93\x3c\x40\x10\x3c\x00", END)
    assert [p.program for p in read_midi(midi(first, second)).parts] == [40]


def test_patterns_of_format_2_are_pieces_of_their_own() -> None:
    note = b"\x00\x90\x3c\x40\x60\x3c\x00"
    silent = track(b"\x00\xff\x03\x01A", END)
    data = midi(
        silent,
        track(b"\x00\xff\x51\x03\x01\x00\x00", note, END),
        track(b"\x60", note[1:], END),
        kind=2,
    )
    tunes = read_midi_tunes(data)
    assert [[[n.onset for n in p.notes] for p in tune.score.parts] for tune in tunes] == [
        [[0]],
        [[96]],
    ]
    assert [[t.microseconds for t in tune.score.tempos] for tune in tunes] == [[65536], [500_000]]
    assert [(tune.count, tune.score.length) for tune in tunes] == [(2, 96), (2, 192)]
    assert read_midi(data) == load_score(data) == tunes[0].score


def test_riff_long_headers_and_unknown_chunks_are_read() -> None:
    plain = midi(track(b"\x00\x90\x3c\x40\x60\x3c\x00", END))
    longer = (
        plain[:4]
        + (8).to_bytes(4, "big")
        + plain[8:14]
        + b"\x00\x00"
        + b"ABCD\x00\x00\x00\x01x"
        + plain[14:]
        + b"junk"
    )
    riff = (
        b"RIFF"
        + (len(plain) + 12).to_bytes(4, "little")
        + b"RMIDdata"
        + len(plain).to_bytes(4, "little")
        + plain
    )
    assert notes_of(plain) == notes_of(longer) == notes_of(riff) == [[(0, 60, 96, 64)]]
