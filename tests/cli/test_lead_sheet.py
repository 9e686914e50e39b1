"""``--lead-sheet`` and ``--chords`` on the command line, and chord symbols through every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Command, files, refused

from symgen.formats import load_score, save_score
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import Note, Part, Score

CHORDS = tuple(ChordChange(960 * i, name) for i, name in enumerate(("C", "G/B", "Am7", "F")))
TONES = (72, 76, 79, 76, 74, 79, 83, 79)


def names(path: str | Path) -> list[tuple[int, str]]:
    return [(chord.tick, chord.name) for chord in load_score(path).chords]


@pytest.fixture
def led(command: Command) -> Command:
    """Run a command beside a lead sheet of two bars, as MusicXML, ABC and MIDI."""
    part = Part([Note(480 * i, tone, 480) for i, tone in enumerate(TONES)])
    for suffix in ("musicxml", "abc", "mid"):
        save_score(Score((part,), chords=CHORDS), f"led.{suffix}")
    return command


def test_a_lead_sheet_lies_beside_the_piece(generate: Command) -> None:
    chart = "| C | G/B Am7 |"
    result = generate("-o", "x.mid", "--seed", 1, "--chords", chart, "--lead-sheet")
    assert result.out == ["x.mid", "x-lead.musicxml", "x-lead.abc"]
    expected = [(0, "C"), (1920, "G/B"), (2880, "Am7")]
    assert [names(path) for path in result.out] == [expected] * 3
    again = generate("-o", "x.mid", "--seed", 1, "--lead-sheet")
    refused(again, 2, "x.mid")


def test_without_symbols_chords_are_found(go_on: Command) -> None:
    result = go_on("-o", "x.mid", "--seed", 1, "--lead-sheet", "--json")
    told = json.loads(result.out[0])
    assert told["lead sheet abc"] == "x-lead.abc"
    assert names("x-lead.abc") == names("x-lead.musicxml") != []
    assert names("x.mid") == []


def test_takes_have_lead_sheets_of_their_own(generate: Command) -> None:
    generate("-o", "x.mid", "-n", 2, "--seed", 1, "--lead-sheet")
    assert {"x-1-lead.abc", "x-2-lead.abc"} <= set(files())


def test_one_stream_and_packed_parts_have_no_lead_sheet(generate: Command) -> None:
    refused(generate("-o", "-", "--lead-sheet"), 2, "--lead-sheet")
    refused(generate("-o", "parts", "--packed", "--lead-sheet"), 2, "lead-sheet")


@pytest.mark.parametrize("suffix", ["musicxml", "abc", "mid"])
@pytest.mark.parametrize(
    "line",
    ["continue --bars 1", "infill --bars 2", "vary --amount 0.3", "edit --tempo 90"],
)
def test_every_command_keeps_the_symbols(
    led: Command, tiny_folder: Path, suffix: str, line: str
) -> None:
    verb, *words = line.split()
    drawn = () if verb == "edit" else ("--model", tiny_folder, "--seed", 1)
    result = led(verb, f"led.{suffix}", *words, *drawn, "-o", "x.mid", "--xml", "--abc")
    assert result.status == 0
    expected = [(chord.tick, chord.name) for chord in CHORDS]
    found = [names(path) for path in result.out]
    assert found == found[:1] * 3
    assert found[0][: len(expected)] == expected
    # Only a bar behind the tune has symbols of its own.
    assert all(tick >= 4800 for tick, _ in found[0][len(expected) :])
    assert len(found[0]) == len(expected) or verb == "continue"


def test_symbols_move_and_are_cut_with_the_music(led: Command) -> None:
    led("edit", "led.musicxml", "--transpose", 2, "-o", "up.mid")
    assert names("up.mid") == [(0, "D"), (960, "A/C#"), (1920, "Bm7"), (2880, "G")]
    led("edit", "led.abc", "--bars", 2, "-o", "cut.mid")
    assert names("cut.mid") == [(0, "Am7"), (960, "F")]


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("| C | F | G |", "chords: 3 of them, one a bar, but bars 2"),
        ("| C D | E | F G |", "chords: 3 bars of them, but bars 2"),
        ("| C | X |", "chord 'X'"),
    ],
)
def test_a_chart_that_does_not_fit_is_refused(generate: Command, chart: str, words: str) -> None:
    refused(generate("--chords", chart, "-o", "x.mid"), 2, words)
