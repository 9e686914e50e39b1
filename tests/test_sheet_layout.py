"""Played music, two hands, drums and compound meters as sheet music shows them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from symgen.formats.values import split_duration
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.sheets.engraving import _document
from symgen.sheets.laying import lay_out
from symgen.sheets.marking import mark, without_lone_groups

QUARTER = 480


def played(beats: int = 32, bpm: float = 84.0) -> Part:
    """A melody over broken chords as someone plays them without a click: a file at 120 knows nothing of its beat."""
    drawn = random.Random(9)  # noqa: S311
    tick = 960 * 60 / bpm  # of 120 quarters a minute, a beat that is played
    notes = []

    def strike(beat: float, pitch: int, length: float) -> None:
        onset = 350 + beat * tick + drawn.gauss(0, 9)
        notes.append(Note(max(0, round(onset)), pitch, round(length * tick), 70))

    for beat in range(beats):
        strike(beat, (72, 76, 79, 77)[beat % 4], 0.92)
        chord = ((48, 52, 55), (45, 52, 57), (41, 48, 57), (43, 50, 59))[beat // 4 % 4]
        strike(beat, chord[beat % 3], 0.45)
        strike(beat + 0.5, chord[(beat + 1) % 3], 0.45)
    return Part(tuple(notes))


def test_played_music_stands_on_the_beat_that_it_was_played_with() -> None:
    layout = lay_out(Score((played(),)))
    assert layout.hands == (0,)
    (tempo,) = layout.score.tempos
    assert tempo.bpm == pytest.approx(84, abs=1)
    right, left = layout.score.parts
    assert {note.duration for note in right.notes} == {QUARTER}
    assert {note.duration for note in left.notes} == {QUARTER // 2}


def test_short_and_loose_notes_in_time_become_plain_values() -> None:
    drawn = random.Random(3)  # noqa: S311
    notes = [
        Note(max(0, 240 * i + drawn.randint(-8, 8)), 40 + i % 5, 200 + drawn.randint(-9, 9))
        for i in range(32)
    ]
    drums = [Note(max(0, 240 * i + drawn.randint(-8, 8)), 42, 60) for i in range(32)]
    kick = [Note(960 * i, 36, 60) for i in range(8)]
    parts = (Part(tuple(notes), 33), Part((*drums, *kick), is_drum=True))
    score = lay_out(Score(parts, tempos=(TempoChange.of_bpm(0, 122),))).score
    assert {(n.onset % 240, n.duration) for part in score.parts for n in part.notes} == {(0, 240)}


def test_written_music_stays_as_it_is() -> None:
    notes = (Note(0, 60, 160), Note(160, 62, 160), Note(320, 64, 160), Note(480, 65, 180))
    score = Score((Part(notes, 73),), keys=(KeyChange(0, -3, True),))
    layout = lay_out(score)
    assert layout.hands == ()
    assert layout.score.parts[0].notes == notes
    assert layout.score.keys == score.keys


def test_a_file_without_a_key_has_that_of_its_notes() -> None:
    scale = (69, 71, 73, 74, 76, 78, 80, 81, 80, 78, 76, 74, 73, 71, 69)
    notes = tuple(Note(QUARTER * i, pitch, QUARTER) for i, pitch in enumerate(scale))
    (key,) = lay_out(Score((Part(notes, 73),))).score.keys
    assert (key.sharps, key.minor) == (3, False)


def test_a_page_of_hands_has_a_brace_and_a_last_line() -> None:
    text = _document(Score((played(), Part((Note(0, 60, QUARTER),), 73, name="Flute & Co"))))
    assert text.count('<part-group type="start"') == text.count('<part-group type="stop"') == 1
    assert "<group-name>Acoustic Grand Piano</group-name>" in text
    assert text.count("light-heavy") == 3


def test_two_parts_of_one_piano_are_its_hands() -> None:
    right, left = (
        Part(tuple(Note(QUARTER * i, pitch + i, QUARTER) for i in range(8)), name="Piano")
        for pitch in (72, 52)
    )
    text = "".join(_document(Score((right, left))).split())
    assert text.count('<part-grouptype="start"') == 1
    assert text.count("<sign>F</sign><line>4</line>") == 1
    assert lay_out(Score((left, right))).hands == ()
    assert lay_out(Score((right, left, right, left))).hands == (0, 2)
    assert lay_out(Score((replace(right, name="Right"), left))).hands == ()


def test_compound_meters_count_dotted_quarters() -> None:
    notes = tuple(Note(240 * i, 67, 240) for i in range(12))
    meters = (MeterChange(0, Meter(6, 8)),)
    score = Score((Part(notes),), tempos=(TempoChange.of_bpm(0, 168),), meters=meters)
    text = "".join(_document(score).split())
    assert "<beat-unit-dot/><per-minute>112</per-minute>" in text
    assert "beat-unit-dot" not in _document(Score((Part(notes),)))


def test_braces_around_one_part_are_left_out() -> None:
    group = (
        '<part-group number="1" type="start"><group-symbol>brace</group-symbol></part-group>'
        '<score-part id="P1"/><part-group type="stop" number="1" />'
    )
    assert without_lone_groups(group) == '<score-part id="P1"/>'
    two = group + '<score-part id="P2"/>'
    assert without_lone_groups(two) == two


def test_a_document_without_music_is_marked_too() -> None:
    assert mark("<score-partwise/>", Score(), ()) == "<score-partwise/>"


@pytest.mark.parametrize(("ticks", "names"), [(1560, ["half", "16th"]), (1320, ["half", "eighth"])])
def test_what_halves_add_up_to_is_no_tuplet(ticks: int, names: list[str]) -> None:
    values = [value for _, value in split_duration(ticks, QUARTER)]
    assert [value.name for value in values if value] == names
    assert all(value and value.actual == 1 for value in values)
