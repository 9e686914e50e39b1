"""Bars of another piece as a tune would play them, and the new bars that go on from them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bands import band
from test_ensembles import model

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.sampling.continuation import read_prompt
from symgen.sampling.manner import read_manner
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Vocabulary, decode

QUARTER, BAR = 480, 1920
FOUR = Meter(4, 4)
C_MAJOR = Key.parse("C")


def line(pitches: list[int], length: int = QUARTER, **how: object) -> Score:
    notes = tuple(Note(i * length, pitch, length) for i, pitch in enumerate(pitches))
    score = Score((Part(notes, 73, name="Melody"),), QUARTER)
    return replace(score, length=-(-score.music_end // BAR) * BAR, **how)  # type: ignore[arg-type]


TUNE = line([60, 64, 67, 64] * 4)
EIGHTHS = line([86, 90, 93, 90, 86, 90, 93, 90] * 10, 240)  # two octaves above D major


def shown(other: Score, key: str, tune: Score = TUNE, mine: Key = C_MAJOR) -> list[int]:
    manner = read_manner(Tune(other, Key.parse(key)), tune, mine, FOUR, 12)
    return [note.pitch for note in manner.score.parts[0].notes]


def test_another_piece_comes_into_the_key_and_near_the_pitches_of_the_tune() -> None:
    assert shown(EIGHTHS, "D")[:4] == [60, 64, 67, 64]
    minor, tune = line([69, 72, 76, 72] * 4), line([62, 66, 69, 66] * 4)
    assert shown(minor, "Am", tune, Key.parse("D"))[:3] == [59, 62, 66]


def test_its_last_eight_full_bars_are_taken_and_an_ending_is_not() -> None:
    notes = [*EIGHTHS.parts[0].notes]
    kept = [note for note in notes if note.onset < 9 * BAR] + [Note(10 * BAR, 86, BAR)]
    other = Score((EIGHTHS.parts[0].with_notes(kept),), QUARTER, length=11 * BAR)
    manner = read_manner(Tune(other), TUNE, C_MAJOR, FOUR, 12)
    assert manner.bars == (2, 9)
    assert manner.score.length == 8 * BAR
    assert manner.score.note_count == 64


def test_parts_take_up_those_of_their_role_and_others_play_on() -> None:
    tune, other = band(4), band(4)
    melody, _chords, bass, drums = other.parts
    manner = read_manner(Tune(other.with_parts([drums, bass, melody])), tune, C_MAJOR, FOUR, 12)
    assert manner.sources == (2, None, 1, 0)
    own = list(tune.parts[1].notes)
    assert [note.pitch for note in manner.score.parts[1].notes] == [note.pitch for note in own]
    assert str(manner) == (
        "bars 1-4 of it, part 1 from its part 3, part 3 from its part 2, part 4 from its part 1"
    )


def test_the_network_reads_the_bars_behind_the_tune_and_nothing_of_them_is_written() -> None:
    vocabulary = Vocabulary()
    asked = Controls(bars=4)
    prompt = read_prompt(Tune(TUNE), vocabulary, controls=asked, style_from=Tune(EIGHTHS))
    read = decode(prompt.events, vocabulary, resolution=QUARTER)
    assert prompt.events.header.bars == 4 + 8 + 4
    assert [note.duration for note in read.parts[0].notes] == [QUARTER] * 16 + [240] * 64
    assert prompt.leading_bars == 8
    for alone in (True, False):
        score = model(1, alone=alone, scale=2.0).continue_(TUNE, seed=1, bars=4, style_from=EIGHTHS)
        assert [n for n in score.parts[0].notes if n.onset < TUNE.length] == [*TUNE.parts[0].notes]
        assert score.length == 8 * BAR


def test_new_bars_keep_to_the_lengths_and_the_rate_of_the_other_piece() -> None:
    tune, slow = band(4), band(4)
    halves = [Note(i * 960, 72, 960) for i in range(8)]
    slow = slow.with_parts([slow.parts[0].with_notes(halves), *slow.parts[1:]])
    for seed in range(4):
        score = model(seed % 3, alone=False, scale=2.0).continue_(tune, seed=seed, style_from=slow)
        new = [note for note in score.parts[0].notes if note.onset >= tune.length]
        assert {note.onset % 960 for note in new} == {0}


def test_each_bar_line_hands_out_the_same() -> None:
    net = model(1, alone=False, scale=2.0)
    whole = net.continue_(band(4), seed=2, bars=2, style_from=band(6))
    *_, last = net.stream(tune=band(4), seed=2, bars=2, style_from=band(6))
    assert last.parts == whole.parts
    with pytest.raises(ControlError, match="is for a tune that goes on"):
        net.stream(style_from=band(4))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (line([60, 62, 64] * 8, meters=(MeterChange(0, Meter(3, 4)),)), "it is in 3/4, the new bars in 4/4"),
        (band(4).with_parts(band(4).parts[3:]), "it has drums, the tune"),
        (Score((), QUARTER), "it has no notes"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(other: Score, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_manner(Tune(other), TUNE, C_MAJOR, FOUR, 12)


def test_what_contradicts_it_is_refused() -> None:
    net = model(1, alone=True, scale=2.0)
    with pytest.raises(ControlError, match="complete-bar"):
        net.continue_(TUNE, complete_bar=True, style_from=EIGHTHS)
    drums = band(4).with_parts(band(4).parts[3:])
    with pytest.raises(ControlError, match="holds drums only"):
        net.continue_(drums, style_from=EIGHTHS)
