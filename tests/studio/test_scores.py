"""Documents of scores: what a file brings stays, names and locks stay, parts are added behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studio_documents import band, changes_of

from symgen.formats import load_score
from symgen.formats.midi import read_midi
from symgen.formats.scan import scan_midi
from symgen.midi.event_tables import Event
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Note, Part
from symgen.studio.changes import apply
from symgen.studio.document import Document
from symgen.studio.scores import document_of, replaced, score_of

DATA = Path(__file__).parents[1]
FILES = (
    "formats/data/cases/everything.mid",
    "formats/data/cases/prompt_lyrics.mid",
    "formats/data/cases/rit.mid",
    "formats/data/cases/fmt0.mid",
    "audio/data/pedal.mid",
    "audio/data/pan.mid",
)


def events_of(data: bytes) -> Counter[tuple[int, Event]]:
    """Return all events of a file with their tracks."""
    tracks = scan_midi(data, "MIDI").file.tracks
    return Counter((number, event) for number, track in enumerate(tracks) for event in track.events)


@pytest.mark.parametrize("name", FILES)
def test_a_change_to_one_note_leaves_all_else_of_the_file_event_for_event(name: str) -> None:
    data = (DATA / name).read_bytes()
    score = load_score(data)
    document = document_of(score, original=1)
    untouched = score_of(document, score)
    assert untouched == score
    assert untouched.to_bytes() == score.to_bytes()

    part = max(document.parts, key=lambda part: len(part.ids))
    first, pitch = part.ids[0], int(part.table[2, 0])
    louder = {"id": first, "velocity": 1 if part.table[3, 0] > 1 else 2}
    changed, inverse = apply(document, [{"op": "set", "notes": [louder]}])
    before, after = (events_of(each.to_bytes()) for each in (score, score_of(changed, score)))
    gone, come = before - after, after - before
    for found in (gone, come):
        assert 1 <= found.total() <= 2  # the note on, and where it was put anew its note off
        assert {event[2] for _, event in found} == {pitch}
        assert {event[1] & 0xF0 for _, event in found} <= {0x80, 0x90}
    back, _ = apply(changed, inverse)
    assert score_of(back, score).to_bytes() == score.to_bytes()


def test_a_part_that_is_removed_and_comes_back_stands_in_the_file_as_before() -> None:
    score = load_score((DATA / FILES[0]).read_bytes())
    document = document_of(score, original=1)
    assert len(document.parts) > 1
    without, inverse = apply(document, [{"op": "remove_part", "id": "p1"}])
    less = read_midi(score_of(without, score).to_bytes())
    assert len(less.parts) == len(score.parts) - 1
    again, _ = apply(without, inverse)
    assert score_of(again, score).to_bytes() == score.to_bytes()


def test_added_parts_stand_behind_those_of_the_file() -> None:
    score = load_score((DATA / FILES[1]).read_bytes())
    document = document_of(score, original=1)
    note = {"id": "a", "part": "bass", "onset": 0, "pitch": 40, "duration": 480, "velocity": 80}
    part = {"id": "bass", "name": "Bass", "program": 33, "is_drum": False}
    ops = [{"op": "add_part", "part": part}, {"op": "add", "notes": [note]}]
    changed, _ = apply(document, ops)
    made = score_of(changed, score).to_bytes()
    assert not events_of(score.to_bytes()) - events_of(made)
    read = read_midi(made)
    assert read.parts[:-1] == score.parts
    assert read.parts[-1].program == 33


XML = """<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes><direction><direction-type>
<words>dolce</words></direction-type></direction><note><pitch><step>C</step><octave>5</octave></pitch>
<duration>4</duration><lyric><text>Ah</text></lyric></note></measure></part></score-partwise>"""


def test_words_and_lyrics_of_a_document_stay_when_the_tempo_changes() -> None:
    score = load_score(XML.encode())
    document, _ = apply(document_of(score, original=1), [{"op": "piece", "tempo": 60}])
    made = score_of(document, score).to_bytes("musicxml").decode()
    assert "dolce" in made
    assert "Ah" in made
    assert load_score(made.encode()).tempos[0].bpm == 60


def test_words_and_lyrics_of_a_document_stay_when_a_note_changes() -> None:
    score = load_score(XML.encode())
    document = document_of(score, original=1)
    assert score_of(document, score).to_bytes("musicxml") == XML.encode()
    higher = {"id": "n1", "pitch": 74}
    changed, _ = apply(document, [{"op": "set", "notes": [higher]}])
    made = score_of(changed, score).to_bytes("musicxml").decode()
    assert "dolce" in made
    assert "<step>D</step>" in made
    assert [note.pitch for note in load_score(made.encode()).parts[0].notes] == [74]


# -- takes ---------------------------------------------------------------------------------


def test_notes_that_are_the_same_keep_their_names_and_locks() -> None:
    before = band()
    flute, drums = before.to_score().parts
    notes = [replace(flute.notes[0], velocity=99), *flute.notes[1:5], Note(5000, 90, 100)]
    score = replace(
        before.to_score(),
        parts=(flute.with_notes(notes), drums, Part(notes, 33, name="Bass")),
        chords=(ChordChange(0, "C"),),
    )
    after = replaced(before, score, "r5")
    ids = after.parts[0].ids.tolist()
    assert ids[:5] == before.parts[0].ids.tolist()[:5]
    assert ids[5].startswith("r5-")
    assert after.parts[0].table[3].tolist()[:2] == [70, 99]
    assert after.locked == before.locked
    assert [part.id for part in after.parts[:2]] == ["p1", "p2"]
    assert after.parts[2].id.startswith("r5-")
    assert after.parts[1] == before.parts[1]
    assert after.head.chords == (ChordChange(0, "C"),)
    assert after.to_score() == score


@settings(deadline=None)
@given(st.data())
def test_a_take_that_is_the_piece_itself_changes_nothing(data: st.DataObject) -> None:
    document, _ = apply(band(), changes_of(data, band(), 10))
    after = replaced(document, document.to_score(), "r9")
    assert after == document


def test_a_take_at_another_resolution_keeps_names() -> None:
    before = band()
    after = replaced(before, before.to_score().with_resolution(960), "r5")
    assert after == before
    fine = before.to_score().with_resolution(960)
    notes = [*fine.parts[0].notes, Note(1, 100, 3)]
    after = replaced(before, fine.with_parts([fine.parts[0].with_notes(notes), fine.parts[1]]), "r")
    assert after.head.resolution == 960
    names = {name for part in before.parts for name in part.ids}
    assert {name for part in after.parts for name in part.ids} - names == {"r-3"}


def test_fewer_parts_are_those_that_look_the_same() -> None:
    before = band()
    after = replaced(before, before.to_score().with_parts(before.to_score().parts[1:]), "r5")
    assert [part.id for part in after.parts] == ["p2"]
    assert after.locked == {"n20"}


def test_names_of_a_new_document_are_told_in_order() -> None:
    document = document_of(band().to_score())
    assert [part.id for part in document.parts] == ["p1", "p2"]
    names = [name for part in document.parts for name in part.ids]
    assert names == [f"n{i}" for i in range(1, 30)]
    assert Document().bars == ()
