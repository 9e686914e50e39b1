"""Chords of whole pieces: places, names, and what they are found in."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

import symgen
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

Q = 480
CADENCE = ((48, 64, 67, 72), (53, 60, 69, 72), (55, 62, 65, 71), (48, 60, 64, 72))


def cadence(length: int = 2 * Q, start: int = 0, **more: object) -> Score:
    notes = [
        Note(start + i * length, pitch, length)
        for i, chord in enumerate(CADENCE)
        for pitch in chord
    ]
    return Score((Part(tuple(notes)),), Q, **more)  # type: ignore[arg-type]


def places(found: tuple[symgen.FoundChord, ...]) -> list[tuple[int, float, str]]:
    return [(chord.bar, chord.beat, chord.name) for chord in found]


def test_chords_have_their_places() -> None:
    found = symgen.find_chords(cadence())
    assert places(found) == [(1, 1.0, "C"), (1, 3.0, "F"), (2, 1.0, "G7"), (2, 3.0, "C")]
    assert [(chord.root, chord.quality, chord.bass) for chord in found][2] == (7, "7", 7)
    assert [chord.tick for chord in found] == [0, 960, 1920, 2880]
    assert all(before.end == after.tick for before, after in pairwise(found))


def test_beats_are_those_of_the_meter() -> None:
    score = cadence(Q, meters=(MeterChange(0, Meter(2, 2)),))
    assert [beat for _, beat, _ in places(symgen.find_chords(score))] == [1.0, 1.5, 2.0, 2.5]


def test_a_pickup_is_bar_0() -> None:
    meters = (MeterChange(0, Meter(2, 4)), MeterChange(2 * Q, Meter(4, 4)))
    found = symgen.find_chords(cadence(meters=meters, length=8 * Q))
    assert [bar for bar, _, _ in places(found)] == [0, 2, 4, 6]


def test_a_long_silence_has_no_chord() -> None:
    silent = cadence(start=32 * Q)
    both = Score((*cadence().parts, *silent.parts), Q)
    found = symgen.find_chords(both)
    assert "N.C." in [chord.name for chord in found]
    (none,) = (chord for chord in found if chord.name == "N.C.")
    assert (none.root, none.bass, none.quality) == (None, None, "")
    assert found[0].name == found[-1].name == "C"


@pytest.mark.parametrize("up", range(12))
def test_a_piece_that_is_transposed_has_its_chords_transposed(up: int) -> None:
    score = cadence()
    moved = Score(
        tuple(
            part.with_notes(Note(note.onset, note.pitch + up, note.duration) for note in part.notes)
            for part in score.parts
        ),
        Q,
    )
    found, there = symgen.find_chords(score), symgen.find_chords(moved)
    assert [(c.tick, ((c.root or 0) + up) % 12, c.quality) for c in found] == [
        (c.tick, c.root, c.quality) for c in there
    ]


def test_the_key_spells_the_roots() -> None:
    notes = tuple(Note(0, pitch, 4 * Q) for pitch in (49, 61, 65, 68))
    score = Score((Part(notes),), Q)
    for key, name in (("Ab major", "Db"), (Key(1, "minor"), "C#")):
        assert symgen.find_chords(score, key=key)[0].name == name


def test_files_are_read_and_what_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tune with spaces ü.mid"
    save_score(cadence(), path)
    assert symgen.find_chords(path) == symgen.find_chords(path.read_bytes())
    with pytest.raises(FormatError):
        symgen.find_chords(b"no music")
    with pytest.raises(ControlError):
        symgen.find_chords(path, key="H")


def test_nothing_that_sounds_has_no_chords() -> None:
    kit = Part(tuple(Note(i * Q, 36, Q) for i in range(8)), is_drum=True)
    assert symgen.find_chords(Score()) == symgen.find_chords(Score((kit,), Q)) == ()


def test_values_are_plain_data() -> None:
    first = symgen.find_chords(cadence())[0]
    assert json.loads(json.dumps(first.to_json())) == {
        "tick": 0, "end": 960, "bar": 1, "beat": 1.0, "name": "C", "root": 0, "bass": 0, "quality": "",
    }  # fmt: skip


def test_what_is_played_without_a_click_is_read_on_its_beat() -> None:
    chords = CADENCE * 4

    def at(quarter: float) -> int:
        return round(200 + 337 * quarter + 12 * math.sin(quarter / 5) * quarter**0.5)

    notes = []
    for number, chord in enumerate(chords):
        for eighth in range(4):
            start, end = (at(2 * number + eighth / 2 + more) for more in (0, 0.45))
            pitches = chord if eighth == 0 else chord[1:]
            notes += [Note(start, pitch, end - start) for pitch in pitches]
    found = symgen.find_chords(Score((Part(tuple(notes)),), Q))
    assert [chord.name for chord in found[:4]] == ["C", "F", "G7", "C"]
    # In the ticks of the file, to a few milliseconds.
    places = [at(2 * number) for number in (0, 1, 2, 3, 5, 6, 7, 9)]
    assert [chord.tick for chord in found[:8]] == pytest.approx(places, abs=4)
