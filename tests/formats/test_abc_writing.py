"""Scores written as ABC: by hand, read back by our own reader, and judged by music21 and abc2midi."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from corpora import SHARED, corpus_files
from hypothesis import given
from hypothesis import strategies as st

from symgen.formats import load_score, losses, save_score, score_bytes
from symgen.formats.abc.signs import off_grid, steps_for
from symgen.formats.notation import parse_abc_tunes
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import FormatError

Rows = list[list[tuple[Fraction, Fraction, int]]]


def line(*notes: tuple[float, float, int], **options: Any) -> Part:
    """Notes by onset and length in quarters, and pitch."""
    made = (Note(round(on * 480), pitch, round(length * 480)) for on, length, pitch in notes)
    return Part(tuple(made), **options)


def scale(*pitches: int, length: float = 1.0, **options: Any) -> Part:
    return line(*((i * length, length, pitch) for i, pitch in enumerate(pitches)), **options)


def written(score: Score) -> str:
    return score_bytes(score, "abc").decode()


def music(score: Score) -> str:
    """The lines behind the key."""
    return written(score).split("\nK:")[1].partition("\n")[2].rstrip("\n")


def read(text: str) -> Score:
    (tune,) = parse_abc_tunes(text)
    assert not tune.unreadable
    return tune.score


def rows(score: Score) -> Rows:
    unit = score.resolution
    return [
        sorted((Fraction(n.onset, unit), Fraction(n.duration, unit), n.pitch) for n in part.notes)
        for part in score.parts
    ]


# -- by hand ---------------------------------------------------------------------------


def test_a_whole_tune() -> None:
    meters = (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(6, 8)))
    notes = [(0, 0.5, 62), (0.5, 1, 67), (1.5, 0.5, 66), (2, 1.5, 67), (3.5, 1.5, 70)]
    score = Score(
        (line(*notes, program=40, name='The "Fiddle"'),),
        tempos=(TempoChange.of_bpm(0, 180),),
        meters=meters,
        keys=(KeyChange(0, 1),),
        title="50% off & more",
        chords=(ChordChange(240, "G"), ChordChange(1680, "Gm")),
    )
    assert written(score) == (
        "%abc-2.1\nX:1\nT:50\\% off \\& more\nM:6/8\nL:1/8\nQ:3/8=120\nK:G\n"
        'V:1 name="The &quot;Fiddle&quot;" clef=treble\n%%MIDI program 40\n'
        'D | "G"G2 F G3 | "Gm"_B3 |]\n'
    )
    again = read(written(score))
    assert again.title == score.title
    assert again.parts[0].name == 'The "Fiddle"'
    assert again.meters == meters
    assert again == score
    assert again.chords == score.chords


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (scale(66, 66, 78, 65), "^F2 F2 ^f2 =F2 |]"),
        (scale(66, 67, 66, 65), "^F2 G2 F2 =F2 |]"),
        (line((0, 6, 66), (6, 2, 66)), "^F8- | ^F4 F4 |]"),
        (line((0, 6, 60), (6, 2, 72)), "C8- | C4 c4 |]"),
        (line((0, 4, 0), (4, 4, 127)), "C,,,,,8 | g''''8 |]"),
        (scale(60, 62, 64, length=2 / 3), "(3C2 D2 E2 |]"),
        (line((0, 1 / 3, 60), (1 / 3, 2 / 3, 62)), "(3:2:2C D2 |]"),
        (line((0, 1.25, 60)), "C2- C/ z/ |]"),
        (line((1, 1, 60), (1, 1, 64)), "z2 [CE]2 |]"),
        (line((0, 4, 48), (0, 1, 72), (1, 1, 74)), "c2 d2 z4 & C,8 |]"),
        (line((0, 4, 48), (0, 4, 72), (5, 1, 60)), "[C,c]8 | z2 C2 |]"),
        (line((0, 2, 60), (1, 2, 64), (4, 1, 67)), "C4 z4 & x2 E4 x2 | G2 |]"),
    ],
)
def test_notes_by_hand(part: Part, text: str) -> None:
    score = Score((part,), length=-(-part.end // 240) * 240)
    assert music(score).endswith(text)
    assert rows(read(written(score))) == rows(score)


def test_a_chord_in_a_long_note_divides_it_and_it_is_one_note_again() -> None:
    chords = (ChordChange(0, "G"), ChordChange(960, "C"))
    score = Score((line((0, 4, 67)),), keys=(KeyChange(0),), chords=chords)
    assert music(score) == '"G"G4- "C"G4 |]'
    assert read(written(score)) == score


def test_changes_of_meter_key_and_tempo_stand_where_they_begin() -> None:
    score = Score(
        (scale(*[60] * 7), scale(*[64] * 7)),
        tempos=(TempoChange(0), TempoChange(480 * 5, 600_000)),
        meters=(MeterChange(0, Meter(4, 4)), MeterChange(1920, Meter(3, 4))),
        keys=(KeyChange(0, 0), KeyChange(1920, -3, True)),
    )
    first, second = music(score).split("V:2")
    assert "| [M:3/4] [K:Cm] C2 [Q:1/4=100]C2 C2 |]" in first
    assert "| [M:3/4] [K:Cm] =E2 E2 E2 |]" in second
    assert read(written(score)) == score


def test_parts_are_voices_with_clefs_programs_and_names() -> None:
    parts = (
        scale(72, name="Flûte", program=73),
        scale(40, name="3", program=32),
        scale(36, 38, is_drum=True),
    )
    score = Score(parts, length=1920, keys=(KeyChange(0),))
    text = written(score)
    assert 'V:1 name="Flûte" clef=treble\n%%MIDI program 73\n' in text
    assert 'V:2 name="3" clef=bass\n%%MIDI program 32\n' in text
    assert "V:3 clef=perc\n%%MIDI channel 10\n" in text
    assert read(text) == score


@pytest.mark.parametrize("score", [Score(), Score((Part(),)), Score((Part(), scale(60)))])
def test_pieces_with_little_in_them(score: Score) -> None:
    assert read(written(score)).note_count == score.note_count


TITLES = [
    "100%",
    "a % b",
    "R&B",
    "a &amp; b",
    "back\\slash",
    "l\\'et",
    "\\\\",
    'say "no"',
    "Ω – ♪",
    "K: no",
]


@pytest.mark.parametrize("title", TITLES)
def test_titles_and_names_come_back(title: str) -> None:
    score = Score((scale(60, name=title), scale(64)), title=title)
    again = read(written(score))
    assert (again.title, again.parts[0].name) == (title, title)


def test_words_are_sung_under_their_notes(tmp_path: Path) -> None:
    data = Path(__file__).parent / "musicxml" / "data" / "full.musicxml"
    text = written(load_score(data))
    sung = [row for row in text.splitlines() if row.startswith("w:")]
    assert len(sung) >= 1
    syllables = " ".join(sung).replace("w:", "").split()
    assert sum(word not in "*_" for word in syllables) == 8


# -- what ABC does not hold ------------------------------------------------------------


def test_times_between_note_values_are_moved_and_counted() -> None:
    played = Part((Note(3, 60, 470, 70), Note(490, 62, 461, 90)))
    score = Score((played,))
    assert steps_for(score) == 12
    assert rows(read(written(score))) == [
        [(Fraction(0), Fraction(1), 60), (Fraction(1), Fraction(1), 62)]
    ]
    assert losses(score, score, "x.abc") == (
        "x.abc: 2 notes lie between the note values of ABC and were moved to them",
        "x.abc: how loud each note is, is left out: ABC has no word for it",
    )


def test_one_note_off_the_grid_leaves_short_notes_short() -> None:
    notes = [Note(30 * i, 60, 30) for i in range(20)] + [Note(601, 62, 100)]
    score = Score((Part(tuple(notes)),))
    assert (steps_for(score), off_grid(score)) == (48, 1)
    assert rows(read(written(score)))[0][:20] == rows(score)[0][:20]


def test_what_the_document_says_besides_is_counted() -> None:
    score = load_score(Path(__file__).parent / "musicxml" / "data" / "full.musicxml")
    (line,) = [row for row in losses(score, score, "x.abc") if "left out: 4" in row]
    assert "slur" in line
    assert "chord symbol" not in line
    assert "lyric" not in line


# -- read back -------------------------------------------------------------------------

GRID = st.integers(0, 191)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Parts of notes on a grid of 12 steps a quarter, no two of one pitch at a time."""
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        free: dict[int, int] = {}
        notes = []
        for onset, pitch, length in sorted(
            draw(st.lists(st.tuples(GRID, st.integers(36, 84), st.integers(1, 60)), max_size=25))
        ):
            if onset >= free.get(pitch, 0):
                notes.append(Note(40 * onset, pitch, 40 * length))
                free[pitch] = onset + length
        parts.append(Part(tuple(notes), draw(st.integers(0, 127)), draw(st.booleans())))
    meter = draw(st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(7, 8), Meter(5, 4)]))
    key = KeyChange(0, draw(st.integers(-7, 7)), draw(st.booleans()))
    return Score(tuple(parts), meters=(MeterChange(0, meter),), keys=(key,))


@given(scores())
def test_what_is_written_is_read(score: Score) -> None:
    again = read(written(score))
    assert rows(again) == rows(score)
    assert (again.meters, again.keys, again.tempos) == (score.meters, score.keys, score.tempos)
    kinds = [(part.program, part.is_drum) for part in score.parts]
    assert [(part.program, part.is_drum) for part in again.parts] == kinds


@pytest.mark.parametrize("name", ["nottingham", "ryans", "cre", "openhymnal", "lieder_cc0"])
def test_real_tunes_come_back(name: str, tmp_path: Path) -> None:
    """120 of each of five corpora; a unison that one part strikes twice is read as either."""
    same = count = 0
    for path in corpus_files(name, tmp_path, 120):
        score = load_score(path, allow_empty=True)
        if steps_for(score):
            continue
        count += 1
        same += rows(read(written(score))) == rows(score)
    assert count > 20
    assert same >= 0.98 * count


def test_documents_of_other_programs_come_back() -> None:
    folder = SHARED / "conformance" / "musicxml"
    if not folder.is_dir():
        pytest.skip("the conformance documents are not here")
    same = count = 0
    for path in sorted(folder.rglob("*.*")):
        try:
            score = load_score(path)
        except FormatError:
            continue
        if not steps_for(score):
            count += 1
            same += rows(read(written(score))) == rows(score)
    assert count > 50
    assert same >= 0.95 * count


# -- judged by others ------------------------------------------------------------------


def struck(score: Score) -> Counter[tuple[int, int]]:
    unit = score.resolution
    return Counter(
        (round(Fraction(48 * n.onset, unit)), n.pitch) for p in score.parts for n in p.notes
    )


@pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is not installed")
@pytest.mark.parametrize("name", ["nottingham", "ryans", "openhymnal"])
def test_abc2midi_hears_the_same_notes(name: str, tmp_path: Path) -> None:
    for path in corpus_files(name, tmp_path, 20):
        score = load_score(path)
        if steps_for(score):
            continue
        # it rolls chords unless it is told not to
        text = written(score).replace("\nX:1", "\n\nX:1\n%%MIDI chordattack 0")
        (tmp_path / "judged.abc").write_text(text, encoding="utf-8")
        command = ["abc2midi", "judged.abc", "-o", "judged.mid"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        assert b"Error" not in done.stdout, done.stdout
        assert struck(load_score(tmp_path / "judged.mid")) == struck(score)


@pytest.mark.parametrize("name", ["ryans", "cre"])
def test_music21_hears_the_same_notes(name: str, tmp_path: Path) -> None:
    from music21 import converter

    for path in corpus_files(name, tmp_path, 8):
        score = load_score(path)
        if steps_for(score):
            continue
        stream = converter.parse(written(score), format="abc", forceSource=True)
        notes = stream.flatten().stripTies().notes
        found = [p.midi for note in notes if note.duration.quarterLength for p in note.pitches]
        expected = [note.pitch for part in score.parts for note in part.notes]
        assert Counter(found) == Counter(expected)


def test_files_are_written_by_their_names(tmp_path: Path) -> None:
    score = Score((scale(60, 62),), keys=(KeyChange(0),))
    save_score(score, tmp_path / "tune.abc")
    assert load_score(tmp_path / "tune.abc") == score
