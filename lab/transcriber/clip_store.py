"""Pictures of clips and their targets, in files that are written once and read in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.transcriber.targets import Targets
from symgen.system.errors import CheckpointError
from symgen.system.files import write_atomic

__all__ = ["ClipFile", "Crop", "read_clips", "write_clips"]

Bytes = NDArray[np.uint8]
PICTURE_SCALE = 200.0
"""A picture's 1.0 as a byte."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A stretch of a clip."""

    picture: Bytes
    """In steps of 1 / 200, shape (frames, bins, 2)."""
    targets: NDArray[np.float32]
    """Pitch, onset, crowd and weight, shape (frames, 4); see `lab.transcriber.targets.Targets`."""


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A file of clips, one after the other."""

    path: Path
    bounds: tuple[int, ...]
    """Frame at which each clip begins, and the end of the last."""

    def crops(self, frames: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
        """Yield stretches of so many frames, ``(first, last)``, of each clip from a random place on."""
        for start, end in zip(self.bounds, self.bounds[1:], strict=False):
            spare = (end - start) % frames if end - start > frames else 0
            first = start + int(rng.integers(spare + 1))
            while first < end and (end - first >= frames or first == start):
                yield first, min(end, first + frames)
                first += frames

    def read(self, first: int, last: int) -> Crop:
        """Read a stretch."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="numpy") as file:
                picture, targets = (
                    file.get_slice(name)[first:last] for name in ("picture", "targets")
                )
        except (OSError, SafetensorError) as error:
            raise CheckpointError(
                f"{self.path}: cannot be read ({error}); start anew with --overwrite"
            ) from None
        return Crop(np.asarray(picture), np.asarray(targets))


def write_clips(path: Path, clips: Iterable[tuple[NDArray[np.float32], Targets]]) -> ClipFile:
    """Write clips, given as pictures and targets."""
    from safetensors.numpy import save

    pictures, targets, bounds = [], [], [0]
    for picture, target in clips:
        pictures.append(np.rint(picture * PICTURE_SCALE).astype(np.uint8))
        targets.append(np.stack([target.pitch, target.onset, target.crowd, target.weight], axis=1))
        bounds.append(bounds[-1] + len(picture))
    data = {
        "picture": np.concatenate(pictures),
        "targets": np.concatenate(targets),
        "bounds": np.array(bounds),
    }
    write_atomic(path, save(data))
    return ClipFile(path, tuple(bounds))


def read_clips(path: Path) -> ClipFile:
    """Open a file that `write_clips` wrote."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return ClipFile(path, tuple(int(bound) for bound in file.get_tensor("bounds")))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: cannot be read ({error}); start anew with --overwrite"
        ) from None
