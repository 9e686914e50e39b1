"""Controls together, with random weights: what was asked for holds, or is refused before anything is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, TINY, random_model

from symgen.music.constraints import Density, NoteGrid, PitchRange
from symgen.music.controls import Controls
from symgen.music.theory import MODES
from symgen.nets.inference import InferenceNet
from symgen.system.errors import ControlError
from symgen.verification import HARD
from symgen.writing.model import Model

FREE = replace(TINY, fixed=(("velocity", 80),))
ENSEMBLES = [[[0, 0, 0], [False] * 3, ["", "", ""], "reel", "", 1]]
MODELS = {
    "melody": Model(InferenceNet(random_model(FREE, scale=0.6)), INFO),
    "voices": Model(
        InferenceNet(random_model(replace(FREE, voices=3, goals=True), scale=0.6)),
        {**INFO, "monophonic": False, "monophonic_parts": True, "ensembles": ENSEMBLES},
    ),
    "chords": Model(
        InferenceNet(random_model(replace(FREE, voices=3), scale=0.6)),
        {**INFO, "monophonic": False, "ensembles": ENSEMBLES},
    ),
}
METERS = ["4/4", "3/4", "2/4", "6/8", "9/8", "5/4", "7/8", "3/16", "1/1", "2x4/4,2x3/4"]
CONTROLS = st.fixed_dictionaries(
    {"meter": st.sampled_from(METERS)},
    optional={
        "key": st.builds(
            "{} {}".format, st.sampled_from("CDEFGAB"), st.sampled_from(sorted(MODES))
        ),
        "strict_key": st.booleans(),
        "end": st.just(True),
        "range": st.builds(
            lambda low, size: PitchRange(low, low + size), st.integers(40, 70), st.integers(6, 30)
        ),
        "max_polyphony": st.integers(1, 4),
        "grid": st.sampled_from(["1/4", "1/8", "1/16", "1/8t", "1/4t"]),
        "density": st.builds(
            lambda low, more: Density(low, low + more), st.integers(1, 8), st.integers(0, 6)
        ),
        "chords": st.sampled_from(["C G Am F", "Dm G7", "C"]),
        "strict_chords": st.booleans(),
        "form": st.sampled_from(["AABB", "AB", "ABAC"]),
        "temperature": st.sampled_from([0.5, 1.0, 1.5]),
        "tempo": st.sampled_from([60, 97.5]),
    },
)


@given(CONTROLS, st.sampled_from(sorted(MODELS)), st.integers(0, 10**6))
def test_controls_hold_together_or_are_refused(asked: dict[str, Any], kind: str, seed: int) -> None:
    try:
        controls = Controls(**asked, bars=None if "x" in asked["meter"] else 4)
        take = next(iter(MODELS[kind].takes(controls, seed=seed)))
    except ControlError:
        return
    assert take.score.note_count
    missed = [check for check in take.checks(controls) if not check.met and check.name in HARD]
    assert missed == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"bars": 12, "meter": "8x4/4"}, ["bars 12", "8x4/4"]),
        (
            {"range": "C4-C#4", "key": "G major", "strict_key": True, "end": True},
            ["end", "G", "C4-C#4"],
        ),
        (
            {"range": "C#4-C#4", "key": "C major", "strict_key": True},
            ["range C#4-C#4", "strict-key C major"],
        ),
        (
            {"chords": "C#", "strict_chords": True, "key": "C phrygian", "range": "C4-C4"},
            ["strict-chords C#", "range"],
        ),
        (
            {"bars": 4, "chords": "C G", "strict_chords": True, "key": "C", "end": True},
            ["end", "strict-chords has G"],
        ),
        ({"chords": "C G Am F C", "bars": 4}, ["chords: 5", "bars 4"]),
        ({"grid": "1/4", "meter": "3/8"}, ["grid 1/4", "meter 3/8"]),
        ({"density": "9-12", "grid": "1/8"}, ["density 9-12", "grid 1/8", "8 notes"]),
        ({"strict_chords": True}, ["strict-chords", "chords"]),
    ],
)
def test_contradictions_name_both_sides(asked: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ControlError) as caught:
        MODELS["melody"].generate(Controls(**asked), seed=1)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("text", "range_"),
    [
        ("A3-E6", PitchRange(57, 88)),
        ("Bb2..F#4", PitchRange(46, 66)),
        ("C-1-G9", PitchRange(0, 127)),
    ],
)
def test_ranges(text: str, range_: PitchRange) -> None:
    assert PitchRange.parse(text) == range_
    assert PitchRange.parse(str(range_)) == range_


def test_grids_and_densities() -> None:
    assert NoteGrid.parse("1/16") == NoteGrid.parse("16") == NoteGrid(16)
    assert NoteGrid.parse("1/8t") == NoteGrid(8, triplets=True)
    assert [str(unit) for unit in NoteGrid.parse("1/8t").units] == ["1/2", "1/3"]
    assert Density.parse("4-8") == Density(4, 8)
    assert Density.parse("6") == Density(6, 6)


@pytest.mark.parametrize(
    ("name", "text"),
    [("range", "E6-A3"), ("range", "low"), ("grid", "1/7"), ("grid", "1/32"), ("density", "8-4"), ("density", "0"),
     ("density", "many"), ("chords", "H"), ("chords", ""), ("chords", "C foo"), ("meter", "8x"), ("meter", "0x4/4"),
     ("max_polyphony", 0)],
)  # fmt: skip
def test_words_that_mean_nothing_are_refused(name: str, text: Any) -> None:
    with pytest.raises(ControlError, match=name.replace("_", "-").rstrip("s")[:3]):
        Controls(**{name: text})
