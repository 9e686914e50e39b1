"""Chords beside the notes of kern."""

from __future__ import annotations

import pytest

from symgen.formats.kern.chords import kern_chord, tonic_of
from symgen.formats.kern.reader import parse_kern
from symgen.formats.limits import DEFAULT_LIMITS


def chords_of(*lines: str) -> list[tuple[int, str]]:
    tune = parse_kern("\n".join(lines), "play", DEFAULT_LIMITS)
    return [(chord.tick, chord.name) for chord in tune.score.chords]


def test_numerals_follow_the_key() -> None:
    found = chords_of(
        "**kern\t**kern\t**harm",
        "*M4/4\t*M4/4\t*",
        "*k[b-]\t*k[b-]\t*",
        "*F:\t*F:\t*",
        "4F\t4f\tI",
        "4A\t8c\tIb",
        ".\t8f\t.",
        "2B-\t4d\tIV",
        ".\t4f\tviiob",
        "=2\t=2\t=2",
        "*d:\t*d:\t*d:",
        "2C#\t2e\tV7/V",
        "2D\t2d\ti",
        "*-\t*-\t*-",
    )
    assert found == [
        (0, "F"),
        (480, "F/A"),
        (960, "Bb"),
        (1440, "Edim/G"),
        (1920, "E7"),
        (2880, "Dm"),
    ]


def test_without_a_key_the_signature_counts() -> None:
    lines = ("**kern\t**harm", "*k[f#]\t*", "1g\tV7", "*-\t*-")
    assert chords_of(*lines) == [(0, "D7")]


def test_symbols_beside_the_notes() -> None:
    found = chords_of(
        "**mxhm\t**kern",
        "*\t*M2/4",
        "C major\t4c",
        "A minor-seventh/G\t4e",
        "=\t=",
        ".\t8c",
        "B- dominant\t8d",
        "N.C.\t4e",
        "*-\t*-",
    )
    assert found == [(0, "C"), (480, "Am7/G"), (1200, "Bb7"), (1440, "N.C.")]


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("F# half-diminished", "F#m7b5"),
        ("E- major-seventh/G", "Ebmaj7/G"),
        ("C:min7", "Cm7"),
        ("Bb:maj", "Bb"),
        ("G7", "G7"),
        ("C6/9", "C6/9"),
        ("C none", "N.C."),
        ("H", ""),
        ("maj", ""),
    ],
)
def test_how_symbols_are_written(sign: str, name: str) -> None:
    assert kern_chord(sign, "**mxhm", (1, False)) == name


def test_tonics() -> None:
    assert [tonic_of(sign) for sign in ("*C:", "*B-:", "*f#:", "*a:mix", "*k[]", "*M3/4")] == [
        (1, False),
        (-1, False),
        (7, True),
        (4, True),
        None,
        None,
    ]


def test_repeats_and_splits_keep_the_chords() -> None:
    found = chords_of(
        "**kern\t**mxhm",
        "*M2/4\t*",
        "2c\tC",
        "=:|!\t=:|!",
        "*^\t*",
        "2d\t2f\tD minor",
        "*v\t*v\t*",
        "*-\t*-",
    )
    assert found == [(0, "C"), (1920, "Dm")]
