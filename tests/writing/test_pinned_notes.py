"""Pinned notes: whatever the network, they come back as they were, and the rest goes around them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import INFO, random_model
from test_rewriting import BAND, CHORDS, FREE, MELODY, TUNE, played, rows

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.pins import Pin
from symgen.music.score import Note, Part, Score
from symgen.nets.inference import InferenceNet
from symgen.system.errors import ControlError, FormatError
from symgen.verification import read_facts, score_facts
from symgen.writing.infilling import _Gap, infill, infills
from symgen.writing.loaded import Progress
from symgen.writing.model import Model
from symgen.writing.rewritten import Rewritten
from symgen.writing.tunes import read_tune
from symgen.writing.varying import vary

DRUMMING = Model(
    InferenceNet(random_model(replace(FREE, voices=4), scale=0.6)),
    {**INFO, "monophonic": False, "ensembles": [[[0, 0], [False, True], 1]]},
)


def pins_of(score: Score, seed: int, most: int = 6) -> list[Pin]:
    notes = [
        Pin(number, note.onset, note.pitch)
        for number, part in enumerate(score.parts, 1)
        for note in part.notes
    ]
    rng = np.random.default_rng(seed)
    count = min(len(notes), int(rng.integers(1, most + 1)))
    return [notes[i] for i in rng.choice(len(notes), count, replace=False)]


def check_pinned(before: Score, done: Rewritten, pins: list[Pin], path: Path | None = None) -> None:
    for pin in pins:
        old, new = (
            [
                note
                for note in score.parts[pin.part - 1].notes
                if (note.onset, note.pitch) == (pin.onset, pin.pitch)
            ]
            for score in (before, done.score)
        )
        assert old
        assert old == new
    facts = None
    if path is not None:
        done.score.save(path, overwrite=True)
        facts = read_facts(path)
    found = {check.name: check for check in done.checks(Controls(), facts)}
    assert found["kept"].met
    assert found["pins"].met
    assert found["pins"].found == found["pins"].asked >= len(pins)


@given(st.integers(1, 8), st.integers(0, 7), st.integers(0, 10**6))
def test_a_line_goes_around_its_pinned_notes(first: int, more: int, seed: int) -> None:
    pins = pins_of(TUNE, seed)
    done = infill(
        TUNE, (first, min(8, first + more)), model=MELODY, seed=seed, particles=2, pins=pins
    )
    check_pinned(TUNE, done, pins)
    assert all(one.end <= other.onset for one, other in pairwise(done.score.parts[0].notes))


@given(st.integers(0, 10**6))
def test_varied_bars_go_around_pinned_notes_and_stay_alike(seed: int) -> None:
    pins = pins_of(TUNE, seed)
    done = vary(TUNE, 1.0, model=MELODY, seed=seed, particles=1, pins=pins)
    check_pinned(TUNE, done, pins)
    bars = [
        [(n.onset - bar.start, n.pitch) for n in done.score.parts[0].notes if bar.start <= n.onset < bar.end]
        for bar in done.score.bars
    ]  # fmt: skip
    assert bars[0] == bars[2] == bars[4]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("verb", ["infill", "vary"])
@pytest.mark.parametrize(
    ("before", "model"),
    [(BAND, CHORDS), (BAND, MELODY), (played(TUNE), MELODY), (played(TUNE), CHORDS)],
)
def test_played_notes_and_many_parts_through_the_written_file(
    tmp_path: Path, verb: str, seed: int, before: Score, model: Model
) -> None:
    pins = pins_of(before, seed)
    how = {"model": model, "seed": seed, "particles": 2, "pins": pins}
    done = infill(before, (2, 7), **how) if verb == "infill" else vary(before, 0.9, **how)  # type: ignore[arg-type]
    check_pinned(before, done, pins, tmp_path / "made.mid")
    assert done.kept < 1


def test_the_whole_piece_is_written_around_three_notes_and_empty_bars_are_filled() -> None:
    alone = Score((Part((Note(0, 60, 12), Note(102, 67, 30), Note(372, 60, 12))),), 12, length=384)
    done = infill(alone, (1, 8), model=MELODY, seed=1, pins="1-8")
    check_pinned(alone, done, [Pin(1, 0, 60), Pin(1, 102, 67), Pin(1, 372, 60)])
    assert len(done.score.parts[0].notes) > 3
    assert infill(alone, (4, 7), model=MELODY, seed=1).kept == 1


def test_pins_that_overlap_in_a_line_or_sound_beyond_the_bars() -> None:
    notes = (*TUNE.parts[0].notes, Note(54, 62, 30), Note(57, 65, 3), Note(90, 71, 20))
    line = TUNE.with_parts([Part(notes)])
    pins = [Pin(1, 54, 62), Pin(1, 57, 65), Pin(1, 90, 71)]
    for model in (MELODY, CHORDS):
        check_pinned(line, infill(line, (2, 2), model=model, seed=1, particles=2, pins=pins), pins)


def test_some_parts_are_written_and_the_others_stay() -> None:
    done = infill(BAND, (2, 6), model=CHORDS, seed=1, particles=2, parts="1,3")
    changed = {i for i in range(4) if rows(done.score, part=i) != rows(BAND, part=i)}
    assert changed == {0, 2}
    assert rows(infill(BAND, (2, 6), model=CHORDS, seed=1, particles=2, parts=[2]).score) == rows(BAND)  # fmt: skip
    with pytest.raises(ControlError, match="give one of them"):
        infill(BAND, (2, 6), model=CHORDS, part=1, parts="1")


def test_drums_are_written_where_they_are_named_or_alone() -> None:
    """A random network that has learned of drums; the kit is part 4 of the band."""
    for parts, expected in (("drums", {3}), ("1,4", {0, 3}), (None, {0, 1, 2})):
        done = infill(BAND, (3, 6), model=DRUMMING, seed=1, particles=2, parts=parts)
        assert {i for i in range(4) if rows(done.score, part=i) != rows(BAND, part=i)} == expected
    assert infill(BAND, (3, 6), model=DRUMMING, seed=2, part=4).score != BAND
    kit = TUNE.with_parts([Part(tuple(Note(6 * i, 38, 3) for i in range(64)), 0, True, "Kit")])
    for pins in ([], pins_of(kit, 1)):
        done = infill(kit, (3, 6), model=DRUMMING, seed=1, particles=2, pins=pins)
        assert {note.pitch for note in done.score.parts[0].notes} <= {38}
        assert done.score != kit
        if pins:
            check_pinned(kit, done, pins)
    for how in ({"parts": "drums"}, {"part": 4}):
        with pytest.raises(FormatError, match="writes none; take --model band"):
            infill(BAND, (3, 6), model=CHORDS, seed=1, **how)  # type: ignore[arg-type]


def test_each_take_is_told_of() -> None:
    told: list[Progress] = []
    model = MELODY.reporting(told.append)
    list(infills(TUNE, (3, 4), count=2, model=model, seed=5, particles=1))
    assert {(each.take, each.takes) for each in told} == {(1, 2), (2, 2)}


def test_takes_one_by_one_are_those_of_their_seeds() -> None:
    takes = list(infills(TUNE, (3, 4), count=3, model=MELODY, seed=5, pins="3.1"))
    assert [take.seed for take in takes] == [5, 6, 7]
    for take in takes:
        alone = infill(TUNE, (3, 4), model=MELODY, seed=take.seed, pins="3.1")
        assert alone.score == take.score


def test_a_pinned_note_that_is_gone_is_seen() -> None:
    done = infill(TUNE, (3, 4), model=MELODY, seed=5, pins="3.1")
    (note, *rest) = done.score.parts[0].notes
    for changed in (
        replace(note, velocity=note.velocity + 1),
        replace(note, duration=note.duration - 1),
        replace(note, pitch=note.pitch + 1),
        replace(note, onset=note.onset + 1),
    ):
        again = infill(TUNE, (3, 4), model=MELODY, seed=5, pins="1.1")
        worse = replace(again, score=TUNE.with_parts([Part((changed, *rest))]))
        assert [check.met for check in worse.checks(Controls()) if check.name == "pins"] == [False]


def test_parts_are_those_of_the_file_which_leaves_out_empty_ones() -> None:
    """The first part has no notes but those that are written anew, of which none may be left."""
    empty = BAND.with_parts([Part(), *BAND.parts])
    done = infill(empty, (3, 6), model=CHORDS, seed=1, particles=2, parts="2", pins="1-2@3")
    facts = score_facts(done.score.with_parts(done.score.parts[1:]))
    (check,) = [each for each in done.checks(Controls(), facts) if each.name == "pins"]
    assert check.met
    facts = score_facts(done.score.with_parts([*done.score.parts[2:], done.score.parts[1]]))
    (check,) = [each for each in done.checks(Controls(), facts) if each.name == "pins"]
    assert not check.met


def test_what_several_notes_are_read_as_is_not_varied() -> None:
    """Two strokes of one key in one step could not change as one note."""
    strokes = [Note(240 * i, 38, 60) for i in range(32)] + [Note(960, 38, 30), Note(965, 38, 30)]
    kit = Score((Part(tuple(strokes), 0, True),), 480, length=4 * 1920)
    done = vary(kit, 0.5, model=DRUMMING, seed=1, particles=1)
    assert {note for note in strokes if 950 <= note.onset < 970} <= set(done.score.parts[0].notes)
    assert done.kept >= 0.5


def test_beats_in_which_pinned_notes_sound_keep_their_chords() -> None:
    """A note of beat 1 of bar 2, and one that is held from beat 3 of bar 4 into bar 5, of which bar 4 is written."""
    held = TUNE.with_parts([Part((*TUNE.parts[0].notes, Note(168, 40, 36)))])
    prompt = read_tune(Tune(held), CHORDS, Controls(), None)
    pins = frozenset({Pin(1, 48, 65), Pin(1, 168, 40)})
    gap = _Gap(prompt, (1, 3), (0,), pins, CHORDS, Controls())
    assert gap.sung == [(48, 60), (168, 180), (180, 192)]
