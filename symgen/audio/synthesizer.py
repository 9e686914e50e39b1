"""FluidSynth as a stream of blocks."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from ctypes import c_int, c_void_p
from io import StringIO
from itertools import chain
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Voice
from symgen.audio.loudness import BLOCK_SECONDS
from symgen.audio.soundfonts import DRUM_BANK, Soundfont
from symgen.errors import RenderError

__all__ = ["TAIL_SECONDS", "count_presets", "fluidsynth_blocks", "import_fluidsynth", "silent_presets"]

TAIL_SECONDS = 6.0
"""Most sound after the last note ends."""

_GAIN = 0.5
_POLYPHONY = 1024
_TAIL_FLOOR = 10 ** (-72 / 20)
_LOG_LEVELS = (0, 1, 2, 3)
_SLICE = 4096
_TRIAL_RATE = 44100
_TRIAL_BLOCKS = 50
_AUDIBLE = 1e-4
_CLICK = 100
_DRY = {"synth.reverb.active": 0, "synth.chorus.active": 0}


def import_fluidsynth() -> ModuleType | None:
    """Return the FluidSynth binding, or None if it or the system's library is missing.

    The other package of this name on PyPI, which is no binding, counts as missing.
    """
    try:
        # With $CI set the binding prints where it found the library; stdout is not its own.
        with redirect_stdout(StringIO()):
            import fluidsynth
    except (ImportError, OSError):
        return None
    module: ModuleType = fluidsynth
    return module if hasattr(module, "Synth") and hasattr(module, "cfunc") else None


def fluidsynth_blocks(
    fluidsynth: ModuleType, font: Soundfont, voices: Iterable[Voice | None], keys: NDArray[np.int64], rate: int
) -> Generator[NDArray[np.float32], None, None]:
    """Open FluidSynth with a soundfont and return the sound as a stream.

    Parameters
    ----------
    fluidsynth : module
        As `import_fluidsynth` gives it.
    font : Soundfont
        The presets.
    voices : iterable of Voice or None
        Presets by channel.
    keys : ndarray of int64, shape (keys, 5)
        As `symgen.audio.events.key_strokes` gives them.
    rate : int
        Frames per second.

    Yields
    ------
    ndarray of float32, shape (frames, 2)
        Blocks of 0.4 s, the last one shorter, up to silence after the last note or
        `TAIL_SECONDS`; full scale is 1 but louder sound is not clipped.

    Raises
    ------
    RenderError
        If FluidSynth cannot load the font (at the first block).
    """
    presets = {voice.channel: voice for voice in voices if voice is not None}
    channels = 16 * (max(presets, default=0) // 16 + 1)
    with _open_synth(fluidsynth, font, rate, channels) as (synth, sound):
        for voice in presets.values():
            synth.program_select(voice.channel, sound, voice.bank, voice.program)
        yield from _play(synth, _float_writer(fluidsynth), keys, rate)


def count_presets(fluidsynth: ModuleType, font: Soundfont) -> int:
    """Load a soundfont and return how many of its presets FluidSynth knows.

    Raises
    ------
    RenderError
        If FluidSynth cannot load the font.
    """
    with _open_synth(fluidsynth, font, 44100, 16) as (synth, sound):
        return sum(synth.sfpreset_name(sound, bank, program) is not None for bank, program in font.presets)


def silent_presets(
    fluidsynth: ModuleType, font: Soundfont, trials: dict[tuple[int, int], list[int]]
) -> list[tuple[int, int]]:
    """Play each preset alone, as loud as it goes, and return those of which nothing is heard.

    Parameters
    ----------
    fluidsynth : module
        As `import_fluidsynth` gives it.
    font : Soundfont
        The presets.
    trials : dict of (int, int) to list of int
        Pitches to try by bank and programme, until one is heard.

    Returns
    -------
    list of (int, int)
        Bank and programme.

    Raises
    ------
    RenderError
        If FluidSynth cannot load the font.
    """
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
        options = {"synth.dynamic-sample-loading": 1, "synth.polyphony": _POLYPHONY, "synth.cpu-cores": 1} | more
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


def _key_events(keys: NDArray[np.int64]) -> Iterator[list[int]]:
    """Yield rows ``(frame, velocity or 0, channel, pitch)`` by time, keys going up before keys going down."""
    times = np.concatenate([keys[:, 1], keys[:, 0]])
    order = np.argsort(times, kind="stable")
    for start in range(0, len(order), _SLICE):
        some = order[start : start + _SLICE]
        is_down, rows = some >= len(keys), keys[some % len(keys)]
        yield from np.stack([times[some], rows[:, 4] * is_down, rows[:, 2], rows[:, 3]], axis=1).tolist()


def _play(synth: Any, write: Callable[..., None], keys: NDArray[np.int64], rate: int) -> Iterator[NDArray[np.float32]]:
    size = round(rate * BLOCK_SECONDS)
    block = np.zeros((size, 2), dtype=np.float32)
    filled, now, peak = 0, 0, 0.0
    last = int(keys[:, 1].max())
    limit = last + round(rate * TAIL_SECONDS)
    for frame, velocity, channel, pitch in chain(_key_events(keys), [[limit, 0, -1, 0]]):
        while now < frame:
            count = min(frame - now, size - filled)
            address = block.ctypes.data
            write(synth.synth, count, address, 2 * filled, 2, address, 2 * filled + 1, 2)
            filled, now = filled + count, now + count
            if filled == size:
                yield block.copy()
                loudest = float(np.abs(block).max())
                peak, filled = max(peak, loudest), 0
                if now - size >= last and loudest <= peak * _TAIL_FLOOR:
                    return
        if velocity:
            synth.noteon(channel, pitch, velocity)
        elif channel >= 0:
            synth.noteoff(channel, pitch)
    yield block[:filled].copy()


def _float_writer(fluidsynth: ModuleType) -> Callable[..., None]:
    """Bind the writer of float samples, which neither clips nor adds dither as the 16-bit one does."""
    arguments = [("synth", c_void_p), ("len", c_int), ("lout", c_void_p), ("loff", c_int), ("lincr", c_int),
                 ("rout", c_void_p), ("roff", c_int), ("rincr", c_int)]  # fmt: skip
    writer: Callable[..., None] = fluidsynth.cfunc(
        "fluid_synth_write_float", c_int, *((name, kind, 1) for name, kind in arguments)
    )
    return writer


@contextmanager
def _quiet(fluidsynth: ModuleType) -> Iterator[None]:
    """Keep the library from writing to stderr: what matters becomes an error or a notice."""
    setter = fluidsynth.cfunc(
        "fluid_set_log_function", c_void_p, ("level", c_int, 1), ("fun", c_void_p, 1), ("data", c_void_p, 1)
    )
    before = [(level, setter(level, None, None)) for level in _LOG_LEVELS]
    try:
        yield
    finally:
        for level, function in before:
            setter(level, function, None)
