"""Style examples as text: what a row says, what is refused, and that the files are those of the texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.shipping.ship_styles import FOLDER, STYLES, main
from lab.shipping.style_texts import read_style
from symgen.music.score import Note
from symgen.system.errors import FormatError

HEAD = "tempo 90\nmeter 4/4\nDrums: drums\nBass: Fingered Bass\n[Main A] 2 bars\n"


def test_the_files_are_those_of_the_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-o", str(tmp_path)]) == 0
    assert len(STYLES) == len(list(FOLDER.iterdir())) == len(capsys.readouterr().out.splitlines())
    for name in STYLES:
        made, shipped = ((folder / f"{name}.mid").read_bytes() for folder in (tmp_path, FOLDER))
        assert made == shipped, f"python -m lab ship-styles {name}"


def test_a_group_is_a_quarter_and_shares_it_out() -> None:
    text = "Bass\n C2 G2 | 7--. ..5 .. 9 | - 4 . . |\nDrums\n Kick | 8... . . . |\n"
    section = read_style(HEAD + text, "some").sections[0]
    strokes = [(0, 9, 98), (20, 4, 70), (36, 24, 126), (60, 12, 56)]
    expected = [Note(at, pitch, size, loud) for at, size, loud in strokes for pitch in (36, 43)]
    assert section.notes["Bass"] == expected
    assert section.notes["Drums"] == [Note(0, 36, 3, 112), Note(48, 36, 3, 112)]


def test_bars_come_again_and_chords_hold() -> None:
    text = "Chord | . . G7 . | C |\nBass\n C2 | 6 . . . | % |  # twice\n"
    section = read_style(HEAD + text, "some").sections[0]
    assert section.chords == [(24, "G7"), (48, "C")]
    assert [note.onset for note in section.notes["Bass"]] == [0, 48]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bass\n C2 | 6 . . | . |", "a bar of 3 groups in a meter of 4 quarters"),
        ("Bass\n C2 | 6 . . . | . | . |", "3 bars between lines do not make 2 bars"),
        ("Bass\n C2 | 6.... . . . |", "a quarter is not shared out into 5"),
        ("Bass\n C2 | . - . . |", "a - holds what no digit before it strikes"),
        ("Bass\n C2 | x . . . |", "'x' is no digit, - or ."),
        ("Bass\n H2 | 6 . . . |", "pitch 'H2'"),
        ("Drums\n Gong | 6 . . . |", "Gong"),
        ("Organ\n C2 | 6 . . . |", "no part of that name; there are Drums, Bass"),
        ("[Main B]", "a section is written like [Main A] 4 bars"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(FormatError) as raised:
        read_style(HEAD + text, "some.txt")
    line = 5 + len(text.splitlines())
    if said.startswith("no part"):
        line -= 1
    assert str(raised.value).startswith(f"some.txt:{line}: ")
    assert said in str(raised.value)
