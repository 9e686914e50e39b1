"""General MIDI names: complete, and read back from what people write."""

from __future__ import annotations

import pytest

from symgen.music.instruments import (
    FAMILIES,
    PROGRAMS,
    parse_instrument,
    program_family,
    program_name,
)
from symgen.system.errors import ControlError


def test_the_tables_are_complete() -> None:
    assert len(PROGRAMS) == len(set(PROGRAMS)) == 128
    assert len(FAMILIES) == 16
    assert all(name == name.strip() and name for name in PROGRAMS)


@pytest.mark.parametrize(
    ("program", "name", "family"),
    [
        (0, "Acoustic Grand Piano", "Piano"),
        (24, "Nylon Guitar", "Guitar"),
        (40, "Violin", "Strings"),
        (48, "String Ensemble 1", "Ensemble"),
        (71, "Clarinet", "Reed"),
        (73, "Flute", "Pipe"),
        (109, "Bagpipe", "Ethnic"),
        (127, "Gunshot", "Sound Effects"),
    ],
)
def test_landmarks_of_the_standard(program: int, name: str, family: str) -> None:
    assert program_name(program) == name
    assert program_family(program) == family


@pytest.mark.parametrize("program", range(128))
def test_every_number_and_name_reads_back(program: int) -> None:
    assert parse_instrument(str(program)) == program
    if program_name(program) != "Fiddle":
        assert parse_instrument(program_name(program)) == program
        assert parse_instrument(program_name(program).upper().replace(" ", "_")) == program


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("piano", 0),
        (" flute ", 73),
        ("tin-whistle", 78),
        ("fiddle", 40),
        ("honky tonk piano", 3),
        ("sax", 65),
        ("007", 7),
    ],
)
def test_short_forms(text: str, program: int) -> None:
    assert parse_instrument(text) == program


def test_unknown_instruments_are_refused_with_the_nearest_names() -> None:
    with pytest.raises(ControlError, match=r"instrument 'flut': unknown; nearest: flute"):
        parse_instrument("flut")
    for text in ("", "128", "-1", "²", "xyzzy"):
        with pytest.raises(
            ControlError, match=r"unknown; nearest: .* \(or a General MIDI number 0\.\.127\)"
        ):
            parse_instrument(text)
