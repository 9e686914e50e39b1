"""What a description says is so: on small pieces by hand, on drawn ones, on many real ones."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from description_facts import check
from small_tunes import tune, with_pickup

import symgen
from symgen.analysis import Description, describe, read_bars
from symgen.analysis.form import Section
from symgen.analysis.text import _form
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

Q = 480
CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
SETS = (
    "cre", "ryans", "openhymnal", "openhymnal_abc", "lieder_cc0", "osq_cc0", "freedoom", "groove", "pop909", "songs_pd",
)  # fmt: skip
EACH = 11
"""Pieces of each set."""


def line(text: str, start: str) -> str:
    """Return the line of a description that begins so."""
    return next(each for each in text.splitlines() if each.startswith(start))


# -- by hand ---------------------------------------------------------------------------

A = "G4 A4 B4 D5 | B4:2 A4:2 | G4 A4 B4 D5 | A4:4"
B = "E5 D5 C5 B4 | A4:2 G4:2 | E5 D5 C5 B4 | G4:4"


def test_a_tune_in_words() -> None:
    score = tune(f"{A} | {A} | {B} | {A}")
    expected = (Path(__file__).parent / "data" / "by_hand.txt").read_text(encoding="utf-8")
    assert str(describe(score, title="By hand")) == expected.rstrip("\n")


def test_a_section_that_is_varied_names_the_bars() -> None:
    varied = A.replace("A4:4", "G4:4")
    found = describe(tune(f"{A} | {varied}")).sections
    assert [(s.letter, s.first, s.last, s.kind, s.changed) for s in found] == [
        ("A", 1, 4, "new", ()),
        ("A", 5, 8, "varied", (8,)),
    ]


def test_bars_before_the_first_section_are_an_opening() -> None:
    found = describe(tune(f"C4:4 | E4:4 | {A} | {A} | {A}")).sections
    assert [(s.letter, s.first, s.last) for s in found] == [
        ("opening", 1, 2), ("A", 3, 6), ("A", 7, 10), ("A", 11, 14),
    ]  # fmt: skip


def test_a_pickup_is_told() -> None:
    facts = describe(with_pickup("D4 | G4 A4 B4 A4 | G4:3 D4 | G4 A4 B4 A4 | G4:3"))
    assert facts.pickup == 1.0
    assert facts.bars == 4
    assert "It begins with a pickup, a quarter note long." in str(facts)
    # The upbeat in the second bar is not where the phrase ends.
    assert [(c.bar, c.pitch) for c in facts.cadences] == [(2, 67), (4, 67)]


def test_chords_of_several_voices_are_told_with_their_places() -> None:
    blocks = ((48, 64, 67, 72), (53, 60, 69, 72), (55, 62, 65, 71), (48, 60, 64, 72))
    notes = [Note(i * 2 * Q, p, 2 * Q) for i, chord in enumerate(blocks) for p in chord]
    facts = describe(Score((Part(tuple(notes)),), Q))
    told = [(c.bar, c.beat, c.name) for c in facts.chords]
    assert told == [(1, 1, "C"), (1, 3, "F"), (2, 1, "G7"), (2, 3, "C")]
    assert "Bar 1: C major, F major on beat 3. Bar 2: G seven, C major on beat 3." in str(facts)
    assert [(c.bar, c.kind) for c in facts.cadences] == [(2, "full")]


def test_chord_symbols_of_the_file_go_before_those_that_are_read() -> None:
    chords = (ChordChange(0, "Bbm7/F"), ChordChange(8 * Q, "N.C."))
    notes = tuple(Note(i * Q, 65, Q) for i in range(16))
    text = str(describe(Score((Part(notes),), Q, chords=chords)))
    assert "Bar 1: B flat minor seven over F. Bar 3: no chord." in line(
        text, "Chords, as the file names them"
    )


@pytest.mark.parametrize(
    ("keys", "start"),
    [
        ((), "Key: probably G major, found from the notes; the file has no key signature."),
        ((KeyChange(0, 1),), "Key: G major, found from the notes; the signature of one sharp agrees."),
        ((KeyChange(0, -4),), "Key: probably G major, found from the notes; the signature of four flats does not fit"),
    ],
)  # fmt: skip
def test_the_key_is_told_with_how_it_was_found(keys: tuple[KeyChange, ...], start: str) -> None:
    notes = tuple(
        Note(i * Q, p, Q) for i, p in enumerate((67, 71, 74, 71, 66, 69, 72, 74, 67, 71, 74, 67))
    )
    assert line(str(describe(Score((Part(notes),), Q, keys=keys))), "Key").startswith(start)


def test_the_key_of_the_file_is_believed() -> None:
    facts = describe(tune(A), key=Key(4, "dorian"))
    assert (facts.key, facts.key_origin) == (Key(4, "dorian"), "file")
    assert "Key: E dorian, as the file says." in str(facts)


def test_changes_of_tempo_meter_and_signature_have_their_bars() -> None:
    notes = tuple(Note(i * Q, 60, Q) for i in range(14))
    score = Score(
        (Part(notes),), Q, (TempoChange(0), TempoChange(8 * Q, 600_000)),
        (MeterChange(0), MeterChange(8 * Q, Meter(3, 4))), (KeyChange(0), KeyChange(8 * Q, -2)),
    )  # fmt: skip
    text = str(describe(score))
    assert line(text, "Meter") == "Meter: 4/4, 3/4 from bar 3."
    assert line(text, "Tempo") == "Tempo: 120 quarter notes a minute; 100 from bar 3."
    assert line(text, "Key").endswith(
        "Signatures: no sharps or flats from bar 1, two flats from bar 3."
    )


def test_a_kit_is_told_by_its_drums() -> None:
    kick = [Note(i * 2 * Q, 36, 60) for i in range(8)]
    snare = [Note(i * 2 * Q + Q, 38, 60) for i in range(8)]
    text = str(describe(Score((Part(tuple(kick + snare), is_drum=True, name="Kit"),), Q)))
    assert line(text, "Part 1") == (
        "Part 1: Kit, Drums, 16 notes, 4 a bar on average. Drums: kick eight times, mostly on beat 1 and 3; "
        "snare eight times, mostly on beat 2 and 4."
    )
    assert "Key: none, as there are no pitched notes." in text


def test_swing_and_loudness_are_told() -> None:
    places = [beat * Q + late for beat in range(16) for late in (0, 320)]
    notes = tuple(Note(t, 60 + i % 5, 100, 50 + 2 * i) for i, t in enumerate(places))
    facts = describe(Score((Part(notes),), Q))
    assert facts.swing == pytest.approx(2 / 3, abs=0.001)
    assert (
        line(str(facts), "Swing")
        == "Swing: off-beat eighths come late, at 0.67 of the quarter instead of 0.5."
    )
    assert line(str(facts), "Loudness").endswith(
        "velocities from 50 to 112. It gets louder towards the end."
    )


def test_what_is_played_to_the_beat_is_told_as_it_is_written() -> None:
    steady = Part(tuple(Note(max(0, Q * i - 7 * (i % 2)), 48, 441) for i in range(16)), 33)
    early = Part(tuple(Note(4 * Q - 9 + 2 * Q * i, 60 + i, 900) for i in range(6)), 73)
    facts = describe(Score((steady, early)))
    assert facts.parts[1].first_bar == 2
    longest = facts.parts[0].longest_note
    assert longest is not None
    assert longest.quarters == 1.0
    assert "It enters in bar 2." in str(facts)


def test_letters_of_sections_that_hardly_come_back_are_left_out() -> None:
    back = Section("E", 17, 20, "varied", (1, 4), (17,))
    new = [Section("A", 4 * i + 1, 4 * i + 4) for i in range(14)]
    assert _form([*new, back], 60).startswith("Form: 15 sections, one of them comes back. ")
    assert _form([*new, *[back] * 6], 84).startswith("Form: A A A")


def test_without_notes_little_is_told() -> None:
    for score in (Score(), Score(length=5000), Score((Part(), Part(is_drum=True)))):
        facts = describe(score)
        assert "There are no notes." in str(facts)
        check(facts, score)


def test_facts_are_plain_data() -> None:
    facts = describe(tune(f"{A} | {A}"))
    plain = facts.to_json()
    assert json.loads(json.dumps(plain))["key"] == "G major"
    assert set(plain) == set(Description.__dataclass_fields__)


def test_a_score_describes_itself_and_says_so_in_one_line() -> None:
    score = tune(f"{A} | {A}")
    assert str(score.describe()) == str(describe(score))
    assert repr(score.describe()) == "<Description 8 bars, 22 notes, G major; print it to read it>"


def test_one_part_alone_can_be_told() -> None:
    low = Part((Note(0, 40, Q),), name="Bass: deep")
    facts = describe(Score((Part((Note(0, 72, Q),)), low), Q))
    assert (
        facts.text(part=2)
        .splitlines()[1]
        .startswith("Part 2: Bass: deep, Acoustic Grand Piano, one note,")
    )
    for number in (0, 3):
        with pytest.raises(ControlError, match="the piece has two parts"):
            facts.text(part=number)


# -- bar by bar ------------------------------------------------------------------------


def test_bars_are_read_out() -> None:
    assert read_bars(tune("G4 A4:0.5 B4:0.5 - G4 | F#4:4")) == (
        "Bar 1: G4 quarter, A4 eighth, B4 eighth, rest quarter, G4 quarter.\nBar 2: F sharp 4 whole."
    )


def test_chords_and_notes_held_over_are_read_out() -> None:
    notes = (
        Note(0, 60, 8 * Q),
        Note(0, 64, 2 * Q),
        Note(0, 67, 2 * Q),
        Note(6 * Q, 72, Q),
        Note(6 * Q, 74, Q),
    )
    assert read_bars(Score((Part(notes),), Q)) == (
        "Bar 1: C4 double whole with E4 half with G4 half.\nBar 2: C4 held over, C5 and D5 quarter."
    )


def test_parts_are_named_where_there_are_several() -> None:
    parts = (
        Part((Note(0, 60, 4 * Q),), 73),
        Part((Note(0, 36, 60),), is_drum=True),
        Part((), 73, name="Tuba"),
    )
    assert read_bars(Score(parts, Q)) == (
        "Bar 1, Flute: C4 whole.\nBar 1, drums: kick on beat 1.\nBar 1, Tuba: rest."
    )
    assert read_bars(Score(parts, Q), part=2) == "Bar 1: kick on beat 1."


def test_bars_and_parts_that_are_not_there_are_refused() -> None:
    score = tune(A)
    with pytest.raises(FormatError, match="the piece has bars 1-4"):
        read_bars(score, 3, 9)
    with pytest.raises(ControlError, match="parts 1 to 1"):
        read_bars(score, part=2)


# -- drawn -----------------------------------------------------------------------------


def drawn(seed: int) -> Score:
    """Draw a piece of sections, some of which come back or are changed a little."""
    draw = random.Random(seed)  # noqa: S311
    meter = draw.choice([Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 4), Meter(2, 2)])
    bar = meter.bar_ticks(Q)
    pickup = draw.choice([0, 0, Q // 2, Q])
    length = draw.choice([2, 4, 8])
    parts = [[] for _ in range(draw.choice([1, 1, 2, 3]))]
    letters = draw.choice(["AABA", "AABB", "ABAC", "ABCD", "AA"])
    bank: dict[str, list[list[tuple[int, int, int, int]]]] = {}
    for place, letter in enumerate(letters):
        if letter not in bank:
            bank[letter] = [[] for _ in parts]
            for mine in bank[letter]:
                tick = 0
                while tick < length * bar:
                    step = draw.choice([Q // 2, Q, Q, 2 * Q])
                    sounds = draw.random() < 0.85
                    if sounds:
                        hold = draw.choice([step, step, step // 2, step + 2 * Q])
                        mine.append((tick, draw.randrange(40, 90), hold, draw.randrange(40, 110)))
                    tick += step
        for mine, notes in zip(parts, bank[letter], strict=True):
            start = pickup + place * length * bar
            changed = {draw.randrange(1 + len(notes))} if draw.random() < 0.4 else set()
            mine += [
                Note(start + t, pitch + (i in changed), hold, velocity)
                for i, (t, pitch, hold, velocity) in enumerate(notes)
            ]
    if pickup:
        parts[0].append(Note(0, 60, pickup))
    meters = (
        (MeterChange(0, Meter(pickup * 2 // Q, 8)), MeterChange(pickup, meter))
        if pickup
        else (MeterChange(0, meter),)
    )
    made = [Part(tuple(notes), draw.randrange(128)) for notes in parts]
    if draw.random() < 0.3:
        made.append(
            Part(
                tuple(Note(pickup + i * Q, draw.choice([36, 38, 42]), 60) for i in range(4)),
                is_drum=True,
            )
        )
    tempos = (TempoChange(0, draw.randrange(300_000, 900_000)), TempoChange(pickup + bar, 500_000))
    return Score(
        tuple(made),
        Q,
        tempos,
        meters,
        (KeyChange(0, draw.randrange(-7, 8)),) * (draw.random() < 0.5),
    )


@pytest.mark.parametrize("seed", range(24))
def test_what_is_said_of_drawn_pieces_is_so(seed: int) -> None:
    score = drawn(seed)
    check(describe(score), score)


# -- real ------------------------------------------------------------------------------


def real(name: str, folder: Path) -> Iterator[Path]:
    """Unpack some pieces of a set, evenly spread."""
    with zipfile.ZipFile(CORPORA / f"{name}.zip") as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        names = sorted(
            (n for n in sizes if n.endswith((".mid", ".mxl", ".abc"))), key=sizes.__getitem__
        )
        names = names[: len(names) // 2]
        for i, member in enumerate(names[:: max(1, len(names) // EACH)][:EACH]):
            path = folder / f"{i}{Path(member).suffix}"
            path.write_bytes(archive.read(member))
            yield path


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")
@pytest.mark.parametrize("name", SETS)
def test_what_is_said_of_real_tunes_is_so(name: str, tmp_path: Path) -> None:
    checked = 0
    for path in real(name, tmp_path):
        try:
            score = symgen.load_score(path)
        except FormatError:  # some files of the sets are damaged
            continue
        check(describe(score), score)
        checked += 1
    assert checked >= EACH - 1
