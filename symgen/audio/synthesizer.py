"""FluidSynth as a stream of blocks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from ctypes import c_int, c_void_p
from io import StringIO
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.loudness import BLOCK_SECONDS, peak_of
from symgen.audio.performance import (
    BEND,
    CHANNEL_PRESSURE,
    CONTROLLER,
    KEY_PRESSURE,
    NOTE_OFF,
    NOTE_ON,
    PRESET,
    RESET,
    Performance,
    Playing,
)
from symgen.audio.soundfonts import DRUM_BANK, Soundfont
from symgen.system.errors import RenderError

__all__ = [
    "count_presets",
    "fluidsynth_blocks",
    "import_fluidsynth",
    "play_live",
    "silent_presets",
]

_GAIN = 0.5
_POLYPHONY = 1024
_TAIL_FLOOR = 10 ** (-72 / 20)
_LOG_LEVELS = (0, 1, 2, 3)
_SLICE = 4096
_NOTHING = 0
"""No message."""
_TRIAL_RATE = 44100
_TRIAL_BLOCKS = 50
_AUDIBLE = 1e-4
_CLICK = 100
_DRY = {"synth.reverb.active": 0, "synth.chorus.active": 0}


def import_fluidsynth() -> ModuleType | None:
    """Return the FluidSynth binding, or None if it or the system's library is missing."""
    # The other package of this name on PyPI, which is no binding, counts as missing.
    try:
        # With $CI set the binding prints where it found the library; stdout is not its own.
        with redirect_stdout(StringIO()):
            import fluidsynth
    except (ImportError, OSError):
        return None
    module: ModuleType = fluidsynth
    return module if hasattr(module, "Synth") and hasattr(module, "cfunc") else None


def fluidsynth_blocks(
    fluidsynth: ModuleType, font: Soundfont, performance: Performance, playing: Playing
) -> Generator[NDArray[np.float32], None, None]:
    """Open FluidSynth with a soundfont and return the sound as a stream."""
    # Returns shape (frames, 2), blocks of 0.4 s, the last one shorter; full scale is 1 but louder
    # sound is not clipped.
    channels = 16 * (int(performance.messages["channel"].max(initial=0)) // 16 + 1)
    with _open_synth(fluidsynth, font, playing.rate, channels, **_effects(playing)) as (
        synth,
        sound,
    ):
        acts = _acts(fluidsynth, synth.synth, sound)
        yield from _play(synth, _float_writer(fluidsynth), acts, performance, playing)


def play_live(
    fluidsynth: ModuleType,
    font: Soundfont,
    performance: Performance,
    playing: Playing,
    settings: Mapping[str, str],
) -> bool:
    """Play through an audio driver of FluidSynth, in time; False if no driver can be opened."""
    # `settings` of FluidSynth, such as ``audio.driver``. What ends the waiting ends the sound.
    channels = 16 * (int(performance.messages["channel"].max(initial=0)) // 16 + 1)
    with _open_synth(fluidsynth, font, playing.rate, channels, **_effects(playing)) as (
        synth,
        sound,
    ):
        for name, wanted in settings.items():
            synth.setting(name, wanted)
        # Not through `Synth.start`, which opens devices for MIDI too, and does not say what failed.
        with _mute():
            synth.audio_driver = fluidsynth.new_fluid_audio_driver(synth.settings, synth.synth)
        if not synth.audio_driver:
            return False
        acts, start = _acts(fluidsynth, synth.synth, sound), monotonic()
        length = min(playing.length(performance), performance.end + playing.rate)
        for frame, kind, channel, first, second in _sent(performance, length):
            wait = start + frame / playing.rate - monotonic()
            if wait > 0:
                sleep(wait)
            acts[kind](channel, first, second)
    return True


def count_presets(fluidsynth: ModuleType, font: Soundfont) -> int:
    """Load a soundfont and return how many of its presets FluidSynth knows."""
    with _open_synth(fluidsynth, font, 44100, 16) as (synth, sound):
        return sum(
            synth.sfpreset_name(sound, bank, program) is not None for bank, program in font.presets
        )


def silent_presets(
    fluidsynth: ModuleType, font: Soundfont, trials: dict[tuple[int, int], list[int]]
) -> list[tuple[int, int]]:
    """Play each preset alone, as loud as it goes, and return those of which nothing is heard."""
    with _open_synth(fluidsynth, font, _TRIAL_RATE, 16, **_DRY) as (synth, sound):
        write = _float_writer(fluidsynth)
        silent = []
        for (bank, program), pitches in trials.items():
            channel = 9 if bank == DRUM_BANK else 0
            synth.program_select(channel, sound, bank, program)
            if not any(_is_heard(synth, write, channel, pitch) for pitch in pitches):
                silent.append((bank, program))
        return silent


def _is_heard(synth: Any, write: Callable[..., None], channel: int, pitch: int) -> bool:
    block = np.zeros((_TRIAL_RATE // 10, 2), dtype=np.float32)
    address = block.ctypes.data

    def loud_values() -> int:
        write(synth.synth, len(block), address, 0, 2, address, 1, 2)
        return int(np.count_nonzero(np.abs(block) > _AUDIBLE))

    synth.noteon(channel, pitch, 127)
    heard = any(loud_values() > _CLICK for _ in range(_TRIAL_BLOCKS))
    # The next trial starts in silence.
    synth.all_sounds_off(channel)
    any(not loud_values() for _ in range(_TRIAL_BLOCKS))
    return heard


@contextmanager
def _open_synth(
    fluidsynth: ModuleType, font: Soundfont, rate: int, channels: int, **more: float
) -> Iterator[tuple[Any, int]]:
    """Open a synthesizer with a font loaded; give it and the number of the font."""
    with _quiet(fluidsynth):
        options = {
            "synth.dynamic-sample-loading": 1,
            "synth.polyphony": _POLYPHONY,
            "synth.cpu-cores": 1,
        } | more
        synth = fluidsynth.Synth(gain=_GAIN, samplerate=float(rate), channels=channels, **options)
        try:
            sound = synth.sfload(str(font.path))
            if sound == -1:
                raise RenderError(
                    f"soundfont {font.path}: FluidSynth cannot load it, it is damaged or of an unknown kind; "
                    "take another one with --soundfont, or leave it out for the one shipped"
                )
            yield synth, sound
        finally:
            synth.delete()


def _effects(playing: Playing) -> dict[str, float]:
    """Return the settings of the effects."""
    active: dict[str, float] = {
        "synth.chorus.active": int(playing.chorus),
        "synth.reverb.active": int(playing.reverb),
    }
    # The binding takes the type of a value for that of the setting.
    names = ("room-size", "level", "width")
    room = {
        f"synth.reverb.{name}": float(value)
        for name, value in zip(names, playing.room or (), strict=False)
    }
    return active | room


_Act = Callable[[int, int, int], object]
"""Sends a message to a channel, with two data bytes."""


def _acts(fluidsynth: ModuleType, synth: Any, sound: int) -> dict[int, _Act]:
    """Return how each kind of message is sent."""

    def bind(name: str, *arguments: str) -> Any:
        kinds = [("synth", c_void_p, 1), *((argument, c_int, 1) for argument in arguments)]
        return fluidsynth.cfunc(f"fluid_synth_{name}", c_int, *kinds)

    on, off = bind("noteon", "channel", "key", "velocity"), bind("noteoff", "channel", "key")
    controller, bend = (
        bind("cc", "channel", "number", "value"),
        bind("pitch_bend", "channel", "value"),
    )
    preset = bind("program_select", "channel", "font", "bank", "program")
    pressure, key_pressure = (
        bind("channel_pressure", "channel", "value"),
        bind("key_pressure", "channel", "key", "value"),
    )
    reset = bind("system_reset")
    return {
        NOTE_OFF: lambda channel, key, _: off(synth, channel, key),
        NOTE_ON: lambda channel, key, velocity: on(synth, channel, key, velocity),
        KEY_PRESSURE: lambda channel, key, value: key_pressure(synth, channel, key, value),
        CONTROLLER: lambda channel, number, value: controller(synth, channel, number, value),
        PRESET: lambda channel, bank, program: preset(synth, channel, sound, bank, program),
        CHANNEL_PRESSURE: lambda channel, value, _: pressure(synth, channel, value),
        BEND: lambda channel, low, high: bend(synth, channel, low + 128 * high),
        RESET: lambda *_: reset(synth),
        _NOTHING: lambda *_: None,
    }


def _play(
    synth: Any,
    write: Callable[..., None],
    acts: dict[int, _Act],
    performance: Performance,
    playing: Playing,
) -> Iterator[NDArray[np.float32]]:
    size = round(playing.rate * BLOCK_SECONDS)
    block = np.empty((size, 2), dtype=np.float32)
    address, filled, now, peak = block.ctypes.data, 0, 0, 0.0
    keys_up, length = performance.keys_up, playing.length(performance)
    for frame, kind, channel, first, second in _sent(performance, length):
        while now < frame:
            count = min(frame - now, size - filled)
            write(synth.synth, count, address, 2 * filled, 2, address, 2 * filled + 1, 2)
            filled, now = filled + count, now + count
            if filled == size:
                yield block
                loudest = peak_of(block)
                peak, filled = max(peak, loudest), 0
                block = np.empty((size, 2), dtype=np.float32)  # the other is theirs who took it
                address = block.ctypes.data
                if (
                    playing.frames is None
                    and now - size >= keys_up
                    and loudest <= peak * _TAIL_FLOOR
                ):
                    return
        acts[kind](channel, first, second)
    yield block[:filled]


def _sent(performance: Performance, length: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield frame, kind, channel and data of each message before the end, and of one that does nothing then."""
    messages = performance.messages
    for start in range(0, len(messages), _SLICE):
        for frame, kind, channel, first, second, _ in messages[start : start + _SLICE].tolist():
            if frame <= length:
                yield frame, kind, channel, first, second
    yield length, _NOTHING, 0, 0, 0


def _float_writer(fluidsynth: ModuleType) -> Callable[..., None]:
    """Bind the writer of float samples, which neither clips nor adds dither as the 16-bit one does."""
    arguments = [("synth", c_void_p), ("len", c_int), ("lout", c_void_p), ("loff", c_int), ("lincr", c_int),
                 ("rout", c_void_p), ("roff", c_int), ("rincr", c_int)]  # fmt: skip
    writer: Callable[..., None] = fluidsynth.cfunc(
        "fluid_synth_write_float", c_int, *((name, kind, 1) for name, kind in arguments)
    )
    return writer


@contextmanager
def _mute() -> Iterator[None]:
    """Keep what drivers of the system complain of from stderr, which they write to by themselves."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@contextmanager
def _quiet(fluidsynth: ModuleType) -> Iterator[None]:
    """Keep the library from writing to stderr: what matters becomes an error or a notice."""
    setter = fluidsynth.cfunc(
        "fluid_set_log_function",
        c_void_p,
        ("level", c_int, 1),
        ("fun", c_void_p, 1),
        ("data", c_void_p, 1),
    )
    before = [(level, setter(level, None, None)) for level in _LOG_LEVELS]
    try:
        yield
    finally:
        for level, function in before:
            setter(level, function, None)
