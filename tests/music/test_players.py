"""What players can play, held to what books on orchestration and a look at a fingerboard say."""

from __future__ import annotations

import pytest
from music21 import instrument as music21_instruments

from symgen.music.instruments import PROGRAMS, parse_instrument
from symgen.music.players import Player, player_of


def of(name: str) -> Player:
    return player_of(parse_instrument(name))


@pytest.mark.parametrize("program", range(128))
def test_every_program_has_a_player(program: int) -> None:
    player = player_of(program)
    assert 0 <= player.low <= player.easy_low < player.easy_high <= player.high <= 127
    assert player.at_once is None or player.at_once >= 1
    assert list(player.strings) == sorted(player.strings)
    # An open string is in range, and each pitch can be played alone.
    assert all(map(player.has, player.strings))
    assert all(player.plays_together([pitch]) for pitch in range(128))


@pytest.mark.parametrize(
    "name",
    ["Violin", "Viola", "Clarinet", "Flute", "Oboe", "Bassoon", "Piccolo", "Tuba", "EnglishHorn"],
)
def test_the_lowest_pitches_are_those_of_music21(name: str) -> None:
    theirs = getattr(music21_instruments, name)()
    shift = theirs.transposition.semitones if theirs.transposition else 0
    lowest = int(theirs.lowestNote.midi + shift)
    program = PROGRAMS.index({"EnglishHorn": "English Horn"}.get(name, name))
    # Books differ by a semitone or two on the lowest notes of winds: a low B of a flute, a fifth valve.
    assert abs(player_of(program).low - lowest) <= 2


@pytest.mark.parametrize(
    ("name", "pitches", "can"),
    [
        ("flute", [72, 76], False),
        ("voice", [60, 64], False),
        ("horn", [60], True),
        # A violin: open strings G3 D4 A4 E5.
        ("violin", [55, 62], True),
        ("violin", [62, 69], True),
        # Sixths, thirds and an octave between the first and the fourth finger.
        ("violin", [57, 65], True),
        (
            "violin",
            [64, 67],
            True,
        ),  # both below the open A: on the G and D strings, in a high position
        ("violin", [65, 69], True),  # F on the D string, open A
        ("violin", [57, 69], True),
        ("violin", [57, 71], False),  # a ninth
        ("violin", [56, 60], False),  # both below the open D
        ("violin", [55, 69], True),  # open G, A high on the D string
        ("violin", [56, 81], False),  # strings that are no neighbors
        ("violin", [55, 62, 69], False),
        # A cello: a fifth lower than a viola, and a larger hand position.
        ("cello", [36, 43], True),
        ("cello", [38, 47], True),
        ("cello", [38, 50], False),
        ("cello", [40, 42], False),
        ("double bass", [28, 33], True),
        ("double bass", [30, 40], False),
        # A guitar: E minor and F major in first position, and what no hand reaches.
        ("guitar", [40, 47, 52, 55, 59, 64], True),
        ("guitar", [41, 48, 53, 57, 60, 65], True),
        ("guitar", [41, 42], False),
        ("guitar", [41, 48, 53, 57, 60, 72], False),
        # Two hands: a tenth each, five fingers each.
        ("piano", [36, 52, 60, 76], True),
        ("piano", [36, 53, 60, 77], False),
        ("piano", [36, 38, 40, 41, 43, 60, 62, 64, 65, 67], True),
        ("piano", [36, 38, 40, 41, 43, 45, 60, 62, 64, 65, 67], False),
        ("piano", [36, 60, 84], False),
        ("vibraphone", [60, 64, 67, 71], True),
        ("vibraphone", [60, 64, 67, 69, 71], False),
        ("pad", list(range(40, 90)), True),
    ],
)
def test_what_sounds_together(name: str, pitches: list[int], can: bool) -> None:
    assert of(name).plays_together(pitches) is can
    last, *rest = reversed(pitches)
    assert bool(of(name).beside(rest)[last]) is can


def test_who_plays_one_note_at_a_time() -> None:
    lines = {name for program, name in enumerate(PROGRAMS) if player_of(program).is_line}
    winds = {
        *("Trumpet", "Muted Trumpet", "Trombone", "Tuba", "French Horn", "Choir Aahs"),
        *("Voice Oohs", "Bagpipe", "Shanai"),
    }
    assert lines == winds | set(PROGRAMS[64:80])


def test_a_voice_under_the_program_of_an_oboe() -> None:
    oboe, voice = of("oboe"), of("voice")
    for name in ("Voice", "Singstimme\nVoice", "Gesang.", "SOPRANO", "Śpiew"):
        assert player_of(68, name) == voice, name
    for name in ("", "Oboe", "Oboe I", "Invoices"):
        assert player_of(68, name) == oboe, name
    assert player_of(73, "Voice") == of("flute")


def test_masks_are_not_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        of("violin").beside([60])[0] = True
