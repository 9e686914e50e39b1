"""Voicings hold the tones of their chords, and move little; guitar shapes can be held."""

from __future__ import annotations

from itertools import pairwise

import pytest

from symgen.accompanying.fretting import MUTED, STRINGS, fret_chords, shape_pitches, shapes
from symgen.accompanying.voicings import Compass, bass_line, lead_voices, needed_tones
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord

CADENCE = [PlacedChord(0, *each) for each in ((0,), (9, "m"), (2, "m7"), (7, "7"), (0,))]


def test_voices_move_by_small_steps() -> None:
    found = lead_voices(CADENCE, Compass(52, 74, 3), [127] * 5)
    assert [{pitch % 12 for pitch in voicing} for voicing in found[:2]] == [{0, 4, 7}, {9, 0, 4}]
    moves = [sum(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in pairwise(found)]
    assert max(moves) <= 6
    assert found[0] == found[-1]


def test_voices_stay_below_the_tune() -> None:
    found = lead_voices(CADENCE, Compass(48, 74, 3), [70] * 5)
    assert all(voicing[-1] < 70 for voicing in found)
    assert lead_voices([], Compass(48, 79, 3), []) == []


def test_of_a_seventh_chord_the_fifth_goes_first() -> None:
    assert needed_tones(PlacedChord(0, 7, "7"), 2) == (11, 5)
    assert needed_tones(PlacedChord(0, 0), 3) == (4, 0, 7)
    assert 6 in needed_tones(PlacedChord(0, 0, "m7b5"), 3)


def test_the_bass_has_the_tone_of_the_plan() -> None:
    chords = [PlacedChord(0, 0, "", 4), *CADENCE]
    found = bass_line(chords, 36, 55, [60] * 6)
    assert [pitch % 12 for pitch in found] == [chord.bass for chord in chords]
    assert all(36 <= pitch <= 55 for pitch in found)
    assert bass_line([PlacedChord(0, 7)], 36, 60, [50]) == [43]  # not on the tone above it


@pytest.mark.parametrize("quality", PLAN_QUALITIES)
def test_shapes_can_be_held(quality: str) -> None:
    for root in range(12):
        for _, shape in shapes(root, quality, root):
            pressed = [fret for fret in shape if fret > 0]
            assert not pressed or max(pressed) - min(pressed) <= 3
            chord = PlacedChord(0, root, quality)
            assert {pitch % 12 for pitch in shape_pitches(shape)} <= chord.pitch_classes
        best = shapes(root, quality, root)[0][1]
        assert shape_pitches(best)[0] % 12 == root
        assert len(shape_pitches(best)) >= 4


def test_well_known_shapes() -> None:
    assert shapes(4, "m", 4)[0][1] == (0, 2, 2, 0, 0, 0)
    assert shapes(0, "", 0)[0][1] == (MUTED, 3, 2, 0, 1, 0)
    assert shapes(7, "", 7)[0][1] == (3, 2, 0, 0, 0, 3)
    assert shape_pitches((MUTED, 3, 2, 0, 1, 0))[0] == STRINGS[1] + 3


def test_the_hand_stays_near() -> None:
    found = fret_chords([*CADENCE, *CADENCE])
    assert len(found) == 10
    assert fret_chords([]) == []
