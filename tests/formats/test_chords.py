"""Chord symbols of ABC and MusicXML: read, and written into MusicXML."""

from __future__ import annotations

from pathlib import Path

import pytest

from symgen.formats import load_score, save_score
from symgen.formats.notation import parse_abc_tunes
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.writing.generator import Generator

HEAD = "X:1\nM:4/4\nL:1/4\nK:G\n"


def read_abc(body: str) -> list[tuple[int, str]]:
    (tune,) = parse_abc_tunes(HEAD + body)
    return [(chord.tick, chord.name) for chord in tune.score.chords]


def test_chords_of_abc_stand_where_their_notes_do() -> None:
    assert read_abc('"G"G2 "D7/F#"A2|"G"G4|"Em"z4|"N.C."B4|') == [
        (0, "G"),
        (960, "D7/F#"),
        (1920, "G"),
        (3840, "Em"),
        (5760, "N.C."),
    ]


@pytest.mark.parametrize(
    "text", ["^above", "_D7", "<G", ">G", "@1,2 G", "Fine", "D.C.", "A capo", "Bass", "segno", ""]
)
def test_words_over_the_music_are_no_chords(text: str) -> None:
    assert read_abc(f'"{text}"G4|') == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("B♭m", "Bbm"),
        ("G(Em)", "G"),
        ("C;sim.", "C"),
        ("Am7b5", "Am7b5"),
        ("F#dim7", "F#dim7"),
        ("Cmaj7/E", "Cmaj7/E"),
        ("G7sus4", "G7sus4"),
        ("E7(b9)", "E7(b9)"),
        ("C+", "C+"),
    ],
)
def test_chords_as_they_are_written(text: str, name: str) -> None:
    assert read_abc(f'"{text}"G4|') == [(0, name)]


def test_all_voices_have_the_chords_of_the_first_that_has_one() -> None:
    assert read_abc('V:1\n"G"G4|A4|\nV:2\n"C"G4|"D"A4|') == [(0, "G"), (1920, "D")]


KINDS = ["C", "Cm", "C7", "Cmaj7", "Cm7", "Cmmaj7", "Cdim", "Cdim7", "Cm7b5", "Caug", "Csus2", "Csus4", "C6", "Cm6",
         "C9", "Cmaj9", "Cm9", "C5", "C11", "C13", "F#m7/E", "Bb/D"]  # fmt: skip


def test_chords_of_musicxml_come_back(tmp_path: Path) -> None:
    notes = [Note(960 * i, 60, 960) for i in range(len(KINDS))]
    chords = tuple(ChordChange(960 * i, name) for i, name in enumerate(KINDS))
    path = tmp_path / "led.musicxml"
    save_score(Score((Part(notes),), chords=chords), path)
    assert load_score(path).chords == chords


def test_a_chord_in_a_note_keeps_its_time(tmp_path: Path) -> None:
    chords = (ChordChange(480, "G"), ChordChange(1440, "N.C."), ChordChange(1800, "Sw!ng"))
    drums = Part([Note(0, 38, 480)], is_drum=True)
    score = Score((drums, Part([Note(0, 60, 1920)])), chords=chords)
    path = tmp_path / "held.musicxml"
    save_score(score, path)
    first, second = path.read_text().split('<part id="P2">')
    assert (first.count("<harmony"), second.count("<harmony")) == (0, 3)
    assert load_score(path).chords == chords


def test_the_chords_that_steer_a_piece_stand_in_it(tiny: Generator) -> None:
    (take,) = tiny.takes(Controls(bars=4, chords="G C7"), seed=1)
    found = [(chord.tick, chord.name) for chord in take.score.chords]
    starts = [bar.start for bar in take.score.bars]
    assert found == list(zip(starts, ["G", "C7"] * 2, strict=True))


def test_new_bars_of_a_document_have_their_chords(tiny: Generator, tmp_path: Path) -> None:
    path = tmp_path / "tune.musicxml"
    notes = [Note(480 * i, 67 + (i * 2) % 5, 480) for i in range(16)]
    save_score(Score((Part(notes),)), path)
    controls = Controls(bars=2, chords="G D")
    (take,) = tiny.continuations(load_score(path), controls=controls, seed=1)
    save_score(take.score, path, overwrite=True)
    assert load_score(path).chords == (ChordChange(7680, "G"), ChordChange(9600, "D"))
