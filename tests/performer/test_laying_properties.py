"""Whatever the players say, a performance keeps the order, the bars, the length and all else of what is written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.benchmarks.performed_checks import violations
from symgen.formats.midi import read_midi, write_midi
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.performer.interpretation import Interpretation, merged_clocks
from symgen.performer.keeping import keep_score, kept_score, midi_score
from symgen.performer.laying import laid_over

RESOLUTIONS = (1, 2, 3, 24, 68, 96, 120, 480, 960)
METERS = ((4, 4), (3, 4), (6, 8), (2, 2), (5, 8), (1, 4), (7, 16))


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Draw a score with pickups, other meters and tempos, short notes, overlaps of one key, flams and empty parts."""
    resolution = draw(st.sampled_from(RESOLUTIONS) | st.integers(1, 960))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    meters, at = [], 0
    if draw(st.booleans()):
        meters, at = [MeterChange(0, Meter(1, 4))], resolution
    for _ in range(draw(st.integers(1, 3))):
        meter = Meter(*METERS[int(rng.integers(len(METERS)))])
        meters.append(MeterChange(at, meter))
        at += int(rng.integers(1, 4)) * max(1, round(float(meter.quarters) * resolution))
    tempos = [
        TempoChange(int(rng.integers(0, at)), int(rng.integers(150_000, 1_500_000)))
        for _ in range(draw(st.integers(0, 5)))
    ]
    parts = [_part(rng, at, resolution, draw) for _ in range(draw(st.integers(1, 4)))]
    keys = (KeyChange(0, 2),) if draw(st.booleans()) else ()
    return Score(tuple(parts), resolution, tuple(tempos), tuple(meters), keys, length=at)


def _part(rng: np.random.Generator, end: int, resolution: int, draw: st.DrawFn) -> Part:
    count = draw(st.sampled_from((0, 1, 2, 5, 20, 60)))
    is_drum = draw(st.booleans())
    step = max(1, resolution // int(rng.choice((1, 2, 4, 32))))
    onsets = rng.integers(0, end, count)
    # Half of the notes on a grid, so that chords and unisons come; some at their neighbors, as flams.
    onsets = np.where(rng.random(count) < 0.5, onsets // step * step, onsets)
    near = np.minimum(end - 1, np.roll(onsets, 1) + rng.integers(1, 1 + max(1, resolution // 20)))
    onsets = np.where(rng.random(count) < 0.2, near, onsets)
    lengths = np.where(rng.random(count) < 0.3, 1, rng.integers(1, 4 * resolution + 1, count))
    lowest = int(rng.integers(30, 80))
    notes = [
        Note(int(on), int(rng.integers(lowest, lowest + 4)), int(length), int(rng.integers(1, 128)))
        for on, length in zip(onsets, np.minimum(lengths, end - onsets), strict=True)
    ]
    return Part(tuple(notes), int(rng.integers(0, 3)), is_drum, draw(st.sampled_from(("", "Lead"))))


def interpretation_of(score: Score, seed: int, wild: float) -> Interpretation:
    """Draw a performance that no player would give; `wild` scales what is early and late."""
    rng = np.random.default_rng(seed)
    count = score.note_count
    ticks = np.unique(np.concatenate([[0.0, score.length], rng.uniform(0, score.length, 9)]))
    clock = np.column_stack([ticks, rng.normal(0, wild, len(ticks))])
    return Interpretation(
        velocity=rng.uniform(1, 127, count),
        late=rng.normal(0, wild, count),
        held=np.exp(rng.normal(0, 0.7, count)),
        clock=merged_clocks(score, clock) if rng.random() < 0.8 else np.zeros((0, 2)),
        pedals=tuple(np.zeros((0, 2), dtype=np.int64) for _ in score.parts),
    )


@settings(max_examples=150, deadline=None)
@given(scores(), st.integers(0, 2**32 - 1), st.sampled_from((0.003, 0.03, 0.5)), st.floats(0, 1))
def test_a_performance_keeps_what_is_written(
    drawn: Score, seed: int, wild: float, feel: float
) -> None:
    before = write_midi(drawn)
    base = midi_score(read_midi(before))
    laid = laid_over(base, interpretation_of(base, seed, wild), feel)
    after = write_midi(keep_score(laid, base))
    assert violations(before, after) == [], (seed, wild, feel)


@settings(max_examples=50, deadline=None)
@given(scores(), st.integers(0, 2**32 - 1))
def test_what_begins_before_a_tick_stays(drawn: Score, seed: int) -> None:
    base = midi_score(drawn)
    since = drawn.length // 2
    laid = laid_over(base, interpretation_of(base, seed, 0.03), 1.0, since=since)
    old, new = (each.note_array() for each in (base, laid))
    assert old[old[:, 0] < since].tolist() == new[new[:, 0] < since].tolist()
    assert violations(write_midi(base), write_midi(keep_score(laid, base))) == []


@settings(max_examples=50, deadline=None)
@given(scores(), st.integers(0, 2**32 - 1))
def test_a_changed_performance_is_no_longer_its_score(drawn: Score, seed: int) -> None:
    if not drawn.note_count:
        return
    base = midi_score(drawn)
    played = keep_score(laid_over(base, interpretation_of(base, seed, 0.03), 1.0), base)
    assert kept_score(read_midi(write_midi(played))) == base
    number = next(n for n, part in enumerate(played.parts) if part.note_count)
    others = played.parts[number].notes[1:]
    parts = list(played.parts)
    parts[number] = parts[number].with_notes(others)
    if others:
        assert kept_score(read_midi(write_midi(played.with_parts(parts)))) is None


@pytest.mark.parametrize("name", ["order", "bars", "whole", "keys"])
def test_the_checks_see_faults(name: str) -> None:
    notes = (Note(0, 60, 480), Note(480, 62, 480), Note(960, 60, 960), Note(1920, 64, 480))
    score = midi_score(Score((Part(notes),), 480, length=3840))
    faults = {
        "order": (Note(0, 60, 480), Note(480, 62, 480), Note(480, 60, 960), Note(1920, 64, 480)),
        "bars": (Note(0, 60, 480), Note(480, 62, 480), Note(960, 60, 960), Note(1919, 64, 480)),
        "keys": (Note(0, 60, 970), Note(480, 62, 480), Note(960, 60, 960), Note(1920, 64, 480)),
    }
    parts = (Part(faults.get(name, notes)),)
    tempos = (TempoChange(0, 501_000),) if name == "whole" else ()
    played = keep_score(Score(parts, 480, tempos, length=3840, source=score.source), score)
    found = violations(write_midi(score), write_midi(played))
    assert [line for line in found if line.startswith(name)]
