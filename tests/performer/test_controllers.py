"""The pedal in the file of a score."""

from __future__ import annotations

import numpy as np

from symgen.audio.playback import file_messages
from symgen.formats.midi import read_midi, write_midi
from symgen.midi.events import MidiFile
from symgen.music.score import Note, Part, Score
from symgen.performer.controllers import moves_since, with_pedals

NONE = np.zeros((0, 2), dtype=np.int64)
PEDAL = np.array([[0, 127], [480, 0], [600, 127], [960, 0]])
NOTES = (Note(0, 60, 480), Note(480, 64, 480))


def pedal_events(score: Score) -> list[list[tuple[int, int, object]]]:
    """Return tick, channel and value of the pedal's events in each track of a file."""
    file = score.source
    assert isinstance(file, MidiFile)
    return [
        [(e[0], e[1] & 15, e[3]) for e in track.events if e[1] & 0xF0 == 0xB0 and e[2] == 64]
        for track in file.tracks
    ]


def test_the_pedal_stands_in_the_track_and_channel_of_its_part() -> None:
    score = Score((Part(NOTES, 40), Part(NOTES, 0)))
    made = with_pedals(score, (NONE, PEDAL))
    found = pedal_events(made)
    assert [len(track) for track in found] == [0, 0, 4]
    assert [[tick, value] for tick, _, value in found[2]] == PEDAL.tolist()
    assert made == score


def test_a_file_that_is_read_again_is_the_same_score_and_plays_the_pedal() -> None:
    score = Score((Part(NOTES, 0),), length=1920)
    made = with_pedals(score, (PEDAL,))
    again = read_midi(write_midi(made))
    assert again == score
    messages = file_messages(again, 44100)
    pedals = messages[(messages["kind"] == 0xB0) & (messages["first"] == 64)]
    assert pedals["second"].tolist()[:4] == [127, 0, 127, 0]


def test_a_file_of_the_user_keeps_its_events() -> None:
    score = read_midi(write_midi(Score((Part(NOTES, 0, name="Piano"),), title="Waltz")))
    made = with_pedals(score, (PEDAL,))
    before, after = score.source, made.source
    assert isinstance(before, MidiFile)
    assert isinstance(after, MidiFile)
    assert [e for t in before.tracks for e in t.events] == [
        e for t in after.tracks for e in t.events if not (e[1] & 0xF0 == 0xB0 and e[2] == 64)
    ]


def test_parts_of_one_channel_have_the_pedal_that_all_of_them_want() -> None:
    data = write_midi(Score((Part(NOTES, 0),)))
    one = read_midi(data)
    file = one.source
    assert isinstance(file, MidiFile)
    track = next(t for t in file.tracks if t.channels)
    both = MidiFile(1, 480, (file.tracks[0], track, track), ((1, 0), (2, 0)))
    score = Score((*one.parts, *one.parts), source=both)
    other = np.array([[240, 127], [540, 0], [580, 127], [1200, 0]])
    wanted = [(240, 127), (480, 0), (600, 127), (960, 0)]
    found = pedal_events(with_pedals(score, (PEDAL, other)))
    assert [(tick, value) for tick, _, value in found[1]] == wanted
    assert found[2] == []
    assert with_pedals(score, (PEDAL, NONE)).source == both


def test_drums_and_scores_without_pedals_stay_as_they_are() -> None:
    score = Score((Part(NOTES, 0, is_drum=True), Part(NOTES, 0)))
    assert with_pedals(score, (NONE, NONE)) is score
    assert pedal_events(with_pedals(score, (PEDAL, NONE))) == [[], [], []]


def test_a_pedal_that_begins_later_is_up_until_it_goes_down() -> None:
    assert moves_since(PEDAL, 0).tolist() == PEDAL.tolist()
    assert moves_since(PEDAL, 1).tolist() == [[600, 127], [960, 0]]
    assert moves_since(PEDAL, 700).tolist() == []
