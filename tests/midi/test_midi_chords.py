"""Chord symbols in MIDI files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.formats import load_score, save_score
from symgen.formats.midi import read_midi, write_midi
from symgen.midi.excerpt import cut_out, select_parts
from symgen.music.chord_symbols import ChordChange, names_chord
from symgen.music.score import Note, Part, Score
from symgen.music.theory import QUALITIES

PART = Part([Note(480 * i, 60 + i, 480) for i in range(8)], name="Tune")


def led(*chords: tuple[int, str]) -> Score:
    return Score((PART,), chords=tuple(ChordChange(*chord) for chord in chords))


def names(score: Score) -> list[tuple[int, str]]:
    return [(chord.tick, chord.name) for chord in score.chords]


def file_of(*tracks: list[mido.MetaMessage | mido.Message], kind: int = 1) -> Score:
    """A file of a track with a note, before others."""
    note = [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=960)]
    made = mido.MidiFile(type=kind)
    if kind:
        made.tracks.append(mido.MidiTrack(note))
    made.tracks += [mido.MidiTrack([*each, *([] if kind else note)]) for each in tracks]
    import io

    data = io.BytesIO()
    made.save(file=data)
    return read_midi(data.getvalue())


def texts(kind: str, *said: str) -> list[mido.MetaMessage]:
    return [mido.MetaMessage(kind, text=text, time=120 * (i > 0)) for i, text in enumerate(said)]


def xf(*data: int, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("sequencer_specific", data=(0x43, 0x7B, 0x01, *data), time=time)


def test_a_chord_is_an_event_that_arrangers_read_and_a_marker(tmp_path: Path) -> None:
    path = tmp_path / "led.mid"
    save_score(led((0, "Am7/G"), (960, "N.C."), (1440, "F#m7b5"), (1920, "Bb7(b9)")), path)
    first = mido.MidiFile(path).tracks[0]
    found = [m for m in first if m.type in ("sequencer_specific", "marker")]
    assert [m.data for m in found[::2]] == [
        (0x43, 0x7B, 0x01, 0x36, 0x0A, 0x35, 0x7F),
        (0x43, 0x7B, 0x01, 0x31, 0x22, 0x7F, 0x7F),
        (0x43, 0x7B, 0x01, 0x44, 0x0B, 0x7F, 0x7F),
        (0x43, 0x7B, 0x01, 0x27, 0x19, 0x7F, 0x7F),
    ]
    assert [m.text for m in found[1::2]] == ["Am7/G", "N.C.", "F#m7b5", "Bb7(b9)"]


_NAMES = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from("CDEFGAB"),
        st.sampled_from(["", "#", "b"]),
        st.sampled_from([*QUALITIES, "7b9#5", "m7(add11)", "13", "7alt", "°7"]),
        st.sampled_from(["", "/E", "/Bb"]),
    ),
    st.just("N.C."),
)


@given(st.dictionaries(st.integers(0, 3840), _NAMES, max_size=6))
def test_chords_read_as_they_are_written(chords: dict[int, str]) -> None:
    score = led(*chords.items())
    again = read_midi(write_midi(score))
    assert again.chords == score.chords
    assert write_midi(again) == write_midi(score)


@pytest.mark.parametrize("kind", [0, 1])
def test_chords_of_arrangers_are_read(kind: int) -> None:
    events = [xf(0x36, 0x0A, 0x7F, 0x7F), xf(0x31, 0x00, 0x33, 0x7F, time=240)]
    events += [xf(0x24, 0x16, 0x7F, 0x7F, time=240), xf(0x31, 0x22, 0x7F, 0x7F, time=240)]
    score = file_of(events, kind=kind)
    assert names(score) == [(0, "Am7"), (240, "C/E"), (480, "Fb9"), (720, "N.C.")]


@pytest.mark.parametrize("data", [(), (0x31,), (0x39, 0), (0x31, 0x23), (0x01, 0x00, 0x7F, 0x7F)])
def test_chord_events_that_make_no_sense_are_no_chords(data: tuple[int, ...]) -> None:
    assert names(file_of([xf(*data)])) == []


def test_another_marker_beside_a_chord_is_not_its_name() -> None:
    events = [mido.MetaMessage("marker", text="Verse"), xf(0x36, 0x0A, 0x7F, 0x7F)]
    assert names(file_of(events)) == [(0, "Am7")]
    events = [mido.MetaMessage("marker", text="Verse"), xf(0x31, 0x22, 0x7F, 0x7F)]
    assert names(file_of(events)) == [(0, "N.C.")]


@pytest.mark.parametrize("kind", ["marker", "text"])
def test_texts_are_chords_where_all_of_them_are(kind: str) -> None:
    assert names(file_of(texts(kind, "C", "Am7", "G/B"))) == [(0, "C"), (120, "Am7"), (240, "G/B")]
    assert names(file_of(texts(kind, "A", "B", "A", "C"))) == []
    assert names(file_of(texts(kind, "Am", "Verse", "G"))) == []
    assert names(file_of(texts(kind, "Am"))) == []
    assert names(file_of(texts("lyrics", "Am", "G"))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("C", True), ("F#m7b5", True), ("Bbmaj7/D", True), ("C6/9", True), ("G7(b9,#11)", True),
     ("N.C.", True), ("c", False), ("Chorus", False), ("Bridge", False), ("A1", False), ("", False),
     ("Am I", False), ("Do", True), ("Coda", False), ("D.C.", False)],
)  # fmt: skip
def test_what_names_a_chord_and_nothing_else(text: str, expected: bool) -> None:
    assert names_chord(text) == expected


def test_a_file_with_chords_comes_back_as_it_was() -> None:
    events = [*texts("marker", "C", "C", "Am"), mido.MetaMessage("lyrics", text="la")]
    for kind in (0, 1):
        score = file_of(events, kind=kind)
        data = write_midi(score)
        assert write_midi(read_midi(data)) == data
        assert data.count(b"\x43\x7b\x01") == 0


def test_chords_follow_the_music_and_other_markers_stay() -> None:
    events = [mido.MetaMessage("marker", text="Verse"), xf(0x36, 0x0A, 0x7F, 0x7F)]
    events += [mido.MetaMessage("text", text="A"), xf(0x31, 0x00, 0x7F, 0x7F, time=480)]
    moved = read_midi(write_midi(file_of(events).transposed(2)))
    assert names(moved) == [(0, "Bm7"), (480, "D")]
    gone = read_midi(write_midi(replace(file_of(events), chords=())))
    assert names(gone) == []
    for score in (moved, gone):
        said = write_midi(score)
        assert said.count(b"Verse") == said.count(b"\xff\x01\x01A") == 1


def test_excerpts_and_parts_keep_their_chords() -> None:
    score = Score((PART, PART), chords=(ChordChange(0, "C"), ChordChange(960, "Am7")))
    score = read_midi(write_midi(score))
    cut = cut_out(score, 480, 1920)
    assert names(read_midi(write_midi(cut))) == [(0, "C"), (480, "Am7")]
    one = select_parts(score, [1])
    data = write_midi(one)
    assert names(read_midi(data)) == names(score)
    assert data.count(b"Am7") == 1


def test_chords_of_notation_go_into_midi(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text('X:1\nM:4/4\nL:1/4\nK:G\n"G"G4|"D7/F#"A4|\n')
    save_score(load_score(tmp_path / "tune.abc"), tmp_path / "tune.mid")
    assert names(load_score(tmp_path / "tune.mid")) == [(0, "G"), (1920, "D7/F#")]
