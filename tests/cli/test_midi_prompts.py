"""A MIDI prompt through the commands: what is kept, and what is told that is not."""

from __future__ import annotations

import json
from pathlib import Path

from commands import Command

from symgen.formats import load_score, save_score
from symgen.formats.midi import read_score
from symgen.midi.event_tables import Event
from symgen.midi.events import LYRIC, META, NAME, MidiFile, Track
from symgen.midi.weave import weave
from symgen.music.score import Score

BAR = 4 * 96
BARS = 4


def prompt(*more: Event) -> Score:
    """A melody of four bars and a bass, with an event more."""
    lead: list[Event] = [
        (0, META, NAME, b"Lead"),
        (0, 0xB0, 7, 90),
        (BAR, META, LYRIC, b"la"),
        (BAR, 0xB0, 7, 80),
    ]
    bass: list[Event] = [(0, META, NAME, b"Bass")]
    for beat in range(4 * BARS):
        pitch = (60, 62, 64, 65)[beat % 4]
        lead += [(96 * beat, 0x90, pitch, 80), (96 * beat + 96, 0x80, pitch, 0)]
        bass += [(96 * beat, 0x91, 36, 80), (96 * beat + 96, 0x81, 36, 0)]

    def track(events: list[Event]) -> Track:
        ordered = sorted(events, key=lambda event: event[0])
        return Track(tuple(ordered), ordered[-1][0])

    return read_score(MidiFile(1, 96, (track([*lead, *more]), track(bass))))[0]


def test_what_stands_outside_the_bars_that_are_used_is_left_out(
    command: Command, tiny_folder: Path
) -> None:
    save_score(prompt(), "song.mid")
    done = command(
        "continue",
        "song.mid",
        "--model",
        tiny_folder,
        "--bars",
        2,
        "--use-bars",
        "3-4",
        "--seed",
        1,
    )
    assert any(
        "bars 3-4 alone are used; what stands outside is left out" in line for line in done.err
    )
    made = load_score(done.out[0])
    assert made.parts[0].notes[: 2 * 4] == prompt().slice_bars(3, 4).parts[0].notes
    events = weave(made).tracks[0].events
    assert events[:2] == ((0, META, NAME, b"Lead"), (0, 0xB0, 7, 80))
    assert not any(event[2] == LYRIC for event in events if event[1] == META)


def test_the_other_parts_are_left_out(command: Command, tiny_folder: Path) -> None:
    save_score(prompt(), "song.mid")
    done = command(
        "continue", "song.mid", "--model", tiny_folder, "--bars", 2, "--part", 1, "--seed", 1
    )
    assert any("part 1 alone is used; the others are left out" in line for line in done.err)
    assert [part.name for part in load_score(done.out[0]).parts] == ["Lead"]


def test_new_bars_alone_keep_what_is_set(command: Command, tiny_folder: Path) -> None:
    save_score(prompt(), "song.mid")
    done = command(
        "continue", "song.mid", "--model", tiny_folder, "--bars", 2, "--no-prompt", "--seed", 1
    )
    made = load_score(done.out[0])
    assert made.length == 2 * BAR
    assert (0, 0xB0, 7, 80) in weave(made).tracks[0].events


def test_what_cannot_stay_is_counted(command: Command, tiny_folder: Path) -> None:
    silence = [(BARS * BAR + tick, 0xB0, 123, 0) for tick in range(1, BAR)]
    save_score(prompt(*silence), "song.mid")
    run = (
        "continue",
        "song.mid",
        "--model",
        tiny_folder,
        "--bars",
        2,
        "--seed",
        1,
        "--json",
        "--xml",
    )
    done = command(*run)
    facts = json.loads(done.out[0])
    made = weave(load_score(facts["path"]))
    left = sum(event[1:3] == (0xB0, 123) for event in made.tracks[0].events)
    assert left < len(silence)
    lost = len(silence) - left
    assert facts["lost"] == [
        f"song-continued.mid: {lost} controllers of the file that was read cannot stay: new notes are in the way",
        f"song-continued.musicxml: {len(silence) + 2} controllers of the MIDI file have no place in notation",
    ]
    assert set(facts["lost"]) <= set(done.err)


def test_nothing_is_told_where_nothing_is_lost(command: Command, tiny_folder: Path) -> None:
    save_score(prompt(), "song.mid")
    done = command(
        "continue", "song.mid", "--model", tiny_folder, "--bars", 2, "--seed", 1, "--json"
    )
    assert json.loads(done.out[0])["lost"] == []
