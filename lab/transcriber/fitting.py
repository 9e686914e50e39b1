"""The training of the transcriber: crops of pictures of clips, varied at random."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lab.transcriber.clip_store import PICTURE_SCALE, ClipFile, Crop
from symgen.training.fit import (
    Callbacks,
    Figures,
    Position,
    Schedule,
    ScoredObjective,
    TrainReport,
    Update,
    fit,
)
from symgen.training.run import Run, Stateful
from symgen.training.tensors import numpy_weights, pick_device, pick_precision, update_mean
from symgen.transcriber.checkpoint import (
    LOWEST_PITCH,
    PITCH_BINS,
    TranscriberConfig,
    TranscriberModel,
    save_transcriber,
)
from symgen.transcriber.net import TranscriberNet

__all__ = ["TranscriberOptions", "fit_transcriber"]

_SILENCE = PITCH_BINS
_SPREAD = 0.7
"""Standard deviation of a pitch's target in bins: about 23 cents."""
_WARM_UP = 0.03
_MEAN_DECAY = 0.997
_MOST_SHIFT = 7
"""Bins by which a crop is moved up or down, at most."""


@dataclass(frozen=True, slots=True)
class TranscriberOptions:
    """How to train a transcriber."""

    # The learning rate falls to its end by this time.
    minutes: float = 40.0
    # Crops a batch, and frames of each.
    batch: int = 12
    frames: int = 400
    rate: float = 3e-3
    dropout: float = 0.15
    # How much these losses count beside that of the pitch.
    onset_weight: float = 1.5
    crowd_weight: float = 0.15
    validations: int = 8
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"


def fit_transcriber(
    clips: Sequence[ClipFile],
    run: Run,
    options: TranscriberOptions,
    *,
    validate: Callable[[TranscriberModel], Figures],
    info: Mapping[str, Any],
    resume: bool = False,
    callbacks: Callbacks | None = None,
) -> TrainReport:
    """Train on files of clips; the best by what `validate` calls ``"score"`` lies in ``best``."""
    objective = _TranscriberObjective(clips, options, run, validate, info)
    schedule = Schedule(minutes=options.minutes, validations=options.validations)
    return fit(objective, run, schedule, callbacks, resume=resume)


class _TranscriberObjective(ScoredObjective):
    """The network, the running mean of its weights, and the optimizer."""

    def __init__(
        self,
        clips: Sequence[ClipFile],
        options: TranscriberOptions,
        run: Run,
        validate: Callable[[TranscriberModel], Figures],
        info: Mapping[str, Any],
    ) -> None:
        super().__init__(run, save_transcriber)
        torch.manual_seed(options.seed)
        self.clips, self.options = clips, options
        self._measure, self._info = validate, info
        self.device = pick_device(options.device)
        self.precision = pick_precision(options.precision, self.device)
        self.net = TranscriberNet(TranscriberConfig(), options.dropout).to(self.device)
        self.mean = copy.deepcopy(self.net).requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=options.rate, betas=(0.9, 0.98))
        self._order: list[tuple[ClipFile, int, int]] = []
        self._order_of = -1  # the pass whose order it is

    # -- measuring and keeping ---------------------------------------------------------

    def validate(self, at: Position) -> tuple[Figures, TranscriberModel]:
        """Measure the mean of the weights of the last updates."""
        training = {**asdict(self.options), "steps": at.step, "seconds": round(at.seconds)}
        info = {**self._info, "training": training}
        model = TranscriberModel(self.net.config, numpy_weights(self.mean), info)
        return {**at.figures, **self._measure(model)}, model

    def save(self, facts: dict[str, Any]) -> None:
        """Write all that is needed to go on."""
        self.run.save(self._parts(), None, facts)

    def resume(self) -> dict[str, Any]:
        """Fill network, mean and optimizer."""
        return self.run.load(self._parts(), None)

    def _parts(self) -> dict[str, Stateful]:
        return {"net": self.net, "mean": self.mean, "optimizer": self.optimizer}

    # -- one update --------------------------------------------------------------------

    def _open_pass(self, epoch: int) -> None:
        """Cut all clips into crops and order them, as the seed and the number of the pass say."""
        rng = np.random.default_rng([self.options.seed, epoch])
        frames = self.options.frames
        self._order = [(file, *span) for file in self.clips for span in file.crops(frames, rng)]
        rng.shuffle(self._order)
        self._order_of = epoch

    def update(self, at: Position, done: float) -> Update | None:
        """Learn from a batch of crops."""
        if self._order_of != at.epoch:
            self._open_pass(at.epoch)
        size = self.options.batch
        chosen = self._order[at.batch * size : (at.batch + 1) * size]
        if not chosen:
            return None
        crops = [file.read(first, last) for file, first, last in chosen]
        # Random numbers of each batch follow from its place, so that a run that goes on needs none
        # of before.
        rng = np.random.default_rng([self.options.seed, at.epoch, at.batch])
        rise, left = min(1.0, done / _WARM_UP), max(0.0, 1.0 - done)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * (0.02 + rise * 0.5 * (1 - math.cos(math.pi * left)))
        self.net.train()
        picture, targets = (value.to(self.device) for value in _vary(crops, rng))
        with self.precision():
            pitch, events = self.net(picture)
        loss = self._loss(pitch.float(), events.float(), targets)
        if not torch.isfinite(loss):
            raise self.run.diverged("loss", at.step)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        update_mean(self.mean, self.net, at.step, _MEAN_DECAY)
        return Update(float(loss.detach()), len(crops))

    def _loss(self, pitch: Tensor, events: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of the pitch, of the onsets and of the company."""
        # The target of a pitch is spread over its neighbors: off by a third of a semitone is nearly right.
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
