"""PrettyMIDI, mido and music21 objects: the same music both ways, and the caller's object untouched."""

from __future__ import annotations

import copy
import warnings
from fractions import Fraction

import mido
import pytest

from symgen.errors import FormatError
from symgen.formats import load_score, write_midi
from symgen.formats.interop import from_mido, from_pretty_midi, to_mido, to_music21, to_pretty_midi
from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

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
    assert before == [(n.start, n.end, n.pitch, n.velocity) for i in midi.instruments for n in i.notes]


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
        assert [p.notes for p in load_score(score).with_resolution(220).parts] == [p.notes for p in PIECE.parts]
        assert len(score.flatten()) == before
        loose = stream.Stream(
            [note.Note("C4"), chord.Chord(["E4", "G4"]), note.Rest(), note.Note("A4", quarterLength=3)]
        )
        assert [(n.onset, n.pitch, n.duration) for n in load_score(loose).parts[0].notes] == [
            (0, 60, 480), (480, 64, 480), (480, 67, 480), (1440, 69, 1440)]  # fmt: skip


@pytest.mark.parametrize(
    ("meter", "lengths"),
    [("4/4", [1, 1, 1, 2, 1, 1, 1, 3, 5]), ("5/4", [0.75] * 10), ("5/4", [Fraction(2, 3)] * 16), ("6/8", [1, 1, 4])],
)
def test_a_stream_without_bars_keeps_its_metre_and_times(meter: str, lengths: list[float]) -> None:
    from music21 import meter as meters
    from music21 import note, stream

    flat = stream.Stream([meters.TimeSignature(meter)])
    for length in lengths:
        flat.append(note.Note("C4", quarterLength=length))
    score = load_score(flat)
    assert [str(m.meter) for m in score.meters] == [meter]
    durations = [round(length * score.resolution) for length in lengths]
    onsets = [sum(durations[:i]) for i in range(len(durations))]
    assert [(n.onset, n.duration) for n in score.parts[0].notes] == list(zip(onsets, durations, strict=True))


def test_gaps_and_parts_without_a_metre_of_their_own() -> None:
    from music21 import meter, note, stream

    flat = stream.Stream()
    flat.insert(0, note.Note("C4"))
    flat.insert(9.5, note.Note("D4", quarterLength=4))
    assert [(n.onset, n.duration) for n in load_score(flat).parts[0].notes] == [(0, 480), (4560, 1920)]
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
