"""Bars with the bars before them: real ones, and the generator's own tunes as they grow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symgen.gan.checkpoint import HISTORY, LAGS, conditions
from symgen.gan.steps import REST, STEP_METERS, SYMBOLS, StepTune, mode_index
from symgen.system.errors import ControlError

__all__ = ["BarBatch", "Growing", "RealBars", "corpus_digest", "one_hot", "real_bars"]

_CUT = 0.01
"""Chance with which a growing tune is left at a bar: else all of a pool would be of one age."""


@dataclass(frozen=True)
class BarBatch:
    """Bars to learn from, or places for bars to be written."""

    context: Tensor
    """The bars 1, 4 and 8 back, one-hot, shape (batch, 3 * SYMBOLS, steps)."""
    condition: Tensor
    """Shape (batch, CONDITIONS)."""
    meter: Tensor
    """Of int64, shape (batch,)."""

    def __len__(self) -> int:
        return len(self.meter)

    def twice(self, count: int) -> BarBatch:
        """Return the first `count` rows two times."""
        return self[:count].joined(self[:count])

    def __getitem__(self, rows: slice) -> BarBatch:
        return BarBatch(self.context[rows], self.condition[rows], self.meter[rows])

    def joined(self, other: BarBatch) -> BarBatch:
        """Return the rows of both."""
        mine, theirs = vars(self), vars(other)
        return BarBatch(**{name: torch.cat([mine[name], theirs[name]]) for name in mine})


def one_hot(symbols: Tensor) -> Tensor:
    """Turn symbols, shape (batch, steps), to channels, shape (batch, SYMBOLS, steps)."""
    return nn.functional.one_hot(symbols, SYMBOLS).transpose(1, 2).float()


class RealBars:
    """All bars of tunes of one bar length, at least one, to be drawn from."""

    def __init__(self, tunes: Sequence[StepTune], device: torch.device) -> None:
        self.device, self.steps = device, tunes[0].steps
        # Silence before each tune: the bars back from its first bars are rests, not another tune.
        silence = np.full((HISTORY, self.steps), REST, dtype=np.int64)
        parts: list[NDArray[Any]] = []
        places, facts, start = [], [], 0
        for number, tune in enumerate(tunes):
            parts += [silence, tune.bars]
            places += [(start + HISTORY + i, number, i, len(tune)) for i in range(len(tune))]
            meter, mode = STEP_METERS.index(tune.meter), mode_index(tune.key)
            facts.append((meter, mode, tune.key.tonic, len(tune)))
            start += HISTORY + len(tune)
        self._bars = torch.from_numpy(np.concatenate(parts)).long().to(device)
        # Rows of: where among all bars, tune, place in the tune, bars of the tune.
        self._places = np.array(places, dtype=np.int64)
        self.facts = np.array(facts, dtype=np.int64)
        """Of each tune: meter, mode, tonic, bars."""

    def __len__(self) -> int:
        return len(self._places)

    def draw(self, count: int, rng: np.random.Generator) -> tuple[BarBatch, Tensor]:
        """Draw bars, one-hot, shape (count, SYMBOLS, steps), with what came before them."""
        chosen = rng.integers(len(self._places), size=count)
        where, tune, place, length = self._places[chosen].T
        meter, mode, tonic, _ = self.facts[tune].T
        condition = conditions(meter, mode, tonic, place, length)
        at = torch.from_numpy(where).to(self.device)
        context = _stacked(self._bars[at - lag] for lag in LAGS)
        return _batch(context, condition, meter, self.device), one_hot(self._bars[at])


class Growing:
    """Tunes that the generator writes, a bar at each update, to learn to go on from its own bars.

    Meter, key and length of each are those of a real one; `latent` are the random numbers of each.
    """

    def __init__(self, real: RealBars, count: int, latent: int, rng: np.random.Generator) -> None:
        self._real, self._rng = real, rng
        shape = (count, HISTORY, real.steps)
        self._bars = torch.full(shape, REST, device=real.device)
        self.latents = torch.zeros(count, latent, device=real.device)
        # Of each growing tune: the real one that it is like, and the bar that comes next.
        self._tune = np.zeros(count, dtype=np.int64)
        self._place = np.zeros(count, dtype=np.int64)
        self._begin(np.arange(count))

    def __len__(self) -> int:
        return len(self._tune)

    def places(self) -> BarBatch:
        """Return where the next bars are to be written."""
        meter, mode, tonic, length = self._real.facts[self._tune].T
        condition = conditions(meter, mode, tonic, self._place, length)
        context = _stacked(self._bars[:, HISTORY - lag] for lag in LAGS)
        return _batch(context, condition, meter, self._real.device)

    def add(self, symbols: Tensor) -> None:
        """Take the next bars, shape (count, steps); tunes that are full begin anew."""
        self._bars = torch.cat([self._bars[:, 1:], symbols[:, None]], dim=1)
        self._place += 1
        full = self._place >= self._real.facts[self._tune, 3]
        left = self._rng.random(len(self)) < _CUT
        self._begin(np.flatnonzero(full | left))

    def state_dict(self) -> dict[str, Tensor]:
        """Return all that changes."""
        place = torch.from_numpy(self._place.copy())
        tune = torch.from_numpy(self._tune.copy())
        return {"bars": self._bars, "latents": self.latents, "place": place, "tune": tune}

    def load_state_dict(self, tensors: Mapping[str, Tensor]) -> None:
        """Set all that changes to what `state_dict` gave; a ValueError if it is of other tunes."""
        shapes = {name: value.shape for name, value in self.state_dict().items()}
        if shapes != {name: value.shape for name, value in tensors.items()}:
            raise ValueError("its growing tunes are of another shape")
        place = tensors["place"].numpy().copy()
        tune = tensors["tune"].numpy().copy()
        if not np.isin(tune, np.arange(len(self._real.facts))).all():
            raise ValueError("its growing tunes are of another corpus")
        self._place, self._tune = place, tune
        self._bars = tensors["bars"].to(self._real.device)
        self.latents = tensors["latents"].to(self._real.device)

    def _begin(self, which: NDArray[np.int64]) -> None:
        if not len(which):
            return
        rows = torch.from_numpy(which).to(self._real.device)
        self._bars[rows] = REST
        self._place[which] = 0
        self._tune[which] = self._rng.integers(len(self._real.facts), size=len(which))
        latents = self._rng.standard_normal((len(which), self.latents.shape[1]))
        fresh = torch.from_numpy(latents.astype(np.float32))
        self.latents[rows] = fresh.to(self._real.device)


def _stacked(bars: Iterable[Tensor]) -> Tensor:
    """Stack bars, shape (batch, steps) each, as channels."""
    return torch.cat([one_hot(each) for each in bars], dim=1)


def _batch(
    context: Tensor, condition: NDArray[np.float32], meter: NDArray[np.int64], device: torch.device
) -> BarBatch:
    meters = torch.from_numpy(np.ascontiguousarray(meter))
    return BarBatch(context, torch.from_numpy(condition).to(device), meters.to(device))


def corpus_digest(tunes: Sequence[StepTune]) -> str:
    """Return the sha256 of all that tunes teach."""
    digest = hashlib.sha256()
    for tune in tunes:
        digest.update(f"{tune.meter} {tune.key} {tune.bars.shape}".encode() + tune.bars.tobytes())
    return digest.hexdigest()


def real_bars(tunes: Sequence[StepTune], device: torch.device) -> tuple[RealBars, ...]:
    """Sort tunes by the length of their bars, the longest first."""
    lengths = sorted({tune.steps for tune in tunes}, reverse=True)
    if not lengths:
        raise ControlError(
            "no tune to learn from: the GAN needs melodies of one part in 4/4, 3/4 or 6/8 on its grid"
        )
    found = []
    for steps in lengths:
        of_length = [tune for tune in tunes if tune.steps == steps]
        found.append(RealBars(of_length, device))
    return tuple(found)
