"""Roman numerals as chord symbols."""

from __future__ import annotations

import pytest

from symgen.music.chord_symbols import fifth_of
from symgen.music.roman_numerals import roman_symbol

C, A, EB = fifth_of(("C", 0)), fifth_of(("A", 0)), fifth_of(("E", -1))


@pytest.mark.parametrize(
    ("text", "major", "minor"),
    # In C major, and in A minor.
    [
        ("I", "C", "A"),
        ("i", "Cm", "Am"),
        ("V7", "G7", "E7"),
        ("V7b", "G7/B", "E7/G#"),
        ("V65", "G7/B", "E7/G#"),
        ("V42", "G7/F", "E7/D"),
        ("I6", "C/E", "A/C#"),
        ("I64", "C/G", "A/E"),
        ("iib", "Dm/F", "Bm/D"),
        ("viio", "Bdim", "G#dim"),
        ("viio7", "Bm7b5", "G#dim7"),
        ("viioD7", "Bdim7", "G#dim7"),
        ("viiø7", "Bm7b5", "G#m7b5"),
        ("iio7", "Dm7b5", "Bm7b5"),
        ("IVM7", "Fmaj7", "Dmaj7"),
        ("IV7", "Fmaj7", "D7"),
        ("III+", "Eaug", "Caug"),
        ("VII", "B", "G"),
        ("#viio", "B#dim", "G#dim"),
        ("-VI", "Ab", "Fb"),
        ("bVII", "Bb", "Gb"),
        ("vi", "Am", "Fm"),
        ("V/V", "D", "B"),
        ("V7/vi", "E7", "C7"),
        ("viio7/V", "F#dim7", "D#dim7"),
        ("V7b/IV", "C7/E", "A7/C#"),
        ("V/V/V", "A", "F#"),
        ("Nb", "Db/F", "Bb/D"),
        ("N6", "Db/F", "Bb/D"),
        ("Gn", "Ab7", "F7"),
        ("Fr", "Ab7b5", "F7b5"),
        ("Lt", "Ab7", "F7"),
        ("4V7", "G7", "E7"),
        ("2.I;", "C", "A"),
        ("(ii7)", "Dm7", "Bm7"),
    ],
)
def test_numerals_in_a_key(text: str, major: str, minor: str) -> None:
    found = [roman_symbol(text, C, minor=False), roman_symbol(text, A, minor=True)]
    assert list(map(str, found)) == [major, minor]


def test_tones_are_spelled_as_in_the_key() -> None:
    assert str(roman_symbol("V7b", EB, minor=False)) == "Bb7/D"
    assert str(roman_symbol("ivb", EB, minor=True)) == "Abm/Cb"


@pytest.mark.parametrize(
    "text", ["", "VIII", "X", "Vd", "Id", "V7/", "V7/X", "V7e", "iv-", "5", "/V", "7"]
)
def test_what_is_no_numeral(text: str) -> None:
    assert roman_symbol(text, C, minor=False) is None
