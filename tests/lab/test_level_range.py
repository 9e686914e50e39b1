"""The level range of levels that are known, and of pieces that are soft and loud by turns."""

from __future__ import annotations

import numpy as np
import pytest

from lab.benchmarks.level_range import level_range, levels_of, row
from lab.benchmarks.mixing import part_levels, spread
from symgen.audio.synthesizer import import_fluidsynth
from symgen.music.score import Note, Part, Score

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
ORGAN, FLUTE = 16, 73


def test_the_range_leaves_the_outer_tenths_out() -> None:
    assert level_range(np.linspace(-30, -20, 101)) == pytest.approx(8)
    assert level_range(np.full(50, -12.0)) == 0


def test_silence_is_no_soft_passage() -> None:
    loud = np.linspace(-30, -20, 101)
    assert level_range(np.concatenate([loud, np.full(300, -120.0)])) == pytest.approx(8)
    assert level_range(np.concatenate([loud, np.full(300, -40.0)])) > 12


@needs_library
def test_soft_and_loud_notes_differ_as_their_velocities_do() -> None:
    """Half of the notes have half the velocity: 12 dB, and a little of vibrato."""
    notes = tuple(Note(960 * i, 60, 960, (120, 60)[i // 4 % 2]) for i in range(16))
    levels = levels_of(Score((Part(notes, FLUTE),)), 0)
    assert 11 < level_range(levels) < 15
    assert len(levels) == 40


@needs_library
def test_levels_of_parts_follow_the_balance() -> None:
    tune = Part(tuple(Note(480 * i, 72 + i, 480) for i in range(8)), ORGAN, name="Melody")
    chords = Part(tuple(Note(0, pitch, 3840) for pitch in (48, 52, 55, 60)), ORGAN, name="Chords")
    plain, mixed = (part_levels(Score((tune, chords)), mix) for mix in ("plain", "auto"))
    assert plain[1] - plain[0] > 0 > -2 > mixed[1] - mixed[0]


def test_rows() -> None:
    assert spread(range(101)) == "50.0 (10.0 to 90.0)"
    assert row("x", range(101)) == "| x | 101 | 50.0 | 25.0 to 75.0 | 5.0 to 95.0 |"
