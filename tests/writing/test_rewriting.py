"""Infilling, harmonizing and varying: what is kept comes back, whatever the network, and what is new fits in."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, TINY, corpus_tunes, random_events, random_model, tune

from symgen.music.controls import Controls
from symgen.music.instruments import compass
from symgen.music.players import CHOIR, voice_player
from symgen.music.score import Note, Part, Score
from symgen.nets.inference import InferenceNet
from symgen.sampling.particles import usual_particles
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import decode
from symgen.verification import score_facts
from symgen.writing.harmonizing import harmonize
from symgen.writing.infilling import infill
from symgen.writing.model import Model
from symgen.writing.varying import vary

FREE = replace(TINY, fixed=(("velocity", 80),))
FOUR = replace(FREE, voices=4, goals=True)
MELODY = Model(InferenceNet(random_model(replace(TINY, goals=True), scale=0.6)), INFO)
VOICES = Model(
    InferenceNet(random_model(FOUR, scale=0.6)),
    {**INFO, "monophonic": False, "monophonic_parts": True, "program": 52},
)
CHORDS = Model(
    InferenceNet(random_model(replace(FREE, voices=3), scale=0.6)), {**INFO, "monophonic": False}
)
TUNE = tune(
    "C4 E4 G4 E4|F4 A4:.5 G4:.5 F4 D4|C4 E4 G4 E4|G4:2 B4:2|C4 E4 G4 E4|D4:2 G4:2|E4 D4 C4 -|C4:4"
)


def rows(
    score: Score, start: int = 0, end: int | None = None, part: int = 0
) -> list[tuple[int, int, int, int]]:
    end = score.length if end is None else end
    notes = score.parts[part].notes
    return [(n.onset, n.pitch, n.duration, n.velocity) for n in notes if start <= n.onset < end]


@given(st.integers(1, 8), st.integers(0, 3), st.integers(0, 10**6), st.sampled_from([1, 3]))
def test_infill_keeps_both_sides(first: int, more: int, seed: int, particles: int) -> None:
    last = min(8, first + more)
    score = infill(TUNE, (first, last), model=MELODY, seed=seed, particles=particles).score
    start, end = TUNE.bars[first - 1].start, TUNE.bars[last - 1].end
    assert rows(score, 0, start) == rows(TUNE, 0, start)
    assert rows(score, end) == rows(TUNE, end)
    assert score.length == TUNE.length
    notes = score.parts[0].notes
    assert all(one.end <= other.onset for one, other in pairwise(notes))


def test_infill_in_several_parts_with_chords() -> None:
    piece = decode(random_events(5, parts=3, chords=True, bars=8), MELODY.vocabulary)
    done = infill(piece, (3, 5), model=CHORDS, seed=4, particles=2).score
    start, end = piece.bars[2].start, piece.bars[4].end
    for part in range(3):
        assert sorted(rows(done, 0, start, part)) == sorted(rows(piece, 0, start, part))
        assert sorted(rows(done, end, None, part)) == sorted(rows(piece, end, None, part))


def played(score: Score) -> Score:
    """The tune as somebody plays it: notes shortened, some a little early or late."""
    late = [-20, 0, 14, 0, -9, 0, 25]
    notes = [
        Note(
            max(0, note.onset * 40 + late[i % len(late)]),
            note.pitch,
            note.duration * 40 - 30,
            60 + i,
        )
        for i, note in enumerate(score.parts[0].notes)
    ]
    return Score((Part(tuple(notes)),), 480, length=score.length * 40)


@pytest.mark.parametrize("verb", ["infill", "vary"])
@pytest.mark.parametrize("model", [MELODY, CHORDS])
def test_of_a_played_tune_nothing_else_changes(verb: str, model: Model) -> None:
    before = played(TUNE)
    if verb == "infill":
        after = infill(before, (3, 4), model=model, seed=1, particles=2).score
        start, end = before.bars[2].start, before.bars[3].end
        assert rows(after, 0, start) == rows(before, 0, start)
        assert rows(after, end) == rows(before, end)
        gone = set(rows(before, start, end)) - set(rows(after))
        assert gone
    else:
        after = vary(before, 0.3, model=model, seed=1, particles=2).score
        kept = set(rows(after)) & set(rows(before))
        assert 0.7 * len(rows(before)) <= len(kept) < len(rows(before))
    new = set(rows(after)) - set(rows(before))
    assert any(duration % 40 for _, _, duration, _ in new)  # shortened as the others are


def test_both_hands_of_a_keyboard_part_are_written_back_as_one_part() -> None:
    model = Model(
        InferenceNet(random_model(replace(FREE, voices=2))), {**INFO, "monophonic": False}
    )
    left = [Note(24 * i, pitch + 40, 24) for i in range(16) for pitch in (0, 7)]
    piano = Score((Part((*TUNE.parts[0].notes, *left)),), 12, length=TUNE.length)
    done = infill(piano, (3, 4), model=model, seed=1, particles=1)
    assert len(done.prompt.lanes) == 2
    assert len(done.score.parts) == 1
    assert sorted(rows(done.score, 0, 96)) == sorted(rows(piano, 0, 96))
    assert sorted(rows(done.score, 192)) == sorted(rows(piano, 192))
    assert sorted(rows(done.score, 96, 192)) != sorted(rows(piano, 96, 192))


def test_the_same_seed_gives_the_same_bars() -> None:
    one, same, other = (infill(TUNE, (3, 4), model=MELODY, seed=seed).score for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_controls_hold_for_the_new_bars() -> None:
    asked = Controls(key="C", strict_key=True, range="C5-C6", grid="1/8")
    score = infill(TUNE, (2, 7), model=MELODY, controls=asked, seed=1).score
    new = rows(score, TUNE.bars[1].start, TUNE.bars[6].end)
    assert new
    assert all(72 <= pitch <= 84 and pitch % 12 in {0, 2, 4, 5, 7, 9, 11} for _, pitch, _, _ in new)
    assert all(onset % 6 == 0 and duration % 6 == 0 for onset, _, duration, _ in new)


@pytest.mark.parametrize("bars", [(0, 1), (8, 9), (5, 4), (9, 9)])
def test_bars_that_are_not_there(bars: tuple[int, int]) -> None:
    with pytest.raises(ControlError, match=r"bars .*: the tune has bars 1-8"):
        infill(TUNE, bars, model=MELODY, seed=1)


@pytest.mark.parametrize("particles", [0, 1025])
def test_too_few_or_too_many_particles(particles: int) -> None:
    with pytest.raises(ControlError, match="particles"):
        infill(TUNE, (1, 2), model=MELODY, seed=1, particles=particles)


@given(st.integers(0, 19), st.integers(0, 10**6))
def test_harmonize_keeps_the_melody(number: int, seed: int) -> None:
    melody = corpus_tunes()[number % len(corpus_tunes())]
    done = harmonize(melody, model=VOICES, seed=seed, particles=2).score
    assert len(done.parts) == 4
    assert rows(done) == rows(melody.with_parts([melody.parts[0]]))
    assert [part.program for part in done.parts] == [52] * 4
    assert done.length >= melody.music_end
    for part in done.parts:
        assert all(one.end <= other.onset for one, other in pairwise(part.notes))
    assert sum(len(part.notes) for part in done.parts[1:]) > 0


def test_of_chords_the_highest_notes_are_harmonized() -> None:
    upper = TUNE.parts[0].notes
    chords = TUNE.with_parts(
        [Part(tuple(sorted([*upper, *(replace(note, pitch=note.pitch - 4) for note in upper)])))]
    )
    assert rows(harmonize(chords, model=VOICES, seed=1, particles=1).score) == rows(TUNE)


BASS = TUNE.with_parts([replace(TUNE.transposed(-36).parts[0], name="Bass", program=33)])


@pytest.mark.parametrize("shift", [-36, -24, -12])
def test_a_bass_line_becomes_the_bass_and_that_is_told(shift: int) -> None:
    low = TUNE.transposed(shift).with_parts(
        [replace(TUNE.transposed(shift).parts[0], name="Bass", program=33)]
    )
    done = harmonize(low, model=VOICES, seed=1, particles=2)
    assert [part.name for part in done.score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert rows(done.score, part=3) == rows(low)
    assert all(part.notes for part in done.score.parts)
    assert any("part 1 (Bass) lies low" in notice for notice in done.notices)
    assert all(check.met for check in done.checks(Controls()))


def test_the_voice_may_be_chosen() -> None:
    assert rows(
        harmonize(BASS, model=VOICES, seed=1, particles=1, voice="soprano").score, part=0
    ) == rows(BASS)
    assert rows(
        harmonize(TUNE, model=VOICES, seed=1, particles=1, voice="bass").score, part=3
    ) == rows(TUNE)
    with pytest.raises(ControlError, match="soprano or bass"):
        harmonize(TUNE, model=VOICES, voice="tenor")


def test_what_harmonize_leaves_out_is_named() -> None:
    band = TUNE.with_parts(
        [
            BASS.parts[0],
            replace(TUNE.parts[0], name="Flute"),
            Part((Note(0, 36, 6),), 0, True, "Kit"),
        ]
    )
    done = harmonize(band, model=VOICES, seed=1, particles=1)
    assert rows(done.score) == rows(TUNE)
    assert done.notices == (
        "part 2 (Flute) is set for four voices; left out: parts 1 (Bass) and 3 (Kit)",
    )
    assert harmonize(TUNE, model=VOICES, seed=1, particles=1).notices == ()


def test_the_voices_are_silent_where_the_line_is_for_a_whole_bar() -> None:
    line = tune("C4 E4 G4 E4|-:4|-:4|G4:2 -:2|C4:4")
    done = harmonize(line, model=VOICES, seed=2, particles=2).score
    assert all(rows(done, 48, 144, part) == [] for part in range(4))
    assert all(n.end <= 48 or n.onset >= 144 for part in done.parts for n in part.notes)
    assert all(rows(done, 0, 48, part) and rows(done, 144, None, part) for part in (1, 2, 3))


@pytest.mark.parametrize("low", [False, True])
@pytest.mark.parametrize("programs", [(), (52, 52, 52, 73), (40, 40, 41, 42)])
def test_the_voices_keep_to_their_ranges_and_come_in_after_two_bars(
    low: bool, programs: tuple[int, ...]
) -> None:
    line = tune("|".join(("C3 E3 G3 E3" if low else "C5 E5 G5 E5", "-:4", *["F3:4"] * 9)[:9]))
    controls = Controls(instruments=programs or None)
    for seed in range(3):
        how = {"controls": controls, "seed": seed, "voice": "bass" if low else "soprano"}
        done = harmonize(line, model=VOICES, particles=1, **how)  # type: ignore[arg-type]
        voices = done.voices(score_facts(done.score))
        assert [voice.instrument for voice in voices] == (
            ["Soprano", "Alto", "Tenor"] if low else ["Alto", "Tenor", "Bass"]
        )
        for voice in voices:
            assert voice.notes
            assert voice.is_playable
            assert voice.silent_bars <= 2
        assert not [line for voice in voices for line in voice.complaints()]


def test_an_instrument_that_has_hardly_any_of_a_voice_has_a_range_of_its_own() -> None:
    assert (voice_player("Bass", 73).low, voice_player("Bass", 73).high) == compass(73)
    assert (voice_player("Bass", 19).low, voice_player("Bass", 19).high) == CHOIR["Bass"]
    assert voice_player("Tenor", 40).low == 55


def test_little_is_drawn_for_little() -> None:
    """One note of 200 bars is no reason to draw 16 takes of what may stand there."""
    held = Score((Part((Note(0, 60, 48 * 200),)),), 12)
    assert infill(held, (1, 200), model=MELODY, seed=1).particles == 4
    assert vary(held, 1.0, model=MELODY, seed=1).particles == 4


BAND = decode(random_events(5, parts=3, chords=True, bars=8), MELODY.vocabulary)
BAND = BAND.with_parts(
    [*BAND.parts, Part(tuple(Note(6 * i, 38, 3) for i in range(64)), 0, True, "Kit")]
)


@pytest.mark.parametrize("verb", ["infill", "vary"])
@pytest.mark.parametrize("model", [CHORDS, MELODY])
@pytest.mark.parametrize("part", [None, 2])
def test_parts_that_are_not_worked_on_stay_and_are_named(
    verb: str, model: Model, part: int | None
) -> None:
    more = {"model": model, "seed": 3, "particles": 2, "part": part}
    done = infill(BAND, (3, 6), **more) if verb == "infill" else vary(BAND, 0.8, **more)  # type: ignore[arg-type]
    worked = (
        {0, 1, 2} if model is CHORDS and part is None else {done.prompt.part if part is None else 1}
    )
    changed = {i for i in range(4) if rows(done.score, part=i) != rows(BAND, part=i)}
    assert len(done.score.parts) == 4
    assert changed
    assert changed <= worked
    named = {int(word) - 1 for word in re.findall(r"\d", done.notices[0])}
    assert named == {0, 1, 2, 3} - worked
    assert "4 (Kit)" in done.notices[0]


def test_new_notes_of_an_infill_are_no_more_at_once_than_there_were() -> None:
    done = infill(BAND, (2, 7), model=CHORDS, seed=1, particles=2).score

    def most(score: Score, part: int) -> int:
        notes = score.parts[part].notes
        return max(sum(n.onset <= step < n.end for n in notes) for step in {n.onset for n in notes})

    assert all(most(done, part) <= most(BAND, part) for part in range(3))


def test_a_note_that_is_held_for_many_bars_is_one_note() -> None:
    held = Score((Part((Note(0, 60, 48 * 40), Note(48 * 40, 62, 24))),), 12)
    for seed in range(3):
        done = vary(held, 0.5, model=MELODY, seed=seed, particles=1)
        assert done.kept == 0.5
        assert rows(done.score)[0] == rows(held)[0] or rows(done.score)[-1] == rows(held)[-1]
    assert rows(vary(held, 0.4, model=MELODY, seed=1).score) == rows(held)
    assert vary(held, 1.0, model=MELODY, seed=1).kept == 0


def test_fewer_takes_where_there_are_many_notes() -> None:
    assert [usual_particles(events) for events in (0, 1, 375, 600, 3000, 6000, 10**6)] == [
        16,
        16,
        16,
        10,
        2,
        1,
        1,
    ]
    assert vary(TUNE, 0.1, model=MELODY, seed=1).particles == 16
    assert vary(TUNE, 0.1, model=MELODY, seed=1, particles=3).particles == 3


def test_what_cannot_be_harmonized() -> None:
    with pytest.raises(ControlError, match="does not write single voices"):
        harmonize(TUNE, model=CHORDS)
    with pytest.raises(ControlError, match="part 2"):
        harmonize(TUNE, model=VOICES, part=2)
    with pytest.raises(ControlError, match="four voices"):
        harmonize(TUNE, model=VOICES, controls=Controls(instruments="organ,organ"))
    drums = TUNE.with_parts([Part((Note(0, 36, 12),), is_drum=True)])
    with pytest.raises(FormatError):
        harmonize(drums, model=VOICES)


@given(st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0]), st.integers(0, 10**6))
def test_vary_keeps_the_share_and_the_form(amount: float, seed: int) -> None:
    done = vary(TUNE, amount, model=MELODY, seed=seed, particles=1)
    count = len(TUNE.parts[0].notes)
    assert done.kept >= 1 - amount - 1e-9
    assert done.kept <= 1 - amount + 3 / count + (0.35 if amount == 1 else 0)
    notes = done.score.parts[0].notes
    bars = [
        [
            (note.onset - bar.start, note.pitch, note.duration)
            for note in notes
            if bar.start <= note.onset < bar.end
        ]
        for bar in done.score.bars
    ]
    assert bars[0] == bars[2] == bars[4]  # they were the same
    assert done.score.length == TUNE.length


def test_nothing_varied_is_the_tune_itself() -> None:
    assert rows(vary(TUNE, 0.0, model=MELODY, seed=1).score) == rows(TUNE)


@pytest.mark.parametrize("amount", [-0.1, 1.1, float("nan")])
def test_an_amount_that_is_no_share(amount: float) -> None:
    with pytest.raises(ControlError, match="amount"):
        vary(TUNE, amount, model=MELODY)
