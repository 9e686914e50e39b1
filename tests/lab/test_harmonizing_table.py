"""What is measured of chords for a melody."""

from __future__ import annotations

import numpy as np

from lab.benchmarks.harmonizing import _clashes
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score


def test_a_clash_is_a_semitone_between_the_melody_and_a_tone_of_its_chord() -> None:
    line = (Note(0, 60, 480, 80), Note(480, 65, 960, 80), Note(1440, 71, 240, 80))
    meters = (MeterChange(0, Meter(4, 4)),)
    score = Score((Part(line),), 480, meters=meters, length=1920)
    starts = np.arange(0, 1920, 480)
    major = PlacedChord(0, 0, "")
    # C fits; F lies a semitone from E for two beats; B lies one from C for half a beat.
    assert _clashes(score, starts, [major] * 4).tolist() == [960 + 240, 3 * 1680]
    # What sounds beside no chord is not counted.
    assert _clashes(score, starts, [major, None, None, None]).tolist() == [0, 3 * 480]
