"""Held-out tunes as recordings whose notes are known: by soundfonts or a synthetic voice, clean and noisy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common import Tune
from numpy.typing import NDArray

from symgen.audio.soundfonts import open_soundfont
from symgen.audio.spectrum import RATE
from symgen.corpus import Store
from symgen.meter import Meter
from symgen.renditions.clips import ClipOptions, make_clip
from symgen.renditions.performance import melody_notes
from symgen.theory import Key

__all__ = ["CONDITIONS", "INSTRUMENTS", "Played", "Truth", "find_fonts", "make_noisy", "open_tunes", "play", "record"]

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
"""General MIDI programmes: of several the first that a soundfont holds, but both leads in turn. No programme: sung."""

CONDITIONS = ("clean", "noisy")

ROOM_SECONDS = 0.3
"""Reverberation time of the small room (60 dB)."""
WET = 0.5
"""Energy of the reverberation beside the direct sound."""
NOISE_BELOW = 20.0
"""Decibels by which the pink noise is below the music."""


@dataclass(frozen=True)
class Truth:
    """What was played, on the grid of its beats.

    Parameters
    ----------
    words : list of tuple of int
        As `transcription.metrics.grid_words` spells notes.
    long_words : list of tuple of int
        The same with durations.
    bpm : float
        Quarters a minute in the mean over the clip.
    meter : Meter
    pickup : float
        Quarters before the first full bar line.
    key : Key or None
        Of the tune, transposed as it was played.
    """

    words: list[tuple[int, ...]]
    long_words: list[tuple[int, ...]]
    bpm: float
    meter: Meter
    pickup: float
    key: Key | None


@dataclass(frozen=True)
class Played:
    """A clip.

    Parameters
    ----------
    samples : ndarray of float32, shape (frames,)
        Mono, 16 kHz.
    rows : ndarray of float64, shape (n, 4)
        True note rows.
    truth : Truth
    """

    samples: Samples
    rows: Floats
    truth: Truth


def open_tunes(path: Path, count: int, seed: int) -> list[Tune]:
    """Draw tunes of the test split of a store: of one metre, of a single line, of eight bars or more."""
    from symgen.tokens import decode

    if not (path / "index.json").exists():
        raise SystemExit(f"{path} is no store: make one with `symgen corpus`, models/folk/README.md says of what")
    store = Store.open(path)
    records = [r for r in store.pieces("test") if len(set(r.header.bar_meters)) == 1 and r.header.bars >= 8]
    order = np.random.default_rng(seed).permutation(len(records))[:count]
    tunes = []
    for record in (records[int(i)] for i in order):
        score = decode(store.events(record), store.vocabulary)
        tunes.append(Tune(record.title, score, record.header.key, record.header.style))
    if len(tunes) < count:
        raise SystemExit(f"{path} has {len(tunes)} fit tunes in its test split, {count} are asked for")
    return tunes


def find_fonts(seen: Path | None, unseen: Path | None) -> dict[str, Path]:
    """Return a soundfont that training played with and one that it did not."""
    import pretty_midi

    from symgen.audio.soundfonts import open_soundfont

    return {
        "seen": seen or open_soundfont().path,
        "unseen": unseen or Path(pretty_midi.__file__).with_name("TimGM6mb.sf2"),
    }


def play(tune: Tune, instrument: str, soundfont: Path, number: int, *, seconds: float, whole: float) -> Played:
    """Play a tune, from its beginning or from a bar of it, clean.

    `whole` is the probability that the clip begins where the tune does; the same arguments give the same clip.
    """
    options = ClipOptions(
        soundfonts=(soundfont,), programs=_programs(instrument, soundfont, number), negative=0.0, accompaniment=0.0,
        voice=float(not INSTRUMENTS[instrument]), degraded=False, seconds=(seconds, seconds), whole=whole,
    )  # fmt: skip
    clip = make_clip(tune.score, np.random.default_rng([number, *instrument.encode()]), options)
    return Played(clip.samples, clip.rows, _truth(tune, clip.facts["performance"]))


def _programs(instrument: str, soundfont: Path, number: int) -> tuple[int, ...]:
    programs = [p for p in INSTRUMENTS[instrument] if p in open_soundfont(soundfont).programs]
    if INSTRUMENTS[instrument] and not programs:
        raise SystemExit(f"{soundfont} holds no {instrument}")
    return tuple(programs[number % len(programs) :][:1] if instrument == "lead" else programs[:1])


def _truth(tune: Tune, performance: object) -> Truth:
    placed, pulse = performance.placed, performance.pulse  # type: ignore[attr-defined]
    notes = placed.notes
    steps = np.round(notes[:, :2] * 12).astype(int)
    pitches = notes[:, 2].astype(int)
    gaps = np.diff(steps[:, 0])
    words = [(int(pitch), int(gap)) for pitch, gap in zip(pitches, [0, *gaps], strict=True)]
    rooms = np.minimum(steps[:, 1], [*gaps, 12_000])
    long_words = [(*word, int(room)) for word, room in zip(words, rooms, strict=True)]
    bpm = 60 * float(np.ptp(pulse[:, 0]) / np.ptp(pulse[:, 1]))
    return Truth(words, long_words, bpm, placed.meter, placed.pickup, _key(tune, int(pitches[0])))


def _key(tune: Tune, first: int) -> Key | None:
    """Return the key of a tune that was transposed; right for clips that begin where the tune does."""
    if tune.key is None:
        return None
    return Key((tune.key.tonic + first - int(melody_notes(tune.score)[0, 2])) % 12, tune.key.mode)


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
    return (mixed * (0.5 / np.abs(mixed).max())).astype(np.float32)


def record(clips: Sequence[Played], condition: str, folder: Path, name: str = "clip") -> Iterator[Path]:
    """Write clips as WAV files of 16 bits at 16 kHz."""
    import soundfile

    for number, clip in enumerate(clips):
        path = folder / f"{name}-{condition}-{number:03d}.wav"
        samples = make_noisy(clip.samples, number) if condition == "noisy" else clip.samples
        soundfile.write(path, samples, RATE, subtype="PCM_16")
        yield path
