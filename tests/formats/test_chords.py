"""Chord symbols of ABC and MusicXML, read and written; what is written, MIDI too, is read again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.formats import load_score, save_score
from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.notation import parse_abc_tunes, parse_notation
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.music.theory import QUALITIES
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


def document(harmony: str, attributes: str = "<key><fifths>0</fifths></key>") -> str:
    """A bar of four quarters with a chord symbol over the third one."""
    note = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>"
    return (
        '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>A</part-name></score-part>'
        f'</part-list><part id="P1"><measure number="1"><attributes><divisions>4</divisions>{attributes}'
        "<time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
        f"{note * 2}<harmony>{harmony}</harmony>{note * 2}</measure></part></score-partwise>"
    )


_MINOR = "<key><fifths>0</fifths><mode>minor</mode></key>"
_CLARINET = "<key><fifths>2</fifths></key><transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
_ROOT = "<root><root-step>B</root-step><root-alter>-1</root-alter></root>"
_FLAT_NINTH = (
    "<degree><degree-value>9</degree-value><degree-alter>-1</degree-alter>"
    "<degree-type>add</degree-type></degree>"
)
_LEADING = "<numeral><numeral-root>7</numeral-root><numeral-alter>1</numeral-alter></numeral>"


@pytest.mark.parametrize(
    ("harmony", "attributes", "expected"),
    [
        (f'{_ROOT}<kind text="m7">minor-seventh</kind>', "", (960, "Bbm7")),
        (
            f"{_ROOT}<kind>dominant</kind><bass><bass-step>D</bass-step></bass><offset>2</offset>",
            "",
            (1200, "Bb7/D"),
        ),
        (f"{_ROOT}<kind>major</kind><offset>-4</offset>", "", (480, "Bb")),
        (
            f"{_ROOT}<kind>dominant</kind>{_FLAT_NINTH}",
            "",
            (960, "Bb7b9"),
        ),
        ("<root><root-step>C</root-step></root><kind>none</kind>", "", (960, "N.C.")),
        ("<function>V7</function><kind>dominant</kind>", "", (960, "G7")),
        ("<function>V7</function><kind>dominant</kind>", _MINOR, (960, "E7")),
        (
            "<numeral><numeral-root>6</numeral-root></numeral><kind>minor</kind>",
            "<key><fifths>2</fifths></key>",
            (960, "Bm"),
        ),
        (
            f"{_LEADING}<kind>diminished</kind>",
            _MINOR,
            (960, "G#dim"),
        ),
        (f"{_ROOT}<kind>major</kind>", _CLARINET, (960, "Ab")),
    ],
)
def test_chords_of_musicxml(
    harmony: str, attributes: str, expected: tuple[int, str], tmp_path: Path
) -> None:
    path = tmp_path / "led.musicxml"
    path.write_text(document(harmony, attributes) if attributes else document(harmony))
    assert [(chord.tick, chord.name) for chord in load_score(path).chords] == [expected]


def test_a_clarinet_reads_chords_as_it_is_written(tiny: Generator, tmp_path: Path) -> None:
    path = tmp_path / "clarinet.musicxml"
    path.write_text(document(f"{_ROOT}<kind>major</kind>", _CLARINET))
    controls = Controls(bars=1, chords="| Eb G7/B |")
    (take,) = tiny.continuations(load_score(path), controls=controls, seed=1)
    save_score(take.score, path, overwrite=True)
    new = path.read_text().split('<measure number="2">')[1]
    assert (new.count("<root-step>F<"), new.count("<root-step>A<")) == (1, 1)
    found = [(chord.tick, chord.name) for chord in load_score(path).chords]
    assert found == [(960, "Ab"), (1920, "Eb"), (2880, "G7/B")]


_SYMBOLS = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from("CDEFGAB"),
        st.sampled_from(["", "#", "b"]),
        st.sampled_from(
            [*QUALITIES, "min7", "°7", "ø7", "7b9", "13", "69", "6/9", "7alt", "+", "M7"]
        ),
        st.sampled_from(["", "/E", "/Bb"]),
    ),
    st.just("N.C."),
)


@pytest.mark.parametrize("suffix", [".musicxml", ".abc"])
@given(chords=st.dictionaries(st.integers(0, 15), _SYMBOLS, max_size=6))
def test_chords_read_as_they_are_written(suffix: str, chords: dict[int, str]) -> None:
    part = Part([Note(480 * i, 60 + i, 480) for i in range(8)])
    led = tuple(ChordChange(240 * place, name) for place, name in chords.items())
    score = Score((part,), chords=led)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"led{suffix}"
        save_score(score, path)
        # In this process: a child for each example would take its time.
        ((_, tune),) = parse_notation(path.read_bytes(), suffix, "play", DEFAULT_LIMITS)
    again = tune.score
    scale = again.resolution // score.resolution
    found = [(chord.tick // scale, chord.name) for chord in again.chords]
    assert found == [(chord.tick, chord.name) for chord in score.chords]
