"""What a network sees, class by class: torch and numpy share it, so that only numbers by hand hold it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small import TINY, V, plain_header

from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.nets.columns import ColumnInputs, Columns, degree, interval
from symgen.nets.inputs import Conditions, Inputs, field_of
from symgen.tokens import BarRun, Header
from symgen.tokens.layout import layout
from symgen.tokens.vocabulary import DURATION, FIELDS, PART, PITCH

VOICES = replace(TINY, voices=2, goals=True, periods=("baroque",))


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("pitch", "reference", "found"),
    [
        (61, 61, 25), (62, 61, 26), (60, 61, 24), (85, 61, 49), (86, 61, 49), (37, 61, 1), (36, 61, 1),
        (0, 61, 0), (61, 0, 0), (1, 1, 25),
    ],
)  # fmt: skip
def test_intervals(pitch: int, reference: int, found: int) -> None:
    assert interval(ints(pitch), ints(reference)).tolist() == [found]


@pytest.mark.parametrize(
    ("pitch", "tonic", "found"),
    [
        (61, 0, 0),
        (61, 2, 10),
        (62, 2, 11),
        (63, 2, 0),
        (1, 11, 1),
        (61, 12, 12),
        (0, 3, 13),
        (0, 12, 13),
    ],
)
def test_degrees(pitch: int, tonic: int, found: int) -> None:
    assert degree(ints(pitch), ints(tonic)).tolist() == [found]


def given(tonic: int = 2, voices: int = 2, **features: int) -> ColumnInputs:
    """The last event is a note 64 of 12 steps that leapt from 60, this one is a note 67."""
    names = layout(V, voices).names
    row = np.zeros((1, len(names)), dtype=np.int64)
    for name, value in features.items():
        row[0, names.index(name)] = value
    last = ints(25, 1, 65, 13, 81, 1, 61)[None]
    now = ints(6, 1, 67, 9, 70, 3)[None]
    conditions = ints(1, tonic, 3, 4, 5, 6, 7, 8)[None]
    return ColumnInputs(last, now, row, conditions)


def classes(*names: str, reference: str = "last", **features: int) -> list[int]:
    tonic = features.pop("tonic", 2)
    sizes = dict(zip(FIELDS, V.sizes, strict=True)) | dict.fromkeys(
        ("style", "tonic", "mode", "numerator", "denominator", "pickup", "period", "parts"), 50
    )
    columns = Columns(names, layout(V, 2), sizes, reference)
    found: list[int] = columns.compute(given(tonic, **features))[0].tolist()
    assert all(0 <= one < most for one, most in zip(found, columns.classes, strict=True))
    return found


def test_columns_of_the_last_event_this_one_and_the_piece() -> None:
    names = [f"last_{name}" for name in FIELDS]
    assert classes(*names) == [25, 1, 65, 13, 81, 1]
    assert classes("time", "part", "duration", "form_now") == [6, 1, 9, 3]
    assert classes(
        "style", "tonic", "mode", "numerator", "denominator", "pickup", "period", "parts"
    ) == ([1, 2, 3, 4, 5, 6, 7, 8])
    assert classes("bar", "phase", bar=3, phase=9) == [3, 9]


def test_columns_of_pitches() -> None:
    # A last pitch of 62 is the tonic D; 67 lies a fourth above it.
    assert classes("degree", last=63) == [0]
    assert classes("degree", last=0) == [13]
    assert classes("degree", last=63, tonic=12) == [12]
    assert classes("degree_now", "interval_now", last=63) == [5, 30]
    assert classes("interval") == [29]  # from 60 to 64
    # Pitches of features are seen as intervals, those of closes as degrees.
    assert classes("low", "high", "close4", last=63, low=61, high=0, close4=65) == [23, 0, 2]
    assert classes("degree.low", "octaves.low", "under.low", low=61) == [10, 6, 32]
    assert classes("degree.low", "octaves.low", "under.low") == [13, 0, 0]
    assert classes("octaves.low", low=1) == [1]
    assert classes("octaves.low", low=12) == [1]
    assert classes("octaves.low", low=13) == [2]


def test_columns_of_sets_of_pitch_classes() -> None:
    """D and F sharp sound: the tonic D and the third above it."""
    names = [f"{i}.classes" for i in range(12)]
    sounds = (1 << 2) | (1 << 6)
    assert np.flatnonzero(classes(*names, classes=sounds)).tolist() == [0, 4]
    assert np.flatnonzero(classes(*names, classes=sounds, tonic=12)).tolist() == [2, 6]
    own = [f"own{i}.at_classes" for i in range(12)]
    # Above its own last C: a second and a tritone; without a last pitch nothing.
    assert np.flatnonzero(classes(*own, at_classes=sounds, own=61)).tolist() == [2, 6]
    assert np.flatnonzero(classes(*own, at_classes=sounds, own=72)).tolist() == [3, 7]
    assert classes(*own, at_classes=sounds) == [0] * 12


def test_a_bar_leaps_from_nothing() -> None:
    inputs = given()
    inputs.last[0, DURATION] = 1
    names = layout(V, 2)
    assert Columns(["interval"], names, {}, "last").compute(inputs).tolist() == [[0]]


# -- conditions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "place", "value"),
    [
        ({"style": "reel"}, 0, 2),
        ({"style": "polka"}, 0, 0),
        ({"key": Key.parse("D minor")}, 1, 2),
        ({"key": None}, 1, 12),
        ({"key": None}, 2, 0),
        ({"runs": (BarRun(2, Meter(6, 8), 36),)}, 3, 6),
        ({"runs": (BarRun(2, Meter(33, 8), 198),)}, 3, 32),
        ({"runs": (BarRun(2, Meter(6, 8), 36),)}, 4, 4),
        ({"runs": (BarRun(2, Meter(4, 1), 192),)}, 4, 1),
        ({"pickup": True}, 5, 48),
        ({"pickup": True, "runs": (BarRun(1, Meter(4, 4), 12),)}, 5, 12),
        ({"pickup": True, "runs": (BarRun(1, Meter(8, 4), 96),)}, 5, 48),
        ({}, 5, 0),
        ({"period": "baroque"}, 6, 1),
        ({"period": "modern"}, 6, 0),
        ({"programs": (0,) * 5}, 7, 5),
    ],
)
def test_what_is_given_for_a_piece(change: dict[str, Any], place: int, value: int) -> None:
    header: Header = replace(plain_header(2), **change)
    assert Conditions.of(header, VOICES).values[place] == value


def test_modes_that_are_relatives_share_a_class() -> None:
    def mode(text: str) -> int:
        return int(Conditions.of(plain_header(key=Key.parse(text)), TINY).values[2])

    found = {name: mode(f"D {name}") for name in ("major", "minor", "dorian", "mixolydian")}
    assert len(set(found.values())) == 4
    assert min(found.values()) >= 1
    assert mode("A minor") == found["minor"]


# -- stages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        (TINY, {"input": 1909, "form": 159, "time": 0, "pitch": 963, "duration": 2089}),
        (
            VOICES,
            {"input": 2221, "form": 159, "goal": 192, "time": 0, "pitch": 2460, "duration": 3248},
        ),
        (
            replace(VOICES, timing=True),
            {"input": 2221, "form": 159, "goal": 192, "time": 303, "pitch": 2460, "duration": 3248},
        ),
        (
            replace(TINY, features=False, copy=False, fixed=()),
            {
                "input": 693,
                "form": 0,
                "time": 0,
                "part": 99,
                "pitch": 131,
                "duration": 195,
                "velocity": 293,
            },
        ),
    ],
)
def test_rows_of_the_tables_of_each_stage(config: Any, sizes: dict[str, int]) -> None:
    """Weights on disk have as many rows."""
    assert Inputs(config, V).sizes == sizes


def test_heads_and_what_they_draw() -> None:
    assert Inputs(TINY, V).heads == ("form", "time", "pitch", "duration")
    voices = replace(VOICES, fixed=())
    assert Inputs(voices, V).heads == (
        "form",
        "goal",
        "time",
        "part",
        "pitch",
        "duration",
        "velocity",
    )
    assert (field_of("goal"), field_of("pitch"), field_of("part")) == (PITCH, PITCH, PART)
    assert (Inputs(TINY, V).reference, Inputs(VOICES, V).reference) == ("last", "own")


def test_candidates_of_heads() -> None:
    inputs = Inputs(VOICES, V)
    assert inputs.candidates("goal") == ("goal_source", "close4", "close8", "close16")
    assert inputs.candidates("form") == inputs.candidates("velocity") == ()
    assert inputs.candidates("time") == layout(V, 2).time_candidates
    assert Inputs(replace(TINY, copy=False), V).candidates("time") == ()
    features = given().features.copy()
    names = layout(V, 2).names
    # Class 12 of the same pitch, class 12 of another one, none.
    for name, value in zip(layout(V, 2).duration_candidates, (98 + 13, 13, 0), strict=False):
        features[0, names.index(name)] = value
    assert inputs.pointers("duration", features)[0, :3].tolist() == [13, 13, 0]


def test_classes_of_every_pitch() -> None:
    inputs = Inputs(VOICES, V)
    degrees, intervals, near, sounding = inputs.pitch_classes(
        "pitch", given(own=61, above=73, below=49, at_classes=(1 << 2) | (1 << 6))
    )
    assert degrees[0, [2, 62, 63]].tolist() == [0, 0, 1]
    assert intervals[0, [60, 61, 127]].tolist() == [25, 26, 49]
    assert near[0, [72, 71]].tolist() == [25, 24]
    assert np.flatnonzero(sounding[0]).tolist() == [2, 6]
    below = inputs.pitch_classes("pitch", given(own=61, below=49))[2]
    assert below[0, 48] == 25
    plain = inputs.pitch_classes("goal", given(last=63))
    assert len(plain) == 2
    assert plain[1][0, 62] == 25
