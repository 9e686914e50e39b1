"""The plain GAN of a printed tutorial, on melodies as one series of numbers: repaired so that it runs, else as it was.

Its layers and their channels, the 12 latent numbers, the tanh, Adam's figures and the binary cross-entropy are those
of the printed code. What had to be repaired, and why:

1.  *Lengths.* The printed layers do not fit each other. Here each layer but the generator's last has kernel 4, stride
    2 and padding 1, so that it doubles or halves the length exactly: 12, 24, 48, 96 steps, and back to 12 in the
    discriminator; the generator's last has kernel 3 and keeps the length.
2.  *Batches.* The printed code has no batch axis, which convolutions over a series and batch norm need. Latents are
    (batch, 12) here, series are (batch, 96), and the one channel is put in between inside.
3.  *Devices.* The printed data and networks lie on different devices. `lab.gan_tutorial_fitting` puts
    both networks, the latents and the data on one, CUDA where it is, else the CPU.
4.  *Onsets and rests.* The printed series holds neither. `series_of` keeps a band at the bottom of tanh for rests and
    spreads the 36 pitches evenly above it; a held step repeats its pitch. A note that is struck again right after
    itself, at the same pitch, cannot be told from one that is held: `symbols_of` reads one long note. That is a limit
    of one number a step, and it stays.
5.  *Sigmoid.* It is in the loss (binary cross-entropy with logits) and not the discriminator's last layer: the same
    function, but its logarithm does not overflow.

Two things are settled beside these: the first weights are drawn from N(0, 0.02), as in DCGAN, whose kind of network
this is; and melodies are drawn with the generator in evaluation mode, so that none depends on those drawn beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.gan.checkpoint import GAN, GanModel, read_gan
from symgen.gan.model import BarGan
from symgen.gan.steps import HOLD, PITCHES, REST
from symgen.gan.writing import Request, bar_steps
from symgen.nets.network import find_network
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike
from symgen.writing.takes import Take

__all__ = [
    "LATENT",
    "SERIES_STEPS",
    "TutorialDiscriminator",
    "TutorialGan",
    "TutorialGenerator",
    "load_tutorial",
    "sample_tutorial",
    "series_of",
    "symbols_of",
]

LATENT = 12
"""Numbers that a melody is drawn from."""
SERIES_STEPS = 96
"""Steps of a melody: 6 bars of 4/4, or 8 bars of 3/4 or 6/8, in sixteenths."""

_LOWEST, _HIGHEST, _RESTING = -0.7, 1.0, -1.0
_GAP = (_HIGHEST - _LOWEST) / (PITCHES - 1)
_REST_BELOW = (_LOWEST + _RESTING) / 2
_SPREAD = 0.02
_CHUNK = 512


class TutorialGenerator(nn.Module):
    """Twelve numbers to a series of 96."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.ConvTranspose1d(1, 256, 4, 2, 1), nn.BatchNorm1d(256), nn.ReLU()),
            *(nn.ConvTranspose1d(256, 128, 4, 2, 1), nn.BatchNorm1d(128), nn.ReLU()),
            *(nn.ConvTranspose1d(128, 64, 4, 2, 1), nn.BatchNorm1d(64), nn.ReLU()),
            *(nn.ConvTranspose1d(64, 1, 3, 1, 1), nn.Tanh()),
        )
        self.apply(_draw_weights)

    def forward(self, latent: Tensor) -> Tensor:
        """Make series, shape (batch, 96), within -1..1, of latents of shape (batch, 12)."""
        series: Tensor = self.layers(latent[:, None, :])
        return series.squeeze(1)


class TutorialDiscriminator(nn.Module):
    """A series of 96 to one number, which says whether it is from the data."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv1d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2)),
            *(nn.Conv1d(64, 128, 4, 2, 1), nn.BatchNorm1d(128), nn.LeakyReLU(0.2)),
            *(nn.Conv1d(128, 256, 4, 2, 1), nn.BatchNorm1d(256), nn.LeakyReLU(0.2)),
        )
        self.verdict = nn.Linear(256 * SERIES_STEPS // 8, 1)
        self.apply(_draw_weights)

    def forward(self, series: Tensor) -> Tensor:
        """Return logits of shape (batch,) for series of shape (batch, 96): above 0 for the data."""
        verdict: Tensor = self.verdict(self.layers(series[:, None, :]).flatten(1))
        return verdict.squeeze(1)


def _draw_weights(module: nn.Module) -> None:
    """Draw first weights as DCGAN does."""
    if isinstance(module, nn.Conv1d | nn.ConvTranspose1d | nn.Linear | nn.BatchNorm1d):
        nn.init.normal_(module.weight, 1.0 if isinstance(module, nn.BatchNorm1d) else 0.0, _SPREAD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def series_of(symbols: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Write symbols, shape (..., 96), as numbers: -1 for rests, else a pitch from -0.7 to 1.

    A `HOLD` with nothing sounding before it is a rest.
    """
    steps = np.arange(symbols.shape[-1])
    last = np.maximum.accumulate(np.where(symbols == HOLD, 0, steps), axis=-1)
    sounding = np.take_along_axis(symbols, last, axis=-1)
    return np.where(sounding < PITCHES, _LOWEST + _GAP * sounding, _RESTING).astype(np.float32)


def symbols_of(series: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Read symbols, shape (..., 96), off a series: a pitch begins where the nearest one changes.

    What `series_of` wrote comes back, but for notes struck again right after themselves at the same
    pitch: they are read as one long note.
    """
    pitch = np.clip(np.rint((series - _LOWEST) / _GAP), 0, PITCHES - 1).astype(np.uint8)
    symbols = np.where(series < _REST_BELOW, REST, pitch).astype(np.uint8)
    held = (symbols[..., 1:] == symbols[..., :-1]) & (symbols[..., 1:] != REST)
    symbols[..., 1:][held] = HOLD
    return symbols


class TutorialGan(BarGan):
    """A generator of the tutorial that writes, and is measured, as `BarGan`."""

    def _open(self, model: GanModel) -> None:
        if not model.is_tutorial:
            raise CheckpointError("holds no GAN of the tutorial")

    def continuations(self, *_: Any, **__: Any) -> Iterator[Take]:
        """Refuse, as the generator sees no bars."""
        raise ControlError("prime: the generator of the tutorial sees no bars before its own")

    def _write_bars(
        self, requests: Sequence[Request], rngs: Sequence[np.random.Generator]
    ) -> list[NDArray[np.uint8]]:
        found = []
        for request, rng in zip(requests, rngs, strict=True):
            steps = bar_steps(request.meter, self.grid)
            count = -(-request.bars * steps // SERIES_STEPS)
            symbols = sample_tutorial(self._model.weights, count, rng).reshape(-1)
            found.append(symbols[: request.bars * steps].reshape(request.bars, steps))
        return found


def load_tutorial(folder: PathLike) -> TutorialGan:
    """Load what `lab.gan_tutorial_fitting.train_tutorial` wrote."""
    return TutorialGan(read_gan(find_network(GAN, folder)))


def sample_tutorial(
    weights: Mapping[str, NDArray[np.float32]], count: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw melodies as symbols, shape (count, 96), with the weights of a `TutorialGenerator`."""
    if count < 1:
        raise ControlError(f"count {count}: ask for at least 1 melody")
    net = TutorialGenerator()
    try:
        net.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    except RuntimeError as error:
        raise CheckpointError(
            "the weights are not those of the tutorial's generator; train it again"
        ) from error
    net.eval()
    latent = torch.from_numpy(rng.standard_normal((count, LATENT), dtype=np.float32))
    with torch.inference_mode():
        series = torch.cat([net(part) for part in torch.split(latent, _CHUNK)])
    return symbols_of(series.numpy())
