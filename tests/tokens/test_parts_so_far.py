"""What filters ask of the parts so far, on a few notes."""

from __future__ import annotations

from symgen.tokens.voices import Voices


def some_voices() -> Voices:
    voices = Voices()
    # Onset, part, pitch, duration.
    for note in [(0, 0, 60, 24), (0, 1, 48, 48), (12, 0, 64, 6), (24, 0, 62, 12), (24, 0, 65, 6)]:
        voices.add(*note)
    return voices


def test_ends_are_those_of_all_notes_that_sound_on() -> None:
    voices = some_voices()
    assert sorted(voices.ends(24)) == [30, 36, 48]
    assert sorted(voices.ends(30)) == [36, 48]
    assert voices.ends(48) == []


def test_the_end_of_the_last_note_may_come_before_that_of_an_earlier_one() -> None:
    voices = some_voices()
    assert (voices.last_end(0), voices.end(0)) == (30, 36)
    assert (voices.last_end(1), voices.last_end(2)) == (48, 0)


def test_the_last_onset_before_a_step() -> None:
    voices = some_voices()
    assert [voices.last_onset(0, stop) for stop in (0, 1, 12, 13, 24, 99)] == [-1, 0, 0, 12, 12, 24]
    assert voices.last_onset(2, 99) == -1


def test_a_part_is_free_when_fewer_of_its_notes_sound() -> None:
    voices = some_voices()
    assert [voices.free_from(0, most) for most in (1, 2, 3)] == [36, 30, 0]
    assert voices.free_from(2, 1) == 0
