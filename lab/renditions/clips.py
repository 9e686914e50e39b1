"""Labelled clips of music: a sound and the notes of its melody, for training a transcriber and for judging one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.renditions.accompaniment import accompany
from lab.renditions.instruments import (
    CHORD_PROGRAMS,
    COMMON,
    PEDALLED,
    RANGES,
    Player,
    PlayOptions,
    audible_ends,
    bend_curve,
)
from lab.renditions.negatives import no_melody
from lab.renditions.performance import Manner, Performance, draw_manner, melody_notes, perform
from lab.renditions.rooms import degrade, to_level
from lab.renditions.singers import draw_singer
from lab.renditions.voice import WHISTLE_SPAN, buzz, sing, whistle
from symgen.audio.reading import RATE
from symgen.audio.soundfonts import open_soundfont
from symgen.music.score import Score
from symgen.system.errors import ControlError

__all__ = ["Clip", "ClipOptions", "make_clip", "make_clips"]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

_WAYS = {"voice": 0.88, "whistle": 0.08, "kazoo": 0.04}


@dataclass(frozen=True)
class Clip:
    """A sound and what is heard in it."""

    # Shape (frames,): mono, 16 kHz, full scale 1.
    samples: Samples
    # Shape (n, 4): note rows of the melody, monophonic; pitches as they sound, with tuning. Empty
    # where there is none.
    rows: Floats
    # Shape (k, 4): note rows of what sounds besides.
    others: Floats
    # ``kind`` (``"soundfont"``, ``"voice"``, ``"negative"``), ``cents`` (tuning), ``performance``
    # (a `Performance` or None) and more, for reports.
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """What clips are made of."""

    # SF2 or SF3 files, drawn from alike; without any, all clips are voices or hold no melody.
    soundfonts: tuple[str | Path, ...] = ()
    # Programs to draw from; all that carry a melody where empty.
    programs: tuple[int, ...] = ()
    # Share of clips that are sung, hummed or whistled.
    voice: float = 0.5
    # Share of clips without a melody.
    negative: float = 0.05
    # Share of the clips with a melody that have soft chords below it.
    accompaniment: float = 0.12
    # Whether rooms, noise and recorders are heard; otherwise all is clean.
    degraded: bool = True
    # Shortest and longest clip.
    seconds: tuple[float, float] = (8.0, 20.0)
    # Spread of the tuning in cents; it is drawn from a normal distribution and stays within 50.
    tuning: float = 20.0
    # Probability that a clip begins where its tune does.
    whole: float = 0.5
    # Share of clips whose tune is changed here and there, so that not every melody is one of the
    # tunes.
    free: float = 0.3

    def __post_init__(self) -> None:
        shares = (self.voice, self.negative, self.accompaniment, self.whole, self.free)
        if not all(0 <= share <= 1 for share in shares):
            raise ControlError(f"shares {shares}: each must be in 0..1")
        if not 1 <= self.seconds[0] <= self.seconds[1] <= 600:
            raise ControlError(f"seconds {self.seconds}: shortest and longest must be in 1..600")


def make_clip(tune: Score, rng: np.random.Generator, options: ClipOptions) -> Clip:
    """Make a clip of a tune's first part, or one without a melody where the tune has no notes."""
    kind = float(rng.random())
    if kind < options.negative or not len(melody_notes(tune)):
        clip = _negative(rng, options)
    elif kind < options.negative + options.voice * (1 - options.negative) or not options.soundfonts:
        clip = _sung(tune, rng, options)
    else:
        clip = _played(tune, rng, options)
    samples, facts = clip.samples, clip.facts
    if options.degraded:
        samples, more = degrade(samples, rng)
        facts = facts | more
    gain = float(-30 * rng.beta(1.0, 2.5)) if options.degraded else -1.0
    return Clip(to_level(samples, gain), clip.rows, clip.others, facts | {"gain": gain})


def make_clips(
    tunes: Sequence[Score], hours: float, seed: int, options: ClipOptions
) -> Iterator[Clip]:
    """Yield clips until they last some hours; the same arguments give the same clips."""
    if not tunes:
        raise ControlError("no tunes: clips are made out of at least one")
    left, number = hours * 3600, 0
    order = np.random.default_rng([seed, 1])
    while left > 0:
        tune = tunes[int(order.integers(len(tunes)))]
        clip = make_clip(tune, np.random.default_rng([seed, 2, number]), options)
        yield clip
        left -= len(clip.samples) / RATE
        number += 1


@lru_cache(maxsize=8)
def _player(path: str) -> Player:
    return Player(open_soundfont(path))


def _draw_cents(rng: np.random.Generator, options: ClipOptions) -> float:
    return float(np.clip(rng.normal(0, options.tuning), -50, 50))


def _manner(rng: np.random.Generator, options: ClipOptions, *, voice: bool) -> Manner:
    free = float(rng.uniform(0.1, 0.6)) if rng.random() < options.free else 0.0
    return replace(
        draw_manner(rng, voice=voice, seconds=options.seconds), whole=options.whole, free=free
    )


def _sung(tune: Score, rng: np.random.Generator, options: ClipOptions) -> Clip:
    singer = draw_singer(rng)
    way = str(rng.choice(list(_WAYS), p=list(_WAYS.values())))
    span = WHISTLE_SPAN if way == "whistle" else singer.span
    performance = perform(tune, rng, _manner(rng, options, voice=True), span)
    # nobody gives a singer the tone: any tuning is as likely
    cents = float(rng.uniform(-50, 50)) if options.tuning else 0.0
    rows = performance.rows + np.array([0, 0, cents / 100, 0])
    samples, heard = (whistle if way == "whistle" else sing)(rows, singer, performance.seconds, rng)
    if way == "kazoo":
        samples = buzz(samples, rng)
    samples, others = to_level(samples, 0.0), np.zeros((0, 4))
    if options.soundfonts and rng.random() < options.accompaniment:
        samples, others = _accompanied(samples, performance, _draw_player(rng, options), cents, rng)
    facts = {
        "kind": "voice",
        "way": way,
        "singer": singer,
        "cents": cents,
        "performance": performance,
    }
    return Clip(samples, heard, others, facts)


def _draw_player(rng: np.random.Generator, options: ClipOptions) -> Player:
    return _player(str(options.soundfonts[int(rng.integers(len(options.soundfonts)))]))


def _played(tune: Score, rng: np.random.Generator, options: ClipOptions) -> Clip:
    player = _draw_player(rng, options)
    programs = [p for p in player.programs if not options.programs or p in options.programs]
    if not programs:
        raise ControlError(
            f"soundfont {player.font.path}: holds none of the programs that can carry a melody"
        )
    shares = np.array([2.5 if program in COMMON else 1.0 for program in programs])
    program = int(rng.choice(programs, p=shares / shares.sum()))
    sound = player.sound(program)
    manner = _manner(rng, options, voice=False)
    performance = perform(tune, rng, manner, RANGES[program])
    cents = _draw_cents(rng, options)
    rows = performance.rows.copy()
    bends = None
    if not sound.fades and rng.random() < 0.3:
        depth, rate = float(rng.uniform(5, 40)), float(rng.uniform(4.5, 7))
        bends = bend_curve(rows, rng, depth=depth, rate=rate)
    reverb = float(rng.uniform(0.1, 0.9)) if options.degraded and rng.random() < 0.25 else 0.0
    pedal: tuple[float, ...] = ()
    if program in PEDALLED and rng.random() < 0.15:
        pedal = tuple(performance.pulse[:: int(rng.integers(1, 5)), 1].tolist())
    playing = PlayOptions(cents, reverb, bends, pedal)
    samples = player.play(program, rows, performance.releases, performance.seconds, playing)
    if sound.fades:
        dry = samples
        if reverb:
            dry = player.play(
                program,
                rows,
                performance.releases,
                performance.seconds,
                replace(playing, reverb=0.0),
            )
        rows[:, 1] = audible_ends(dry, rows, performance.releases)
    rows[:, 2] += cents / 100
    rows[:, 0] = np.minimum(rows[:, 0] + sound.latency, rows[:, 1] - 0.01)
    rows[:-1, 1] = np.minimum(rows[:-1, 1], rows[1:, 0])
    samples, others = to_level(samples, 0.0), np.zeros((0, 4))
    if rng.random() < options.accompaniment:
        samples, others = _accompanied(samples, performance, player, cents, rng)
    facts = {
        "kind": "soundfont",
        "soundfont": player.font.path.name,
        "program": program,
        "cents": cents,
    }
    return Clip(samples, rows, others, facts | {"performance": performance, "reverb": reverb})


def _accompanied(
    samples: Samples,
    performance: Performance,
    player: Player,
    cents: float,
    rng: np.random.Generator,
) -> tuple[Samples, Floats]:
    """Mix soft chords under a melody."""
    rows = accompany(performance, rng)
    programs = [p for p in CHORD_PROGRAMS if p in player.font.programs]
    if not len(rows) or not programs:
        return samples, np.zeros((0, 4))
    sound = player.play(
        int(rng.choice(programs)), rows, rows[:, 1], performance.seconds, PlayOptions(cents)
    )
    power, other = _power(samples), _power(sound)
    if other < 1e-6:
        return samples, np.zeros((0, 4))
    share = power / other * 10 ** (-rng.uniform(6, 22) / 20)
    mixed = (samples + sound * np.float32(share)).astype(np.float32)
    return mixed, rows + np.array([0, 0, cents / 100, 0])


def _power(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _negative(rng: np.random.Generator, options: ClipOptions) -> Clip:
    samples, sound = no_melody(float(rng.uniform(*options.seconds)), rng)
    return Clip(
        samples,
        np.zeros((0, 4)),
        np.zeros((0, 4)),
        {"kind": "negative", "sound": sound, "performance": None},
    )
