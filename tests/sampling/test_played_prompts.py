"""New notes of a prompt's parts are played as the prompt is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.music.meter import Bar, Meter
from symgen.music.performed import notated
from symgen.music.score import Note, Part, Score
from symgen.performer.perform import perform
from symgen.sampling.pedaling import prompt_bars
from symgen.sampling.playing import Playing
from symgen.writing.model import Model

QUARTER, BAR, GRID = 120, 480, 12


def playing(*parts: Part) -> Playing:
    """Read parts of one bar."""
    score = Score(parts, QUARTER, length=BAR)
    return Playing.of(notated(score, GRID), parts, range(len(parts)), GRID)


def as_played(
    how: Playing, *notes: Note, swing: float = 0.5, loudness: bool = True
) -> list[tuple[int, int]]:
    """Return onset and velocity of new notes of the first part in the second bar."""
    whole = replace(how.score, length=2 * BAR)
    found = how.played(0, notes, whole, [0, 0], swing=swing, loudness=loudness, first=BAR)
    return [(note.onset, note.velocity) for note in found]


LINE = Part(tuple(Note(120 * i + late, 60, 60, loud) for i, (late, loud) in enumerate(
    [(3, 90), (0, 60), (-7, 80), (5, 64)])))  # fmt: skip
"""Four beats, played."""


def test_each_place_is_as_loud_and_as_late_as_it_was() -> None:
    beats = [Note(BAR + 120 * i, 72, 60) for i in range(4)]
    assert as_played(playing(LINE), *beats) == [(483, 90), (600, 60), (713, 80), (845, 64)]


def test_the_place_is_the_straight_one_and_lateness_comes_behind_the_swing() -> None:
    """Beats 4 ticks late; an off-beat eighth at two thirds of its quarter."""
    late = playing(Part(tuple(Note(120 * i + 4, 60, 60, 70) for i in range(4))))
    assert as_played(late, Note(660, 72, 60), swing=2 / 3) == [(684, 70)]


def test_no_note_comes_before_the_join_and_velocities_may_stay() -> None:
    """Beats 7 ticks early."""
    early = playing(Part(tuple(Note(120 * i - 7, 60, 60, 90) for i in (1, 2, 3))))
    notes = [Note(BAR, 60, 60, 33), Note(BAR + 120, 60, 60, 34)]
    assert as_played(early, *notes, loudness=False) == [(BAR, 33), (BAR + 113, 34)]


def test_a_part_without_notes_gets_light_accents() -> None:
    found = as_played(playing(Part()), *(Note(BAR + at, 60, 30, 1) for at in (0, 120, 150)))
    assert found == [(480, 92), (600, 84), (630, 78)]
    assert as_played(playing(LINE)) == []


def test_hands_are_played_each_as_it_was() -> None:
    """A loud right hand over a soft left one, of one part."""
    chords = [
        (at, pitch, loud) for at in range(0, BAR, 120) for pitch, loud in ((40, 50), (76, 100))
    ]
    piano = Part(tuple(Note(at, pitch, 100, loud) for at, pitch, loud in chords))
    hands = [
        piano.with_notes(n for n in piano.notes if (n.pitch > 60) == side) for side in (True, False)
    ]
    score = Score((piano,), QUARTER, length=BAR)
    how = Playing.of(notated(score, GRID), hands, [0, 0], GRID)
    whole = replace(score, length=2 * BAR)
    for lane, loud in enumerate((100, 50)):
        notes = [Note(BAR + 30, 60, 60)]
        found = how.played(lane, notes, whole, [0, 0], swing=0.5, loudness=True)
        assert [note.velocity for note in found] == [loud]


def bars(count: int, first: int = 1) -> list[Bar]:
    return [Bar(first + i, BAR * i, BAR * (i + 1), Meter(4, 4)) for i in range(count)]


@pytest.mark.parametrize(
    ("old", "first", "new"),
    [
        (4, 1, [0, 1, 2, 3] * 2),
        # a pickup is no bar of a phrase
        (5, 0, [1, 2, 3, 4] * 2),
        # of seven bars the last four, of three the last two
        (7, 1, [3, 4, 5, 6] * 2),
        (3, 1, [1, 2] * 4),
        (1, 1, [0] * 8),
        (1, 0, [0] * 8),
    ],
)
def test_new_bars_are_played_as_those_of_the_last_phrases(
    old: int, first: int, new: list[int]
) -> None:
    found = prompt_bars(bars(old + 8, first), old * BAR, 5)
    assert found == [*range(old), *new]


def test_all_phrases_are_heard_before_one_comes_again() -> None:
    """Three phrases in order, and then in another one for most seeds; a shorter piece begins in the same way."""
    orders = set()
    for seed in range(8):
        found = prompt_bars(bars(36), 12 * BAR, seed)
        assert found[12:24] == list(range(12))
        assert sorted(found[24:]) == list(range(12))
        assert [found[i : i + 4] for i in (24, 28, 32)] == [
            list(range(i, i + 4)) for i in found[24::4]
        ]
        assert prompt_bars(bars(30), 12 * BAR, seed) == found[:30]
        orders.add(tuple(found[24::4]))
    assert len(orders) > 2


def test_a_performed_tune_goes_on_as_it_was_played(tiny: Model) -> None:
    """Each eighth of a bar has its own loudness and lateness, in four bars; the new bars have them too."""
    loud, late = (100, 60, 80, 40, 90, 50, 70, 30), (4, 9, 0, 7, 3, 9, 6, 8)
    notes = tuple(
        Note(1920 * bar + 240 * place + late[place], 60 + place, 200, loud[place])
        for bar in range(4) for place in range(8)
    )  # fmt: skip
    score = tiny.continue_(
        Score((Part(notes),), 480, length=4 * 1920), bars=8, seed=1, grid="1/8", density="4-8"
    )
    assert score.parts[0].notes[:32] == notes
    known = 0
    before = 0
    for note in score.parts[0].notes[32:]:
        written = 40 * (note.onset // 40)
        if written % 240 == 0:
            place = written // 240 % 8
            assert note.velocity == loud[place]
            # Near to another note it may come later, as notes keep their order.
            if note.onset - before > 100:
                assert note.onset - written == late[place]
                known += 1
        before = note.onset
    assert known > 8


def test_what_a_prompt_says_wins_over_the_performer(tiny: Model) -> None:
    """Velocities that were played stay as they go on; a part that was typed evenly is performed."""
    for even in (False, True):
        notes = tuple(
            Note(240 * i, 60 + i % 8, 240, 80 if even else 60 + 7 * (i * i % 8) + i % 3)
            for i in range(32)
        )
        prompt = Score((Part(notes),), 480, length=4 * 1920)
        plain = tiny.continue_(prompt, bars=8, seed=1, grid="1/8", density="4-8")
        played = perform(plain, feel=0.7, since=prompt.length)
        old, new = (score.note_array()[:, 3].tolist() for score in (plain, played))
        assert len(old) > 40
        assert (old == new) is not even
        assert played.parts[0].notes[:32] == notes
