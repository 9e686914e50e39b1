"""Pictures of clips and their targets on disk, in files that are written once and read in pieces."""

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
    """A stretch of a clip.

    Parameters
    ----------
    picture : ndarray of uint8, shape (frames, bins, 2)
        In steps of 1 / 200.
    targets : ndarray of float32, shape (frames, 4)
        Pitch, onset, crowd and weight; see `lab.transcriber.targets.Targets`.
    """

    picture: Bytes
    targets: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A file of clips, one after the other.

    Parameters
    ----------
    path : Path
    bounds : tuple of int
        Frame at which each clip begins, and the end of the last.
    """

    path: Path
    bounds: tuple[int, ...]

    def crops(self, frames: int, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
        """Yield stretches of about so many frames, ``(first, last)``, that cover each clip from a random place on."""
        for start, end in zip(self.bounds, self.bounds[1:], strict=False):
            spare = (end - start) % frames if end - start > frames else 0
            first = start + int(rng.integers(spare + 1))
            while first < end and (end - first >= frames or first == start):
                yield first, min(end, first + frames)
                first += frames

    def read(self, first: int, last: int) -> Crop:
        """Read a stretch.

        Raises
        ------
        CheckpointError
            If the file is missing or damaged.
        """
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
    """Write clips, given as pictures and targets.

    Raises
    ------
    FormatError
        If the file cannot be written.
    """
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
    """Open a file that `write_clips` wrote.

    Raises
    ------
    CheckpointError
        If it is missing or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return ClipFile(path, tuple(int(bound) for bound in file.get_tensor("bounds")))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: cannot be read ({error}); start anew with --overwrite"
        ) from None
