"""A tune that is given an accompaniment: all that it has stays, and chords that it has are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small import tune

import symgen
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.writing.harmonizing import ACCOMPANIMENTS, harmonize

TUNE = tune("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4")
BASS = Part(tuple(Note(bar * 48, pitch, 48) for bar, pitch in enumerate((41, 43, 45, 41))), 33)
DRUMS = Part(tuple(Note(beat * 12, 36, 6) for beat in range(16)), 0, True, "Drums")


@pytest.mark.parametrize("style", ACCOMPANIMENTS)
def test_what_is_there_stays(style: str) -> None:
    band = TUNE.with_parts([*TUNE.parts, BASS, DRUMS])
    done = symgen.harmonize(band, style=style, seed=1)
    assert done.parts[:3] == band.parts
    assert all(part.note_count for part in done.parts[3:])
    assert (done.length, done.tempos, done.meters) == (band.length, band.tempos, band.meters)


def test_symbols_are_kept_and_played() -> None:
    symbols = (ChordChange(0, "Am"), ChordChange(48, "N.C."), ChordChange(96, "E7/G#"))
    marked = replace(TUNE, chords=symbols)
    done = harmonize(marked, controls=Controls(style="pad", end=True), seed=2)
    assert done.score.chords == symbols
    notes = done.score.parts[1].notes
    assert {note.pitch % 12 for note in notes if note.onset < 48} == {9, 0, 4}
    assert not [note for note in notes if note.end > 48 and note.onset < 96]
    assert min(note.pitch for note in notes if note.onset >= 96) % 12 == 8
    assert done.notices == (
        "the chord symbols of the tune are kept",
        "the end is that of these chords",
    )


@pytest.mark.parametrize("style", ACCOMPANIMENTS)
@pytest.mark.parametrize(("meter", "pickup", "text"), [
    ("3/4", "1/4", "D4|G4:2 B4|B4:2 A4|G4:2 E4|D4:2 D4|G4:2 B4|B4:2 A4|G4:3|G4:2"),
    ("4/4", "", "D4 E4 F#4 G4|G4 A4 B4 A4|G4:4|G4:4"),
    ("6/8", "", "G4:1.5 B4:1.5|D5:1.5 A4:1.5|G4:3"),
])  # fmt: skip
def test_the_close_is_struck_and_held_to_the_bar_line(
    style: str, meter: str, pickup: str, text: str
) -> None:
    line = tune(text, meter=meter, pickup=pickup)
    controls = Controls(style=style, end=True, key=Key(7, "major"))
    for seed in range(3):
        done = harmonize(line, controls=controls, seed=seed)
        (end,) = [check for check in done.checks(controls) if check.name == "end"]
        assert end.met, end


def test_other_parts_say_which_chords_sound() -> None:
    band = TUNE.with_parts([*TUNE.parts, BASS])
    done = harmonize(band, controls=Controls(style="strings"), seed=1)
    assert done.notices[0] == "the chords are those of the parts that are there"
    assert done.score.chords


def test_new_chords_are_symbols_of_the_tune(tmp_path: Path) -> None:
    done = symgen.harmonize(TUNE, style="guitar", end=True, key="C", seed=3)
    assert done.chords[-1].name == "C"
    symgen.save_score(done, tmp_path / "a.musicxml")
    assert [c.name for c in symgen.load_score(tmp_path / "a.musicxml").chords] == [
        c.name for c in done.chords
    ]


def test_a_file_gets_a_track_more(tmp_path: Path) -> None:
    symgen.save_score(TUNE, tmp_path / "a.mid")
    mine = symgen.load_score(tmp_path / "a.mid")
    symgen.save_score(symgen.harmonize(mine, style="piano", seed=1), tmp_path / "b.mid")
    both = symgen.load_score(tmp_path / "b.mid")
    assert both.parts[0] == mine.parts[0]
    assert [part.name for part in both.parts] == ["", "Piano"]


def test_seeds() -> None:
    def piano(seed: int) -> Score:
        return symgen.harmonize(TUNE, style="piano", seed=seed)

    assert piano(4) == piano(4)
    assert len({piano(seed).parts[1] for seed in range(8)}) > 2
    assert symgen.harmonize(TUNE, style="piano", seed=4, count=2) == [piano(4), piano(5)]


def test_a_pickup_has_no_chord_of_its_own() -> None:
    opened = tune("G4|C5 B4 A4 G4|F4 E4 D4 C4|C4:3", pickup="1/4")
    done = symgen.harmonize(opened, style="piano", seed=1)
    assert done.parts[1].notes[0].onset == 12
    assert done.chords[0].tick == 12


@pytest.mark.parametrize(
    "text",
    ["C4", "G4 C5", "C4:.25", "C1 E1 G1 E1|C1:4", "C8 E8 G8 E8|C8:4", "-:4|-:4|C4:4|-:4|-:4|E4:4"],
)
@pytest.mark.parametrize("style", ACCOMPANIMENTS)
def test_odd_tunes(text: str, style: str) -> None:
    one = tune(text)
    done = symgen.harmonize(one, style=style, seed=1, end=True)
    assert done.parts[0] == one.parts[0]
    assert len(done.parts) > 1
    assert done.length == one.length


def test_instruments_are_those_that_are_asked_for() -> None:
    done = symgen.harmonize(TUNE, style="piano", instrument="church organ", seed=1)
    assert (done.parts[1].program, done.parts[1].name) == (19, "Church Organ")
    three = symgen.harmonize(TUNE, style="strings", instruments="flute,clarinet,bassoon", seed=1)
    assert [part.program for part in three.parts[1:]] == [73, 71, 70]
    with pytest.raises(ControlError, match="2 for 3"):
        symgen.harmonize(TUNE, style="strings", instruments="flute,clarinet")


def test_what_cannot_be_accompanied() -> None:
    with pytest.raises(ControlError, match="style 'polka': must be one of"):
        symgen.harmonize(TUNE, style="polka")
    with pytest.raises(ControlError, match="voice: says which"):
        symgen.harmonize(TUNE, "bass", style="pad")
    with pytest.raises(ControlError, match="part 3"):
        symgen.harmonize(TUNE, style="pad", part=3)
    with pytest.raises(FormatError, match="no melody"):
        symgen.harmonize(TUNE.with_parts([DRUMS]), style="pad")


def test_checks_hold() -> None:
    controls = Controls(style="piano", key="C", strict_key=True, end=True, range="C2-C6")
    done = harmonize(TUNE, controls=controls, seed=1)
    assert all(check.met for check in done.checks(controls))


def test_a_closing_chord_begins_on_a_strong_beat() -> None:
    line = tune("G4:1.5 B4:1.5|D5:1.5 A4:1.5|F#4:0.5 G4:2.5", meter="6/8")
    controls = Controls(style="piano", end=True, key=Key(7, "major"), temperature=1.2)
    for seed in range(6):
        done = harmonize(line, controls=controls, seed=seed)
        (end,) = [check for check in done.checks(controls) if check.name == "end"]
        assert end.met, (seed, end)
