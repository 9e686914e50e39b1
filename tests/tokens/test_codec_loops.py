"""Encoding and decoding of whole arrays give the bytes that loops over notes and bars give."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import codec_loops
import numpy as np
import pytest
from corpora import corpus_files

import symgen.tokens.codec as codec
from symgen.formats.midi import read_midi
from symgen.kernel import encoding
from symgen.music.meter import Meter, lay_bars
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import SymgenError
from symgen.tokens.events import Events
from symgen.tokens.vocabulary import DURATION, TIME, Vocabulary

METERS = ("4/4", "3/4", "6/8", "5/8", "2/2", "1/4", "7/16", "3/128")


def random_score(seed: int) -> Score:
    """Repeated bars, notes off the grid, doubled and held ones, several parts, changes of meter."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    resolution = rng.choice((12, 24, 96, 480, 7, 100))
    unit = rng.choice((resolution, max(1, resolution // 2), max(1, resolution // 3), 1))
    motif = [(rng.randrange(4), rng.randrange(58, 64)) for _ in range(rng.randrange(1, 6))]
    parts = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        notes = []
        for bar in range(rng.randrange(1, 12)):
            if rng.random() < 0.3:
                motif = [(rng.randrange(4), rng.randrange(58, 64)) for _ in range(4)]
            for place, pitch in motif:
                onset = (4 * bar + place) * unit + rng.choice((0, 0, 0, 1))
                length = rng.choice((1, unit, 2 * unit, 9 * resolution, 17 * resolution))
                notes.append(Note(onset, pitch, length, rng.choice((1, 64, 127))))
        parts.append(Part(tuple(notes), rng.randrange(128), rng.random() < 0.2))
    bar = 4 * resolution
    ticks = sorted(rng.sample(range(1, 12 * bar), rng.choice((0, 0, 1, 3))))
    meters = [MeterChange(tick, Meter.parse(rng.choice(METERS))) for tick in (0, *ticks)]
    if rng.random() < 0.2:
        meters = [MeterChange(0, Meter(1, 4)), MeterChange(resolution, Meter(3, 4))]
    tempos = [TempoChange(rng.randrange(bar), 400_000), TempoChange(0, 600_000)]
    length = rng.randrange(20 * bar)
    keys = (KeyChange(0, rng.randrange(-7, 8)),)
    return Score(tuple(parts), resolution, tuple(tempos), tuple(meters), keys, length)


def outcome(module: Any, score: Score, vocabulary: Vocabulary, whole: bool) -> Any:
    try:
        events, report = module.encode(score, vocabulary, whole=whole)
    except SymgenError as error:
        return str(error)
    decoded = module.decode(events, vocabulary, resolution=vocabulary.grid * 10)
    return events.fields.tobytes(), events.header, report, *written(decoded)


def written(score: Score) -> tuple[Any, ...]:
    maps = score.tempos, score.meters, score.keys, score.length
    return maps, [(part.notes, part.program, part.is_drum, part.name) for part in score.parts]


def check(scores: Iterable[Score]) -> None:
    for number, score in enumerate(scores):
        vocabulary = Vocabulary((12, 24)[number % 2])
        whole = number % 3 == 0
        expected = outcome(codec_loops, score, vocabulary, whole)
        assert outcome(codec, score, vocabulary, whole) == expected


@pytest.mark.parametrize("has_library", [True, False])
def test_random_scores(monkeypatch: pytest.MonkeyPatch, has_library: bool) -> None:
    if not has_library:
        monkeypatch.setattr(encoding, "_library", lambda: None)
    check(map(random_score, range(800)))


@pytest.mark.long
def test_many_random_scores() -> None:
    check(map(random_score, range(1000, 8000)))


@pytest.mark.parametrize("name", ["cre", "pop909", "openhymnal", "osq_cc0"])
def test_real_music(tmp_path: Path, name: str) -> None:
    scores = []
    for path in corpus_files(name, tmp_path, 6):
        with suppress(SymgenError):
            scores.append(read_midi(path.read_bytes()))
    assert scores
    check(scores)


def test_ties_that_a_model_draws() -> None:
    """Wherever they stand, and to whichever note they lead."""
    vocabulary = Vocabulary()
    for seed in range(300):
        with suppress(SymgenError):
            events, _ = codec.encode(random_score(seed), vocabulary)
            fields = events.fields.copy()
            notes = np.flatnonzero(fields[:, TIME] < vocabulary.skip)
            drawn = np.random.default_rng(seed).choice(notes, 1 + len(notes) // 3)
            fields[drawn, DURATION] = vocabulary.tie
            made = Events(fields, events.header)
            expected = codec_loops.decode(made, vocabulary)
            assert written(codec.decode(made, vocabulary)) == written(expected)


def test_bars_are_laid_one_by_one() -> None:
    """Bars of runs are those that stand one behind the other until the next meter cuts them."""
    for seed in range(300):
        score = random_score(seed)
        starts = [(change.tick, change.meter) for change in score.meters]
        for pickup in {False, len(starts) > 1}:
            bars = lay_bars(starts, score.resolution, score.length, has_pickup=pickup)
            expected, number = [], 0 if pickup else 1
            for i, (start, written_meter) in enumerate(starts):
                stop = starts[i + 1][0] if i + 1 < len(starts) else None
                step = max(1, round(written_meter.quarters * score.resolution))
                tick = start
                while tick < score.length and (stop is None or tick < stop):
                    end = tick + step if stop is None else min(tick + step, stop)
                    expected.append((number, tick, end))
                    number, tick = number + 1, end
            assert [(bar.number, bar.start, bar.end) for bar in bars] == expected
