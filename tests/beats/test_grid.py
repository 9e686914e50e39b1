"""Beat grids of melodies whose beats are known."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.beats.grid import BeatGrid, find_grid, find_grid_after_clicks
from symgen.music.meter import Meter
from symgen.system.errors import ControlError
from symgen.transcriber.quantize import score_from_rows

Floats = NDArray[np.float64]

# Made up for these tests: letters with lengths in eighths.
REEL = "D2 FA DA FA|G2 BG EGBG|A2 FA DA FA|GF EC DEFA|D2 FA DA FA|G2 BG EGBG|ABdB AFEF|D2 D2 D4"
JIG = "DFA dAF|GBd gdB|AFD EDE|FDD D3|DFA dAF|GBd gdB|Afe dBA|d3 d3"
WALTZ = "D2 FE FA|d4 cB|A2 GF GA|F4 EF|G2 BA Bd|A2 FE FA|E2 FG AB|A4 FE|D2 FE FA|d4 cB|A2 GF GA|F4 EF|G2 BA Bd|D6"
PITCHES = dict(zip("CDEFGAB", (61, 62, 64, 66, 67, 69, 71), strict=True))


def melody(text: str) -> Floats:
    """Rows of quarters, length in quarters and pitch, from letters with lengths in eighths."""
    notes, at = [], 0.0
    for letter, length in zip(*_tokens(text), strict=True):
        pitch = PITCHES[letter.upper()] + 12 * letter.islower()
        notes.append((at, length / 2, pitch))
        at += length / 2
    return np.array(notes)


def _tokens(text: str) -> tuple[list[str], list[int]]:
    letters: list[str] = []
    lengths: list[int] = []
    for sign in text:
        if sign.isalpha():
            letters.append(sign)
            lengths.append(1)
        elif sign.isdigit():
            lengths[-1] = int(sign)
    return letters, lengths


def performed(
    notes: Floats, bpm: float, *, jitter: float = 0.0, drift: float = 0.0, start: float = 0.5
) -> Floats:
    """Note rows of a melody; the tempo rises and falls by the drift over 16 quarters."""
    grid = np.arange(0, notes[-1, 0] + notes[-1, 1] + 0.01, 0.01)
    slow = 1 + drift * np.sin(2 * np.pi * grid / 16)
    times = start + np.concatenate([[0], np.cumsum(slow[:-1] * 0.6 / bpm)])
    onsets, ends = (np.interp(q, grid, times) for q in (notes[:, 0], notes[:, 0] + notes[:, 1]))
    rng = np.random.default_rng(3)
    onsets = onsets + rng.normal(0, jitter, len(onsets)) if jitter else onsets
    return np.stack(
        [onsets, onsets + 0.85 * (ends - onsets), notes[:, 2], np.full(len(notes), 0.7)], axis=1
    )


def twice(text: str) -> str:
    return f"{text}|{text}"


@pytest.mark.parametrize(
    ("text", "meter", "bpm"),
    [(REEL, "4/4", 176.0), (JIG, "6/8", 171.0), (WALTZ, "3/4", 126.0)],
    ids=["reel", "jig", "waltz"],
)
@pytest.mark.parametrize(("jitter", "drift"), [(0.0, 0.0), (0.012, 0.06)], ids=["even", "free"])
def test_tempo_meter_and_bar_lines(
    text: str, meter: str, bpm: float, jitter: float, drift: float
) -> None:
    notes = melody(twice(text))
    grid = find_grid(performed(notes, bpm, jitter=jitter, drift=drift))
    assert grid.bpm == pytest.approx(bpm, rel=0.03)
    assert str(grid.meter) == meter
    assert grid.pickup == 0
    assert grid.beats[grid.first_downbeat] == pytest.approx(0.5, abs=0.04)
    assert 0 < grid.confidence <= 1


def test_beats_are_felt_beats() -> None:
    """A jig of 60 bars a minute: beats of half a second, 180 quarters a minute."""
    grid = find_grid(performed(melody(twice(JIG)), 180.0))
    assert grid.meter == Meter(6, 8)
    np.testing.assert_allclose(np.diff(grid.beats), 0.5, atol=0.002)
    np.testing.assert_allclose(grid.drift, 180, rtol=0.005)


def test_beats_follow_the_drift() -> None:
    notes = melody(twice(REEL))
    rows = performed(notes, 160.0, drift=0.08)
    grid = find_grid(rows)
    np.testing.assert_allclose(grid.quarters(rows[:, 0]), notes[:, 0], atol=0.06)
    assert grid.drift.max() / grid.drift.min() > 1.08


def test_a_pickup() -> None:
    notes = melody("A|" + twice(JIG))
    grid = find_grid(performed(notes, 174.0))
    assert grid.meter == Meter(6, 8)
    assert grid.pickup == Fraction(1, 2)
    assert grid.quarters(np.array([0.5]))[0] == pytest.approx(-0.5, abs=0.01)


def test_time_shift() -> None:
    rows = performed(melody(twice(REEL)), 150.0, jitter=0.01)
    early, late = find_grid(rows), find_grid(rows + np.array([17.0, 17.0, 0, 0]))
    np.testing.assert_allclose(late.beats, early.beats + 17.0, atol=1e-6)
    assert (late.meter, late.pickup, late.first_downbeat) == (
        early.meter,
        early.pickup,
        early.first_downbeat,
    )
    assert late.confidence == pytest.approx(early.confidence, abs=1e-6)


def test_quarters_and_seconds_are_inverse_beyond_the_beats_too() -> None:
    grid = find_grid(performed(melody(twice(REEL)), 150.0, drift=0.05))
    times = np.linspace(-3, 60, 200)
    np.testing.assert_allclose(grid.seconds(grid.quarters(times)), times, atol=1e-9)


@pytest.mark.parametrize("told", [88.0, 176.0])
def test_a_tempo_that_is_told_holds(told: float) -> None:
    grid = find_grid(performed(melody(twice(REEL)), 176.0, jitter=0.01), tempo=told)
    assert grid.bpm == pytest.approx(told, rel=0.02)


def test_a_meter_that_is_told_holds() -> None:
    rows = performed(melody(twice(REEL)), 176.0)
    for meter in (Meter(2, 4), Meter(3, 4), Meter(5, 4), Meter(12, 8), Meter(3, 8), Meter(7, 8)):
        grid = find_grid(rows, meter=meter)
        assert grid.meter == meter
        assert grid.pickup < meter.quarters


def test_a_bar_line_that_is_told_holds() -> None:
    """The second quarter of the reel is said to begin a bar: three quarters of pickup would be one too many."""
    rows = performed(melody(twice(REEL)), 120.0)
    grid = find_grid(rows, tempo=120.0, meter=Meter(4, 4), first_beat=1.0)
    lines = grid.beats[grid.first_downbeat :: 4]
    assert np.abs(lines - 1.0).min() < 0.02


def test_clicks_tell_the_felt_beat() -> None:
    """Two bars of clicks before a jig: dotted quarters."""
    rows = performed(melody(twice(JIG)), 180.0, start=2.0)
    grid = find_grid_after_clicks(rows, np.array([0.0, 0.5, 1.0, 1.5]))
    assert grid.meter == Meter(6, 8)
    assert grid.bpm == pytest.approx(180, rel=0.01)
    assert grid.beats[grid.first_downbeat] == pytest.approx(2.0, abs=0.02)


def rows_of(*onsets: float) -> Floats:
    return np.array([(t, t + 0.2, 60 + i % 5, 0.5) for i, t in enumerate(onsets)]).reshape(-1, 4)


@pytest.mark.parametrize(
    "rows", [rows_of(), rows_of(1.0), rows_of(1.0, 1.0)], ids=["none", "one", "one time"]
)
def test_nothing_tells_a_tempo(rows: Floats) -> None:
    grid = find_grid(rows)
    assert (grid.bpm, str(grid.meter), grid.confidence, grid.pickup) == (120.0, "4/4", 0.0, 0)
    assert len(grid.beats) >= 2
    assert find_grid(rows, tempo=90.0, meter=Meter(3, 4)).bpm == 90.0


def test_a_bar_line_is_told_where_nothing_tells_a_tempo() -> None:
    """Beats of half a second, from the one on which the note begins or before it to one after it."""
    grid = find_grid(rows_of(1.0), tempo=120.0, first_beat=2.2)
    assert grid.first_downbeat == 3
    assert grid.beats[:4].tolist() == pytest.approx([0.7, 1.2, 1.7, 2.2])


def sane(grid: BeatGrid, rows: Floats) -> None:
    assert np.isfinite(grid.beats).all()
    assert (np.diff(grid.beats) > 0).all()
    assert 10 < grid.bpm < 1000
    assert 0 <= grid.confidence <= 1
    assert 0 <= grid.meter_confidence <= 1
    assert 0 <= grid.pickup < grid.meter.quarters
    assert grid.beats[0] <= rows[0, 0] + 0.2
    assert 0 <= grid.first_downbeat < len(grid.beats)


@pytest.mark.parametrize(
    "onsets",
    [
        (1.0, 1.4),
        (1.0, 9.0),
        (1.0, 1.5, 2.0),
        tuple(np.arange(40) * 0.3),
        tuple(np.arange(3) * 0.001),
        (*np.arange(20) * 0.25, *15 + np.arange(20) * 0.25),
        tuple(np.cumsum(np.random.default_rng(0).lognormal(-1, 0.9, 120))),
        (0.0, 600.0, 600.2),
    ],
    ids=["two", "two far", "three", "equal", "at once", "gap", "free", "ten minutes"],
)
def test_defined_whatever_comes(onsets: tuple[float, ...]) -> None:
    rows = rows_of(*onsets)
    sane(find_grid(rows), rows)
    sane(find_grid(rows, tempo=100.0), rows)


def test_little_evidence_is_said() -> None:
    assert find_grid(rows_of(1.0, 1.5)).confidence < 0.7
    free = np.cumsum(np.random.default_rng(1).lognormal(-1, 0.9, 60))
    assert (
        find_grid(rows_of(*free)).confidence
        < find_grid(performed(melody(twice(JIG)), 174.0)).confidence
    )


@pytest.mark.parametrize("tempo", [5.0, 1000.0, float("nan")])
def test_a_tempo_out_of_range(tempo: float) -> None:
    with pytest.raises(ControlError, match=r"must be 20\.\.400"):
        find_grid(rows_of(1.0, 2.0), tempo=tempo)


def test_a_first_beat_that_is_no_time() -> None:
    with pytest.raises(ControlError, match="must be a time"):
        find_grid(rows_of(1.0, 2.0), first_beat=float("inf"))


def test_speed() -> None:
    """Ten minutes of notes; the bound leaves room for slow machines."""
    notes = melody("|".join([REEL] * 30))[:1500]
    rows = performed(notes, 150.0, jitter=0.01)
    start = time.process_time()
    grid = find_grid(rows)
    assert time.process_time() - start < 6
    assert grid.bpm == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize("step", [0.25, 0.4, 0.5, 0.6])
@pytest.mark.parametrize("count", [4, 8, 16])
def test_even_notes_all_have_a_place(step: float, count: int) -> None:
    """A scale played evenly is not read as every other note of it."""
    scale = [60, 62, 64, 65, 67, 69, 71, 72]
    rows = np.array(
        [[0.3 + i * step, 0.3 + (i + 0.9) * step, scale[i % 8], 0.8] for i in range(count)]
    )
    score = score_from_rows(rows, find_grid(rows))
    assert [note.pitch for note in score.parts[0].notes] == [scale[i % 8] for i in range(count)]
    assert len({later.onset - note.onset for note, later in pairwise(score.parts[0].notes)}) == 1
