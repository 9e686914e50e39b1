"""Numbers that stored networks were trained with, and statistics of a few notes by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import V, plain_header, tune

from symgen.music.meter import Meter
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens import BarRun, Events, Header, Vocabulary, encode, layout
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.form import beat_length, beat_lengths
from symgen.tokens.layout import layout as columns_of
from symgen.tokens.polyphony import part_tables
from symgen.tokens.prefix import Prefix
from symgen.tokens.statistics import STATISTICS, bar_contents, most_returns, piece_statistics


def test_the_numbers_of_the_features() -> None:
    """A network that is on disk reads other music where one of them changes."""
    assert (layout.SUFFIXES, layout.PLACES, layout.FORM_LAGS) == (
        (8, 4, 2),
        (1, 2, 4, 8),
        (4, 8, 16),
    )
    assert (layout.SLOTS, layout.WINDOW, layout.MAX_BARS_LEFT) == (8, 16, 40)
    assert (layout.MOST_VOICES, layout.SIZE) == (8, 8)
    assert Vocabulary(24).hash == "a4350a3c02b5a215"


@pytest.mark.parametrize(
    ("voices", "columns", "classes"), [(0, 56, 5677), (2, 92, 16739), (4, 100, 17715)]
)
def test_how_many_columns_and_classes(voices: int, columns: int, classes: int) -> None:
    found = columns_of(V, voices)
    assert (len(found.names), sum(found.sizes.values())) == (columns, classes)
    assert list(found.slices.values())[-1].stop == columns


def test_columns_that_move_when_a_piece_is_transposed() -> None:
    melody = columns_of(V)
    pitched = {"last", "close4", "close8", "close16", "goal", "goal_source", "low", "high"}
    assert melody.pitched == pitched | set(melody.pitch_candidates)
    assert melody.sets == set()
    voices = columns_of(V, 2)
    assert voices.sets == {"classes", "at_classes"}
    assert voices.pitched - melody.pitched == {
        "bass", "top", "voice0", "voice1", "before0", "before1", "own", "own_before", "chord_low",
        "was_low", "was_high", "above", "below",
    }  # fmt: skip


def test_programs_and_families_of_parts() -> None:
    header = plain_header(
        programs=(0, 127, 8, 5), drums=(False, False, False, True), names=("",) * 4
    )
    programs, families = part_tables(header)
    assert (programs[:5], families[:5]) == ([1, 128, 9, 129, 0], [1, 16, 2, 17, 0])
    assert len(programs) == len(families) == 32


@pytest.mark.parametrize(
    ("meter", "grid", "beat"),
    [
        ("4/4", 12, 12),
        ("6/8", 12, 18),
        ("3/8", 12, 6),
        ("2/2", 12, 24),
        ("4/4", 24, 24),
        ("5/128", 12, 1),
    ],
)
def test_beats(meter: str, grid: int, beat: int) -> None:
    assert beat_length(Meter.parse(meter), Vocabulary(grid)) == beat


def test_beats_of_each_bar() -> None:
    header = Header((BarRun(2, Meter(4, 4), 48), BarRun(1, Meter(6, 8), 36)))
    assert beat_lengths(header, V).tolist() == [12, 12, 18]
    assert (header.bars, header.bar_starts.tolist()) == (3, [0, 48, 96, 132])


@pytest.mark.parametrize(
    ("count", "steps", "right"),
    [(1, 1, True), (0, 1, False), (1, 0, False), (1 << 24, 1 << 24, True),
     ((1 << 24) + 1, 1, False), (1, (1 << 24) + 1, False)],
)  # fmt: skip
def test_runs_of_bars_are_as_many_as_can_be(count: int, steps: int, right: bool) -> None:
    if right:
        assert BarRun(count, Meter(4, 4), steps).count == count
        return
    with pytest.raises(ControlError, match=r"use 1\.\.16777216"):
        BarRun(count, Meter(4, 4), steps)


@pytest.mark.parametrize(
    "change",
    [{"bars": []}, {"programs": ["0"]}, {"drums": [None]}, {"names": [0]}, {"bars": [[0, "4/4", 48]]},
     {"pickup_meter": "x"}, {"tempos": [[0]]}, {"signatures": [[0, 1]]}],
)  # fmt: skip
def test_headers_with_a_wrong_entry(change: dict[str, Any]) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        Header.from_json({**plain_header().to_json(), **change})


# -- statistics --------------------------------------------------------------------------


def figures(score: Any) -> dict[str, float]:
    events, _ = encode(score, V, whole=True)
    notes = event_notes(events.fields, events.header, V)
    found = piece_statistics(notes, events.header, V.grid)
    return dict(zip(STATISTICS, found, strict=True))


def test_statistics_by_hand() -> None:
    """C C E, then the same bar again, an empty one, and one with a leap of five semitones off the beat."""
    found = figures(tune("C4 C4 E4:2|C4 C4 E4:2|-|-:.5 C4 F4"))
    pitches = [60, 60, 64, 60, 60, 64, 60, 65]
    assert found == pytest.approx({
        "notes_per_bar": 2.0,
        "mean_pitch": np.mean(pitches),
        "pitch_deviation": np.std(pitches),
        "log_duration": np.log2(12) + 2 / 8,
        "off_beat": 2 / 8,
        # Moves: 0, 4, 4, 0, 4, 4, 5.
        "small_steps": 2 / 7,
        # Shares 5, 2 and 1 of eight.
        "pitch_class_entropy": 5 / 8 * np.log2(8 / 5) + 2 / 8 * 2 + 1 / 8 * 3,
        "repeated_bars": 1 / 3,
    })  # fmt: skip


@pytest.mark.parametrize(("text", "share"), [("C4 D4", 1.0), ("C4 D#4", 0.0), ("C4", 0.0)])
def test_small_steps(text: str, share: float) -> None:
    assert figures(tune(text))["small_steps"] == share


def test_nothing_has_no_statistics() -> None:
    none = np.array([], dtype=np.int64)
    assert piece_statistics(Notes(none, none, none, none, none), plain_header(), 12) == [0.0] * 8


def test_moves_are_those_of_a_part() -> None:
    columns = ([0, 0, 12, 12], [0, 1, 0, 1], [60, 72, 61, 79], [12] * 4, [0] * 4)
    notes = Notes(*(np.array(column, dtype=np.int64) for column in columns))
    assert piece_statistics(notes, plain_header(1), 12)[5] == 0.5


def test_contents_of_bars_and_how_often_blocks_return() -> None:
    events, _ = encode(tune("C4:2 D4:2|E4:4|C4:2 D4:2|E4:4|-|-"), V, whole=True)
    notes = event_notes(events.fields, events.header, V)
    contents = bar_contents(notes, events.header)
    assert contents[0] == ((0, 0, 60), (24, 0, 62))
    assert [most_returns(contents, size) for size in (1, 2, 3, 7)] == [2, 2, 1, 0]
    assert most_returns(contents[4:], 1) == 0


# -- a piece so far ----------------------------------------------------------------------


def test_what_a_prefix_says_of_its_bars() -> None:
    header = Header((BarRun(1, Meter(4, 4), 12), BarRun(2, Meter(4, 4), 48)), pickup=True)
    prefix = Prefix(header, V)
    assert (prefix.bars, prefix.bars_left, prefix.bar_end, prefix.bar_notes) == (3, 3, 12, 0)
    assert (prefix.last_pitch, prefix.closes, prefix.bar_start_note(0)) == (-1, False, 0)
    prefix.push([V.bar, 0, 0, 0, 0, 3])
    prefix.push([0, 0, 67, 200, 80, 0])
    assert (prefix.bars_left, prefix.bar_end, prefix.bar_notes, prefix.form(0)) == (2, 12, 1, 3)
    # A tie, class 97, lasts as long as an event can.
    assert (prefix.last_pitch, prefix.sounding_end, prefix.beat(0)) == (67, 96, 12)
    prefix.push([V.bar, 0, 0, 0, 0, 0])
    assert (prefix.closes, prefix.bar_start_note(1), prefix.bar_notes) == (True, 1, 0)
    assert not Prefix(header, V, hide_end=True).closes
    twin = prefix.copy()
    twin.push([5, 0, 60, 5, 80, 0])
    assert (prefix.now, twin.now, len(prefix.notes), len(twin.notes)) == (12, 17, 1, 2)
    assert isinstance(Events(np.zeros((0, 6), dtype=np.uint8), header).header, Header)
