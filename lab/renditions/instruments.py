"""Play note rows with the programs of a soundfont, and say when each note is heard."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_int, c_void_p
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import GRAIN
from symgen.audio.reading import RATE
from symgen.audio.soundfonts import Soundfont
from symgen.audio.synthesizer import import_fluidsynth
from symgen.system.errors import MissingDependencyError, RenderError

__all__ = [
    "CHORD_PROGRAMS",
    "COMMON",
    "PEDALLED",
    "RANGES",
    "PlayOptions",
    "Player",
    "Sound",
    "audible_ends",
    "bend_curve",
]

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

RANGES: dict[int, tuple[int, int]] = {
    0: (40, 98), 1: (43, 96), 2: (48, 91), 3: (50, 88), 4: (45, 91), 5: (45, 91), 6: (48, 86), 7: (48, 84),
    8: (60, 96), 9: (72, 100), 10: (60, 96), 11: (55, 89), 12: (48, 89), 13: (62, 96), 15: (50, 86),
    16: (45, 88), 17: (45, 88), 18: (45, 88), 19: (48, 86), 20: (48, 86), 21: (53, 88), 22: (58, 88), 23: (53, 86),
    24: (40, 84), 25: (40, 84), 26: (40, 84), 27: (40, 84), 28: (43, 79), 29: (43, 82), 30: (43, 82),
    32: (36, 60), 33: (36, 60), 35: (36, 62),
    40: (55, 94), 41: (48, 84), 42: (37, 76), 43: (36, 57), 45: (48, 88), 46: (43, 91),
    52: (48, 81), 53: (48, 79), 54: (50, 82),
    56: (54, 84), 57: (43, 72), 58: (36, 60), 59: (54, 84), 60: (43, 77), 61: (50, 79),
    64: (56, 87), 65: (50, 81), 66: (46, 76), 67: (40, 69), 68: (58, 88), 69: (52, 80), 70: (38, 72), 71: (50, 89),
    72: (74, 100), 73: (60, 95), 74: (62, 95), 75: (58, 91), 76: (57, 86), 77: (57, 88), 78: (67, 96), 79: (62, 93),
    80: (48, 88), 81: (48, 88), 82: (52, 90), 83: (52, 88), 84: (48, 84), 85: (50, 84),
    104: (50, 82), 105: (48, 86), 106: (50, 84), 107: (48, 84), 108: (55, 88), 109: (60, 84), 110: (55, 93),
    111: (58, 86), 114: (55, 84),
}  # fmt: skip
"""Lowest and highest pitch of the programs that can carry a melody."""

COMMON = frozenset(
    {0, 4, 19, 21, 24, 25, 27, 40, 42, 56, 60, 64, 65, 66, 68, 71, 73, 74, 78, 80, 110}
)
"""Programs that are heard more often than the others."""

PEDALLED = frozenset({0, 1, 2, 3, 4, 5, 11, 46})
"""Programs with a sustain pedal, or that ring as if they had one."""

CHORD_PROGRAMS = (0, 4, 5, 16, 19, 21, 24, 25, 27, 32, 33, 42, 46, 48, 49, 50, 52, 89)
"""Programs for an accompaniment."""

_PLAY_RATE = 44100
_GAIN = 0.5
_CHANNELS = 16
_LOG_LEVELS = (0, 1, 2, 3)
_STEP = 0.005
_BEND_RANGE = 200.0
_BEND_STEP = 0.01
_DAMPED = 0.6


@dataclass(frozen=True, slots=True)
class PlayOptions:
    """How a program is played."""

    # Tuning above A440.
    cents: float = 0.0
    # Level of FluidSynth's own reverberation, 0 for none.
    reverb: float = 0.0
    # Shape (k, 2): rows ``(seconds, cents)`` of pitch bends besides the tuning; may be empty. At
    # most 200 cents together.
    bends: Floats | None = None
    # Seconds at which the sustain pedal is trod anew; it is up before the first.
    pedal: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Sound:
    """What a program of a font is like."""

    # Seconds from the key to the sound (-20 dB of the peak).
    latency: float
    # Whether the sound dies away while the key is held.
    fades: bool
    # Whether nothing was heard.
    silent: bool


class Player:
    """A soundfont that stays loaded, and plays."""

    def __init__(self, font: Soundfont) -> None:
        module = import_fluidsynth()
        if module is None:
            raise MissingDependencyError(
                "libfluidsynth was not found: `symgen doctor` says how to install it"
            )
        self.font = font
        self._module = module
        self._bind(module)
        # FluidSynth keeps samples as long as any synthesizer has them: this one only holds them
        self._keeper, self._number = self._open()
        self._sounds: dict[int, Sound] = {}
        self._pinned: set[int] = set()

    def _open(self, *, reverb: float = 0.0) -> tuple[Any, int]:
        """Open a synthesizer with the font; a new one each time, as an old one does not forget what it played."""
        for level in _LOG_LEVELS:
            self._log(level, None, None)
        options = {"synth.dynamic-sample-loading": 1, "synth.polyphony": 256, "synth.cpu-cores": 1}
        effects = {"synth.reverb.active": int(reverb > 0), "synth.chorus.active": 0}
        synth = self._module.Synth(
            gain=_GAIN, samplerate=float(_PLAY_RATE), channels=_CHANNELS, **options, **effects
        )
        number = synth.sfload(str(self.font.path))
        if number == -1:
            synth.delete()
            raise RenderError(
                f"soundfont {self.font.path}: FluidSynth cannot load it; take another one"
            )
        if reverb > 0:
            synth.set_reverb(min(0.2 + reverb, 1.0), 0.2, 0.5, min(reverb, 1.0))
        return synth, number

    def _bind(self, module: Any) -> None:
        writer = [("synth", c_void_p), ("len", c_int), ("lout", c_void_p), ("loff", c_int), ("lincr", c_int),
                  ("rout", c_void_p), ("roff", c_int), ("rincr", c_int)]  # fmt: skip
        bind = module.cfunc
        self._write = bind(
            "fluid_synth_write_float", c_int, *((name, kind, 1) for name, kind in writer)
        )
        preset = [(name, c_int, 1) for name in ("font", "bank", "program")]
        # only in FluidSynth 2.2 and newer; without it samples are loaded again for each clip
        self._pin = bind("fluid_synth_pin_preset", c_int, ("synth", c_void_p, 1), *preset)
        self._log = bind(
            "fluid_set_log_function",
            c_void_p,
            ("level", c_int, 1),
            ("fun", c_void_p, 1),
            ("data", c_void_p, 1),
        )

    def close(self) -> None:
        """Free the library's memory; the player cannot play after it."""
        if self._keeper is not None:
            self._keeper.delete()
            self._keeper = None

    @property
    def programs(self) -> tuple[int, ...]:
        """Programs of the font that can carry a melody, in order."""
        return tuple(sorted(self.font.programs & set(RANGES)))

    def play(
        self,
        program: int,
        rows: Floats,
        releases: Floats,
        seconds: float,
        playing: PlayOptions = PlayOptions(),
    ) -> Samples:
        """Play note rows, whole pitches, as mono at 16 kHz, not scaled; keys go up at `releases` (s)."""
        import soxr

        self._keep(program)
        synth, number = self._open(reverb=playing.reverb)
        try:
            synth.program_select(0, number, 0, program)
            sound = self._render(synth, self._acts(synth, rows, releases, playing), seconds)
        finally:
            synth.delete()
        low = soxr.resample(sound, _PLAY_RATE, RATE, quality="HQ")
        count = round(seconds * RATE)
        fitted = np.zeros(count, dtype=np.float32)
        fitted[: min(count, len(low))] = low[:count]
        return fitted

    def _keep(self, program: int) -> None:
        if program not in self._pinned and self._pin is not None:
            self._pin(self._keeper.synth, self._number, 0, program)
        self._pinned.add(program)

    def _render(self, synth: Any, acts: Iterator[tuple[int, Any]], seconds: float) -> Samples:
        """Return mono samples at the rate of the player."""
        frames = int(np.ceil(seconds * _PLAY_RATE / GRAIN)) * GRAIN
        sound = np.zeros((frames, 2), dtype=np.float32)
        now = 0
        for frame, act in acts:
            frame = min(frame, frames)
            if frame > now:
                self._write_frames(synth, sound[now:frame])
                now = frame
            act()
        if frames > now:
            self._write_frames(synth, sound[now:])
        return np.ascontiguousarray(sound.sum(axis=1))

    def _write_frames(self, synth: Any, sound: Samples) -> None:
        """Let the synthesizer write both channels, each into every second number."""
        address = sound.ctypes.data
        self._write(synth.synth, len(sound), address, 0, 2, address, 1, 2)

    @staticmethod
    def _acts(
        synth: Any, rows: Floats, releases: Floats, playing: PlayOptions
    ) -> Iterator[tuple[int, Any]]:
        bends = np.zeros((0, 2)) if playing.bends is None else playing.bends
        times, cents = np.vstack([np.zeros((1, 2)), bends]).T
        grains = np.rint(times * _PLAY_RATE / GRAIN).astype(np.int64) * GRAIN
        bent = np.clip(cents + playing.cents, -_BEND_RANGE, _BEND_RANGE - 1)
        wheel = np.rint(bent / _BEND_RANGE * 8192).astype(int)
        acts: list[tuple[int, int, tuple[int, ...]]] = [
            (frame, 1, (value,))
            for frame, value in zip(grains.tolist(), wheel.tolist(), strict=True)
        ]
        for (onset, _, pitch, strength), release in zip(
            rows.tolist(), releases.tolist(), strict=True
        ):
            down = round(onset * _PLAY_RATE / GRAIN) * GRAIN
            up = max(round(release * _PLAY_RATE / GRAIN) * GRAIN, down + GRAIN)
            key, velocity = round(pitch), min(max(round(strength * 127), 1), 127)
            acts.append((down, 2, (key, velocity)))
            acts.append((up, 0, (key,)))
        for moment in playing.pedal:
            frame = round(moment * _PLAY_RATE / GRAIN) * GRAIN
            # as players do it: up with the new note, down again when it sounds
            acts += [
                (frame, 3, (64, 0)),
                (frame + round(0.12 * _PLAY_RATE / GRAIN) * GRAIN, 3, (64, 127)),
            ]
        for frame, kind, values in sorted(acts):
            if kind == 3:
                yield frame, lambda v=values: synth.cc(0, *v)
            elif kind == 2:
                yield frame, lambda v=values: synth.noteon(0, *v)
            elif kind == 1:
                yield frame, lambda v=values: synth.pitch_bend(0, *v)
            else:
                yield frame, lambda v=values: synth.noteoff(0, *v)

    def sound(self, program: int) -> Sound:
        """Try a program, once: how late it sounds and whether it fades."""
        if program not in self._sounds:
            low, high = RANGES.get(program, (48, 72))
            pitches = np.linspace(low + 3, high - 3, 3).round()
            onsets = np.arange(3) * 2.0
            rows = np.stack([onsets, onsets + 1.5, pitches, np.full(3, 0.7)], axis=1)
            played = self.play(program, rows, rows[:, 1], 6.0)
            self._sounds[program] = _describe(_levels(played).reshape(3, -1))
        return self._sounds[program]


def _levels(samples: Samples) -> Floats:
    """Root mean square of each 5 ms."""
    size = round(_STEP * RATE)
    whole = samples[: len(samples) // size * size]
    blocks = whole.astype(np.float64).reshape(-1, size)
    levels: Floats = np.sqrt(np.mean(blocks**2, axis=1))
    return levels


def _describe(levels: Floats) -> Sound:
    early = levels[:, : round(0.3 / _STEP)]
    peaks = early.max(axis=1)
    if peaks.max() < 1e-4:
        return Sound(0.0, fades=False, silent=True)
    heard = (early > 0.1 * peaks[:, None]).argmax(axis=1) * _STEP
    # a beating or swelling sound can pass through a low place: the mean over the end of the note decides
    peaks = np.maximum(peaks, 1e-9)
    late = levels[:, round(1.2 / _STEP) : round(1.45 / _STEP)].mean(axis=1)
    fades = bool(np.median(late / peaks) < 0.35)
    return Sound(float(np.median(heard)), fades=fades, silent=False)


def audible_ends(
    samples: Samples, rows: Floats, releases: Floats, *, floor: float = 0.01
) -> Floats:
    """Find where notes that die away fall below a share of the peak: seconds, at most the next onset.

    `samples` are the melody alone, without reverberation.
    """
    levels = _levels(samples)
    nexts = np.r_[rows[1:, 0], len(samples) / RATE]
    ends = np.empty(len(rows))
    for i, (onset, follow, release) in enumerate(zip(rows[:, 0], nexts, releases, strict=True)):
        start, stop = int(onset / _STEP), int(follow / _STEP)
        key = int(min(release, follow) / _STEP)
        level = levels[start:stop]
        if not len(level) or level.max() <= 0:
            ends[i] = min(release, follow)
            continue
        sounding = np.flatnonzero(level > floor * level.max())
        gone = min((start + sounding[-1] + 1) * _STEP, follow)
        ends[i] = min(gone, release) if _is_damped(levels, start, key) else gone
    return np.maximum(np.minimum(ends, nexts), rows[:, 0] + 0.02)


def _is_damped(levels: Floats, start: int, key: int) -> bool:
    """Tell whether a sound falls faster after the key went up than it did before."""
    after = levels[key + 12 : key + 16]
    if not len(after):
        return True
    before = float(levels[max(key - 6, start) : max(key, start + 1)].mean())
    earlier = float(levels[key - 20 : key - 14].mean()) if key - 20 >= start + 4 else before
    fall = min(before / max(earlier, 1e-9), 1.0)
    return bool(after.mean() < _DAMPED * fall * before)


def bend_curve(rows: Floats, rng: np.random.Generator, *, depth: float, rate: float) -> Floats:
    """Draw a vibrato that sets in late on long notes: rows ``(seconds, cents)`` each 10 ms."""
    if not len(rows):
        return np.zeros((0, 2))
    times = np.arange(rows[0, 0], rows[-1, 1], _BEND_STEP)
    onsets = rows[:, 0]
    sounding = np.maximum(np.searchsorted(onsets, times, side="right") - 1, 0)
    since = times - onsets[sounding]
    grown = np.clip((since - rng.uniform(0.05, 0.3)) / rng.uniform(0.1, 0.4), 0, 1)
    knots = np.arange(times[0], times[-1] + 1, 0.5)
    wander = np.interp(times, knots, rng.normal(0, 0.06, len(knots)))
    phase = 2 * np.pi * rate * np.cumsum(1 + wander) * _BEND_STEP
    swing = np.sin(phase + rng.uniform(0, 6.3))
    return np.stack([times, depth * grown * swing], axis=1)
