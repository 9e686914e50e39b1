"""Pieces of several parts keep to what their players have, and none of them is silent for more than a phrase."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import V
from steps import BAR, END, SKIP, Rows, drafted, left, parts_header, written
from test_ensembles import model

from symgen.music.constraints import Form, PitchRange
from symgen.music.controls import Controls
from symgen.music.players import Player, player_of
from symgen.music.score import Note, Part, Score
from symgen.sampling.ensembles import Entries, ensemble_rules, most_silent_bars, players_of
from symgen.sampling.inference import find_habits
from symgen.sampling.part_limits import PartLimit, PartLimits
from symgen.tokens import encode
from symgen.tokens.prefix import Prefix
from symgen.verification import played_parts, score_facts

VIOLIN = player_of(40)


# -- one player --------------------------------------------------------------------------


def violin_beside(*notes: tuple[int, int, int, int]) -> tuple[PartLimits, Prefix]:
    limit = PartLimit(VIOLIN.low, VIOLIN.high, chord=2, polyphony=2, player=VIOLIN)
    limits = PartLimits([limit, PartLimit()], V, lanes=(0, 1), first=0)
    return limits, written(parts_header(2, 2), notes)


def test_a_bow_has_a_second_note_on_a_neighboring_string() -> None:
    limits, prefix = violin_beside((0, 0, 62, 12))
    found = left(limits, "pitch", prefix, time=6, part=0)
    # Open D: what the G string has below it, and what the A string has; E flat lies with D in no hand.
    assert found == [*range(55, 62), *range(64, 94)]
    assert {55, 61, 69, 81} <= set(found)
    assert left(limits, "pitch", prefix, time=12, part=0) == list(range(55, 104))
    assert len(left(limits, "pitch", prefix, time=6, part=1)) == 128


def test_a_bow_waits_where_nothing_can_be_reached() -> None:
    # The highest of all notes lies so far up the E string that no other string has a stop beside it.
    limits, prefix = violin_beside((0, 0, 103, 12))
    assert not limits.times(prefix, 0) & ((1 << 12) - 1)
    assert limits.times(prefix, 0) >> 12 & 1
    assert not limits.may_strike(prefix, 0, 0)
    assert limits.may_strike(prefix, 0, 12)
    assert left(limits, "part", prefix, time=6) == [1]


def test_chords_of_a_bow_come_from_below() -> None:
    limits, prefix = violin_beside((0, 0, 76, 12))
    assert limits.may_strike(prefix, 0, 0)
    limits, prefix = violin_beside((0, 0, 62, 12), (0, 0, 69, 12))
    assert not limits.may_strike(prefix, 0, 0)


@pytest.mark.parametrize(
    ("asked", "lines", "limit"),
    [
        (None, False, PartLimit(60, 96, chord=1, polyphony=1)),
        (None, True, PartLimit(60, 96)),
        (PitchRange(48, 84), True, PartLimit(60, 96)),  # the control itself holds the rest
        (PitchRange(40, 60), True, PartLimit()),  # what is asked for holds
    ],
)
def test_a_wind_has_one_note_at_a_time(
    asked: PitchRange | None, lines: bool, limit: PartLimit
) -> None:
    header = replace(parts_header(4, 2), programs=(73, 90))
    (limits, *_), _ = ensemble_rules(header, Controls(range=asked), V, lines=lines)
    if limit == PartLimit():
        assert isinstance(limits, Entries)
    else:
        assert isinstance(limits, PartLimits)
        assert limits._limits == (limit, PartLimit())


def test_nobody_is_limited_where_nobody_has_limits() -> None:
    header = replace(parts_header(4, 1), programs=(90,))
    assert ensemble_rules(header, Controls(), V, lines=False) == ([], [])
    drums = replace(parts_header(4, 1), drums=(True,))
    assert players_of(drums) == (None,)


# -- silence -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bars", "form", "most"),
    [(1, "", 0), (2, "", 1), (4, "", 1), (8, "", 2), (15, "", 3), (16, "", 4), (64, "", 4),
     (16, "AABA", 1), (32, "AABA", 2), (4, "AABA", 1)],
)  # fmt: skip
def test_how_long_a_part_may_be_silent(bars: int, form: str, most: int) -> None:
    assert most_silent_bars(bars, Form.parse(form) if form else None) == most


PLAYING: Rows = [(0, 0, 60, 48)]


def test_a_part_comes_in_after_a_phrase() -> None:
    entries, header = Entries(3, 2), parts_header(6, 3)
    waiting = written(header, PLAYING, PLAYING)
    assert len(left(entries, "time", waiting)) == V.sizes[0]
    due = written(header, PLAYING, PLAYING, [])
    # Nothing passes over the second part: at the next onset it comes before those after it.
    assert left(entries, "time", due) == list(range(SKIP + 1))
    assert left(entries, "part", due, time=12) == [0, 1]
    here = written(header, PLAYING, PLAYING, [(0, 0, 60, 48)])
    assert left(entries, "time", here) == [0]
    assert left(entries, "part", here, time=0) == [0, 1]
    last = written(header, PLAYING, PLAYING, [(0, 0, 60, 48), (0, 1, 60, 48)])
    assert left(entries, "part", last, time=0) == [0, 1, 2]
    # Where a later part has struck, the second waits for another onset, before the bar line.
    passed = written(header, PLAYING, PLAYING, [(0, 2, 60, 48)])
    assert left(entries, "time", passed) == list(range(SKIP + 1))
    done = written(header, PLAYING, PLAYING, [(0, 1, 60, 48), (0, 2, 60, 48)])
    assert BAR in left(entries, "time", done)
    assert END in left(entries, "time", done)


def test_what_sounds_on_is_no_silence() -> None:
    header = parts_header(6, 2)
    held = written(header, [(0, 0, 60, 48), (0, 1, 60, 49)], PLAYING, PLAYING, [])
    entries = Entries(2, 2)
    assert BAR in left(entries, "time", held)
    held = written(header, [(0, 0, 60, 48), (0, 1, 60, 48)], PLAYING, PLAYING, [])
    assert BAR not in left(entries, "time", held)


def test_a_part_that_came_in_for_one_bar_is_not_gone_again() -> None:
    entries, header, both = Entries(2, 3), parts_header(8, 2), [(0, 0, 60, 48), (0, 1, 60, 48)]
    gone = written(header, PLAYING, PLAYING, PLAYING, both, PLAYING, [])
    assert BAR not in left(entries, "time", gone)
    assert left(entries, "part", gone, time=12) == [0, 1]
    back = written(header, PLAYING, PLAYING, PLAYING, both, PLAYING, both)
    assert BAR in left(entries, "time", back)
    # In a bar of its own it is looked at anew, also with the same filter.
    there = written(header, PLAYING, PLAYING, both, both, PLAYING, [])
    assert BAR in left(entries, "time", there)
    held = written(header, PLAYING, PLAYING, [(0, 0, 60, 48), (0, 1, 60, 49)], PLAYING, PLAYING, [])
    assert BAR in left(entries, "time", held)


def test_silence_makes_a_part_likelier() -> None:
    entries, header = Entries(2, 4), parts_header(9, 2)
    prefix = written(header, PLAYING, PLAYING, PLAYING, [])
    bias = entries.bias("part", prefix, drafted(time=24))
    assert bias is not None
    assert bias[:3].tolist() == [0, 2.5, 0]
    assert entries.bias("time", prefix, drafted()) is None
    long = entries.bias("part", written(header, *[PLAYING] * 8), drafted(time=0))
    assert long is not None
    assert long.max() == 4.0


# -- pieces ------------------------------------------------------------------------------


@given(
    st.integers(0, 10**6),
    st.sampled_from(
        [
            "violin,violin,viola,cello",
            "flute,oboe,clarinet,horn,bassoon",
            "violin,cello,piano",
            "guitar,voice",
        ]
    ),
    st.sampled_from(["4/4", "6/8", "3/16", "16/4"]),
    st.integers(1, 20),
    st.floats(0.1, 3),
)
def test_random_networks_write_what_can_be_played(
    seed: int, instruments: str, meter: str, bars: int, temperature: float
) -> None:
    asked = Controls(bars=bars, meter=meter, instruments=instruments, temperature=temperature)
    piece = model(seed % 3, alone=False, scale=0.3).generate(asked, seed=seed)
    for part in played_parts(score_facts(piece)):
        assert part.is_playable, part
        assert part.silent_bars <= most_silent_bars(bars), part
        assert part.notes


def test_what_the_range_asks_for_holds_before_the_instrument() -> None:
    piece = model(alone=False).generate(
        Controls(bars=4, range="C2-C3", instruments="flute,flute"), seed=1
    )
    pitches = np.array([note.pitch for part in piece.parts for note in part.notes])
    assert (pitches >= 36).all()
    assert (pitches <= 48).all()


# -- continuations -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "chord", "player"),
    [
        (40, (62, 69), VIOLIN),
        (40, (57, 60), None),  # the prompt itself has a chord that no violin has
        (73, (62, 69), None),  # of a wind there is no more to say than how many notes it had
        (0, (40, 56), player_of(0)),
        (90, (40, 56), None),
    ],
)
def test_new_chords_lie_in_the_hands_where_those_of_the_prompt_do(
    program: int, chord: tuple[int, int], player: Player | None
) -> None:
    notes = [Note(480 * i, pitch, 480) for i in range(8) for pitch in chord]
    events, _ = encode(Score((Part(tuple(notes), program),), 480), V)
    (habits,) = find_habits(events, V, bars=2, lanes=(0,))
    assert habits is not None
    assert habits.player == player
    limit = PartLimit.of(habits, program, rhythm=False)
    assert (limit.player, limit.chord, limit.polyphony) == (player, 2, 2)


def test_two_hands_are_held_to_no_player() -> None:
    notes = [Note(480 * i, pitch, 480) for i in range(8) for pitch in (40, 56)]
    one = Part(tuple(notes))
    events, _ = encode(Score((one, one), 480), V)
    assert [each.player for each in find_habits(events, V, bars=2, lanes=(0, 0)) if each] == [
        None
    ] * 2


@pytest.mark.parametrize("seed", range(4))
def test_continued_double_stops_can_be_played(seed: int) -> None:
    quarters = [Note(480 * i, pitch, 480) for i in range(16) for pitch in (62, 69)]
    line = [Note(480 * i, 48 + i % 5, 480) for i in range(16)]
    duo = Score((Part(tuple(quarters), 40), Part(tuple(line), 42)), 480)
    piece = model(seed, alone=False).continue_(duo, bars=4, seed=seed)
    violin, _ = played_parts(score_facts(piece), 16 * 480)
    assert violin.notes
    assert violin.is_playable
