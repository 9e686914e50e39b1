"""The judge of bands for tunes reads files by itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from symgen.formats import write_midi
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score

pytest.importorskip("mido")

from lab.benchmarks.accompanying import (
    Hit,
    Sheet,
    Signature,
    bass_share,
    is_in_place,
    main,
    read_sheet,
    style_places,
)


def sheet_of(pitches: tuple[int, ...]) -> Sheet:
    bass = Part(tuple(Note(24 * i, pitch, 24) for i, pitch in enumerate(pitches)), 33, name="Bass")
    chords = (ChordChange(0, "C"), ChordChange(48, "Am7/G"))
    return read_sheet(write_midi(Score((bass,), 12, chords=chords)))


def test_notes_and_chords_are_read() -> None:
    sheet = sheet_of((36, 43, 33, 43))
    ((name, hits),) = sheet.parts
    assert name == "Bass"
    assert hits[1].at == Fraction(2)
    assert hits[1].length == 2
    assert [name for _, name in sheet.chords] == ["C", "Am7/G"]


@pytest.mark.parametrize(
    ("pitches", "met"), [((36, 43, 33, 43), 4), ((36, 42, 33, 43), 3), ((37, 42, 34, 44), 0)]
)
def test_the_bass_has_tones_of_the_chords_on_strong_beats(
    pitches: tuple[int, ...], met: int
) -> None:
    sheet = sheet_of(pitches)
    assert bass_share(sheet, sheet.parts[0][1]) == (met, 4)


def test_the_meter_is_that_of_the_file() -> None:
    line = Part(tuple(Note(12 * i, 60, 12) for i in range(12)))
    waltz = Score((line,), 12, meters=(MeterChange(0, Meter(3, 4)),))
    assert read_sheet(write_midi(waltz)).meters == (Signature(Fraction(0), 3, 4),)
    assert read_sheet(write_midi(Score((line,), 12))).meter(Fraction(7)).quarters == 4


@pytest.mark.parametrize(
    ("style", "meter", "pitch", "right", "wrong"),
    [
        # A hat on every eighth; a ride that swings; in 6/8 what is between beats is a third; a waltz in each beat.
        ("rock", (4, 4), 42, ("0", "1/2", "7/2"), ("1/3", "1/4", "11/4")),
        ("swing", (4, 4), 51, ("0", "5/3"), ("1/2", "3/2", "4/3")),
        ("rock", (6, 8), 42, ("0", "1/2", "1", "3/2", "3"), ("1/4", "3/4", "11/4")),
        ("rock", (3, 8), 42, ("0", "1/2", "1"), ("1/4", "3/4")),
        ("waltz", (6, 8), 36, ("0", "3/2"), ("1/4", "7/4")),
        ("rock", (4, 4), 56, (), ("0", "1")),
    ],
)
def test_drums_are_held_to_the_places_of_their_style(
    style: str, meter: tuple[int, int], pitch: int, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    places, signature = style_places(style), Signature(Fraction(0), *meter)

    def fits(at: str) -> bool:
        return is_in_place(signature, Hit(Fraction(at), Fraction(1), pitch, -1), places)

    assert [at for at in (*right, *wrong) if fits(at)] == list(right)


def test_a_table_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = Part(tuple(Note(12 * i, 60 + i % 5, 12) for i in range(32)), 0, name="Flute")
    (tmp_path / "tune.mid").write_bytes(write_midi(Score((line,), 12)))
    assert main([str(tmp_path), "--count", "1", "--frame"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("| all | 100.0% | ")
