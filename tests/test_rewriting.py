"""Infilling, harmonizing and varying: what is kept comes back, whatever the network, and what is new fits in."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from small import INFO, TINY, corpus_tunes, random_events, random_model, tune

from symgen.errors import ControlError, FormatError
from symgen.generator import Generator
from symgen.nets.light import LightNet
from symgen.rewriting import harmonize, infill, vary
from symgen.sampling import Controls
from symgen.score import Note, Part, Score
from symgen.tokens import decode

FREE = replace(TINY, fixed=(("velocity", 80),))
FOUR = replace(FREE, voices=4, goals=True)
MELODY = Generator(LightNet(random_model(replace(TINY, goals=True), scale=0.6)), INFO)
VOICES = Generator(
    LightNet(random_model(FOUR, scale=0.6)), {**INFO, "monophonic": False, "monophonic_parts": True, "program": 52}
)
CHORDS = Generator(LightNet(random_model(replace(FREE, voices=3), scale=0.6)), {**INFO, "monophonic": False})
TUNE = tune("C4 E4 G4 E4|F4 A4:.5 G4:.5 F4 D4|C4 E4 G4 E4|G4:2 B4:2|C4 E4 G4 E4|D4:2 G4:2|E4 D4 C4 -|C4:4")


def rows(score: Score, start: int = 0, end: int | None = None, part: int = 0) -> list[tuple[int, int, int, int]]:
    end = score.length if end is None else end
    notes = score.parts[part].notes
    return [(n.onset, n.pitch, n.duration, n.velocity) for n in notes if start <= n.onset < end]


@given(st.integers(1, 8), st.integers(0, 3), st.integers(0, 10**6), st.sampled_from([1, 3]))
@settings(max_examples=20, deadline=None, phases=(Phase.generate,))
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
@settings(max_examples=12, deadline=None, phases=(Phase.generate,))
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
    chords = TUNE.with_parts([Part(tuple(sorted([*upper, *(replace(note, pitch=note.pitch - 4) for note in upper)])))])
    assert rows(harmonize(chords, model=VOICES, seed=1, particles=1).score) == rows(TUNE)


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
@settings(max_examples=15, deadline=None, phases=(Phase.generate,))
def test_vary_keeps_the_share_and_the_form(amount: float, seed: int) -> None:
    done = vary(TUNE, amount, model=MELODY, seed=seed, particles=1)
    count = len(TUNE.parts[0].notes)
    assert done.kept >= 1 - amount - 1e-9
    assert done.kept <= 1 - amount + 3 / count + (0.35 if amount == 1 else 0)
    notes = done.score.parts[0].notes
    bars = [
        [(note.onset - bar.start, note.pitch, note.duration) for note in notes if bar.start <= note.onset < bar.end]
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
