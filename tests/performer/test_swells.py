"""What all parts do together: louder in the middle of phrases, softer at their ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.music.score import Note, Part, Score
from symgen.performer.manners import KINDS, manner_of
from symgen.performer.perform import perform
from symgen.performer.swells import swells

BAR = 1920


def song() -> Score:
    """Four phrases of four bars, a half note and a rest at the end of each, over a bass."""
    tune = [
        Note(bar * BAR + beat * 480, 60 + (bar * 4 + beat) % 7, 960 if bar % 4 == 3 else 480)
        for bar in range(16)
        for beat in range(1 if bar % 4 == 3 else 4)
    ]
    bass = [Note(bar * BAR, 48, BAR) for bar in range(16)]
    return Score((Part(tuple(tune)), Part(tuple(bass))))


def test_the_middle_is_louder_by_what_the_manner_says() -> None:
    manner = replace(manner_of(song(), "chorale"), swell=20)
    onsets = np.arange(0.0, 16 * BAR, 120)
    found = swells(song(), manner, onsets)
    assert np.ptp(found) == pytest.approx(20)
    assert found.mean() == pytest.approx(0)
    ends = found[-8:]
    assert ends.max() < -5, "the last two beats are among the softest"
    assert (found[32 * 3 : 32 * 13].max()) == found.max()


def test_a_short_piece_swells_less() -> None:
    manner = replace(manner_of(song(), "folk"), swell=20)
    two = Score((Part((Note(0, 60, 480), Note(480, 62, 480))),), length=960)
    assert np.ptp(swells(two, manner, np.arange(0.0, 960, 60))) == pytest.approx(20 / 8)


def test_without_a_swell_nothing_changes() -> None:
    manner = replace(manner_of(song(), "chorale"), swell=0)
    assert not swells(song(), manner, np.arange(0.0, 16 * BAR, 120)).any()
    assert not len(swells(song(), manner_of(song(), "chorale"), np.zeros(0)))


@pytest.mark.parametrize("kind", KINDS)
def test_parts_swell_together(kind: str) -> None:
    """Means of bars of the tune and of the bass go the same way as the arch does."""
    score = song()
    played = perform(score, feel=1, style=kind)
    arch = swells(score, replace(manner_of(score, kind), swell=1), np.arange(16.0) * BAR + 1)
    loud = played.parts[1].note_array()[:, 3].astype(float)
    if manner_of(score, kind).swell >= 24:
        assert np.corrcoef(arch, loud)[0, 1] > 0.3
    assert loud.min() >= 1
    assert loud.max() <= 127
