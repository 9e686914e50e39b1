"""Pitch names, keys and key finding, exhaustively where the set is small."""

from __future__ import annotations

import pytest

from symgen.music.keys import find_key
from symgen.music.theory import MODES, Key, parse_pitch, pitch_name
from symgen.system.errors import ControlError

ALL_KEYS = [Key(tonic, mode) for tonic in range(12) for mode in MODES]


@pytest.mark.parametrize("key", ALL_KEYS, ids=str)
def test_every_key_prints_and_parses_back(key: Key) -> None:
    assert Key.parse(str(key)) == key
    assert Key.parse(str(key).lower()) == key
    assert Key.parse(str(key).replace(" ", "-")) == key


@pytest.mark.parametrize("key", ALL_KEYS, ids=str)
def test_scale_and_signature_agree(key: Key) -> None:
    """A key signature of n sharps is the scale of the major key n fifths above C, but for raised steps."""
    signature = {(7 * key.sharps + step) % 12 for step in MODES["major"]}
    foreign = {
        "harmonic minor": {11},
        "melodic minor": {9, 11},
        "blues": {6},
        "whole tone": {8, 10},
        "octatonic": {6, 9, 11},
    }
    assert key.tonic in key.scale
    assert -6 <= key.sharps <= 6
    assert key.scale - {(key.tonic + step) % 12 for step in foreign.get(key.mode, ())} <= signature


def test_signatures_of_the_major_keys() -> None:
    names = ["Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#"]
    assert [Key.parse(name).sharps for name in names] == list(range(-5, 7))
    assert [str(Key.parse(name)) for name in names] == [f"{name} major" for name in names]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("G", Key(7, "major")),
        ("Am", Key(9, "minor")),
        ("AM", Key(9, "major")),
        ("F# minor", Key(6, "minor")),
        ("f♯ Minor", Key(6, "minor")),
        ("Bb", Key(10, "major")),
        ("B♭m", Key(10, "minor")),
        ("bb", Key(10, "major")),
        ("bmin", Key(11, "minor")),
        ("Cb", Key(11, "major")),
        ("Gmix", Key(7, "mixolydian")),
        ("Edor", Key(4, "dorian")),
        ("D_DORIAN", Key(2, "dorian")),
        ("A aeolian", Key(9, "minor")),
        ("C ion", Key(0, "major")),
        ("A harmonic minor", Key(9, "harmonic minor")),
        ("A HarmonicMinor", Key(9, "harmonic minor")),
        ("  E phrygian ", Key(4, "phrygian")),
    ],
)
def test_spellings(text: str, key: Key) -> None:
    assert Key.parse(text) == key


@pytest.mark.parametrize(
    "text",
    ["", "H major", "C foo", "C ma", "C major blues", "C minorish", "C##", "7", "major", "C/G"],
)
def test_parse_refuses_what_is_no_key(text: str) -> None:
    with pytest.raises(ControlError, match="write a tonic and a mode"):
        Key.parse(text)


@pytest.mark.parametrize(
    ("tonic", "mode"), [(-1, "major"), (12, "major"), (0, "foo"), (0, "Major")]
)
def test_key_refuses_bad_fields(tonic: int, mode: str) -> None:
    with pytest.raises(ControlError, match=r"use a pitch class 0\.\.11"):
        Key(tonic, mode)


def test_minor_means_a_minor_third() -> None:
    minor = {mode for mode in MODES if Key(0, mode).minor}
    assert minor == {
        "minor",
        "dorian",
        "phrygian",
        "locrian",
        "harmonic minor",
        "melodic minor",
        "minor pentatonic",
        "blues",
        "octatonic",
    }


@pytest.mark.parametrize("key", ALL_KEYS, ids=str)
def test_transposing_moves_the_scale(key: Key) -> None:
    for semitones in (-13, -1, 0, 5, 12):
        moved = key.transposed(semitones)
        assert moved.scale == {(step + semitones) % 12 for step in key.scale}
        assert moved.mode == key.mode
    assert key.transposed(12) == key


def test_every_pitch_prints_and_parses_back() -> None:
    for pitch in range(128):
        assert parse_pitch(pitch_name(pitch)) == pitch
        assert parse_pitch(pitch_name(pitch, flats=True)) == pitch


def test_pitch_names() -> None:
    assert [pitch_name(p) for p in (0, 60, 61, 127)] == ["C-1", "C4", "C#4", "G9"]
    assert pitch_name(61, flats=True) == "Db4"
    assert parse_pitch(" bb3 ") == 58
    assert parse_pitch("B♯3") == 60


@pytest.mark.parametrize("text", ["", "C", "H4", "C##4", "Cb-1", "G#9", "C10", "60"])
def test_parse_pitch_refuses(text: str) -> None:
    with pytest.raises(ControlError, match="between C-1 and G9"):
        parse_pitch(text)


@pytest.mark.parametrize("tonic", range(12))
def test_find_key_hears_a_scale_that_ends_on_its_tonic(tonic: int) -> None:
    for mode in ("major", "minor"):
        steps = [*MODES[mode], 12, 7, 4 if mode == "major" else 3, 0]
        pitches = [60 + tonic + step for step in steps]
        assert find_key(pitches, [1.0] * len(pitches)) == Key(tonic, mode)


@pytest.mark.parametrize("sharps", range(-6, 7))
def test_find_key_with_a_signature_chooses_among_its_modes(sharps: int) -> None:
    for mode, fifths in (("major", 0), ("minor", -3), ("dorian", -2), ("mixolydian", -1)):
        tonic = (sharps - fifths) * 7 % 12
        third = 3 if Key(0, mode).minor else 4
        pitches = [60 + tonic + step for step in (0, third, 7, 12, 7, third, 0)]
        assert find_key(pitches, [1.0] * len(pitches), sharps=sharps) == Key(tonic, mode)


def test_find_key_of_nothing_is_c_major() -> None:
    assert find_key([], []) == Key(0, "major")
    assert find_key([60], [0.0]).tonic == 0
