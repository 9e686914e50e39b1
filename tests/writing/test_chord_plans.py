"""Pieces of a network that is told a plan of chords: the plan is drawn, kept, given, and goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from small import TINY, Vocabulary, random_model, random_score, tune

from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.nets.checkpoint import Model
from symgen.nets.inference import InferenceNet
from symgen.tokens import encode
from symgen.tokens.planned import read_plan
from symgen.writing.chord_plans import ChordPlans
from symgen.writing.generator import Generator
from symgen.writing.infilling import infill
from symgen.writing.varying import vary

CONFIG = replace(TINY, fixed=(), voices=3, timing=True, plans=True)


@pytest.fixture(scope="module")
def model() -> Generator:
    made: Model = random_model(CONFIG, vocabulary=Vocabulary(12, moves=True))
    info = {**made.info, "monophonic": False, "monophonic_parts": True}
    info["ensembles"] = [[[52, 52, 52], [False] * 3, ["", "", ""], "reel", "", 1]]
    return Generator(InferenceNet(made), info)


def chord_at(chords: tuple[PlacedChord, ...], step: int) -> PlacedChord:
    return [chord for chord in chords if chord.at <= step][-1]


def test_a_new_piece_has_a_plan(model: Generator) -> None:
    take = next(model.takes(Controls(bars=4, key="G major"), seed=1))
    chords = take.header.chords
    assert chords[0].at == 0
    assert all(one.at < other.at for one, other in pairwise(chords))
    again = next(model.takes(Controls(bars=4, key="G major"), seed=1))
    assert again.header == take.header
    assert again.score == take.score
    others = {next(model.takes(Controls(bars=4), seed=seed)).header.chords for seed in range(4)}
    assert len(others) > 1


def test_a_chart_is_the_plan(model: Generator) -> None:
    take = next(model.takes(Controls(bars=4, meter="4/4", chords="| C | G/B Am7 |"), seed=2))
    found = [(chord.at, chord.root, chord.quality, chord.bass) for chord in take.header.chords]
    bar = [(48, 7, "", 11), (72, 9, "m7", 9)]
    assert found == [(0, 0, "", 0), *bar, (96, 0, "", 0), *((at + 96, *rest) for at, *rest in bar)]


def test_sections_that_return_have_their_chords(model: Generator) -> None:
    controls = Controls(bars=8, meter="4/4", form="AB")
    take = next(model.takes(replace(controls, form=None), seed=3))
    assert take.header.chords
    chords = next(model.takes(Controls(bars=8, meter="4/4", form="AA"), seed=3)).header.chords
    for step in range(0, 192, 12):
        assert chord_at(chords, step).same_as(chord_at(chords, step + 192))


def test_the_plan_of_a_prompt_goes_on(model: Generator) -> None:
    tune = random_score(5, parts=3, bars=4)
    take = next(model.continuations(tune, seed=1, controls=Controls(bars=4)))
    prompt = take.prompt
    assert prompt is not None
    first = int(take.header.bar_starts[prompt.old_bars])
    known = [chord for chord in read_plan(prompt.events, model.vocabulary) if chord.at < first]
    assert [chord for chord in take.header.chords if chord.at < first] == known
    other = next(model.continuations(tune, seed=2, controls=Controls(bars=4)))
    assert [chord for chord in other.header.chords if chord.at < first] == known


def test_what_is_written_around_keeps_the_rest(model: Generator) -> None:
    before = random_score(6, parts=3, bars=6)
    bar = before.bars[2].length
    filled = infill(before, (3, 4), model=model, seed=1).score
    for old, new in zip(before.parts, filled.parts, strict=True):
        kept = [note for note in old.notes if not 2 * bar <= note.onset < 4 * bar]
        assert [note for note in new.notes if not 2 * bar <= note.onset < 4 * bar] == kept
    assert vary(before, model=model, seed=1).score.note_count


def test_a_piece_that_is_streamed_has_the_plan_of_the_take(model: Generator) -> None:
    *_, last = model.stream(Controls(bars=3), seed=4)
    assert (
        last.with_parts(last.parts).note_count
        == next(model.takes(Controls(bars=3), seed=4)).score.note_count
    )


def test_symbols_of_a_line_are_its_plan_from_the_upbeat_on() -> None:
    plans = ChordPlans(Vocabulary(12, moves=True), wanted=True)
    events = encode(tune("G4|C5 E5 D5 C5|D5:4", pickup="1/4"), Vocabulary(12, moves=True))[0]
    symbols = [PlacedChord(12, 0), PlacedChord(60, 7, "7")]
    found = plans.suiting(events, symbols, 1, is_bass=False).header.chords
    assert found == (PlacedChord(0, 0), PlacedChord(60, 7, "7"))
    drawn = plans.suiting(events, [], 1, is_bass=False).header.chords
    assert drawn == plans.suiting(events, [], 1, is_bass=False).header.chords
    assert drawn[0].at == 0
    none = ChordPlans(Vocabulary(12), wanted=False)
    assert none.suiting(events, symbols, 1, is_bass=False) is events
