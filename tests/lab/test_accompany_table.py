"""The judge of bands for tunes reads files by itself."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from symgen.formats import write_midi
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Note, Part, Score

pytest.importorskip("mido")

from lab.benchmarks.accompanying import Sheet, bass_share, main, read_sheet


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


def test_a_table_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = Part(tuple(Note(12 * i, 60 + i % 5, 12) for i in range(32)), 0, name="Flute")
    (tmp_path / "tune.mid").write_bytes(write_midi(Score((line,), 12)))
    assert main([str(tmp_path), "--count", "1", "--frame"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("| all | 100.0% | ")
