"""Drums alone go on as drums; drums that repeat get fills and variations."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from commands import Command, refused

from symgen import continue_
from symgen.drummer.grooves import FILL, GROOVE
from symgen.drummer.hearing import DRAWN, hear, phrase_events
from symgen.formats import load_score, save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.writing.model import stream

EIGHTH = 240
TAMBOURINE = 54


def groove(
    bars: int = 4, meter: str = "4/4", *, fill: int = 0, empty: tuple[int, ...] = ()
) -> Score:
    """Eighths of a hi-hat over bass drum and snare, a tambourine on the first beat; a fill in each so-manieth bar."""
    notes, length = [], Meter.parse(meter).bar_ticks(480)
    for bar in (bar for bar in range(bars) if bar not in empty):
        for number in range(length // EIGHTH):
            at, beat = bar * length + number * EIGHTH, number % 4
            if fill and bar % fill == fill - 1 and number >= length // EIGHTH // 2:
                notes += [Note(at, 45, 60), Note(at + 120, 38, 60)]
                continue
            notes.append(Note(at, 42, 60))
            notes += [Note(at, {0: 36, 2: 38}[beat], 60)] if beat in (0, 2) else []
        notes.append(Note(bar * length, TAMBOURINE, 60))
    part = Part(tuple(notes), 0, True, "Kit")
    return Score((part,), 480, meters=(MeterChange(0, Meter.parse(meter)),), length=bars * length)


def contents(score: Score) -> list[frozenset[tuple[int, int]]]:
    notes = [note for part in score.parts if part.is_drum for note in part.notes]
    return [
        frozenset((n.onset - bar.start, n.pitch) for n in notes if bar.start <= n.onset < bar.end)
        for bar in score.bars
    ]


@pytest.mark.parametrize(
    "prompt",
    [
        groove(),
        groove(8, fill=4),
        groove(meter="6/8"),
        groove(meter="3/4"),
        groove(1),
        groove(8, empty=(2, 3)),
        groove(4, "5/8"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_drums_alone_go_on_on_their_kit_and_places(prompt: Score, seed: int) -> None:
    after = continue_(prompt, bars=8, seed=seed)
    old, new = contents(after)[: len(prompt.bars)], contents(after)[len(prompt.bars) :]
    assert old == contents(prompt)
    assert len(new) == 8
    assert {key for bar in new for _, key in bar} <= {n.pitch for n in prompt.parts[0].notes}
    assert {at % 480 for bar in new for at, _ in bar} <= {at % 480 for bar in old for at, _ in bar}
    literal = sum(bar in old for bar in new)
    assert 0.25 * len(new) <= literal <= 0.75 * len(new)
    assert continue_(prompt, bars=8, seed=seed) == after


def test_fills_come_where_they_came() -> None:
    after = continue_(groove(8, fill=4), bars=8, seed=3)
    bars = contents(after)
    toms = [sum(key == 45 for _, key in bar) for bar in bars[8:]]
    assert all(toms[bar] for bar in (3, 7))
    heard = hear(groove(8, fill=4).parts[0].notes, groove(8).bars, 480, 120)
    assert heard
    assert heard.events == (GROOVE, GROOVE, GROOVE, FILL) * 2
    assert phrase_events(heard.events, 0, 5) == (GROOVE, GROOVE, GROOVE, FILL, GROOVE)
    assert phrase_events((GROOVE,) * 4, 0, 2) == (DRAWN, DRAWN)


def test_a_tempo_that_changes_goes_on_as_the_usual_one() -> None:
    changes = tuple(TempoChange.of_bpm(tick, bpm) for tick, bpm in ((0, 120), (5760, 60)))
    prompt = Score(groove().parts, 480, changes, length=groove().length)
    after = continue_(prompt, bars=2, seed=1)
    assert [round(change.bpm) for change in after.tempos] == [120, 60, 120]


def test_a_stream_ends_with_the_same_drums() -> None:
    *_, last = stream(tune=groove(), bars=4, seed=5)
    assert contents(last) == contents(continue_(groove(), bars=4, seed=5))
    sizes = [len(score.bars) for score in stream(tune=groove(), bars=4, seed=5)]
    assert [b - a for a, b in pairwise(sizes)] == [1, 1, 1]


def test_the_command_says_that_drums_go_on(command: Command) -> None:
    save_score(groove(), "groove.mid")
    result = command("continue", "groove.mid", "--bars", 2, "--seed", 1, "-o", "a.mid", "--report")
    assert result.status == 0, result
    assert result.err[0].startswith("continuing drums: 4 bars in 4/4; 120 quarters a minute")
    facts = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert (facts["model"], facts["key"], facts["instruments"]) == ("drums", None, ["drums"])
    assert contents(load_score("a.mid")) == contents(continue_("groove.mid", bars=2, seed=1))


@pytest.mark.parametrize("more", [("--key", "C"), ("--candidates", 3), ("--chords", "C")])
def test_what_means_nothing_for_drums_is_refused(
    command: Command, more: tuple[object, ...]
) -> None:
    save_score(groove(), "groove.mid")
    refused(command("continue", "groove.mid", *more, "--bars", 2, "-o", "a.mid"), 2, "leave it out")


def test_drums_of_a_band_that_would_repeat_get_fills() -> None:
    tune = Part(tuple(Note(480 * i, 72 + i % 5, 480) for i in range(16)), 80, name="Lead")
    bass = Part(tuple(Note(960 * i, 36 + 5 * (i % 2), 960) for i in range(8)), 33, name="Bass")
    prompt = groove().with_parts((tune, bass, groove().parts[0]))
    for seed in (1, 2):
        bars = contents(continue_(prompt, bars=8, seed=seed))
        # The eighth bar of the phrase of the prompt and of the new bars is a fill.
        assert bars[7] not in bars[:4]
        assert sum(bar in bars[:4] for bar in bars[4:]) >= 4
