"""Accompaniments: beats, patterns, and the parts that are made of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import tune

from symgen.accompanying.beats import bar_beats, cut_stretches
from symgen.accompanying.patterns import PATTERNS, Beat
from symgen.accompanying.placing import Limits, PlayedChord
from symgen.accompanying.playing import accompany
from symgen.accompanying.styles import STYLES
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord
from symgen.music.score import Score
from symgen.system.errors import ControlError

TUNE = tune("C5 E5 G5 E5|F5 A5 F5 D5|G4 B4 D5 F5|C5:4")
CHORDS = (PlacedChord(0, 0), PlacedChord(48, 5), PlacedChord(96, 7, "7"), PlacedChord(144, 0))


def made(style: str, seed: int = 0, score: Score = TUNE, **limits: object):
    return accompany(
        score,
        score.parts[0].notes,
        CHORDS,
        STYLES[style],
        seed=seed,
        span=(0, score.length),
        limits=Limits(**limits),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("meter", "beats", "levels", "parts"),
    [
        ("4/4", 4, [0, 2, 1, 2], [2] * 4),
        ("3/4", 3, [0, 2, 2], [2] * 3),
        ("6/8", 2, [0, 1], [3, 3]),
        ("5/4", 5, [0, 2, 1, 2, 2], [2] * 5),
        ("7/8", 3, [0, 1, 1], [2, 2, 3]),
    ],
)
def test_beats_of_a_bar(meter: str, beats: int, levels: list[int], parts: list[int]) -> None:
    (bar,) = tune("C4", meter=meter).bars
    found = bar_beats(bar, 12)
    assert len(found) == beats
    assert [beat.level for beat in found] == levels
    assert [beat.parts for beat in found] == parts
    assert found[-1].end == bar.end


def test_a_chord_within_a_beat_has_what_is_left_of_it() -> None:
    chords = [PlacedChord(0, 0), PlacedChord(18, 7)]
    first, second, *_ = cut_stretches(TUNE.bars, 12, chords, 0, 48)
    assert [(beat.start, beat.end) for beat in first.beats] == [(0, 12), (12, 18)]
    assert [(beat.start, beat.end) for beat in second.beats][:1] == [(18, 24)]


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_patterns_stay_within_their_stretch(name: str, count: int) -> None:
    for parts in (1, 2, 3):
        beats = [Beat(i * 12, i * 12 + 12, 0 if i == 0 else 2, parts) for i in range(count)]
        strokes = list(PATTERNS[name].play(beats))
        assert min(stroke.start for stroke in strokes) == 0
        assert all(0 <= s.start < s.end <= 12 * count for s in strokes)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(6))
def test_all_notes_are_tones_of_their_chords(style: str, seed: int) -> None:
    parts = made(style, seed)
    assert len(parts) == len(STYLES[style].players)
    for note in (note for part in parts for note in part.notes):
        sounding = [chord for chord in CHORDS if note.onset < chord.at + 48 and chord.at < note.end]
        assert all(note.pitch % 12 in chord.pitch_classes for chord in sounding)
        assert note.end <= TUNE.length
    assert {note.onset for part in parts for note in part.notes} >= {0, 48, 96, 144}
    mean = sum(note.velocity for part in parts for note in part.notes) / sum(
        part.note_count for part in parts
    )
    assert mean < TUNE.parts[0].notes[0].velocity


def test_one_seed_gives_one_accompaniment_and_others_another_one() -> None:
    assert made("piano", 3) == made("piano", 3)
    assert len({made("piano", seed) for seed in range(12)}) > 2


def test_the_last_chord_is_held() -> None:
    for seed in range(6):
        (piano,) = made("piano", seed)
        assert {(note.onset, note.end) for note in piano.notes if note.onset >= 144} == {(144, 192)}


def test_tones_that_go_on_are_held_in_a_pad() -> None:
    (pad,) = made("pad")
    assert any(note.duration > 48 for note in pad.notes)


def test_nothing_sounds_where_there_is_no_chord() -> None:
    silent = (PlacedChord(0, 0), PlacedChord(48, NO_CHORD_ROOT), PlacedChord(144, 0))
    parts = accompany(
        TUNE, TUNE.parts[0].notes, silent, STYLES["piano"], seed=1, span=(0, TUNE.length)
    )
    assert not [note for note in parts[0].notes if note.end > 48 and note.onset < 144]


def test_limits_hold() -> None:
    for style in STYLES:
        for part in made(style, low=48, high=72):
            assert all(48 <= note.pitch <= 72 for note in part.notes)
        for part in made(style, scale=frozenset({0, 4, 7})):
            assert all(note.pitch % 12 in (0, 4, 7) for note in part.notes)
        notes = [note for part in made(style, voices=2) for note in part.notes]
        assert max(sum(n.onset <= at.onset < n.end for n in notes) for at in notes) <= 2
    with pytest.raises(ControlError, match="too few for chords"):
        made("piano", low=60, high=65)


def test_quick_music_and_a_coarse_grid_leave_beats_whole() -> None:
    for seed in range(8):
        (piano,) = made("piano", seed, shortest=1.0)
        assert all(note.onset % 12 == 0 for note in piano.notes)


def test_below_a_low_tune_the_chords_lie_above_it() -> None:
    low = replace(
        TUNE,
        parts=(
            TUNE.parts[0].with_notes(
                replace(note, pitch=note.pitch - 36) for note in TUNE.parts[0].notes
            ),
        ),
    )
    (pad,) = made("pad", score=low)
    top = max(note.pitch for note in low.parts[0].notes)
    assert all(note.pitch > top for note in pad.notes)


def test_bass_and_fifth_take_turns() -> None:
    assert PlayedChord(48, (52, 55, 60)).other_bass == 43
    assert PlayedChord(None, (52, 55)).other_bass is None
