"""How the transcriber learns, to be read from top to bottom."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lab.transcriber.clip_store import PICTURE_SCALE, Crop, Shelf
from lab.transcriber.state import BEST, HearingState, load_state, save_state
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike
from symgen.training.device import pick_device, pick_precision
from symgen.transcriber.checkpoint import (
    LOWEST_PITCH,
    PITCH_BINS,
    TranscriberConfig,
    TranscriberModel,
    save_transcriber,
)
from symgen.transcriber.net import TranscriberNet

__all__ = ["HearingOptions", "HearingProgress", "HearingReport", "fit_transcriber"]

clock = time.monotonic
_SILENCE = PITCH_BINS
_SPREAD = 0.7
"""Standard deviation of a pitch's target in bins: about 23 cents."""
_WARM_UP = 0.03
_SAVE_SECONDS = 120.0
_MEAN_DECAY = 0.997
_MOST_SHIFT = 7
"""Bins by which a crop is moved up or down, at most."""


@dataclass(frozen=True, slots=True)
class HearingOptions:
    """How to train a transcriber.

    Parameters
    ----------
    minutes : float
        Time; the learning rate falls to its end by it.
    batch, frames : int
        Crops a batch, and their length.
    rate : float
        Peak learning rate.
    dropout : float
    onset_weight, crowd_weight : float
        How much these losses count beside that of the pitch.
    validations : int
        How often it is measured.
    seed : int
    device, precision : str
        As for `symgen.training.TrainOptions`.
    """

    minutes: float = 40.0
    batch: int = 12
    frames: int = 400
    rate: float = 3e-3
    dropout: float = 0.15
    onset_weight: float = 1.5
    crowd_weight: float = 0.15
    validations: int = 8
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class HearingProgress:
    """Where training stands after an update."""

    step: int
    seconds: float
    share: float
    loss: float
    row: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class HearingReport:
    """What training gave: the folder of the run, the best row of figures, all rows, seconds, whether it was stopped."""

    folder: Path
    best: Mapping[str, float]
    rows: Sequence[Mapping[str, float]]
    seconds: float
    stopped: bool


def fit_transcriber(
    shelves: Sequence[Shelf],
    folder: PathLike,
    options: HearingOptions,
    *,
    validate: Callable[[TranscriberModel], Mapping[str, float]],
    info: Mapping[str, Any],
    resume: bool = False,
    hooks: tuple[Callable[[HearingProgress], None] | None, Callable[[], bool] | None] = (
        None,
        None,
    ),
) -> HearingReport:
    """Train on shelves of clips; the best network by what `validate` calls ``"score"`` lies in ``best``.

    Parameters
    ----------
    shelves : sequence of Shelf
    folder : path
        Of the run.
    options : HearingOptions
    validate : callable
        Measures a network on clips that are not on the shelves.
    info : mapping
        Goes onto the card.
    resume : bool
        Go on where the run in `folder` stopped.
    hooks : (callable or None, callable or None)
        Called after each update; asked after each update whether to stop.

    Raises
    ------
    CheckpointError
        If there is nothing to resume, or the loss is no number.
    FormatError
        If a checkpoint cannot be written.
    """
    trainer = _Trainer(Path(folder), options, info)
    if resume:
        trainer.resume()
    trainer.run(shelves, validate, hooks)
    state = trainer.state
    best = max(state.rows, key=lambda row: row["score"], default={})
    return HearingReport(Path(folder), best, state.rows, state.seconds, trainer.stopped)


class _Trainer:
    """The network, the running mean of its weights, the optimiser and where they stand."""

    def __init__(self, folder: Path, options: HearingOptions, info: Mapping[str, Any]) -> None:
        torch.manual_seed(options.seed)
        self.folder, self.options, self.info = folder, options, info
        self.device = pick_device(options.device)
        self.precision = pick_precision(options.precision, self.device)
        self.net = TranscriberNet(TranscriberConfig(), options.dropout).to(self.device)
        self.mean = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=options.rate, betas=(0.9, 0.98))
        self.state, self.stopped, self._saved = HearingState(), False, clock()

    def resume(self) -> None:
        self.state = load_state(self.folder, self.net, self.mean, self.optimizer)

    def save(self) -> None:
        save_state(self.folder, self.state, self.net, self.mean, self.optimizer)
        self._saved = clock()

    def model(self) -> TranscriberModel:
        """Return the mean of the weights of the last updates."""
        weights = {name: value.float().cpu().numpy().copy() for name, value in self.mean.items()}
        training = {
            **asdict(self.options),
            "steps": self.state.step,
            "seconds": round(self.state.seconds),
        }
        return TranscriberModel(self.net.config, weights, {**self.info, "training": training})

    def run(
        self,
        shelves: Sequence[Shelf],
        validate: Callable[[TranscriberModel], Mapping[str, float]],
        hooks: tuple[Callable[[HearingProgress], None] | None, Callable[[], bool] | None],
    ) -> None:
        """Pass after pass over the shelves, until the time is over."""
        report, stop = hooks
        while not self.stopped and self.share < 1.0:
            rng = np.random.default_rng([self.options.seed, self.state.epoch])
            order = [
                (shelf, *span)
                for shelf in shelves
                for span in shelf.crops(self.options.frames, rng)
            ]
            rng.shuffle(order)
            batches = [
                order[i : i + self.options.batch] for i in range(0, len(order), self.options.batch)
            ]
            for chosen in batches[self.state.batch :]:
                varying = np.random.default_rng(
                    [self.options.seed, self.state.epoch, self.state.batch]
                )
                loss = self.update(
                    [shelf.read(first, last) for shelf, first, last in chosen], varying
                )
                row = self.measure(validate) if self.is_due() else None
                if report:
                    report(
                        HearingProgress(
                            self.state.step, self.state.seconds, min(1.0, self.share), loss, row
                        )
                    )
                self.stopped = bool(stop and stop())
                if self.stopped or self.share >= 1.0 or clock() - self._saved > _SAVE_SECONDS:
                    self.save()
                if self.stopped or self.share >= 1.0:
                    return
            self.state.epoch, self.state.batch = self.state.epoch + 1, 0

    @property
    def share(self) -> float:
        """How much of the time is spent, 0..1."""
        return self.state.seconds / (60 * self.options.minutes)

    def is_due(self) -> bool:
        """Whether it is time to measure."""
        return self.share >= min(1.0, (len(self.state.rows) + 1) / self.options.validations)

    def measure(
        self, validate: Callable[[TranscriberModel], Mapping[str, float]]
    ) -> Mapping[str, float]:
        """Validate, keep the network if it is the best, and note the figures."""
        model = self.model()
        row = {"step": self.state.step, "seconds": round(self.state.seconds, 1), **validate(model)}
        if row["score"] >= max((old["score"] for old in self.state.rows), default=-math.inf):
            metrics = {name: round(value, 4) for name, value in row.items()}
            kept = TranscriberModel(model.config, model.weights, {**model.info, "metrics": metrics})
            save_transcriber(kept, self.folder / BEST)
        self.state.rows.append(row)
        return row

    def update(self, crops: Sequence[Crop], rng: np.random.Generator) -> float:
        """Learn from a batch; return its loss."""
        began = clock()
        rise, left = min(1.0, self.share / _WARM_UP), max(0.0, 1.0 - self.share)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * (0.02 + rise * 0.5 * (1 - math.cos(math.pi * left)))
        self.net.train()
        picture, targets = (value.to(self.device) for value in _vary(crops, rng))
        with self.precision():
            pitch, events = self.net(picture)
        loss = self._loss(pitch.float(), events.float(), targets)
        if not torch.isfinite(loss):
            raise CheckpointError(
                f"{self.folder}: the loss is no number at step {self.state.step}; lower the rate"
            )
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        decay = min(_MEAN_DECAY, (1 + self.state.step) / (10 + self.state.step))
        with torch.no_grad():
            for name, value in self.net.state_dict().items():
                self.mean[name].lerp_(value, 1 - decay)
        self.state.step, self.state.batch = self.state.step + 1, self.state.batch + 1
        self.state.seconds += clock() - began
        return float(loss.detach())

    def _loss(self, pitch: Tensor, events: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of the pitch, softened to its neighbors, of the onsets and of the company."""
        height, onset, crowd, weight = targets.unbind(-1)
        sounding = ~torch.isnan(height)
        place = (torch.nan_to_num(height) - LOWEST_PITCH) * 3 + 1
        bins = torch.arange(PITCH_BINS, device=pitch.device)
        near = torch.exp(-0.5 * ((bins - place[..., None]) / _SPREAD) ** 2)
        near = near / near.sum(-1, keepdim=True).clamp_min(1e-6) * sounding[..., None]
        silent = (~sounding).float()[..., None]
        wanted = torch.cat([near, silent], dim=-1)
        loss = -(wanted * torch.log_softmax(pitch, dim=-1)).sum(-1)
        total = (loss * weight).sum() / weight.sum().clamp_min(1.0)
        begins, company = (
            nn.functional.binary_cross_entropy_with_logits(
                events[..., i], target, pos_weight=pitch.new_tensor(factor)
            )
            for i, target, factor in ((0, onset, 3.0), (1, crowd, 1.0))
        )
        return total + self.options.onset_weight * begins + self.options.crowd_weight * company


def _vary(crops: Sequence[Crop], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Stack crops, each moved in pitch, filtered and set over a floor of noise at random."""
    longest = max(len(crop.picture) for crop in crops)
    bins = crops[0].picture.shape[1]
    pictures = np.zeros((len(crops), longest, bins, 2), dtype=np.float32)
    targets = np.zeros((len(crops), longest, 4), dtype=np.float32)
    targets[..., 0] = np.nan
    for i, crop in enumerate(crops):
        shift = int(rng.integers(-_MOST_SHIFT, _MOST_SHIFT + 1)) if rng.random() < 0.7 else 0
        picture = crop.picture.astype(np.float32) / PICTURE_SCALE
        moved = np.zeros_like(picture)
        low, high = max(0, shift), bins + min(0, shift)
        moved[:, low:high] = picture[:, low - shift : high - shift]
        knots = rng.normal(0.0, 0.05, 6)
        curve = np.interp(np.linspace(0, 5, bins), np.arange(6), knots) + rng.normal(0.0, 0.03)
        floor = rng.uniform(0.0, 0.35) * (rng.random() < 0.4)
        moved = np.where(moved > 0, moved + curve[:, None].astype(np.float32), 0.0)
        pictures[i, : len(picture)] = np.clip(np.maximum(moved, floor), 0.0, 1.2)
        targets[i, : len(picture)] = crop.targets
        targets[i, : len(picture), 0] += shift / 3
    return torch.from_numpy(pictures), torch.from_numpy(targets)
