"""Scores to events and back: exact on the grid, snapped and told off it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small import PIECES, V, plain_header, random_score, real_events, tune

from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, FormatError
from symgen.tokens import BarRun, Header, SnapReport, Vocabulary, decode, encode
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME, VELOCITY

METERS = (
    "4/4",
    "3/4",
    "2/4",
    "6/8",
    "9/8",
    "12/8",
    "5/8",
    "7/8",
    "3/2",
    "2/2",
    "16/4",
    "3/16",
    "4/1",
    "25/8",
)
PICKUPS = ("", "", "1/8", "1/4", "2/8", "3/8", "6/8", "2/2", "1/16")


def whole(score: Score) -> Score:
    """The score up to the bar line after its last note, as `decode` returns it."""
    longer = replace(score, length=score.music_end)
    return replace(longer, length=longer.bars[-1].end)


@st.composite
def scores(draw: st.DrawFn, grid: int) -> Score:
    """Any score on the grid: meter changes, a pickup, up to four parts, chords, overlaps, long notes."""
    changes, start = [], 0
    pickup = draw(st.sampled_from(PICKUPS))
    meters = draw(st.lists(st.sampled_from(METERS), min_size=1, max_size=3))
    if pickup and Meter.parse(pickup).quarters < Meter.parse(meters[0]).quarters:
        changes.append(MeterChange(0, Meter.parse(pickup)))
        start = Meter.parse(pickup).bar_ticks(grid)
    for text in meters:
        changes.append(MeterChange(start, Meter.parse(text)))
        start += Meter.parse(text).bar_ticks(grid) * draw(st.integers(1, 4))
    keys = st.tuples(st.integers(0, 3), st.integers(0, start), st.integers(58, 61))
    rest = st.tuples(st.one_of(st.integers(1, 30), st.integers(1, 40 * grid)), st.integers(1, 127))
    found = draw(st.dictionaries(keys, rest, max_size=25))
    found[0, changes[-1].tick + draw(st.integers(0, 40)), 64] = (12, 80)
    parts: list[list[Note]] = [[], [], [], []]
    for (part, onset, pitch), (duration, velocity) in found.items():
        parts[part].append(Note(onset, pitch, duration, velocity))
    tempos = draw(
        st.dictionaries(st.integers(0, start), st.integers(6_000, 15_000_000), max_size=3)
    )
    score = Score(
        tuple(Part(tuple(notes), 7 * i, i == 2, f"part {i}") for i, notes in enumerate(parts)),
        grid,
        tempos=tuple(TempoChange(*change) for change in tempos.items()),
        meters=tuple(changes),
        keys=(KeyChange(0, draw(st.integers(-7, 7)), draw(st.booleans())),),
    )
    return whole(score)


@given(st.data(), st.sampled_from([12, 24]))
def test_exact_on_the_grid(data: st.DataObject, grid: int) -> None:
    score = data.draw(scores(grid))
    vocabulary = Vocabulary(grid)
    events, report = encode(score, vocabulary)
    assert decode(events, vocabulary, resolution=grid) == score
    assert decode(events, vocabulary) == score
    assert report == SnapReport(score.note_count, 0, 0.0, 0.0, 0)
    again, _ = encode(score.with_resolution(40 * grid), vocabulary)
    assert np.array_equal(again.fields, events.fields)
    assert again.header == events.header


@pytest.mark.parametrize("arguments", PIECES, ids=lambda a: str(a["seed"]))
def test_exact_on_larger_pieces(arguments: dict[str, int]) -> None:
    score = whole(random_score(**arguments))  # type: ignore[arg-type]
    assert decode(encode(score, V)[0], V, resolution=12) == score


def test_traditional_tunes_come_back() -> None:
    for events in real_events():
        again, report = encode(
            decode(events, V), V, key=events.header.key, style=events.header.style
        )
        assert np.array_equal(again.fields, events.fields)
        assert again.header == events.header
        assert report.moved == report.merged == 0


def test_the_events_of_a_small_tune() -> None:
    score = replace(
        tune("G4|C4 - D4:2", pickup="1/4"),
        keys=(KeyChange(0, 1),),
        tempos=(TempoChange(12, 400_000),),
    )
    events, _ = encode(score, V, key=Key(7, "major"), style="air")
    columns = [TIME, PART, PITCH, DURATION, VELOCITY, FORM]
    assert columns == list(range(6))
    assert events.fields.dtype == np.uint8
    assert events.fields.tolist() == [
        [V.bar, 0, 0, 0, 0, 0],
        [0, 0, 67, 12, 80, 0],
        [V.bar, 0, 0, 0, 0, 0],
        [0, 0, 60, 12, 80, 0],
        [24, 0, 62, 24, 80, 0],
        [V.end, 0, 0, 0, 0, 0],
    ]
    assert len(events) == 6
    header = events.header
    assert header.runs == (BarRun(1, Meter(4, 4), 12), BarRun(1, Meter(4, 4), 48))
    assert (header.bars, header.pickup, header.style, str(header.key)) == (
        2,
        True,
        "air",
        "G major",
    )
    assert header.bar_starts.tolist() == [0, 12, 60]
    assert header.bar_meters == (Meter(4, 4), Meter(4, 4))
    assert header.tempos == ((0, 500_000), (12, 400_000))
    assert header.signatures == ((0, 1, False),)


def test_long_notes_are_tied_and_long_rests_skipped() -> None:
    """In 16/4 (192 steps): a note of 250 steps from step 2, and one at step 191."""
    score = Score(
        (Part((Note(2, 60, 250), Note(191, 72, 1))),), 12, meters=(MeterChange(0, Meter(16, 4)),)
    )
    events, _ = encode(score, V)
    assert events.fields[:, [TIME, PITCH, DURATION]].tolist() == [
        [V.bar, 0, 0],
        [2, 60, V.tie],
        [V.skip, 0, 0],
        [0, 60, V.tie],
        [93, 72, 1],
        [V.bar, 0, 0],
        [2, 60, 58],
        [V.end, 0, 0],
    ]
    assert decode(events, V, resolution=12) == whole(score)


@pytest.mark.parametrize("duration", [95, 96, 97, 191, 192, 193, 384, 1000])
def test_durations_about_the_longest(duration: int) -> None:
    score = whole(
        Score((Part((Note(5, 60, duration), Note(6, 60, 3 * 96), Note(5 + 96, 60, 96))),), 12)
    )
    assert decode(encode(score, V)[0], V, resolution=12) == score


def test_a_tie_without_its_continuation_ends_there() -> None:
    events, _ = encode(Score((Part((Note(0, 60, 200),)),), 12), V)
    cut = replace(events, fields=events.fields[[0, 1, -1]])
    assert [note.duration for note in decode(cut, V, resolution=12).parts[0].notes] == [96]


def test_a_header_without_the_meter_of_its_pickup_gets_the_simplest_one() -> None:
    score = tune("C5 D5:.5|C4", pickup="3/8", meter="3/4")
    events, _ = encode(score, V)
    newer = ("pickup_meter", "period")
    old = {name: value for name, value in events.header.to_json().items() if name not in newer}
    assert Header.from_json(old).period == ""
    assert decode(replace(events, header=Header.from_json(old)), V, resolution=12) == score


# -- off the grid ------------------------------------------------------------------------


def test_snapping_is_told() -> None:
    """480 ticks a quarter, a step is 40: four notes, two moved, by 10 and 20 ticks."""
    notes = (Note(0, 60, 480), Note(490, 62, 470), Note(960, 64, 460), Note(1440, 65, 480))
    events, report = encode(Score((Part(notes),)), V)
    assert report == SnapReport(notes=4, moved=2, max_shift=20 / 480, mean_shift=15 / 480, merged=0)
    back = decode(events, V).parts[0].notes
    assert back == (Note(0, 60, 480), Note(480, 62, 480), Note(960, 64, 480), Note(1440, 65, 480))


def test_halves_go_up_and_nothing_gets_lost() -> None:
    """A step is 40 ticks: 20 goes up; a note shorter than half a step keeps one."""
    notes = (Note(20, 60, 60), Note(100, 62, 5))
    events, report = encode(Score((Part(notes),)), V)
    assert decode(events, V).parts[0].notes == (Note(40, 60, 40), Note(120, 62, 40))
    # The first moved by 20 ticks; of the second the onset by 20 and the end by 55.
    assert (report.moved, report.max_shift) == (2, 55 / 480)


def test_a_note_that_snaps_to_the_next_bar_line_gets_its_bar() -> None:
    events, _ = encode(Score((Part((Note(0, 60, 480), Note(1919, 62, 1))),)), V)
    assert events.header.bars == 2
    assert decode(events, V).parts[0].notes[1] == Note(1920, 62, 40)


def test_the_same_note_twice_is_merged_into_the_longer_one() -> None:
    notes = (Note(0, 60, 240, 70), Note(0, 60, 480, 90), Note(10, 60, 100, 50), Note(0, 61, 480))
    events, report = encode(Score((Part(notes), Part((Note(0, 60, 120),)))), V)
    assert (report.notes, report.merged) == (5, 2)
    back = decode(events, V)
    assert back.parts[0].notes == (Note(0, 60, 480, 90), Note(0, 61, 480))
    assert back.parts[1].notes == (Note(0, 60, 120),)


@given(st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 4000)), min_size=1, max_size=20))
def test_nothing_moves_farther_than_half_a_step(rows: list[tuple[int, int]]) -> None:
    notes = tuple(Note(onset, i, duration) for i, (onset, duration) in enumerate(rows))
    events, report = encode(Score((Part(notes),), 960), V)
    back = {note.pitch: note for note in decode(events, V, resolution=960).parts[0].notes}
    assert len(back) == len(notes)
    moved = 0
    for note in notes:
        found = back[note.pitch]
        assert abs(found.onset - note.onset) <= 40
        assert abs(found.end - note.end) <= 40 or found.duration == 80
        moved += found != note
    assert report.moved == moved


# -- refused -----------------------------------------------------------------------------


def test_a_piece_without_notes_is_refused() -> None:
    with pytest.raises(FormatError, match="holds no notes"):
        encode(Score((Part(), Part())), V)


def test_32_parts_are_encoded_and_33_refused() -> None:
    parts = tuple(Part((Note(0, i, 12),)) for i in range(33))
    assert len(decode(encode(Score(parts[:32], 12), V)[0], V).parts) == 32
    with pytest.raises(FormatError, match="has 33 parts, a model can follow 32"):
        encode(Score(parts, 12), V)


def test_bars_that_are_no_whole_steps_are_refused() -> None:
    short = Score((Part((Note(0, 60, 480),)),), 480, meters=(MeterChange(0, Meter(3, 32)),))
    with pytest.raises(
        FormatError, match="bar 1 is no whole number of steps long, of which a quarter has 12"
    ):
        encode(short, V)
    cut = Score(
        (Part((Note(0, 60, 4000),)),), 480, meters=(MeterChange(0), MeterChange(500, Meter(3, 4)))
    )
    with pytest.raises(FormatError, match="bar 1 is no whole number of steps"):
        encode(cut, V)


# -- the header --------------------------------------------------------------------------


def test_the_header_goes_through_json() -> None:
    for events in real_events():
        assert Header.from_json(json.loads(json.dumps(events.header.to_json()))) == events.header
    header = plain_header(
        3, "6/8", programs=(1, 2), drums=(False, True), names=("a", ""), period="baroque"
    )
    assert Header.from_json(json.loads(json.dumps(header.to_json()))) == header


@pytest.mark.parametrize(
    "change",
    [
        {"bars": [[1, "4/5", 48]]},
        {"bars": [[1]]},
        {"key": "H major"},
        {"tempos": [["x", 1]]},
        {"names": None},
    ],
)
def test_damaged_headers_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match="piece header: damaged"):
        Header.from_json({**plain_header().to_json(), **change})


def test_a_header_without_its_bars_is_refused() -> None:
    with pytest.raises(CheckpointError, match="piece header: damaged"):
        Header.from_json({})


@example(3)
@given(st.integers(1, 20))
def test_the_meter_of_a_piece_is_that_of_most_bars(bars: int) -> None:
    runs = (
        BarRun(1, Meter(3, 4), 12),
        BarRun(bars, Meter(3, 4), 36),
        BarRun(bars + 1, Meter(4, 4), 48),
    )
    assert Header(runs).meter == Meter(4, 4)
