"""symusic's synthesizer as a stream of blocks, for machines without libfluidsynth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Voice
from symgen.audio.loudness import BLOCK_SECONDS
from symgen.audio.soundfonts import Soundfont

__all__ = ["symusic_blocks"]


def symusic_blocks(
    font: Soundfont, voices: tuple[Voice | None, ...], keys: NDArray[np.int64], rate: int
) -> Iterator[NDArray[np.float32]]:
    raise NotImplementedError
    yield
