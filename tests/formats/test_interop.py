"""PrettyMIDI, mido and music21 objects: the same music both ways, and the caller's object untouched."""

from __future__ import annotations

import copy
import warnings
from fractions import Fraction
from pathlib import Path

import mido
import pytest

from symgen import formats
from symgen.formats import load_score, write_midi
from symgen.formats.interop import from_mido, from_pretty_midi, to_mido, to_pretty_midi
from symgen.formats.music21_streams import to_music21
from symgen.midi.event_tables import Event
from symgen.midi.events import MidiFile
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import FormatError

PIECE = Score(
    (
        Part((Note(0, 60, 241, 90), Note(241, 64, 240, 1), Note(3000, 67, 99)), 40, name="A"),
        Part((Note(7, 36, 10),), is_drum=True),
    ),
    220,
    (TempoChange(0, 600_001), TempoChange(480, 250_000)),
    (MeterChange(0, Meter(6, 8)), MeterChange(660, Meter(4, 4))),
    (KeyChange(0, -3, True), KeyChange(660, 4)),
)


def test_mido_both_ways() -> None:
    file = to_mido(PIECE)
    before = copy.deepcopy(file)
    assert load_score(file) == from_mido(file) == PIECE
    assert file.tracks == before.tracks


def test_pretty_midi_both_ways() -> None:
    midi = to_pretty_midi(PIECE)
    before = [(n.start, n.end, n.pitch, n.velocity) for i in midi.instruments for n in i.notes]
    assert load_score(midi) == from_pretty_midi(midi) == PIECE
    assert before == [
        (n.start, n.end, n.pitch, n.velocity) for i in midi.instruments for n in i.notes
    ]


@pytest.mark.parametrize("number", range(24))
def test_pretty_midi_keys_agree_with_its_own_writer(number: int) -> None:
    import io

    import pretty_midi

    midi = pretty_midi.PrettyMIDI()
    midi.key_signature_changes.append(pretty_midi.KeySignature(number, 0.0))
    buffer = io.BytesIO()
    midi.write(buffer)
    assert from_pretty_midi(midi).keys == load_score(buffer.getvalue(), allow_empty=True).keys


def test_music21_streams_are_loaded_and_stay_as_they_are() -> None:
    from music21 import chord, note, stream

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score = to_music21(PIECE)
        before = len(score.flatten())
        assert [p.notes for p in load_score(score).with_resolution(220).parts] == [
            p.notes for p in PIECE.parts
        ]
        assert len(score.flatten()) == before
        loose = stream.Stream(
            [
                note.Note("C4"),
                chord.Chord(["E4", "G4"]),
                note.Rest(),
                note.Note("A4", quarterLength=3),
            ]
        )
        assert [(n.onset, n.pitch, n.duration) for n in load_score(loose).parts[0].notes] == [
            (0, 60, 480), (480, 64, 480), (480, 67, 480), (1440, 69, 1440)]  # fmt: skip


@pytest.mark.parametrize(
    ("meter", "lengths"),
    [
        ("4/4", [1, 1, 1, 2, 1, 1, 1, 3, 5]),
        ("5/4", [0.75] * 10),
        ("5/4", [Fraction(2, 3)] * 16),
        ("6/8", [1, 1, 4]),
    ],
)
def test_a_stream_without_bars_keeps_its_meter_and_times(meter: str, lengths: list[float]) -> None:
    from music21 import meter as meters
    from music21 import note, stream

    flat = stream.Stream([meters.TimeSignature(meter)])
    for length in lengths:
        flat.append(note.Note("C4", quarterLength=length))
    score = load_score(flat)
    assert [str(m.meter) for m in score.meters] == [meter]
    durations = [round(length * score.resolution) for length in lengths]
    onsets = [sum(durations[:i]) for i in range(len(durations))]
    assert [(n.onset, n.duration) for n in score.parts[0].notes] == list(
        zip(onsets, durations, strict=True)
    )


def test_gaps_and_parts_without_a_meter_of_their_own() -> None:
    from music21 import meter, note, stream

    flat = stream.Stream()
    flat.insert(0, note.Note("C4"))
    flat.insert(9.5, note.Note("D4", quarterLength=4))
    assert [(n.onset, n.duration) for n in load_score(flat).parts[0].notes] == [
        (0, 480),
        (4560, 1920),
    ]
    first, second = stream.Part([meter.TimeSignature("3/4")]), stream.Part()
    for _ in range(5):
        first.append(note.Note("C5", quarterLength=2))
        second.append(note.Note("C4", quarterLength=1.5))
    score = load_score(stream.Score([first, second]))
    assert [str(m.meter) for m in score.meters] == ["3/4"]
    assert [n.onset for n in score.parts[1].notes] == [0, 720, 1440, 2160, 2880]


def test_a_mido_file_that_cannot_be_written_is_refused() -> None:
    file = mido.MidiFile(type=0, tracks=[mido.MidiTrack(), mido.MidiTrack()])
    with pytest.raises(FormatError, match=r"mido\.MidiFile: cannot be written as MIDI"):
        load_score(file)


def test_bytes_are_midi() -> None:
    assert load_score(write_midi(PIECE)) == PIECE


def test_parts_of_pieces_are_refused() -> None:
    import pretty_midi
    from music21 import note

    for item, accepted in [
        (mido.MidiTrack(), r"MidiTrack: is no whole piece; pass a mido\.MidiFile"),
        (
            pretty_midi.Instrument(0),
            r"Instrument: is no whole piece; pass a pretty_midi\.PrettyMIDI",
        ),
        (note.Note("C4"), "Note: is no whole piece; pass a music21 stream"),
    ]:
        with pytest.raises(FormatError, match=accepted):
            load_score(item)


def test_objects_with_impossible_values_are_refused() -> None:
    import pretty_midi

    late = to_pretty_midi(PIECE)
    late.instruments[0].notes[0].end = float("nan")
    odd = to_pretty_midi(PIECE)
    odd.time_signature_changes = [pretty_midi.TimeSignature(5, 6, 0.0)]
    for midi, message in [(late, "time nan"), (odd, "meter 5/6")]:
        with pytest.raises(
            FormatError, match=rf"pretty_midi\.PrettyMIDI: cannot be read \({message}"
        ):
            load_score(midi)
    with pytest.raises(FormatError, match=r"ticks_per_beat 480\.0; make it a whole number"):
        load_score(mido.MidiFile(ticks_per_beat=480.0))


@pytest.mark.parametrize("name", ["笛と太鼓", "Flöte", "plain"])
@pytest.mark.parametrize("charset", ["latin1", "utf8", "shift_jis"])
def test_names_of_mido_files_are_kept(name: str, charset: str) -> None:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    track += [
        mido.Message("note_on", note=60, velocity=64),
        mido.Message("note_off", note=60, time=96),
    ]
    file = mido.MidiFile(charset=charset, tracks=[track])
    assert load_score(file).parts[0].name == name
    assert file.charset == charset


def test_names_that_mido_read_as_latin_1_are_kept() -> None:
    import io

    data = write_midi(Score((Part((Note(0, 60, 96),), name="笛"),), 96, title="Flöte"))
    score = load_score(mido.MidiFile(file=io.BytesIO(data)))
    assert (score.title, score.parts[0].name) == ("Flöte", "笛")


def test_libraries_are_reached_from_the_package() -> None:
    score = Score((Part((Note(0, 60, 480),)),), 480, title="Air")
    assert load_score(formats.to_mido(score)) == score
    assert load_score(formats.to_pretty_midi(score)).parts == score.parts
    assert load_score(formats.to_music21(score)).title == "Air"


def test_what_else_a_file_says_comes_along() -> None:
    score = load_score(Path(__file__).parent / "data" / "cases" / "everything.mid")
    again = load_score(to_mido(score))
    assert isinstance(score.source, MidiFile)
    assert isinstance(again.source, MidiFile)
    assert again.source.tracks == score.source.tracks
    other = to_pretty_midi(score)
    lead = other.instruments[0]
    assert [(c.number, c.value) for c in lead.control_changes[-2:]] == [(64, 127), (64, 0)]
    assert [bend.pitch for bend in lead.pitch_bends] == [2000, 0]
    assert [lyric.text for lyric in other.lyrics] == ["Hel", "lo ", "world ", "sing"]
    back = load_score(other)
    assert isinstance(back.source, MidiFile)
    assert [part.notes for part in back.parts] == [part.notes for part in score.parts]

    def said(file: MidiFile, track: int) -> list[Event]:
        kinds = (0xB0, 0xE0)
        return [
            (e[0], e[1] & 0xF0, *e[2:]) for e in file.tracks[track].events if e[1] & 0xF0 in kinds
        ]

    assert [said(back.source, track) for track in range(1, 5)] == [
        said(score.source, track) for track in range(1, 5)
    ]
