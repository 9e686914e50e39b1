"""What keeps the parts of a continuation as they were; on networks of random weights, which want anything."""

from __future__ import annotations

from collections import Counter
from itertools import cycle

import pytest
from test_ensembles import model

from symgen.music.controls import Controls
from symgen.music.meter import Bar, Meter
from symgen.music.score import Note, Part, Score
from symgen.sampling.expression import continued_drums
from symgen.sampling.inference import find_habits, most_at_once
from symgen.sampling.keeping import phrase_bars
from symgen.sampling.part_limits import REACH
from symgen.tokens import Vocabulary, encode

BAR, QUARTER = 1920, 480


def band(bars: int = 4) -> Score:
    """A tune in eighths, chords of three, a bass in halves, and drums."""
    tune = [
        Note(i * 240, pitch, 240)
        for i, pitch in zip(range(8 * bars), cycle((72, 74, 76, 79)), strict=False)
    ]
    chords = [Note(bar * BAR, pitch, BAR) for bar in range(bars) for pitch in (57, 60, 64)]
    bass = [
        Note(i * 960, pitch, 960)
        for i, pitch in zip(range(2 * bars), cycle((45, 41)), strict=False)
    ]
    drums = [
        Note(i * QUARTER, pitch, 60)
        for i, pitch in zip(range(4 * bars), cycle((36, 38)), strict=False)
    ]
    parts = (
        Part(tuple(tune), 80),
        Part(tuple(chords), 4),
        Part(tuple(bass), 33),
        Part(tuple(drums), 0, is_drum=True),
    )
    return Score(parts, QUARTER, length=bars * BAR)


def continued(prompt: Score, seed: int, controls: Controls | None = None) -> list[list[Note]]:
    """Return the new notes of each part."""
    score = model(seed % 3, alone=False, scale=2.0).continue_(prompt, seed=seed, controls=controls)
    return [[note for note in part.notes if note.onset >= prompt.length] for part in score.parts]


@pytest.mark.parametrize("seed", range(6))
def test_no_part_leaves_what_it_did(seed: int) -> None:
    prompt = band()
    for part, new in zip(prompt.parts, continued(prompt, seed), strict=True):
        assert max(Counter(note.onset for note in new).values()) <= max(
            Counter(n.onset for n in part.notes).values()
        )
        assert min(n.pitch for n in part.notes) - REACH <= min(note.pitch for note in new)
        assert max(note.pitch for note in new) <= max(n.pitch for n in part.notes) + REACH
        assert 0.5 <= len(new) / (2 * len(part.notes)) <= 2
        old, fresh = (
            [[n.onset for n in notes], [n.end for n in notes]] for notes in (part.notes, new)
        )
        assert most_at_once(*fresh) <= most_at_once(*old)


def test_what_is_asked_for_goes_before_what_was_found() -> None:
    high = continued(band(), 1, Controls(range="C5-C7", max_polyphony=5))
    assert all(72 <= note.pitch <= 96 for notes in high[:3] for note in notes)


def test_notes_begin_where_those_of_the_prompt_do() -> None:
    _, chords, bass, _ = continued(band(), 2)
    assert {note.onset % 960 for note in bass} == {0}
    assert {note.onset % BAR for note in chords} <= {0, 960}


@pytest.mark.parametrize(("bars", "phrase"), [(1, 1), (3, 2), (4, 4), (7, 4), (8, 8), (12, 8)])
def test_a_phrase_is_the_longest_that_the_prompt_holds(bars: int, phrase: int) -> None:
    assert phrase_bars(bars) == phrase


def test_habits_of_a_part() -> None:
    vocabulary = Vocabulary()
    events, _ = encode(band(), vocabulary, whole=True)
    tune, chords, bass, _ = find_habits(events, vocabulary, bars=4, lanes=range(4))
    assert chords is not None
    assert chords.to_json() == {
        "range": "A3-E4", "chord": 3, "polyphony": 3, "notes_per_bar": 3.0, "rests": 0.0, "shortest": 4.0,
        "longest": 4.0,
    }  # fmt: skip
    assert tune is not None
    assert (tune.notes_per_bar, tune.places) == (8.0, frozenset({0, 6, 12, 18}))
    assert bass is not None
    assert (str(bass.range), bass.chord) == ("F2-A2", 1)


def test_rests_count_what_nobody_sounds() -> None:
    score = Score(
        (Part((Note(0, 60, 480), Note(0, 64, 240), Note(960, 62, 480))),), QUARTER, length=BAR
    )
    events, _ = encode(score, Vocabulary(), whole=True)
    habits = find_habits(events, Vocabulary(), bars=1, lanes=[0])[0]
    assert habits is not None
    assert habits.rests == 0.5


@pytest.mark.parametrize("seed", range(4))
def test_both_hands_of_a_keyboard_strike_no_more_than_they_did(seed: int) -> None:
    left = [
        Note(i * QUARTER, pitch, QUARTER)
        for i, pitch in zip(range(16), cycle((36, 48, 52)), strict=False)
    ]
    right = [Note(bar * BAR + 240, pitch, 960) for bar in range(4) for pitch in (67, 72, 76)]
    prompt = Score((Part((*left, *right), 0),), QUARTER, length=4 * BAR)
    network = model(seed, alone=False, scale=2.0)
    take = next(network.continuations(prompt, seed=seed, controls=Controls(bars=8)))
    assert take.prompt is not None
    assert take.prompt.lanes == (0, 0)
    (new,) = (
        [note for note in part.notes if note.onset >= prompt.length] for part in take.score.parts
    )
    assert max(Counter(note.onset for note in new).values()) <= 3


# -- drums -------------------------------------------------------------------------------


def bars(count: int) -> list[Bar]:
    return [Bar(i + 1, i * BAR, (i + 1) * BAR, Meter(4, 4)) for i in range(count)]


def test_drums_take_up_the_bars_that_are_named() -> None:
    strokes = [Note(0, 36, 60), Note(BAR, 38, 60), Note(BAR + 960, 38, 60)]
    new = continued_drums(strokes, bars(5), [None, None, 1, 0, 2], QUARTER)
    assert [note.onset for note in new] == [2 * BAR, 2 * BAR + 960, 3 * BAR, 4 * BAR, 4 * BAR + 960]


def test_a_stroke_just_before_the_bar_line_belongs_to_the_bar() -> None:
    new = continued_drums(
        [Note(0, 36, 60), Note(BAR - 10, 38, 60)], bars(3), [None, None, 1], QUARTER
    )
    assert [(note.onset, note.pitch) for note in new] == [(2 * BAR - 10, 38)]


def test_drums_do_not_fall_silent_where_the_bars_taken_up_had_none() -> None:
    strokes = [Note(2 * BAR, 36, 60), Note(3 * BAR, 38, 60)]
    new = continued_drums(strokes, bars(8), [None] * 4 + [0, 1, 0, 1], QUARTER)
    assert [note.pitch for note in new] == [36, 38, 36, 38]


def test_drums_pause_where_they_did() -> None:
    strokes = [Note(2 * BAR, 36, 60), Note(3 * BAR, 38, 60)]
    new = continued_drums(strokes, bars(8), [None] * 4 + [0, 1, 2, 3], QUARTER)
    assert [note.onset // BAR for note in new] == [6, 7]
