"""Scores performed through the door of the room."""

from __future__ import annotations

import io

import mido
import pytest

from symgen.formats import read_midi, score_bytes
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.own_manner import has_own_tempo, has_own_time, has_own_velocity
from symgen.performer.perform import perform, written
from symgen.system.errors import ControlError

TUNE = Score((Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(32))),), length=15360)


def test_feel_0_is_the_input() -> None:
    assert perform(TUNE, feel=0) is TUNE
    assert score_bytes(perform(TUNE, feel=0), "mid") == score_bytes(TUNE, "mid")


def test_a_performance_is_performed_from_its_score() -> None:
    once = perform(TUNE, feel=1.0, seed=3)
    again = perform(once, feel=1.0, seed=3)
    assert score_bytes(again, "mid") == score_bytes(once, "mid")
    assert written(once) == TUNE
    assert score_bytes(perform(once, feel=0), "mid") == score_bytes(TUNE, "mid")


@pytest.mark.parametrize("feel", [-0.1, 1.1, "much", True, float("nan")])
def test_a_feel_out_of_range_is_an_error(feel: float) -> None:
    with pytest.raises(ControlError, match=r"feel .*: use 0 \(as written\) to 1"):
        perform(TUNE, feel=feel)


def test_what_was_played_is_told_from_what_was_typed() -> None:
    velocities = [60 + 7 * i % 31 for i in range(32)]
    loud = [Note(480 * i, 60, 480, velocity) for i, velocity in enumerate(velocities)]
    swell = [Note(480 * i, 60, 480, 60 + i // 4) for i in range(32)]
    assert has_own_velocity(Part(tuple(loud)))
    assert not has_own_velocity(Part(tuple(swell)))
    off = Score((Part(tuple(Note(480 * i + 7 * i % 50, 60, 400) for i in range(32))),))
    assert has_own_time(off, 0)
    assert not has_own_time(TUNE, 0)
    curve = tuple(TempoChange(480 * i, 500_000 + 1000 * i) for i in range(32))
    assert has_own_tempo(Score(TUNE.parts, tempos=curve, length=15360))
    assert not has_own_tempo(TUNE)


def file_of(*events: mido.Message) -> Score:
    """Return the score of a MIDI file, at 480 ticks a quarter."""
    file, data = mido.MidiFile(tracks=[mido.MidiTrack(events)], ticks_per_beat=480), io.BytesIO()
    file.save(file=data)
    return read_midi(data.getvalue())


def struck(note: int, *, ends: bool = True) -> list[mido.Message]:
    end = [mido.Message("note_off", note=note, time=480)]
    cut = [mido.Message("control_change", control=123, time=480)]
    return [mido.Message("note_on", note=note, velocity=80), *(end if ends else cut)]


def test_a_file_that_ends_its_notes_all_at_once_gives_its_score_back() -> None:
    score = file_of(*(each for i in range(12) for each in struck(60 + i, ends=i % 3 == 0)))
    for seed in range(20):
        played = perform(score, feel=1, seed=seed)
        read = read_midi(played.to_bytes())
        assert read.parts == played.parts
        assert perform(read, feel=0).to_bytes() == score.to_bytes()


def test_no_note_crosses_a_change_of_its_sound() -> None:
    turns = [mido.Message("program_change", program=i) for i in range(12)]
    score = file_of(*(each for i in range(12) for each in (turns[i], *struck(60 + i))))
    for seed in range(20):
        played = perform(score, feel=1, seed=seed).note_array()[:, 0]
        written_at = score.note_array()[:, 0]
        assert (played >= written_at).all()
        assert (played > written_at).any()
