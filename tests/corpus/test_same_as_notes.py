"""What cleaning does to whole parts at once, held to what it does note by note."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from symgen.corpus.clean import merge_ornaments
from symgen.corpus.dedupe import sign_line, sign_scores
from symgen.corpus.prepare import _top_line
from symgen.music.keys import describe_pitches
from symgen.music.lines import mean_pitch
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.tokens import Vocabulary, decode, encode


def _drawn(seed: int) -> Score:
    """Lines with ornaments, chords, long notes and drums."""
    draw = random.Random(seed)  # noqa: S311
    resolution = draw.choice([480, 96, 100])
    quarter = resolution
    parts = []
    for number in range(draw.randint(1, 3)):
        time, notes = 0, []
        for _ in range(draw.choice([1, 12, 60])):
            grace = draw.choice([quarter // 8, quarter // 12, quarter // 7])
            length = draw.choice([grace, quarter // 2, quarter, quarter - grace, 40 * quarter])
            notes.append(Note(time, draw.randint(40, 80), length, draw.randint(1, 127)))
            if draw.random() < 0.3:
                notes.append(Note(time, draw.randint(40, 80), max(1, length // 2)))
            time += length if draw.random() < 0.8 else quarter
        parts.append(Part(tuple(notes), is_drum=number == 2))
    meters = (MeterChange(0, draw.choice([Meter(4, 4), Meter(6, 8), Meter(3, 4)])),)
    return Score(tuple(parts), resolution, meters=meters)


def _slow_ornaments(notes: tuple[Note, ...], resolution: int) -> list[tuple[int, ...]]:
    """The rule of `merge_ornaments` in fractions of a quarter."""
    limit = Fraction(1, 6) * resolution
    rows = [[n.onset, n.duration, n.pitch, n.velocity] for n in notes]

    def on_grid(tick: int) -> bool:
        return abs(
            Fraction(tick * 12, resolution) - round(Fraction(tick * 12, resolution))
        ) <= Fraction(1, 8)

    made: list[list[int]] = []
    waiting = None
    for i, row in enumerate(rows):
        if waiting is not None:
            row[1] += row[0] - waiting
            row[0], waiting = waiting, None
        after = rows[i + 1] if i + 1 < len(rows) else None
        is_ornament = row[1] < limit and after is not None and after[0] == row[0] + row[1]
        if is_ornament and after is not None and after[1] >= limit:
            before = made[-1] if made else None
            if on_grid(row[0]) and not on_grid(after[0]):
                waiting = row[0]
                continue
            if not on_grid(row[0]) and before and sum(before[:2]) == row[0] and before[1] >= limit:
                before[1] += row[1]
                continue
        made.append(row)
    return [tuple(row) for row in made]


@pytest.mark.parametrize("seed", range(60))
def test_ornaments(seed: int) -> None:
    score = _drawn(seed)
    for part in score.parts:
        expected = _slow_ornaments(part.notes, score.resolution)
        notes = merge_ornaments(part, score.resolution).notes
        assert [(n.onset, n.duration, n.pitch, n.velocity) for n in notes] == sorted(
            expected, key=lambda row: (row[0], row[2], row[1], row[3])
        )


@pytest.mark.parametrize("grid", [12, 24])
@pytest.mark.parametrize("seed", range(30))
def test_signatures_of_events_are_those_of_the_score(seed: int, grid: int) -> None:
    vocabulary = Vocabulary(grid)
    events, _ = encode(_drawn(seed), vocabulary)
    mine, score = sign_line(_top_line(events, vocabulary)), decode(events, vocabulary)
    theirs = sign_scores([score])
    assert mine.exact == theirs.exact
    assert np.array_equal(mine.grams, theirs.grams)


@pytest.mark.parametrize("seed", range(20))
def test_shares_of_pitch_classes_and_mean_pitches(seed: int) -> None:
    score = _drawn(seed)
    notes = sorted(n for part in score.parts if not part.is_drum for n in part.notes)
    lines = {bar.start for bar in score.bars}
    sums = np.zeros((2, 12))
    for note in notes:
        sums[0, note.pitch % 12] += note.duration
        sums[1, note.pitch % 12] += note.duration * (note.onset in lines)
    found = describe_pitches(score)
    assert np.array_equal(found[:2], np.sqrt(sums / sums.sum(axis=1, keepdims=True)))
    assert np.flatnonzero(found[2]).tolist() == [notes[0].pitch % 12]
    for part in score.parts:
        weighed = sum(n.pitch * n.duration for n in part.notes)
        assert mean_pitch(part) == weighed / sum(n.duration for n in part.notes)
