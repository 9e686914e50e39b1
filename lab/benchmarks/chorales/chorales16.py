"""JSB chorales on the 16th grid: train, measure, draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lab.benchmarks.chorales.chorale_net import PARTS, ChoraleNet, collate
from lab.benchmarks.chorales.columns import Ints
from lab.benchmarks.chorales.fit import Fitted, Recipe, fit, kept
from lab.benchmarks.chorales.slice_features import Encoded, encode
from lab.benchmarks.chorales.slices import slice_piece

__all__ = ["RECIPE", "Measured", "encode_splits", "ensemble", "measure", "train"]

RECIPE = Recipe(minutes=5.0, dropout=0.55, decay=0.05, batch=12, full=0.3)


@dataclass(frozen=True)
class Measured:
    """Exact likelihood of pieces."""

    # Shape (slices,): cost of each outcome at each slice of all pieces in a row.
    nats: dict[str, np.ndarray]
    # shape (slices,).
    piece: Ints
    # shape (pieces,).
    frames: Ints
    # Shape (pieces,): nats for intervals beyond the reach.
    beyond: np.ndarray

    def per_piece(self) -> np.ndarray:
        """Nats a frame of each piece."""
        total = np.sum(
            [np.bincount(self.piece, values, len(self.frames)) for values in self.nats.values()], 0
        )
        return np.asarray((total + self.beyond) / self.frames)

    @property
    def nats_per_frame(self) -> float:
        """Over all frames of all pieces alike."""
        return float(self.per_piece() @ self.frames / self.frames.sum())


def encode_splits(
    splits: Mapping[str, Sequence[Ints]], *, chords: bool = False
) -> dict[str, list[Encoded]]:
    """Work out the features of all pieces."""
    return {
        name: [encode(slice_piece(frames), chords=chords) for frames in pieces]
        for name, pieces in splits.items()
    }


def measure(net: nn.Module, pieces: Sequence[Encoded], batch: int = 38) -> Measured:
    """Work out the likelihood of pieces."""
    assert isinstance(net, ChoraleNet)
    net.eval()
    nats: dict[str, list[np.ndarray]] = {part: [] for part in PARTS}
    with torch.no_grad():
        for start in range(0, len(pieces), batch):
            for part, values in net.losses(collate(pieces[start : start + batch])).items():
                nats[part].append(values.double().numpy())
    return Measured(
        {part: np.concatenate(values) for part, values in nats.items()},
        np.repeat(np.arange(len(pieces)), [len(piece.hold) for piece in pieces]),
        np.array([piece.frames for piece in pieces]),
        np.array([piece.beyond * np.log(2) for piece in pieces]),
    )


def ensemble(several: Sequence[Measured]) -> Measured:
    """Average the probabilities of each outcome; the average of distributions is one, so this is exact, too."""
    first = several[0]
    nats = {
        part: -np.logaddexp.reduce([-one.nats[part] for one in several], 0) + np.log(len(several))
        for part in PARTS
    }
    return Measured(nats, first.piece, first.frames, first.beyond)


def train(
    name: str, data: Mapping[str, Sequence[Encoded]], recipe: Recipe, work: Path | None
) -> Fitted:
    """Train a network, or take it from the folder `work`."""
    torch.manual_seed(recipe.seed)
    net = ChoraleNet(data["train"][0], recipe.channels, recipe.head, recipe.dropout)

    def report(average: nn.Module) -> str:
        return (
            f"valid {measure(average, data['valid']).nats_per_frame / np.log(2):.4f} bits a frame"
        )

    return kept(
        name, work, recipe, net, lambda: fit(net, _batches(data["train"], recipe), recipe, report)
    )


def _batches(
    pieces: Sequence[Encoded], recipe: Recipe
) -> Iterator[tuple[Callable[[nn.Module], Tensor], float]]:
    """Pieces of about equal length, in a new order each pass."""
    rng = np.random.default_rng(recipe.seed)
    lengths = np.array([len(piece.hold) for piece in pieces])
    while True:
        order = np.argsort(lengths * np.exp(rng.normal(size=len(pieces)) * 0.1))
        batches = [
            order[start : start + recipe.batch] for start in range(0, len(order), recipe.batch)
        ]
        for number in rng.permutation(len(batches)):
            chosen = [pieces[i] for i in batches[number]]

            def loss(net: nn.Module, chosen: Sequence[Encoded] = chosen) -> Tensor:
                assert isinstance(net, ChoraleNet)
                batch = collate(chosen)
                total = torch.stack([values.sum() for values in net.losses(batch).values()]).sum()
                return total / sum(batch.frames)

            yield loss, len(chosen) / len(pieces)
