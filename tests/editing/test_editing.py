"""Edits that need no network, on scores and on the files that they were read from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.editing import bars_between, quantized, transposed, with_instrument, with_tempo
from symgen.formats import load_score, read_midi, write_midi
from symgen.formats.midi import read_score
from symgen.formats.musicxml import write_musicxml
from symgen.midi.events import META, MidiFile, Track
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError, FormatError

LEAD = (
    (0, 0xB0, 7, 50), (0, 0x90, 60, 70), (48, 0xA0, 60, 9), (96, 0x80, 60, 33), (96, META, 5, b"la"),
    (96, 0x90, 64, 71), (192, 0x80, 64, 34),
)  # fmt: skip
DRUMS = ((0, 0x99, 36, 90), (24, 0x89, 36, 0))
FILE = MidiFile(1, 96, (Track(LEAD, 192), Track(DRUMS, 192)))

XML = """<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list>
<part id="P1"><measure number="1"><attributes><divisions>1</divisions><key><fifths>{fifths}</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes>
<harmony><root><root-step>F</root-step><root-alter>1</root-alter></root><kind>minor</kind>
<bass><bass-step text="do">C</bass-step></bass>
<frame><frame-strings>6</frame-strings><frame-frets>4</frame-frets>
<frame-note><string>6</string><fret>2</fret></frame-note></frame></harmony>
<note><grace/><pitch><step>B</step><octave>3</octave></pitch><type>eighth</type></note>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration><type>half</type></note>
<note><pitch><step>F</step><alter>1</alter><octave>4</octave></pitch><duration>2</duration><type>half</type>
<accidental>sharp</accidental><notations><technical><string>2</string><fret>3</fret></technical></notations></note>
</measure></part></score-partwise>"""


def read_xml(text: str, folder: Path) -> Score:
    path = folder / "x.musicxml"
    path.write_text(text, encoding="utf-8")
    return load_score(path)


def rows(score: Score) -> list[list[tuple[int, int, int]]]:
    return [[(n.onset, n.pitch, n.duration) for n in part.notes] for part in score.parts]


def test_transposing_moves_each_event_of_a_key_and_no_drum() -> None:
    moved = transposed(read_score(FILE)[0], 2)
    assert isinstance(moved.source, MidiFile)
    written = read_midi(write_midi(moved)).source
    assert isinstance(written, MidiFile)
    keys = [event for event in written.tracks[0].events if event[1] < 0xB0]
    assert keys == [
        (0, 0x90, 62, 70),
        (48, 0xA0, 62, 9),
        (96, 0x80, 62, 33),
        (96, 0x90, 66, 71),
        (192, 0x80, 66, 34),
    ]
    assert [event for event in written.tracks[0].events if event[1] >= 0xB0] == [LEAD[0], LEAD[4]]
    assert written.tracks[1].events == DRUMS


def test_one_part_moves_alone_and_the_signature_stays() -> None:
    score = Score((Part((Note(0, 60, 480),)), Part((Note(0, 48, 480),))), keys=(KeyChange(0, 1),))
    moved = transposed(score, "-12", part=2)
    assert rows(moved) == [[(0, 60, 480)], [(0, 36, 480)]]
    assert moved.keys == score.keys
    assert (
        read_midi(write_midi(transposed(read_midi(write_midi(score)), 3, part=1))).parts[1]
        == read_midi(write_midi(score)).parts[1]
    )


@pytest.mark.parametrize(
    ("key", "semitones"), [("D", 2), ("D major", 2), ("G", -5), ("A", -3), ("Gb", 6), ("C", 0)]
)
def test_a_key_is_reached_by_the_nearest_way(key: str, semitones: int) -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60]
    score = Score((Part(tuple(Note(480 * i, p, 480) for i, p in enumerate(scale))),))
    assert transposed(score, key).parts[0].notes[0].pitch == 60 + semitones


def test_what_cannot_be_transposed_is_refused_in_one_line() -> None:
    score = Score(
        (Part((Note(0, 60, 480), Note(0, 64, 480), Note(0, 67, 480))),), keys=(KeyChange(0),)
    )
    with pytest.raises(FormatError, match=r"highest note, G4, would leave .* by -60..\+60"):
        transposed(score, 61)
    with pytest.raises(
        ControlError, match=r"is in C major, and moving it keeps its mode; ask for 'D major'"
    ):
        transposed(score, "D minor")
    with pytest.raises(ControlError, match="write semitones such as"):
        transposed(score, "up a fifth")
    drums = Score((Part((Note(0, 36, 480),), is_drum=True),))
    assert transposed(drums, 1) == drums
    with pytest.raises(ControlError, match="part 1 holds drums"):
        transposed(drums, 1, part=1)
    with pytest.raises(ControlError, match="parts 1-1"):
        transposed(score, 1, part=2)


@given(semitones=st.integers(-30, 30), fifths=st.integers(-7, 7))
def test_musicxml_is_moved_in_its_document(
    semitones: int, fifths: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("xml")
    score = read_xml(XML.format(fifths=fifths), folder)
    moved = transposed(score, semitones)
    text = write_musicxml(moved).decode()
    again = read_xml(text, folder)
    assert rows(again) == rows(moved) == [[(t, p + semitones, d) for t, p, d in rows(score)[0]]]
    assert again.keys == moved.keys
    assert "<kind>minor</kind>" in text
    assert text.count("<grace/>") == 1


def test_signs_of_a_moved_document(tmp_path: Path) -> None:
    """Up a whole tone: D, with chord symbols, grace notes and accidentals; a fret says nothing any more."""
    text = write_musicxml(transposed(read_xml(XML.format(fifths=0), tmp_path), 2)).decode()
    assert "<fifths>2</fifths>" in text
    assert "<root-step>G</root-step><root-alter>1</root-alter>" in text
    assert "<bass-step>D</bass-step>" in text
    assert "<step>C</step><alter>1</alter><octave>4</octave>" in text
    assert "<step>G</step><alter>1</alter><octave>4</octave>" in text
    assert "<accidental>sharp</accidental>" in text
    assert "<fret>" not in text
    assert "frame" not in text


@pytest.mark.parametrize(
    ("grid", "wanted"),
    [
        ("1/16", [(0, 60, 120), (480, 62, 240), (960, 64, 960)]),
        ("1/4", [(0, 60, 480), (480, 62, 480), (960, 64, 960)]),
        ("1/8t", [(0, 60, 160), (480, 62, 240), (960, 64, 960)]),
    ],
)
def test_notes_go_to_the_nearest_places(grid: str, wanted: list[tuple[int, int, int]]) -> None:
    notes = (Note(10, 60, 100), Note(455, 62, 275), Note(991, 64, 900))
    assert rows(quantized(Score((Part(notes),)), grid)) == [wanted]


def test_quantizing_counts_from_the_bar_line_and_keeps_the_lengths_of_drums() -> None:
    score = Score(
        (Part((Note(250, 60, 10), Note(250, 60, 30)), is_drum=True),),
        meters=(MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(4, 4))),
    )
    assert rows(quantized(score, "1/4")) == [[(240, 60, 30)]]


def test_a_repeated_note_is_not_lengthened_into_the_next_one() -> None:
    notes = (Note(0, 60, 20), Note(70, 60, 400))
    assert rows(quantized(Score((Part(notes),)), "1/16")) == [[(0, 60, 120), (120, 60, 360)]]


def test_no_note_is_moved_behind_the_last_bar() -> None:
    score = Score((Part((Note(1500, 60, 420),)),), length=1920)
    assert rows(quantized(score, "1/2")) == [[(960, 60, 960)]]


def test_a_grid_that_is_none_is_refused() -> None:
    with pytest.raises(ControlError, match="quantize '1/7': write the shortest note"):
        quantized(Score((Part((Note(0, 60, 1),)),)), "1/7")


def test_tempo() -> None:
    score = Score(
        (Part((Note(0, 60, 480),)),), tempos=(TempoChange(0), TempoChange(480, 600_000)), length=960
    )
    assert with_tempo(score, 90).tempos == (TempoChange.of_bpm(0, 90),)
    assert with_tempo(score, "50%").tempos == (
        TempoChange(0, 1_000_000),
        TempoChange(480, 1_200_000),
    )
    for bad in ("fast", 0, 20_000, "0%", "9000%", "nan"):
        with pytest.raises(ControlError, match="tempo"):
            with_tempo(score, bad)


def test_tempo_in_a_document(tmp_path: Path) -> None:
    plain = read_xml(XML.format(fifths=0), tmp_path)
    for asked in (90, "75%"):
        told = with_tempo(plain, asked)
        assert read_xml(write_musicxml(told).decode(), tmp_path).tempos == told.tempos
    slower = with_tempo(with_tempo(plain, 90), "50%")
    text = write_musicxml(slower).decode()
    assert "<per-minute>45</per-minute>" in text
    assert text.count("<metronome>") == 1
    assert write_musicxml(with_tempo(slower, 60)).decode().count("<metronome>") == 1


def test_instrument(tmp_path: Path) -> None:
    drums = Part((Note(0, 36, 480),), is_drum=True)
    score = Score((Part((Note(0, 60, 480),), name="Acoustic Grand Piano"), drums))
    flute = with_instrument(score, "flute")
    assert [(part.program, part.name) for part in flute.parts] == [(73, "Flute"), (0, "")]
    assert with_instrument(score, 73).parts == flute.parts
    written = write_musicxml(with_instrument(read_xml(XML.format(fifths=0), tmp_path), "oboe"))
    assert read_xml(written.decode(), tmp_path).parts[0].program == 68


def test_bars() -> None:
    score = Score((Part((Note(0, 60, 480), Note(1920, 62, 480))),), length=3840)
    assert rows(bars_between(score, 2, 2)) == [[(0, 62, 480)]]
    with pytest.raises(FormatError, match="bars 2-9: the piece has bars 1-2"):
        bars_between(score, 2, 9)


def test_scores_can_be_asked_for_their_edits() -> None:
    score = Score((Part((Note(0, 60, 480), Note(1935, 64, 470)), program=40),), length=3840)
    edited = score.transposed("D").with_tempo(90).with_instrument("flute").quantized()
    again = with_instrument(with_tempo(transposed(score, "D"), 90), 73)
    assert edited == quantized(again, "1/16")
    assert score.bars_between(2, 2) == bars_between(score, 2, 2)
    assert score.transposed(12, part=1).transposed(-12) == score


def test_edits_of_an_empty_piece_change_nothing_else() -> None:
    empty = Score((Part(),))
    assert transposed(empty, 5) == empty
    assert quantized(empty, "1/8") == empty
    assert with_tempo(empty, "200%") == replace(empty, tempos=(TempoChange(0, 250_000),))
