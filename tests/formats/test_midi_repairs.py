"""MIDI files that are repaired, limited or told of."""

from __future__ import annotations

import pytest
from midi_bytes import END, midi, track

from symgen.formats import load_tune, read_midi, write_midi
from symgen.formats.limits import DEFAULT_LIMITS, Limits, parse_limits
from symgen.midi.events import encode_vlq
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.system.errors import ControlError, FormatError


def test_a_file_without_notes_is_read() -> None:
    score = read_midi(midi(track(b"\x83\x00\xff\x2f\x00")))
    assert (score.parts, score.length) == ((), 384)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"x: is empty \(0 bytes\)"),
        (b"Hello, I am a text", "x: is no MIDI file, it begins with b'Hello, I'"),
        (b"MThd\x00\x00\x00\x05", "header chunk of 5 bytes does not fit at byte 4"),
        (
            midi(track(END))[:-3],
            r"the track breaks off inside an event at byte 2\d; ask for a whole copy",
        ),
        (midi(track(END), division=0), "0 ticks per quarter note at byte 12"),
        (
            midi(track(END), division=0xE700),
            "25 SMPTE film frames a second of 0 ticks at byte 12; save it with ticks",
        ),
        (midi(track(END), division=0xF728), "9 SMPTE film frames a second"),
        (midi(track(END), kind=3), "MIDI format 3 is unknown at byte 8"),
        (
            midi(track(END)).replace(b"\x00\x01\x00\x01", b"\x00\x01\x00\x02"),
            "2 tracks are announced and 1 are there",
        ),
        (midi(track(b"\x00\xff\x51")), "breaks off inside an event"),
        (
            midi(track(b"\x81\x81\x81\x81\x00\xff\x2f\x00")),
            "variable-length number of more than 4 bytes",
        ),
        (midi(track(b"\x00\x3c\x40", END)), "a data byte where an event must begin"),
        (midi(track(b"\x00\x90\x3c\x90", END)), "a data byte above 127 at byte 24"),
        (midi(track(b"\x00\x90\x3c")), "breaks off inside an event"),
        (midi(track(b"\x00\xff\x01\x09abc")), "an event of 9 bytes runs past its track"),
        (midi(track(b"\x00\xf1\x90", END)), "a data byte above 127"),
        (midi(track(b"\x00\xf2\x10")), "breaks off inside an event"),
        (
            midi(track(b"\x00\x90\x3c\x40")) + b"\x10\x3c\x00" + END,
            "a track without an end, which no other track",
        ),
        (midi(track(*[b"\xff\xff\xff\x7f\xff\x01\x00"] * 9, END)), "more than 2147483647 ticks"),
        (midi(track(b"\xff\xff\xff\x7f\xff\x2f\x00"), division=1), "has more than 21,600 seconds"),
        (b"RIFF\x00\x00\x00\x00RMIDdisp\x00\x00\x00\x00", "the RIFF file holds no MIDI data"),
        (b"RIFF\x00\x00\x00\x00RMIDdata\xff\x00\x00\x00", "RIFF chunk of 255 bytes runs past"),
    ],
)
def test_damage_is_refused_by_name_and_byte(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_midi(data, "x")


def test_every_cut_and_every_flipped_bit_is_read_or_refused() -> None:
    data = write_midi(
        Score((Part((Note(0, 60, 96), Note(96, 62, 96)), name="A"),), 96, keys=(KeyChange(0, 1),))
    )
    for size in range(len(data)):
        with pytest.raises(FormatError):
            read_midi(data[:size])
    for at in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            try:
                read_midi(bytes(broken))
            except FormatError:
                continue


NOTE = b"\x00\x90\x3c\x40\x60\x3c\x00"


@pytest.mark.parametrize(
    ("data", "warnings"),
    [
        (midi(track(NOTE, END)), []),
        (midi(track(b"\x00\xff\x51\x00", NOTE, END)), ["a meta event 0x51 of 0 data bytes instead of 3 is left out"]),
        (midi(track(b"\x00\xff\x58\x00", NOTE, END)), ["a meta event 0x58 of 0 data bytes instead of 4 is left out"]),
        (midi(track(b"\x00\xff\x59\x00", NOTE, END)), ["a meta event 0x59 of 0 data bytes instead of 2 is left out"]),
        (midi(track(NOTE, b"\x00\xff\x2f\x01\x00")), ["a meta event 0x2f of 1 data bytes instead of 0"]),
        (midi(track(b"\x00\xff\x51\x03\x00\x00\x00", NOTE, END)),
         ["a tempo of 0 microseconds a quarter note is left out"]),
        (midi(track(b"\x00\xff\x51\x03\x00\x17\x6f" * 2, NOTE, END)),
         ["a tempo of 5999 microseconds a quarter note is left out at byte 23 and 1 more times"]),
        (midi(track(b"\x00\xff\x51\x03\xe4\xe1\xc1", NOTE, END)), ["a tempo of 15000001 microseconds"]),
        (midi(track(b"\x00\xff\x58\x04\x00\x02\x18\x08", NOTE, END)), ["a meter of 0/2^2 is left out"]),
        (midi(track(b"\x00\xff\x58\x04\x04\x08\x18\x08", NOTE, END)), ["a meter of 4/2^8 is left out"]),
        (midi(track(b"\x00\xff\x59\x02\x08\x00", NOTE, END)), ["a key signature of 0x08, 0x00 is left out"]),
        (midi(track(b"\x00\xff\x59\x02\x01\x02", NOTE, END)), ["a key signature of 0x01, 0x02 is left out"]),
        (midi(track(b"\x00\xf8\x00\xf1\x10\x00\xf2\x10\x10\x00\xf3\x10\x00\xf4", NOTE, END)),
         ["a system message, which no MIDI file may hold, is left out at byte 23 and 4 more times"]),
        (midi(track(NOTE)), ["a track without an end of track ends with its last event"]),
        (midi(track(NOTE, END, b"more")), ["4 bytes after an end of track are left out"]),
        (midi(track(NOTE, END)) + b"x", ["1 bytes after the last track are left out"]),
        (midi(track(NOTE, END)) + b"junk\xff\xff\xff\xff", ["8 bytes after the last track are left out"]),
        (midi(track(NOTE, END)).replace(b"\x00\x00\x00\x0b", b"\x00\x00\x00\x0c"),
         ["the length of a track that runs past the end of the file is corrected at byte 18"]),
        (midi(track(NOTE, END)).replace(b"\x00\x01\x00\x01", b"\x00\x01\x00\x00"),
         ["0 tracks are announced and all 1 are read"]),
        (midi(track(b"\x00\xff\x01\x01A", END), track(NOTE, END), kind=0),
         ["a file of format 0 with several tracks is read as format 1"]),
        (midi(track(NOTE[:-3], b"\x60\xff\x2f\x00")), ["1 notes that never end last to the end of their track"]),
    ],
)  # fmt: skip
def test_what_is_left_out_or_repaired_is_told(data: bytes, warnings: list[str]) -> None:
    tune = load_tune(data)
    assert [(n.onset, n.pitch, n.duration) for part in tune.score.parts for n in part.notes] == [
        (0, 60, 96)
    ]
    assert len(tune.problems) == len(warnings)
    for line, start in zip(tune.problems, warnings, strict=True):
        assert line.startswith(start)
    assert (tune.score.tempos, tune.score.meters, tune.score.keys) == (
        Score().tempos,
        Score().meters,
        (),
    )


@pytest.mark.parametrize(
    ("division", "resolution", "tempo"),
    [
        (0xE728, 500, 500_000),
        (0xE850, 960, 500_000),
        (0xE304, 60, 500_500),
        (0xE701, 25, 1_000_000),
    ],
)
def test_film_frames_become_quarter_notes(division: int, resolution: int, tempo: int) -> None:
    second = (256 - (division >> 8)) * (division & 255) if division != 0xE304 else 120
    wait = encode_vlq(second)
    events = (b"\x00\xff\x51\x03\x01\x00\x00", b"\x00\x90\x3c\x40", wait + b"\x3c\x00", END)
    tune = load_tune(midi(track(*events), division=division))
    score = tune.score
    assert (score.resolution, [t.microseconds for t in score.tempos]) == (resolution, [tempo])
    assert score.seconds(score.length) == pytest.approx(1.001 if division == 0xE304 else 1.0)
    assert tune.problems[0].startswith(
        "time is counted in SMPTE film frames; 120 quarter notes a minute are assumed"
    )


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"bytes": 40}, r"x: has more than 40 bytes \(\d\d\)"),
        ({"tracks": 1}, r"x: has more than 1 tracks \(2\) at byte 40; .* --limit tracks=N"),
        ({"events": 3}, r"x: has more than 3 events \(4\) at byte 52"),
        ({"changes": 1}, r"x: has more than 1 changes \(2\) at byte"),
        ({"notes": 1}, r"x: has more than 1 notes \(2\) at byte"),
        ({"seconds": 1}, r"x: has more than 1 seconds \(2\)"),
        ({"tokens": 2}, r"x: has more than 2 tokens \(3\)"),
    ],
)
def test_limits_are_named_and_can_be_changed(limit: dict[str, int], message: str) -> None:
    maps = track(b"\x00\xff\x51\x03\x07\xa1\x20\x10\xff\x59\x02\x00\x00\x82\x50\xff\x2f\x00")
    data = midi(maps, track(NOTE, NOTE, END))
    with pytest.raises(FormatError, match=message):
        read_midi(data, "x", Limits(**limit))
    assert read_midi(
        data,
        "x",
        Limits(bytes=len(data), tracks=2, events=8, changes=2, notes=2, seconds=2, tokens=3),
    )
    with pytest.raises(ControlError, match="must be 1 or more"):
        Limits(notes=0)


def test_limits_of_the_command_line() -> None:
    assert parse_limits([]) == DEFAULT_LIMITS
    assert parse_limits(["notes=5", "seconds=90000"]) == Limits(notes=5, seconds=90_000)
    for text in ("notes", "notes=", "notes=-1", "notes=1e9", "bars=3", "=3"):
        with pytest.raises(
            ControlError,
            match="write NAME=N with one of bytes, tracks, events, changes, notes, sec",
        ):
            parse_limits([text])


def test_variable_length_numbers() -> None:
    # the examples of the MIDI file standard
    for value, code in {
        0: "00",
        0x7F: "7f",
        0x80: "8100",
        0x3FFF: "ff7f",
        0x4000: "818000",
        0x0FFFFFFF: "ffffff7f",
    }.items():
        assert encode_vlq(value).hex() == code
    for value in (-1, 0x10000000):
        with pytest.raises(ValueError, match="is no variable-length quantity"):
            encode_vlq(value)
