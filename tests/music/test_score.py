"""The score: what is refused, bars and pickups, time, slicing, transposition and musical equality."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.music.meter import Meter
from symgen.music.note_tables import MAX_TICK
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import FormatError


def melody(*rows: tuple[int, int, int], **maps: object) -> Score:
    """Make a one-part score at 12 ticks a quarter from (onset, duration, pitch)."""
    notes = [Note(onset, pitch, duration) for onset, duration, pitch in rows]
    return Score((Part(tuple(notes)),), 12, **maps)  # type: ignore[arg-type]


def pickup_tune() -> Score:
    """One beat of pickup and two bars of 3/4, with a tempo and a key change in bar 2."""
    return melody(
        (0, 12, 67), (12, 36, 72), (48, 12, 71), (60, 24, 72),
        meters=(MeterChange(0, Meter(1, 4)), MeterChange(12, Meter(3, 4))),
        tempos=(TempoChange(0, 500_000), TempoChange(48, 250_000)),
        keys=(KeyChange(0, 1), KeyChange(48, 2)),
    )  # fmt: skip


# -- values ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        (-1, 60, 1, 80),
        (0, -1, 1, 80),
        (0, 128, 1, 80),
        (0, 60, 0, 80),
        (0, 60, 1, 0),
        (0, 60, 1, 128),
        (MAX_TICK, 60, 1, 80),
    ],
)
def test_note_refuses_values_out_of_range(fields: tuple[int, int, int, int]) -> None:
    with pytest.raises(
        FormatError, match=r"onset must be >= 0, duration >= 1, pitch 0\.\.127, velocity 1\.\.127"
    ):
        Note(*fields)


def test_note_accepts_the_limits() -> None:
    assert Note(0, 0, MAX_TICK, 1).end == MAX_TICK
    assert Note(MAX_TICK - 1, 127, 1, 127).end == MAX_TICK


@pytest.mark.parametrize("program", [-1, 128])
def test_part_refuses_a_bad_program(program: int) -> None:
    with pytest.raises(FormatError, match=r"program .*: must be 0\.\.127"):
        Part(program=program)


@pytest.mark.parametrize(
    ("tick", "microseconds"), [(-1, 500_000), (0, 0), (0, 5_999), (0, 15_000_001)]
)
def test_tempo_refuses(tick: int, microseconds: int) -> None:
    with pytest.raises(FormatError, match=r"microseconds 6000\.\.15000000"):
        TempoChange(tick, microseconds)


@pytest.mark.parametrize("bpm", [0, -1, 3.5, float("nan"), float("inf"), 1e9])
def test_tempo_of_bpm_refuses(bpm: float) -> None:
    with pytest.raises(FormatError, match="quarters a minute"):
        TempoChange.of_bpm(0, bpm)


def test_tempo_of_bpm_is_exact_to_the_microsecond() -> None:
    assert TempoChange.of_bpm(0, 120) == TempoChange(0, 500_000)
    for bpm in range(4, 400):
        assert abs(TempoChange.of_bpm(0, bpm).microseconds - 60e6 / bpm) <= 0.5
        assert TempoChange.of_bpm(0, bpm).bpm == pytest.approx(bpm, rel=1e-5)


@pytest.mark.parametrize(("tick", "sharps"), [(-1, 0), (0, -8), (0, 8)])
def test_key_change_refuses(tick: int, sharps: int) -> None:
    with pytest.raises(FormatError, match=r"sharps -7\.\.7"):
        KeyChange(tick, sharps)


def test_meter_change_refuses_a_negative_tick() -> None:
    with pytest.raises(FormatError, match="tick must be >= 0"):
        MeterChange(-1)


@pytest.mark.parametrize("resolution", [0, -480, 32768])
def test_score_refuses_a_bad_resolution(resolution: int) -> None:
    with pytest.raises(FormatError, match=r"must be 1\.\.32767 ticks a quarter"):
        Score(resolution=resolution)


@pytest.mark.parametrize("length", [-1, MAX_TICK + 1])
def test_score_refuses_a_bad_length(length: int) -> None:
    with pytest.raises(FormatError, match=r"length .*: must be 0\.\."):
        Score(length=length)


def test_a_part_is_sorted_and_accepts_any_iterable() -> None:
    notes = [Note(12, 60, 1), Note(0, 64, 2), Note(0, 60, 3), Note(0, 60, 2)]
    part = Part(note for note in notes)  # type: ignore[arg-type]
    assert part.notes == (Note(0, 60, 2), Note(0, 60, 3), Note(0, 64, 2), Note(12, 60, 1))
    assert part.end == 13
    assert Part().end == 0


def test_maps_are_sorted_and_cleaned() -> None:
    score = Score(
        tempos=(TempoChange(960, 400_000), TempoChange(480, 500_000), TempoChange(960, 300_000)),
        meters=(MeterChange(1920, Meter(3, 4)), MeterChange(4000, Meter(3, 4))),
    )
    assert score.tempos == (TempoChange(0), TempoChange(960, 300_000))
    assert score.meters == (MeterChange(0), MeterChange(1920, Meter(3, 4)))
    assert score.keys == ()


def test_the_length_reaches_the_last_note() -> None:
    assert melody((0, 12, 60)).length == 12
    assert melody((0, 12, 60), length=48).length == 48
    assert melody((0, 12, 60), length=48).music_end == 12
    assert Score().length == 0


def test_counts_and_note_array() -> None:
    score = Score((Part((Note(0, 60, 12), Note(12, 62, 12, 90))), Part((Note(0, 48, 24),))), 12)
    assert score.note_count == 3
    expected = [[0, 12, 60, 80, 0], [0, 24, 48, 80, 1], [12, 12, 62, 90, 0]]
    np.testing.assert_array_equal(score.note_array(), expected)
    assert Score().note_array().shape == (0, 5)


# -- bars --------------------------------------------------------------------------------


def test_bars_of_a_plain_piece() -> None:
    bars = melody((0, 12, 60), (100, 12, 60)).bars
    assert [(b.number, b.start, b.end) for b in bars] == [(1, 0, 48), (2, 48, 96), (3, 96, 144)]
    assert Score().bars == ()
    assert len(melody((0, 48, 60)).bars) == 1


def test_a_pickup_is_bar_0_and_has_the_meter_that_follows() -> None:
    bars = pickup_tune().bars
    assert [(b.number, b.start, b.end) for b in bars] == [(0, 0, 12), (1, 12, 48), (2, 48, 84)]
    assert {b.meter for b in bars} == {Meter(3, 4)}
    assert pickup_tune().has_pickup


@pytest.mark.parametrize(
    ("first", "second", "tick"),
    [
        (Meter(3, 4), Meter(1, 4), 36),  # longer than what follows
        (Meter(1, 4), Meter(3, 4), 24),  # lasts two bars
        (Meter(3, 4), Meter(6, 8), 36),  # as long as what follows
        (Meter(1, 128), Meter(3, 4), 1),  # no whole number of ticks
    ],
)
def test_what_is_no_pickup(first: Meter, second: Meter, tick: int) -> None:
    score = melody((0, 200, 60), meters=(MeterChange(0, first), MeterChange(tick, second)))
    assert not score.has_pickup
    assert score.bars[0].number == 1


def test_a_meter_change_cuts_the_running_bar() -> None:
    score = melody((0, 96, 60), meters=(MeterChange(0), MeterChange(60, Meter(3, 4))))
    assert [(b.number, b.start, b.end) for b in score.bars] == [
        (1, 0, 48),
        (2, 48, 60),
        (3, 60, 96),
    ]


def test_a_meter_change_after_the_end_adds_no_bars() -> None:
    score = melody((0, 48, 60), meters=(MeterChange(0), MeterChange(4800, Meter(3, 4))))
    assert [(b.start, b.end) for b in score.bars] == [(0, 48)]


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.integers(1, 16), st.sampled_from([2, 4, 8, 16])),
        max_size=5,
    )
)
def test_bars_tile_the_piece(changes: list[tuple[int, int, int]]) -> None:
    meters = tuple(MeterChange(tick, Meter(n, d)) for tick, n, d in changes)
    score = melody((0, 1, 60), length=300, meters=meters)
    bars = score.bars
    assert bars[0].start == 0
    assert bars[-1].start < 300 <= bars[-1].end
    assert all(a.end == b.start and a.number + 1 == b.number for a, b in pairwise(bars))
    assert {c.tick for c in score.meters if c.tick < 300} <= {b.start for b in bars}


# -- time --------------------------------------------------------------------------------


def test_seconds_through_the_tempo_map() -> None:
    score = melody((0, 48, 60), tempos=(TempoChange(12, 1_000_000), TempoChange(24, 250_000)))
    assert [score.seconds(t) for t in (0, 6, 12, 18, 24, 36, 48)] == [
        0,
        0.25,
        0.5,
        1.0,
        1.5,
        1.75,
        2.0,
    ]


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(6_000, 15_000_000)), max_size=6),
    st.integers(0, 1000),
)
def test_seconds_sum_tick_by_tick(changes: list[tuple[int, int]], tick: int) -> None:
    score = melody(tempos=tuple(TempoChange(*change) for change in changes))
    tempos = {change.tick: change.microseconds for change in score.tempos}
    total, tempo = 0, 0
    for now in range(tick):
        tempo = tempos.get(now, tempo)
        total += tempo
    assert score.seconds(tick) == pytest.approx(total / 12 / 1e6)


# -- slicing -----------------------------------------------------------------------------


def test_slicing_bars_moves_the_music_and_its_maps_to_time_0() -> None:
    second = pickup_tune().slice_bars(2, 2)
    assert second.parts[0].notes == (Note(0, 71, 12), Note(12, 72, 24))
    assert second.tempos == (TempoChange(0, 250_000),)
    assert second.meters == (MeterChange(0, Meter(3, 4)),)
    assert second.keys == (KeyChange(0, 2),)
    assert second.length == 36


def test_slicing_from_the_pickup_keeps_it() -> None:
    start = pickup_tune().slice_bars(0, 1)
    assert start.has_pickup
    assert start.length == 48
    assert start.tempos == (TempoChange(0),)
    assert not pickup_tune().slice_bars(1, 2).has_pickup


def test_all_bars_are_the_whole_piece() -> None:
    score = pickup_tune()
    assert score.slice_bars(0, 2) == score


def test_a_slice_cuts_notes_that_sound_over_its_end() -> None:
    cut = melody((0, 96, 60), (24, 96, 64)).slice_ticks(12, 48)
    assert cut.parts[0].notes == (Note(12, 64, 24),)
    assert cut.length == 36


@pytest.mark.parametrize(("first", "last"), [(0, 1), (1, 4), (3, 2), (-1, 1), (7, 9)])
def test_bars_that_are_not_there_are_refused(first: int, last: int) -> None:
    with pytest.raises(FormatError, match=f"bars {first}-{last}: the piece has bars 1-3"):
        melody((0, 144, 60)).slice_bars(first, last)


def test_slicing_nothing_and_backwards_is_refused() -> None:
    with pytest.raises(FormatError, match="the piece has bars none"):
        Score().slice_bars(1, 1)
    for start, end in [(-1, 5), (6, 5)]:
        with pytest.raises(FormatError, match="not after the end"):
            melody((0, 12, 60)).slice_ticks(start, end)


# -- transposition and resolution --------------------------------------------------------


def test_transposing_moves_notes_and_key_signatures_but_no_drums() -> None:
    score = Score(
        (Part((Note(0, 60, 12),)), Part((Note(0, 36, 12),), is_drum=True)),
        12,
        keys=(KeyChange(0, 1),),
    )
    up = score.transposed(2)
    assert [part.notes[0].pitch for part in up.parts] == [62, 36]
    assert up.keys == (KeyChange(0, 3),)


def test_transposing_there_and_back_is_equal() -> None:
    for semitones in range(-40, 41):
        assert pickup_tune().transposed(semitones).transposed(-semitones) == pickup_tune()
    seven_flats = melody((0, 12, 60), keys=(KeyChange(0, -7),))
    assert seven_flats.transposed(12).keys == seven_flats.keys


def test_transposing_out_of_range_is_refused() -> None:
    with pytest.raises(FormatError, match="highest note, C5, would leave"):
        pickup_tune().transposed(129 - 72)


def test_resolution_up_and_back_is_equal() -> None:
    score = pickup_tune()
    for resolution in (12, 24, 480, 960, 32760):
        assert score.with_resolution(resolution).resolution == resolution
        assert score.with_resolution(resolution) == score
        assert score.with_resolution(resolution).with_resolution(12) == score


def test_a_coarser_resolution_keeps_every_note() -> None:
    score = Score((Part(tuple(Note(t, 60, 1) for t in range(0, 960, 7))),), 480).with_resolution(4)
    assert score.note_count == 138
    assert min(note.duration for note in score.parts[0].notes) == 1


# -- equality ----------------------------------------------------------------------------


def test_equality_is_musical() -> None:
    assert melody((0, 12, 60), (12, 24, 62)) == melody((12, 24, 62), (0, 12, 60))
    assert hash(pickup_tune()) == hash(pickup_tune().with_resolution(480))
    assert len({pickup_tune(), pickup_tune().with_resolution(960)}) == 1
    assert pickup_tune() != "a tune"


def test_a_title_is_one_printable_line_and_goes_along() -> None:
    score = replace(pickup_tune(), title=" The\n Old\x07\ud800\tAir\u3000笛 ")
    assert score.title == "The Old Air 笛"
    others = [
        score.with_parts(()),
        score.transposed(1),
        score.with_resolution(24),
        score.slice_bars(1, 1),
    ]
    assert {other.title for other in others} == {score.title}


def test_a_pickup_alone_stays_a_pickup() -> None:
    alone = pickup_tune().slice_bars(0, 0)
    assert [(bar.number, bar.start, bar.end) for bar in alone.bars] == [(0, 0, 12)]
    assert alone.bars[0].meter == Meter(3, 4)
    assert alone.slice_bars(0, 0) == alone


def test_every_field_counts() -> None:
    score = pickup_tune()
    part = score.parts[0]
    others = [
        score.with_parts([replace(part, program=40)]),
        score.with_parts([replace(part, is_drum=True)]),
        score.with_parts([replace(part, name="Air")]),
        score.with_parts([part, Part()]),
        score.with_parts([part.with_notes(part.notes[1:])]),
        score.with_parts([part.with_notes(replace(n, velocity=81) for n in part.notes)]),
        replace(score, tempos=()),
        replace(score, meters=()),
        replace(score, keys=()),
        replace(score, length=score.length + 1),
        replace(score, resolution=24),
        replace(score, title="Air"),
    ]
    assert all(other != score for other in others)
    assert len({score, *others}) == len(others) + 1


notes = st.builds(
    Note, st.integers(0, 500), st.integers(0, 127), st.integers(1, 100), st.integers(1, 127)
)


@given(st.lists(notes, max_size=8), st.integers(1, 32767), st.integers(2, 9))
def test_the_same_music_at_a_multiple_of_the_resolution_is_equal(
    found: list[Note], resolution: int, factor: int
) -> None:
    score = Score((Part(tuple(found)),), resolution)
    if resolution * factor <= 32767:
        finer = score.with_resolution(resolution * factor)
        assert finer == score
        assert hash(finer) == hash(score)
    longer = replace(score, length=score.length + 1)
    assert longer != score
