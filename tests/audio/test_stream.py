"""How FluidSynth is played: what it is told and when, when it stops, and which presets are heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_float
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from symgen.audio import synthesizer
from symgen.audio.performance import (
    CONTROLLER,
    NOTE_OFF,
    NOTE_ON,
    Performance,
    Playing,
    make_messages,
    tick_frames,
)
from symgen.audio.soundfonts import Soundfont
from symgen.audio.synthesizer import _NOTHING, _is_heard, _play, _sent, silent_presets
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.music.tempo import tick_seconds

RATE = 8000
Written = list[tuple[int, float]]


def writer(level: Callable[[int], float], written: Written) -> Callable[..., None]:
    """Fill both sides of a block by the frame at which it begins."""
    done = 0

    def write(_: object, count: int, left: int, at: int, step: int, right: int, *more: int) -> None:
        nonlocal done
        values = (c_float * (at + 2 * count)).from_address(left)
        assert (step, right, more) == (2, left, (at + 1, 2))
        for place in range(at, at + 2 * count):
            values[place] = level(done)
        written.append((done, count))
        done += count

    return write


PLAYED = Performance(
    make_messages(
        3,
        frame=[0, 6400, 7000],
        kind=[NOTE_ON, NOTE_OFF, CONTROLLER],
        first=[60, 60, 7],
        second=[90, 0, 1],
    )
)


@pytest.mark.parametrize(
    ("tail", "frames", "lengths"),
    [
        # 72 dB below the peak is 0.00025; keys are up at 6400, the third block begins there
        (0.0002, None, [3200, 3200, 3200]),
        (0.0003, None, [3200] * 17 + [600]),
        (0.0002, 10_000, [3200, 3200, 3200, 400]),
        (0.0002, 6500, [3200, 3200, 100]),
    ],
)
def test_the_sound_ends_when_it_has_died_away(
    tail: float, frames: int | None, lengths: list[int]
) -> None:
    written: Written = []
    told: list[tuple[int, int, int, int, int]] = []

    def act(kind: int) -> Callable[[int, int, int], object]:
        def note(channel: int, first: int, second: int) -> None:
            told.append((sum(count for _, count in written), kind, channel, first, second))  # type: ignore[misc]

        return note

    acts = {kind: act(kind) for kind in (NOTE_ON, NOTE_OFF, CONTROLLER, _NOTHING)}
    write = writer(lambda frame: 1.0 if frame < 6400 else tail, written)
    playing = Playing(rate=RATE, frames=frames)
    blocks = list(_play(SimpleNamespace(synth=None), write, acts, PLAYED, playing))
    assert [len(block) for block in blocks] == lengths
    rows = [(0, NOTE_ON, 0, 60, 90), (6400, NOTE_OFF, 0, 60, 0), (7000, CONTROLLER, 0, 7, 1)]
    kept = [row for row in told if row[1] != _NOTHING]
    assert kept == rows[: 2 if frames == 6500 else 3]
    sound = np.concatenate(blocks)
    assert sound[:6400].min() == 1
    assert sound[6400:].max() == np.float32(tail)


def test_what_is_sent_ends_with_the_length() -> None:
    rows = list(_sent(PLAYED, 6400))
    assert [row[0] for row in rows] == [0, 6400, 6400]
    assert rows[-1] == (6400, _NOTHING, 0, 0, 0)
    many = Performance(make_messages(5000, frame=np.arange(5000), kind=CONTROLLER))
    assert [row[0] for row in _sent(many, 4998)] == [*range(4999), 4998]


class Quiet:
    """A synthesizer that gives some loud samples a note, in its third tenth of a second."""

    synth = None

    def __init__(self, loud: Callable[[int, int], int]) -> None:
        self.loud = loud
        self.told: list[tuple[object, ...]] = []
        self.program = 0

    def program_select(self, channel: int, font: int, bank: int, program: int) -> None:
        self.told.append(("program", channel, font, bank, program))
        self.program = program

    def noteon(self, channel: int, pitch: int, velocity: int) -> None:
        self.told.append(("on", channel, pitch, velocity))
        self.left, self.wait = self.loud(self.program, pitch), 2

    def all_sounds_off(self, channel: int) -> None:
        self.left = 0

    def write(self, _: object, count: int, address: int, *more: int) -> None:
        values = (c_float * (2 * count)).from_address(address)
        loud = self.left if self.wait == 0 else 0
        self.wait -= 1
        for place in range(2 * count):
            values[place] = 0.00011 if place < loud else 0.0001


@pytest.mark.parametrize(("samples", "heard"), [(101, True), (100, False), (0, False)])
def test_more_than_a_click_is_heard(samples: int, heard: bool) -> None:
    synth = Quiet(lambda *_: samples)
    assert _is_heard(synth, synth.write, 3, 60) == heard
    assert synth.told == [("on", 3, 60, 127)]


def test_presets_that_are_silent_at_all_pitches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Program 1 sounds at 62 alone, program 2 never; drums play on channel 10."""
    synth = Quiet(lambda program, pitch: 500 if (program, pitch) in ((1, 62), (0, 36)) else 0)

    @contextmanager
    def opened(*_: object, **options: object) -> Iterator[tuple[Any, int]]:
        assert options == {"synth.reverb.active": 0, "synth.chorus.active": 0}
        yield synth, 7

    monkeypatch.setattr(synthesizer, "_open_synth", opened)
    monkeypatch.setattr(synthesizer, "_float_writer", lambda _: synth.write)
    trials = {(0, 1): [60, 62, 64], (0, 2): [60], (128, 0): [36]}
    module: Any = None
    assert silent_presets(module, Soundfont(Path("x"), {}), trials) == [(0, 2)]
    assert synth.told == [
        ("program", 0, 7, 0, 1),
        ("on", 0, 60, 127),
        ("on", 0, 62, 127),
        ("program", 0, 7, 0, 2),
        ("on", 0, 60, 127),
        ("program", 9, 7, 128, 0),
        ("on", 9, 36, 127),
    ]


def test_frames_of_ticks() -> None:
    """At 60 and then 120 a minute, 10 ticks a quarter; grains of 64 frames are 8 ms."""
    tempos = (TempoChange.of_bpm(0, 60), TempoChange.of_bpm(20, 120))
    score = Score((Part((Note(0, 60, 50),)),), 10, tempos)
    ticks = np.array([0, 10, 19, 20, 21, 40])
    assert tick_seconds(score, ticks) == pytest.approx([0, 1, 1.9, 2, 2.05, 3])
    assert tick_frames(score, ticks, RATE).tolist() == [0, 8000, 15232, 16000, 16384, 24000]
