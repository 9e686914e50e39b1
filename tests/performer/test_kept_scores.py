"""The score inside the file of its performance."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.formats.midi import read_midi, write_midi
from symgen.midi.event_tables import Event
from symgen.midi.events import MidiFile, Track, encode_midi
from symgen.music.score import Note, Part
from symgen.performer.keeping import keep_score, kept_score


@pytest.mark.parametrize("kind", [0, 1])
def test_a_score_comes_back_whose_strokes_were_struck_while_the_key_was_down(kind: int) -> None:
    # Two strokes end at one tick; when one of them moves there, a note off that stays cuts it.
    events: list[Event] = [
        (4, 0x99, 36, 100), (8, 0x99, 36, 99), (9, 0x89, 36, 64), (10, 0x99, 36, 98),
        (11, 0x89, 36, 64), (11, 0x89, 36, 64),
    ]  # fmt: skip
    file = MidiFile(kind, 96, (Track((), 0), Track(tuple(events), 200))[1 - kind :])
    score = read_midi(encode_midi(file))
    (drums,) = score.parts
    assert [(note.onset, note.duration) for note in drums.notes] == [(4, 4), (8, 1), (10, 1)]
    moved = (*drums.notes[:2], Note(11, 36, 1, 98))
    part = Part(moved, drums.program, is_drum=True, name=drums.name)
    kept = keep_score(replace(score, parts=(part,)), score)
    assert [note.onset for note in kept.parts[0].notes] == [4, 8, 11]
    assert kept_score(kept) == score
    again = kept_score(read_midi(write_midi(kept)))
    assert again is not None
    assert write_midi(again) == write_midi(score)


def test_a_changed_performance_is_a_piece_of_its_own() -> None:
    score = read_midi(encode_midi(MidiFile(1, 96, (Track((), 0), Track(((0, 0x90, 60, 80),), 96)))))
    kept = keep_score(score, score)
    assert kept_score(kept) == score
    (part,) = kept.parts
    other = replace(kept, parts=(part.with_notes([replace(part.notes[0], pitch=61)]),))
    assert kept_score(other) is None
