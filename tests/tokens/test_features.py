"""The features: the fast form equals the incremental one, nothing looks ahead, and a tiny tune by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import PIECES, V, plain_header, random_events, real_events, tune
from step_features import check_steps

from symgen.kernel import library
from symgen.music.score import Note, Part
from symgen.tokens import Events, Vocabulary, encode
from symgen.tokens.compiled_features import CompiledFeatures
from symgen.tokens.features import feature_array, vectorized_array
from symgen.tokens.layout import layout
from symgen.tokens.plain_features import PlainFeatures
from symgen.tokens.vocabulary import DURATION, PART, PITCH, TIME

CHORD = (Note(24, 65, 24), Note(24, 69, 24))


def check(events: Events, vocabulary: Vocabulary, voices: int = 0) -> None:
    """Hold the whole array to what is said step by step, in Python and in C."""
    check_steps(PlainFeatures, events, vocabulary, voices)
    if library() is not None:
        check_steps(CompiledFeatures, events, vocabulary, voices)
    array, columns = vectorized_array(events, vocabulary, voices), layout(vocabulary, voices)
    made = feature_array(events, vocabulary, voices)
    assert np.array_equal(made, array)
    assert made.dtype == array.dtype
    sizes = np.array([columns.sizes[name] for name in columns.names])
    assert (array >= 0).all()
    assert (array < sizes).all()


@pytest.mark.parametrize("arguments", PIECES, ids=lambda a: str(a["seed"]))
@pytest.mark.parametrize("grid", [12, 24])
@pytest.mark.parametrize("voices", [0, 2, 8])
def test_fast_equals_incremental_on_random_pieces(
    arguments: dict[str, Any], grid: int, voices: int
) -> None:
    vocabulary = Vocabulary(grid)
    check(random_events(**arguments, vocabulary=vocabulary), vocabulary, voices)


@given(
    st.integers(0, 10**6),
    st.sampled_from(["4/4", "6/8", "7/8", "3/2"]),
    st.integers(1, 3),
    st.booleans(),
)
def test_fast_equals_incremental_on_more_random_pieces(
    seed: int, meter: str, parts: int, chords: bool
) -> None:
    events = random_events(seed, meter=meter, parts=parts, chords=chords, bars=10, pickup="1/8")
    check(events, V)
    check(events, V, 3)


@pytest.mark.parametrize("grid", [12, 24])
def test_fast_equals_incremental_on_traditional_tunes(grid: int) -> None:
    for events in real_events(Vocabulary(grid)):
        check(events, Vocabulary(grid))
        check(events, Vocabulary(grid), 4)


def test_a_piece_without_notes_has_features_too() -> None:
    rows = np.zeros((5, 6), dtype=np.uint8)
    rows[:, TIME] = [V.bar, V.bar, V.skip, V.bar, V.end]
    check(Events(rows, plain_header(3, "8/1")), V)
    check(Events(rows, plain_header(3, "8/1")), V, 4)


def test_empty_bars_and_many_equal_notes() -> None:
    check(encode(tune("C4|-|-|C4 - C4|-|C4"), V)[0], V)
    check(encode(tune("|".join(["C4:.25 " * 16] * 9)), V)[0], V)


@pytest.mark.parametrize("arguments", PIECES, ids=lambda a: str(a["seed"]))
@pytest.mark.parametrize("voices", [0, 3])
def test_nothing_looks_ahead(arguments: dict[str, Any], voices: int) -> None:
    """Without what comes later the rows are the same, and of the next one what is known before it."""
    events = random_events(**arguments)
    array, slices = feature_array(events, V, voices), layout(V, voices).slices
    source = layout(V, voices).names.index("goal_source")
    for cut in range(1, len(events), max(1, len(events) // 12)):
        fields = np.concatenate([events.fields[:cut], events.fields[-1:]])
        early = feature_array(Events(fields, events.header), V, voices)
        assert np.array_equal(early[:cut], array[:cut])
        early[cut, source] = array[cut, source]  # it follows from the form, which is drawn
        for group in ("context", "time_candidates", "state"):
            assert np.array_equal(early[cut, slices[group]], array[cut, slices[group]])


@pytest.mark.parametrize("voices", [0, 4])
def test_the_fields_of_an_event_change_no_column_that_is_known_before_them(voices: int) -> None:
    events, slices = random_events(8, bars=20, parts=4, chords=True), layout(V, voices).slices
    array = feature_array(events, V, voices)
    by_pitch, by_part = (
        ("duration_candidates",),
        ("duration_candidates", "pitch_candidates", "voice"),
    )
    notes = np.flatnonzero(events.fields[:, TIME] < V.skip)
    for t in notes[:: max(1, len(notes) // 20)].tolist():
        for field, later in ((PART, by_part), (PITCH, by_pitch), (DURATION, ())):
            fields = events.fields.copy()
            fields[t, field] ^= 1
            changed = feature_array(Events(fields, events.header), V, voices)[t]
            for group, where in slices.items():
                if group not in later:
                    assert np.array_equal(changed[where], array[t, where]), (field, group)


@pytest.mark.parametrize("voices", [0, 3])
def test_transposition_moves_the_pitched_columns_and_turns_the_sets_alone(voices: int) -> None:
    events, columns = random_events(4, parts=3, chords=True), layout(V, voices)
    array = feature_array(events, V, voices).astype(int)
    fields = events.fields.copy()
    fields[fields[:, TIME] < V.skip, PITCH] += 3
    moved = feature_array(Events(fields, events.header), V, voices)
    for i, name in enumerate(columns.names):
        there = array[:, i] > 0
        expected = array[:, i] + 3 * there if name in columns.pitched else array[:, i]
        if name in columns.sets:
            expected = (array[:, i] << 3 | array[:, i] >> 9) & 0xFFF
        assert np.array_equal(moved[:, i], expected), name
    assert {"low", "high", "last", "pitch_after8", "pitch_form"} <= columns.pitched
    assert columns.sets == ({"classes", "at_classes"} if voices else set())


def test_two_voices_by_hand() -> None:
    """Part 0: C5 for two quarters, then D5; part 1: E4 G4, then the chord F4 A4."""
    score = tune("C5:2 D5:2").with_parts(
        [
            Part((Note(0, 72, 24), Note(24, 74, 24))),
            Part((Note(0, 64, 12), Note(12, 67, 12), *CHORD), 40),
        ]
    )
    events = encode(score, V)[0]
    assert events.fields[:, PART].tolist() == [0, 0, 1, 1, 0, 1, 1, 0]
    array = feature_array(events, V, 2)
    columns = {name: array[:, i].tolist() for i, name in enumerate(layout(V, 2).names)}
    assert columns["sounds"] == [0, 0, 1, 3, 3, 1, 3, 3]
    assert columns["stops"] == [0, 0, 0, 0, 0, 2, 0, 0]
    assert columns["struck"] == [0, 0, 1, 3, 2, 1, 3, 3]
    assert columns["release"] == [0, 0, 24, 12, 12, 24, 24, 24]
    assert columns["bass"] == [0, 0, 73, 65, 68, 75, 66, 66]
    assert columns["top"] == [0, 0, 73, 73, 73, 75, 75, 75]
    assert columns["classes"] == [
        0,
        0,
        1,
        1 | 1 << 4,
        1 | 1 << 7,
        1 << 2,
        1 << 2 | 1 << 5,
        1 << 2 | 1 << 5 | 1 << 9,
    ]
    assert columns["at_sounds"] == [0, 0, 1, 1, 0, 1, 3, 0]
    assert columns["at_stops"] == [0, 0, 0, 2, 3, 2, 0, 0]
    assert columns["at_last"] == [0, 0, 1, 0, 0, 1, 2, 0]
    assert columns["own"] == [0, 0, 0, 65, 73, 68, 66, 0]
    assert columns["own_before"] == [0, 0, 0, 0, 0, 65, 68, 0]
    assert columns["own_since"] == [0, 0, 0, 12, 24, 12, 0, 0]
    assert columns["chord_low"] == [0, 0, 0, 0, 0, 0, 66, 0]
    assert columns["was_low"] == [0, 0, 0, 65, 73, 68, 68, 0]
    assert columns["above"] == [0, 0, 73, 73, 0, 75, 75, 0]
    assert columns["below"] == [0] * 8
    assert columns["program"] == [0, 1, 41, 41, 1, 41, 41, 0]
    assert columns["family"] == [0, 1, 6, 6, 1, 6, 6, 0]


def test_a_tiny_tune_by_hand() -> None:
    """Two bars of 2/4 that begin alike: C D | C E."""
    events = encode(tune("C4 D4|C4 E4", meter="2/4"), V)[0]
    assert events.fields[:, TIME].tolist() == [V.bar, 0, 12, V.bar, 0, 12, V.end]
    array = feature_array(events, V)
    columns = {name: array[:, i].tolist() for i, name in enumerate(layout(V).names)}
    assert columns["position"] == [0, 0, 0, 12, 0, 0, 12]
    assert columns["phase"] == [0] * 7
    assert columns["left"] == [0, 24, 24, 12, 24, 24, 12]
    assert columns["hold"] == [0, 0, 12, 12, 0, 12, 12]
    assert columns["bar"] == [8, 0, 0, 0, 1, 1, 1]
    assert columns["phrase"] == [8, 0, 0, 0, 0, 0, 0]
    assert columns["bars_left"] == [3, 2, 2, 2, 1, 1, 1]
    assert columns["last"] == [0, 0, 61, 63, 63, 61, 65]
    varied_1_back = 2 + 2 * V.lags.index(1)
    assert columns["form"] == [0, 1, 1, 1, *[varied_1_back + 1] * 3]
    assert columns["onset_position"] == [0, 0, 12, 0, 0, 12, 0]
    assert columns["onset_left"] == [0, 24, 12, 0, 24, 12, 0]
    assert columns["sounding"] == [0] * 7
    assert columns["velocity"] == [0, 0, 81, 0, 81, 81, 0]
    # One bar back: before the notes of bar 2 the times of bar 1, then its bar line.
    assert columns["time_back1"] == [0, 0, 0, 0, 1, 13, V.bar + 1]
    assert columns["time_form"] == columns["time_back1"]
    assert columns["pitch_back1"] == [0, 0, 0, 0, 61, 63, 0]
    assert columns["part_back1"] == [0, 0, 0, 0, 1, 1, 0]
    size = V.sizes[DURATION]
    assert columns["duration_back1"] == [
        0,
        0,
        0,
        0,
        13 + size,
        13,
        0,
    ]  # the same pitch, then another one
    for name in ("time_back2", "time_after2", "pitch_after2", "pitch_back4", "duration_after8"):
        assert columns[name] == [0] * 7, name


def test_what_came_after_the_same_two_notes() -> None:
    """C D E F, then C D at another place in the bar: E is the candidate, a beat later."""
    events = encode(tune("C4 D4 E4 F4|- C4 D4 G4"), V)[0]
    array = feature_array(events, V)
    names = layout(V).names
    last = 9  # bar, 4 notes, bar, C, D, G: the G
    assert events.fields[last - 1, TIME] == 12
    assert array[last - 1, names.index("time_after2")] == 13
    assert array[last - 1, names.index("pitch_after2")] == 65
    assert array[last - 1, names.index("duration_after2")] == 13
    assert array[last - 1, names.index("time_after4")] == 0


@pytest.mark.parametrize("voices", [0, 3])
def test_the_library_answers_for_all_that_an_encoder_writes(
    voices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if library() is None:
        pytest.skip("the C library was not built")
    monkeypatch.setattr("symgen.tokens.features.vectorized_array", None)
    for arguments in PIECES:
        events = random_events(**arguments)
        assert len(feature_array(events, V, voices)) == len(events)


@pytest.mark.parametrize("voices", [0, 3])
def test_events_out_of_place_are_left_to_numpy(voices: int) -> None:
    """A note behind its bar, one before the first bar, one of no length."""
    bar, late, end = [V.bar, 0, 0, 0, 0, 0], [50, 0, 60, 12, 80, 0], [V.end, 0, 0, 0, 0, 0]
    note, short = [0, 0, 60, 12, 80, 0], [0, 0, 60, 0, 80, 0]
    for rows in ([bar, late, end], [note, bar, end], [bar, short, end]):
        events = Events(np.array(rows, dtype=np.uint8), plain_header(2))
        expected = vectorized_array(events, V, voices)
        assert np.array_equal(feature_array(events, V, voices), expected)
