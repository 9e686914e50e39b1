"""Held-out tunes as recordings whose notes are known: by soundfonts or a synthetic voice, clean and noisy.

Tunes are played at a tempo that is usual for their kind, with drift (0.5 to 3.5 %), rubato, onsets 8 to 20 ms early or
late (one standard deviation), more or less legato, up to 50 cents off A440. Noisy: pink noise 20 dB below the music, in
a small room (0.3 s).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.beats import Piece, usual_bpm
from lab.renditions.instruments import RANGES, Player, PlayOptions, audible_ends
from lab.renditions.performance import Manner, Performance, melody_notes, perform
from lab.renditions.rooms import to_level
from lab.renditions.singers import draw_singer
from lab.renditions.voice import sing
from symgen.audio.reading import RATE
from symgen.audio.soundfonts import open_soundfont
from symgen.corpus import Store
from symgen.music.theory import Key
from symgen.tokens import decode

__all__ = [
    "CONDITIONS",
    "INSTRUMENTS",
    "Played",
    "Tune",
    "find_fonts",
    "make_noisy",
    "open_tunes",
    "play",
    "record",
]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

INSTRUMENTS: dict[str, tuple[int, ...]] = {
    "piano": (0,),
    "violin": (40,),
    "flute": (73,),
    "voice oohs": (53, 52),
    "lead": (80, 81),
    "synthetic voice": (),
}
"""General MIDI programs: of several the first that a soundfont holds, but both leads in turn. No program: sung."""

CONDITIONS = ("clean", "noisy")

METERS = {
    "2/4": "2/4",
    "3/4": "3/4",
    "4/4": "4/4",
    "2/2": "4/4",
    "6/8": "6/8",
    "12/8": "6/8",
    "9/8": "9/8",
}
LEAST_NOTES = 24
TUNING = 20.0
"""Cents, one standard deviation; no more than 50."""
ROOM_SECONDS = 0.3
"""Reverberation time of the small room (60 dB)."""
WET = 0.5
"""Energy of the reverberation beside the direct sound."""
NOISE_BELOW = 20.0
"""Decibels by which the pink noise is below the music."""


@dataclass(frozen=True)
class Tune:
    """A held-out tune."""

    # The score, and what its usual tempo follows from.
    piece: Piece
    # As its header names it.
    key: Key | None


@dataclass(frozen=True)
class Played:
    """A clip."""

    # Shape (frames,): mono, 16 kHz.
    samples: Samples
    # Shape (n, 4): note rows as they are heard: with tuning and the attack of the instrument,
    # without what a voice slurs.
    rows: Floats
    # What was played, and where it stands on the grid.
    performance: Performance
    # Semitones, 0..11, by which it was played higher than the tune; right for clips that begin
    # where the tune does.
    transposition: int


def open_tunes(path: Path, count: int, seed: int) -> list[Tune]:
    """Draw tunes of the test split of a store: one piece of a tune, in one of the common meters."""
    if not (path / "index.json").exists():
        raise SystemExit(
            f"{path} is no store: make one with `symgen corpus`, models/folk/README.md says of what"
        )
    store = Store.open(path)
    records = {record.group: record for record in store.pieces("test")}
    order = np.random.default_rng(seed).permutation(sorted(records))
    tunes = []
    for record in (records[name] for name in order):
        score = decode(store.events(record), store.vocabulary)
        meters = {METERS.get(str(bar.meter), "") for bar in score.bars}
        if len(meters) == 1 and "" not in meters and len(melody_notes(score)) >= LEAST_NOTES:
            tunes.append(
                Tune(Piece(score, record.header.style or "", meters.pop()), record.header.key)
            )
        if len(tunes) == count:
            return tunes
    raise SystemExit(f"{path} has {len(tunes)} fit tunes in its test split, {count} are asked for")


def find_fonts(seen: Path | None, unseen: Path | None) -> dict[str, Path]:
    """Return a soundfont that training played with and one that it did not."""
    import pretty_midi

    return {
        "seen": seen or open_soundfont().path,
        "unseen": unseen or Path(pretty_midi.__file__).with_name("TimGM6mb.sf2"),
    }


def play(
    tune: Tune, instrument: str, soundfont: Path, number: int, *, seconds: float, whole: float
) -> Played:
    """Play a tune, from its beginning or from a bar of it, clean.

    `whole` is the probability that the clip begins where the tune does; the same arguments give the same clip.
    """
    rng = np.random.default_rng([number, *instrument.encode()])
    voice = not INSTRUMENTS[instrument]
    manner = _manner(tune.piece, rng, seconds, whole, voice=voice)
    cents = float(np.clip(rng.normal(0, TUNING), -50, 50))
    if voice:
        singer = draw_singer(rng)
        performance = perform(tune.piece.score, rng, manner, singer.span)
        tuned = performance.rows + np.array([0, 0, cents / 100, 0])
        samples, rows = sing(tuned, singer, performance.seconds, rng)
    else:
        player, program = _pick(instrument, soundfont, number)
        performance = perform(tune.piece.score, rng, manner, RANGES[program])
        samples, rows = _sound(player, program, performance, cents)
    first = int(melody_notes(tune.piece.score)[0, 2])
    return Played(
        to_level(samples, -1.0),
        rows,
        performance,
        (int(performance.placed.notes[0, 2]) - first) % 12,
    )


def _manner(
    piece: Piece, rng: np.random.Generator, seconds: float, whole: float, *, voice: bool
) -> Manner:
    steps = np.diff(melody_notes(piece.score)[:, 0]) / piece.score.resolution
    return Manner(
        spacing=60 * float(np.median(steps[steps > 0])) / usual_bpm(piece, rng),
        least=0.11 if voice else 0.06,
        drift=float(rng.uniform(0.005, 0.035)),
        rubato=float(rng.uniform(0, 0.02)),
        jitter=float(rng.uniform(0.008, 0.02)),
        gate=float(rng.uniform(0.9, 1.0) if voice else rng.uniform(0.6, 1.05)),
        loudness=float(rng.uniform(0.4, 0.9)),
        seconds=seconds,
        whole=whole,
    )


@lru_cache(maxsize=4)
def _player(soundfont: Path) -> Player:
    return Player(open_soundfont(soundfont))


def _pick(instrument: str, soundfont: Path, number: int) -> tuple[Player, int]:
    player = _player(soundfont)
    programs = [program for program in INSTRUMENTS[instrument] if program in player.programs]
    if not programs:
        raise SystemExit(f"{soundfont} holds no {instrument}")
    return player, programs[number % len(programs) if instrument == "lead" else 0]


def _sound(
    player: Player, program: int, performance: Performance, cents: float
) -> tuple[Samples, Floats]:
    """Play, and say what is heard: plucked and struck notes die away, bowed and blown ones take time to speak."""
    rows, releases = performance.rows.copy(), performance.releases
    samples = player.play(program, rows, releases, performance.seconds, PlayOptions(cents))
    sound = player.sound(program)
    rows[:, 1] = releases
    if sound.fades:
        rows[:, 1] = audible_ends(samples, performance.rows, releases)
    rows[:, 0] = np.minimum(rows[:, 0] + sound.latency, rows[:, 1] - 0.01)
    rows[:-1, 1] = np.minimum(rows[:-1, 1], rows[1:, 0])
    rows[:, 2] += cents / 100
    return samples, rows


def make_noisy(samples: Samples, number: int) -> Samples:
    """Put a clip into a small room with pink noise."""
    rng = np.random.default_rng([number, 77])
    time = np.arange(round(ROOM_SECONDS * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / ROOM_SECONDS)
    tail[: round(0.004 * RATE)] = 0.0
    tail *= np.sqrt(WET / np.sum(tail**2))
    tail[0] = 1.0
    size = len(samples) + len(tail) - 1
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    # pink: power falls by 3 dB an octave, from 20 Hz on
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20.0 * len(samples) / RATE))
    noise = np.fft.irfft(spectrum, len(samples))
    noise *= np.sqrt(np.mean(wet**2) / np.mean(noise**2)) * 10 ** (-NOISE_BELOW / 20)
    mixed = wet + noise
    loudest = float(np.abs(mixed).max())
    return (mixed * (0.5 / loudest)).astype(np.float32)


def record(
    clips: Sequence[Played], condition: str, folder: Path, name: str = "clip"
) -> Iterator[Path]:
    """Write clips as WAV files of 16 bits at 16 kHz."""
    import soundfile

    for number, clip in enumerate(clips):
        path = folder / f"{name}-{condition}-{number:03d}.wav"
        samples = make_noisy(clip.samples, number) if condition == "noisy" else clip.samples
        soundfile.write(path, samples, RATE, subtype="PCM_16")
        yield path
