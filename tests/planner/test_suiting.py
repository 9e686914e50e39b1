"""Plans that suit a line."""

from __future__ import annotations

import numpy as np

from symgen.music.chord_beats import Beats, hear
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.planner import PlanRequest, load_planner
from symgen.planner.suiting import draw_suiting
from symgen.tokens.events import BarRun

BARS = (BarRun(4, Meter(4, 4), 48),)
LINE = (0, 4, 7, 9, 11, 7, 2, 7, 5, 9, 7, 4, 2, 11, 0, 0)


def plan(seed: int, *, up: int = 0, bass: bool = False) -> tuple[PlacedChord, ...]:
    # A note on each beat, as long as that.
    rows = [(12 * i, 12, 48 + (each + up) % 12) for i, each in enumerate(LINE)]
    starts = np.arange(0, 192, 12)
    heard = hear(np.array(rows), Beats(starts, starts + 12, np.zeros(16, np.int64)))
    key = Key(up, "major")
    request = PlanRequest(BARS, key=key, style="hymn")
    return draw_suiting(load_planner(), request, heard, key, seed=seed, is_bass=bass)


def on_beats(chords: tuple[PlacedChord, ...]) -> list[PlacedChord]:
    return [[each for each in chords if each.at <= 12 * beat][-1] for beat in range(len(LINE))]


def test_chords_have_the_tones_of_the_line() -> None:
    found = [
        tone in chord.pitch_classes
        for seed in range(6)
        for tone, chord in zip(LINE, on_beats(plan(seed)), strict=True)
    ]
    assert np.mean(found) > 0.85


def test_a_bass_line_is_the_bass() -> None:
    found = [
        tone == chord.bass
        for seed in range(6)
        for tone, chord in zip(LINE, on_beats(plan(seed, bass=True)), strict=True)
    ]
    assert np.mean(found) > 0.8


def test_one_seed_gives_one_plan_in_every_key() -> None:
    assert plan(3) == plan(3)
    assert len({plan(seed) for seed in range(5)}) > 1
    moved = [(each.at, (each.root + 5) % 12, each.quality) for each in plan(2)]
    assert moved == [(each.at, each.root, each.quality) for each in plan(2, up=5)]
