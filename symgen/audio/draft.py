"""Sound as it was played, kept in a file until its gain is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.loudness import BLOCK_SECONDS
from symgen.system.errors import RenderError

__all__ = ["Draft"]

_BYTES = 8
_ABSURD = 1e6

Floats = NDArray[np.float32]


class Draft:
    """Takes of one length, one behind the other in a file.

    `file`: Empty, open for reading and writing: it gets 8 bytes a frame; `rate`: frames per second.
    """

    def __init__(self, file: IO[bytes], rate: int, source: str) -> None:
        self._file, self._source = file, source
        self._size = round(rate * BLOCK_SECONDS)
        self._played = 0
        self.takes, self.frames = 0, 0

    def add(self, blocks: Iterable[Floats]) -> int:
        """Keep a take, and return its length; all takes are of the same."""
        frames = 0
        for block in blocks:
            if not (np.abs(block) < _ABSURD).all():
                raise self.silence()
            frames += len(block)
            self._file.write(np.ascontiguousarray(block, dtype="<f4").tobytes())
        self.takes += 1
        self._played = self.frames = frames
        return frames

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
        found = np.zeros((count, 2), dtype=np.float32)
        found[:there] = np.frombuffer(self._file.read(_BYTES * there), dtype="<f4").reshape(-1, 2)
        return found

    def _put(self, take: int, start: int, block: Floats) -> None:
        self._file.seek(self._place(take, start))
        self._file.write(np.ascontiguousarray(block, dtype="<f4").tobytes())

    def _place(self, take: int, frame: int) -> int:
        return _BYTES * (take * self._played + frame)
