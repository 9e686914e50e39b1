"""Melodies on equal steps: there and back exactly, and what does not fit is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import REAL_TUNES, tune

from symgen.gan.steps import (
    GRIDS,
    HOLD,
    PITCHES,
    REST,
    STEP_METERS,
    STEP_MODES,
    SYMBOLS,
    StepTune,
    bar_notes,
    from_steps,
    mode_index,
    to_steps,
)
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import MODES, Key
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Vocabulary, encode

C = Key.parse("C major")
H, R = HOLD, REST


def sounding(score: Score) -> list[tuple[float, int, float]]:
    """Notes as onset and length in quarters, and pitch."""
    ticks = score.resolution
    return [
        (n.onset / ticks, n.pitch, n.duration / ticks) for part in score.parts for n in part.notes
    ]


def steps_of(
    text: str, *, key: Key = C, grid: int = 4, meter: str = "4/4", pickup: str = ""
) -> StepTune:
    return to_steps(tune(text, meter=meter, pickup=pickup), key, grid=grid)


# -- there and back ----------------------------------------------------------------------


def test_the_symbols_of_a_small_tune() -> None:
    found = steps_of("C5 C5:.5 - E5:.25 D5:1.25|- G5:3")
    assert (found.base, found.grid, found.meter, found.key) == (60, 4, "4/4", C)
    assert found.bars.dtype == np.uint8
    assert found.bars.tolist() == [
        [12, H, H, H, 12, H, R, R, R, R, 16, 14, H, H, H, H],
        [R, R, R, R, 19, H, H, H, H, H, H, H, H, H, H, H],
    ]
    assert (len(found), found.steps) == (2, 16)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize(("meter", "text", "steps"), [
    ("4/4", "C4 D4:.5 E4:.25 F4:.25 G4:2|- C5:3", 4), ("3/4", "G4:1.5 A4:.5 B4|C5:3", 3),
    ("6/8", "G4:.5 A4:.5 B4:.5 D5 B4:.5|G4:3", 3), ("2/2", "C4:2 E4:2|G4:4", 4),
])  # fmt: skip
def test_scores_come_back(meter: str, text: str, steps: int, grid: int) -> None:
    score = tune(text, meter=meter)
    found = to_steps(score, C, grid=grid)
    assert found.meter == ("4/4" if meter == "2/2" else meter)
    assert found.steps == steps * grid
    back = from_steps(found)
    assert sounding(back) == sounding(score)
    assert back.length == score.length * back.resolution // score.resolution
    again = to_steps(back, C, grid=grid)
    assert np.array_equal(again.bars, found.bars)
    assert again.base == found.base


@pytest.mark.parametrize("name", REAL_TUNES)
def test_traditional_tunes_come_back_without_their_pickups(name: str) -> None:
    meter, pickup, key, text = REAL_TUNES[name]
    score = tune(text, meter=meter, pickup=pickup)
    back = from_steps(to_steps(score, Key.parse(key)))
    first = Meter.parse(pickup).quarters if pickup else 0
    wanted = [(onset - first, *rest) for onset, *rest in sounding(score) if onset >= first]
    assert sounding(back) == wanted
    assert len(wanted) < score.note_count or not pickup


def test_a_note_of_the_pickup_is_left_out_though_it_is_held() -> None:
    score = tune("- - -|- E4 G4:2", meter="4/4", pickup="3/4")
    held = score.with_parts([score.parts[0].with_notes((Note(24, 67, 24), *score.parts[0].notes))])
    assert to_steps(held, C).bars.tolist() == [[R] * 4 + [16, H, H, H, 19, *[H] * 7]]


def test_triplets_need_the_finer_grid() -> None:
    third = 1 / 3
    score = tune(f"C4:{third} D4:{third} E4:{third} F4:3")
    assert sounding(from_steps(to_steps(score, C, grid=12))) == sounding(score)
    with pytest.raises(
        FormatError,
        match=r"notes between the 4 steps of a quarter; quantize it, or use another grid",
    ):
        to_steps(score, C)


def test_notes_are_held_over_bar_lines() -> None:
    score = Score((Part((Note(36, 60, 36), Note(72, 60, 12), Note(84, 62, 12 * 8))),), 12)
    found = to_steps(score, C)
    assert found.bars[1].tolist() == [H] * 8 + [24, H, H, H, 26, H, H, H]
    assert found.bars[2:].reshape(-1).tolist() == [H] * 28 + [R] * 4
    assert sounding(from_steps(found)) == sounding(score)


def test_what_is_held_longer_than_an_event_can_tell_is_one_note() -> None:
    score = Score((Part((Note(0, 60, 12 * 4 * 9), Note(12 * 40, 60, 12))),), 12)
    assert sounding(from_steps(to_steps(score, C))) == sounding(score)


def test_events_are_read_as_scores_are() -> None:
    score = tune("C4 D4 E4:2|G4:1.5 - G4:.5 C4")
    events, _ = encode(score, Vocabulary(24))
    assert np.array_equal(
        to_steps(events, C, vocabulary=Vocabulary(24)).bars, to_steps(score, C).bars
    )


def test_what_is_asked_of_the_score() -> None:
    found = replace(steps_of("C4:4"), title="Air", key=Key.parse("D dorian"))
    score = from_steps(found, tempo=90, program=73, velocity=33)
    assert score.tempos[0].bpm == pytest.approx(90)
    assert (score.parts[0].program, score.parts[0].notes[0].velocity, score.title) == (
        73,
        33,
        "Air",
    )
    assert score.keys[0].sharps == 0
    assert score.meters == (MeterChange(0, Meter.parse("4/4")),)


def test_a_hold_of_nothing_is_silence() -> None:
    assert bar_notes(np.array([H, H, 3, H, R, H, 5], dtype=np.uint8)).tolist() == [
        [2, 2, 3],
        [6, 1, 5],
    ]
    empty = from_steps(StepTune(np.full((2, 16), H, dtype=np.uint8), "4/4", C, 48))
    assert empty.note_count == 0
    assert empty.length == 8 * empty.resolution


@given(
    st.data(),
    st.sampled_from(GRIDS),
    st.sampled_from(STEP_METERS),
    st.integers(0, 11),
    st.integers(2, 6),
)
def test_any_symbols_sound_the_same_after_a_round(
    data: st.DataObject, grid: int, meter: str, tonic: int, octave: int
) -> None:
    bars, steps = data.draw(st.integers(1, 3)), int(Meter.parse(meter).quarters * grid)
    likely = st.one_of(st.integers(0, SYMBOLS - 1), st.just(HOLD), st.just(REST))
    symbols = data.draw(st.lists(likely, min_size=bars * steps, max_size=bars * steps))
    symbols[-1] = data.draw(st.integers(0, PITCHES - 1))  # so that all bars are heard of
    laid = np.array(symbols, dtype=np.uint8).reshape(bars, steps)
    made = StepTune(laid, meter, Key(tonic, "major"), 12 * octave + tonic, grid)
    score = from_steps(made)
    again = to_steps(score, made.key, grid=grid)
    assert again.bars.shape == made.bars.shape
    assert (again.base - made.base) % 12 == 0
    assert sounding(from_steps(again)) == sounding(score)
    rows = bar_notes(laid.reshape(-1))
    assert [(o, p - made.base, d) for o, p, d in sounding(score)] == [
        (o / grid, p, d / grid) for o, d, p in rows
    ]


# -- where the pitches begin -------------------------------------------------------------


@pytest.mark.parametrize(("key", "text", "base"), [
    ("C major", "C4 E4 G4 C5", 48), ("C major", "C5 E5 G5 C6", 60), ("G major", "D4 G4 B4 D4", 43),
    ("G major", "D4 G4 B4 D5", 55), ("G major", "G4 B4 D5 G5", 55), ("A minor", "A4 C5 E5 A5", 57),
    ("C major", "B3 C4 C4 C4", 36), ("C major", "C5 C5 C5 G3", 48),
])  # fmt: skip
def test_the_base_is_a_tonic_about_an_octave_below(key: str, text: str, base: int) -> None:
    found = steps_of(text, key=Key.parse(key))
    assert found.base == base
    assert found.base % 12 == found.key.tonic


def test_three_octaves_fit_whole() -> None:
    score = Score((Part((Note(0, 48, 12), Note(12, 48 + PITCHES - 1, 12))),), 12)
    assert [p for _, p, _ in sounding(from_steps(to_steps(score, C)))] == [48, 83]


def test_modes_count_as_their_nearest() -> None:
    assert [mode_index(Key(0, mode)) for mode in STEP_MODES] == list(range(len(STEP_MODES)))
    assert STEP_MODES[mode_index(Key(2, "lydian"))] == "major"
    assert STEP_MODES[mode_index(Key(2, "phrygian"))] == "minor"
    assert {mode_index(Key(0, mode)) for mode in MODES} == set(range(len(STEP_MODES)))


# -- what does not fit -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meter", "text"), [("5/4", "C4:5|C4:5"), ("2/4", "C4:2|C4:2"), ("9/8", "C4:4.5")]
)
def test_other_meters_are_refused(meter: str, text: str) -> None:
    with pytest.raises(FormatError, match=f"is in {meter}; only tunes in one of 4/4, 3/4, 6/8 fit"):
        steps_of(text, meter=meter)


@pytest.mark.parametrize(("first", "second"), [("4/4", "3/4"), ("3/4", "6/8"), ("4/4", "5/4")])
def test_a_change_of_meter_is_refused(first: str, second: str) -> None:
    there = 2 * Meter.parse(first).bar_ticks(12)
    meters = (MeterChange(0, Meter.parse(first)), MeterChange(there, Meter.parse(second)))
    score = Score((Part((Note(0, 60, 12), Note(there, 60, 12))),), 12, meters=meters)
    with pytest.raises(
        FormatError, match=f"is in {', '.join(sorted((first, second)))}; only tunes in one of"
    ):
        to_steps(score, C)


def test_several_parts_and_drums_are_refused() -> None:
    score = tune("C4 D4 E4 F4")
    with pytest.raises(FormatError, match="has 2 parts; keep the melody alone, with --part"):
        to_steps(score.with_parts([score.parts[0], replace(score.parts[0], program=5)]), C)
    with pytest.raises(FormatError, match="keep the melody alone, with --part"):
        to_steps(score.with_parts([replace(score.parts[0], is_drum=True)]), C)


@pytest.mark.parametrize("notes", [
    [Note(0, 60, 12), Note(0, 64, 12)], [Note(0, 60, 24), Note(12, 64, 12)], [Note(0, 60, 60), Note(48, 64, 12)],
])  # fmt: skip
def test_several_notes_at_once_are_refused(notes: list[Note]) -> None:
    with pytest.raises(
        FormatError, match="sounds several notes at once; keep the melody alone, with --part"
    ):
        to_steps(Score((Part(tuple(notes)),), 12), C)


@pytest.mark.parametrize(("low", "high"), [(48, 84), (47, 83), (20, 100)])
def test_a_wider_range_is_refused(low: int, high: int) -> None:
    score = Score((Part((Note(0, low, 12), Note(12, high, 12))),), 12)
    with pytest.raises(FormatError, match=f"lies at {low}..{high}: the pitches must fit into 36"):
        to_steps(score, C)


@pytest.mark.parametrize("note", [Note(1, 60, 11), Note(0, 60, 4), Note(3, 60, 10)])
def test_notes_between_the_steps_are_refused(note: Note) -> None:
    score = Score((Part((note,)),), 12)
    with pytest.raises(FormatError, match="notes between the 4 steps"):
        to_steps(score, C)
    assert sounding(from_steps(to_steps(score, C, grid=12))) == sounding(score)


def test_a_pickup_alone_is_refused() -> None:
    with pytest.raises(FormatError, match=r"has no full bars of 4/4|is in 1/4"):
        to_steps(
            Score((Part((Note(0, 60, 12),)),), 12, meters=(MeterChange(0, Meter.parse("1/4")),)), C
        )


@pytest.mark.parametrize("grid", [0, 3, 8, 24, -4])
def test_other_grids_are_refused(grid: int) -> None:
    with pytest.raises(ControlError, match=f"grid {grid}: use 4 or 12 steps a quarter"):
        steps_of("C4:4", grid=grid)
