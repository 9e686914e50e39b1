"""The bar GAN on disk: the dimensions of its networks, its generator, and the conditions that both networks see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.gan.steps import GRIDS, PITCHES, STEP_METERS, STEP_MODES, SYMBOLS
from symgen.nets.card import StoredConfig
from symgen.nets.network import NetworkKind
from symgen.nets.stored import StoredModel, read_stored, save_stored
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = [
    "BEATS",
    "CONDITIONS",
    "GAN",
    "HISTORY",
    "LAGS",
    "GanConfig",
    "GanModel",
    "conditions",
    "read_gan",
    "save_gan",
]

# The bar before, and those that stand at the same place of the last phrase and of the last period:
# what a bar of a tune most often takes up.
LAGS = (1, 4, 8)
"""The earlier bars that both networks see: so many bars back."""
HISTORY = max(LAGS)
BEATS = 4
"""Quarters of the longest bar."""

_PHRASE = 8
CONDITIONS = len(STEP_METERS) + len(STEP_MODES) + 12 + _PHRASE + 3
"""Numbers that `conditions` gives for a bar."""

_MOST = 1024


@dataclass(frozen=True, slots=True)
class GanConfig(StoredConfig):
    """Dimensions of the two networks."""

    grid: int = 4  # steps a quarter, 4 or 12
    # Channels of the generator and of the discriminator at full length; twice as many at the
    # shorter ones
    width: int = 96
    critic_width: int = 64
    mapping: int = 128  # width of the vector that modulates every layer of the generator
    # Random numbers a tune and a bar
    tune_latent: int = 32
    bar_latent: int = 64
    # Whether the discriminator sees the interval of each onset, and how the bars of a batch differ
    interval_view: bool = True
    batch_view: bool = True

    def __post_init__(self) -> None:
        if self.grid not in GRIDS:
            raise ControlError(
                f"grid {self.grid}: use {' or '.join(map(str, GRIDS))} steps a quarter"
            )
        sizes = (self.width, self.critic_width, self.mapping, self.tune_latent, self.bar_latent)
        if (
            not all(isinstance(size, int) and 2 <= size <= _MOST for size in sizes)
            or self.width % 2
        ):
            raise ControlError(f"widths and latents {sizes}: use 2..{_MOST}, an even width")

    @property
    def factors(self) -> tuple[int, ...]:
        """How often each transposed convolution lengthens the bar, from quarters to steps."""
        return (2, 2) if self.grid == 4 else (3, 2, 2)

    @property
    def context(self) -> int:
        """Channels of the earlier bars."""
        return len(LAGS) * SYMBOLS


def _are_bases(value: Any) -> bool:
    """Whether these tell for tonics where pitches begin: octaves below them."""
    if not isinstance(value, dict) or not all(type(base) is int for base in value.values()):
        return False
    return all(
        key in _TONICS and base % 12 == int(key) and 0 <= base <= 128 - PITCHES
        for key, base in value.items()
    )


_TONICS = frozenset(map(str, range(12)))
_FACTS = {"bases": _are_bases, "preset": lambda value: isinstance(value, str)}
GAN = NetworkKind("GAN", "gan.json", "generator", "symgen gan train", _FACTS)


@dataclass(frozen=True)
class GanModel(StoredModel[GanConfig]):
    """A trained generator as plain data; `info` is what else its card says: corpus, licence, figures, preset."""

    @property
    def is_tutorial(self) -> bool:
        """Whether it is the generator of `lab.gan_tutorial`."""
        return self.info.get("preset") == "tutorial"


def save_gan(model: GanModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a generator as `save_network` does, and return where its weights lie."""
    return save_stored(GAN, model, folder, half=half)


def read_gan(folder: PathLike) -> GanModel:
    """Read a generator, and refuse one whose parts do not agree."""
    found = read_stored(GAN, GanConfig, folder)
    return GanModel(found.config, found.weights, found.info)


def conditions(
    meter: NDArray[np.int64],
    mode: NDArray[np.int64],
    tonic: NDArray[np.int64],
    place: NDArray[np.int64],
    count: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Say in numbers what a bar is to be like.

    `meter`, `mode`, `tonic`: shape (bars,), places in `STEP_METERS` and `STEP_MODES`, pitch class
    of the tonic; `place`, `count`: shape (bars,), which bar of its tune it is, from 0, and how many
    the tune has; returns shape (bars, CONDITIONS), One-hot: meter, mode, tonic, place in a phrase
    of eight bars; whether it is the first, last, or last but one.
    """
    left = count - 1 - place
    columns = [
        np.eye(len(STEP_METERS))[meter],
        np.eye(len(STEP_MODES))[mode],
        np.eye(12)[tonic],
        np.eye(_PHRASE)[place % _PHRASE],
        np.stack([place == 0, left == 0, left == 1], axis=1),
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)
