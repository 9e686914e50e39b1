"""Dimensions of the bar GAN, and what its two networks are told of a bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.gan.steps import GRIDS, STEP_METERS, STEP_MODES, SYMBOLS
from symgen.system.errors import CheckpointError, ControlError

__all__ = ["BEATS", "CONDITIONS", "HISTORY", "LAGS", "GanConfig", "conditions"]

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
class GanConfig:
    """Dimensions of the two networks.

    Parameters
    ----------
    grid : int
        Steps a quarter, 4 or 12.
    width, critic_width : int
        Channels of the generator and of the discriminator at full length; twice as many at the shorter ones.
    mapping : int
        Width of the vector that modulates every layer of the generator.
    tune_latent, bar_latent : int
        Random numbers a tune and a bar.
    interval_view, batch_view : bool
        Whether the discriminator sees the interval of each onset, and how the bars of a batch differ.

    Raises
    ------
    ControlError
        If a value is out of range.
    """

    grid: int = 4
    width: int = 96
    critic_width: int = 64
    mapping: int = 128
    tune_latent: int = 32
    bar_latent: int = 64
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

    def to_json(self) -> dict[str, Any]:
        """Return plain data for a card."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GanConfig:
        """Rebuild from `to_json`.

        Raises
        ------
        CheckpointError
            If the data are damaged or of another version.
        """
        kinds = {field.name: type(field.default) for field in fields(cls)}
        if set(data) != set(kinds) or not all(
            type(data[name]) is kind for name, kind in kinds.items()
        ):
            raise CheckpointError(
                "card: its network is of another version of symgen; train it again"
            )
        try:
            return cls(**data)
        except ControlError as error:
            raise CheckpointError(f"card: damaged ({error}); copy it again") from None


def conditions(
    meter: NDArray[np.int64],
    mode: NDArray[np.int64],
    tonic: NDArray[np.int64],
    place: NDArray[np.int64],
    count: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Say in numbers what a bar is to be like.

    Parameters
    ----------
    meter, mode, tonic : ndarray of int64, shape (bars,)
        Places in `STEP_METERS` and `STEP_MODES`, pitch class of the tonic.
    place, count : ndarray of int64, shape (bars,)
        Which bar of its tune it is, from 0, and how many the tune has.

    Returns
    -------
    ndarray of float32, shape (bars, CONDITIONS)
        One-hot: meter, mode, tonic, place in a phrase of eight bars; whether it is the first, last, or last but one.
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
