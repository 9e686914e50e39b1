"""Sound files: 16 bit, stereo, normalized in loudness, of any length in flat memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.encoding import encoder
from symgen.audio.loudness import BLOCK_SECONDS, LoudnessMeter, peak_of
from symgen.system.awaiting import stop_point
from symgen.system.errors import FormatError, RenderError
from symgen.system.files import atomic_file, new_folder

__all__ = ["MAX_PEAK", "TARGET_LOUDNESS", "Draft", "SoundFacts", "Stem", "write_sound"]

_BYTES = 8
_ABSURD = 1e6

Floats = NDArray[np.float32]


class Draft:
    """Takes of one length, one behind the other in a file."""

    # `file`: Empty, open for reading and writing: it gets 8 bytes a frame; `rate`: frames per
    # second.

    def __init__(self, file: IO[bytes], rate: int, source: str) -> None:
        self._file, self._source = file, source
        self._size = round(rate * BLOCK_SECONDS)
        self._played = 0
        self.takes, self.frames = 0, 0

    def add(self, blocks: Iterable[Floats], meter: LoudnessMeter | None = None) -> int:
        """Keep a take, and return its length; all takes are of the same."""
        frames = 0
        for block in _even(self._sound(blocks), self._size):
            frames += len(block)
            if meter is not None:
                meter.add(block)
            self._file.write(np.ascontiguousarray(block, dtype="<f4").data)
        self.takes += 1
        self._played = self.frames = frames
        return frames

    def _sound(self, blocks: Iterable[Floats]) -> Iterator[Floats]:
        """Refuse what is no sound as soon as it comes: whoever plays it may go on for ever."""
        for block in blocks:
            stop_point()
            if len(block) and not peak_of(block) < _ABSURD:  # nor is what is no number
                raise self.silence()
            yield block

    def sum_up(self) -> None:
        """Make the first take the sum of the others."""
        # FluidSynth's sounds sum up but for a millisecond at the start of each note, which depends
        # on what its voices played before.
        for start in range(0, self._played, self._size):
            count = min(self._size, self._played - start)
            total = np.sum([self._at(take, start, count) for take in range(1, self.takes)], axis=0)
            self._put(0, start, total)

    def fold(self, frames: int) -> None:
        """Make the takes that long: what sounds later is added from the start on, once around or more often."""
        for take in range(self.takes):
            at = frames
            while at < self._played:
                count = min(self._size, self._played - at, frames - at % frames)
                late, early = self._at(take, at, count), self._at(take, at % frames, count)
                self._put(take, at % frames, early + late)
                at += count
        self.frames = frames

    def blocks(self, take: int) -> Iterator[Floats]:
        """Yield a take in blocks of 0.4 s, the last one shorter, each of shape (frames, 2)."""
        for start in range(0, self.frames, self._size):
            yield self._at(take, start, min(self._size, self.frames - start))

    def silence(self) -> RenderError:
        """Return the error that there is nothing to hear."""
        return RenderError(
            f"{self._source}: gives no sound for this piece; it may be damaged or, as an SF3, need a libfluidsynth "
            "with libsndfile, or the piece may mute all its parts: take another font with --soundfont, "
            "or leave it out for the one shipped"
        )

    def _at(self, take: int, start: int, count: int) -> Floats:
        """Read frames of a take; behind what was played is silence."""
        self._file.seek(self._place(take, start))
        there = max(0, min(count, self._played - start))
        found = np.frombuffer(self._file.read(_BYTES * there), dtype="<f4").reshape(-1, 2)
        return np.pad(found, ((0, count - there), (0, 0))) if there < count else found

    def _put(self, take: int, start: int, block: Floats) -> None:
        self._file.seek(self._place(take, start))
        self._file.write(np.ascontiguousarray(block, dtype="<f4").data)

    def _place(self, take: int, frame: int) -> int:
        return _BYTES * (take * self._played + frame)


def _even(blocks: Iterable[Floats], size: int) -> Iterator[Floats]:
    """Yield what sounds in blocks of one size, the last one shorter."""
    rest: Floats | None = None
    for block in blocks:
        whole = block if rest is None else np.concatenate((rest, block))
        stop = len(whole) - len(whole) % size
        for start in range(0, stop, size):
            yield whole[start : start + size]
        rest = whole[stop:] if stop < len(whole) else None
    if rest is not None:
        yield rest


TARGET_LOUDNESS = -16.0
"""LUFS: usual for music on the net; nearly all pieces reach it below the peak limit."""

MAX_PEAK = 10 ** (-1 / 20)
"""Highest sample, 1 dB below full scale: room for players that interpolate between samples."""

_FADE_SECONDS = 0.05
_SILENT_PEAK = 1e-5
_NOISE_VALUES = 100

Blocks = Iterable[NDArray[np.float32]]

Stem = tuple[Path, Callable[[int], Blocks]]
"""A file for a part of the sound, and what plays as many frames of it as it is told."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What was written."""

    frames: int  # length
    peak: float  # highest absolute sample of the whole, 1.0 is full scale
    gain: float  # what the sound was multiplied by


def write_sound(
    path: Path,
    blocks: Blocks,
    rate: int,
    *,
    source: str,
    overwrite: bool = True,
    loop: int | None = None,
    stems: Sequence[Stem] = (),
) -> SoundFacts:
    """Write a stream of blocks as a sound file of even loudness."""
    # `blocks`: shape (frames, 2), Sound, any range; blocks of 0.4 s, the last one shorter; `rate`:
    # frames per second; `loop`: length in frames: what sounds later is added to the start, and
    # nothing is faded out.
    # And parts of it as files that sum to it.
    #
    # The gain follows from the whole, so that the blocks go into an unnamed temporary file beside
    # the target first (twice the size of the results), and from there, scaled and rounded, into the
    # targets. It brings the whole to `TARGET_LOUDNESS`, or the highest peak to `MAX_PEAK` if that
    # is less.
    with (
        _answering_for(path),
        new_folder(path.parent),
        tempfile.TemporaryFile(dir=path.parent) as spool,
    ):
        draft = Draft(spool, rate, source)
        meter = _fill(draft, blocks, rate, stems, loop)
        cut = _Cut(draft, rate, _gain(draft, meter), fade=loop is None)
        peak = cut.write(path, overwrite=overwrite)
        for take, (target, _) in enumerate(stems, 1):
            cut.write(target, take, overwrite=overwrite)
    return SoundFacts(draft.frames, peak, cut.gain)


@contextmanager
def _answering_for(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder"
        ) from None


def _fill(
    draft: Draft, blocks: Blocks, rate: int, stems: Sequence[Stem], loop: int | None
) -> LoudnessMeter:
    """Keep all takes as they are to be, and return the meter of the whole."""
    meter = LoudnessMeter(rate)
    if not stems and loop is None:
        draft.add(blocks, meter)
        return meter
    length = draft.add(blocks)
    for _, play in stems:
        draft.add(play(length))
    if stems:
        draft.sum_up()
    if loop is not None:
        draft.fold(loop)
    for block in draft.blocks(0):
        meter.add(block)
    return meter


def _gain(draft: Draft, meter: LoudnessMeter) -> float:
    """Return the gain that all takes need: none of them may clip, or they would not sum to the whole."""
    if not meter.peak > _SILENT_PEAK:
        raise draft.silence()
    peaks = [peak_of(block) for take in range(1, draft.takes) for block in draft.blocks(take)]
    return min(
        10 ** ((TARGET_LOUDNESS - meter.loudness) / 20), MAX_PEAK / max(meter.peak, *peaks, 0.0)
    )


class _Cut:
    """A draft that becomes files."""

    def __init__(self, draft: Draft, rate: int, gain: float, *, fade: bool) -> None:
        self._draft, self._rate, self.gain = draft, rate, gain
        self._fade = min(draft.frames, round(rate * _FADE_SECONDS)) if fade else 0

    def write(self, path: Path, take: int = 0, *, overwrite: bool) -> float:
        """Write a take, and return its peak; refuse the whole, which is the first one, if it is dither."""
        values, is_sound, peak = np.zeros(65536, dtype=np.bool_), False, 0.0
        with atomic_file(path, overwrite=overwrite) as file:
            with encoder(file, path.suffix.lower(), self._draft.frames, self._rate) as encode:
                for samples, steady in self._scaled(take):
                    if not is_sound:
                        values[samples[:steady].reshape(-1).astype(np.int64) + 32768] = True
                        is_sound = bool(np.count_nonzero(values) > _NOISE_VALUES)
                    peak = max(peak, peak_of(samples))
                    encode(samples)
            if take == 0 and not is_sound:
                raise self._draft.silence()
        return peak / 32767

    def _scaled(self, take: int) -> Iterator[tuple[NDArray[np.int16], int]]:
        """Yield 16-bit samples, faded out at the end against a click, and how many lie before the fade."""
        left = self._draft.frames
        for block in self._draft.blocks(take):
            stop_point()
            steady = min(len(block), max(0, left - self._fade))
            # The gain leaves room above the highest peak, so that nothing has to be cut off.
            sound = block.astype(np.float64)
            sound *= self.gain * 32767
            fading = np.arange(left - steady, left - len(block), -1)
            sound[steady:] *= (fading / (self._fade + 1))[:, None]
            np.rint(sound, out=sound)
            yield sound.astype("<i2"), steady
            left -= len(block)
