"""A training run on disk: checkpoints, the state to resume from, and the record of figures."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symgen.corpus import Store
from symgen.errors import CheckpointError
from symgen.files import read_bytes, write_atomic
from symgen.nets.checkpoint import Model, load_model_files, save_model_files
from symgen.nets.config import NetConfig
from symgen.training.traits import corpus_traits

__all__ = ["BEST", "LAST", "Run"]

BEST, LAST = "best", "last"
_STATE, _TENSORS, _METRICS = "state.json", "state.safetensors", "metrics.csv"


class Run:
    """The folder of a run.

    Parameters
    ----------
    folder : Path
    store : Store
        What it is trained on.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self._store, self._traits = folder, store, corpus_traits(store)
        self.rows: list[dict[str, float]] = []

    def save(self, name: str, net: nn.Module, config: NetConfig, metrics: Mapping[str, float]) -> None:
        """Write the weights with all that must agree with them."""
        weights = {key: value.detach().float().cpu().numpy() for key, value in net.state_dict().items()}
        sources = self._store.index.get("report", {}).get("sources", [])
        info = {
            **self._traits,
            "name": self.folder.name,
            "corpus": {"sha256": self._store.digest, "pieces": len(self._store), "sources": sources},
            "licence": "; ".join(sorted({str(source["licence"]) for source in sources})) or "not stated",
            "metrics": dict(metrics),
        }
        save_model_files(Model(config, self._store.vocabulary, weights, info), self.folder / name)

    def load(self, name: str, net: nn.Module) -> NetConfig:
        """Read weights back into a network.

        Raises
        ------
        CheckpointError
            If they do not fit.
        """
        model = load_model_files(self.folder / name)
        try:
            net.load_state_dict({key: torch.from_numpy(value) for key, value in model.weights.items()})
        except RuntimeError as error:
            raise CheckpointError(f"{self.folder / name}: does not fit the network ({error})") from None
        return model.config

    def log(self, row: Mapping[str, float]) -> None:
        """Add a row to the record and write it."""
        self.rows.append(dict(row))
        text = io.StringIO()
        names = list(dict.fromkeys(name for r in self.rows for name in r))
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(self.rows)
        write_atomic(self.folder / _METRICS, text.getvalue())

    # -- resuming --------------------------------------------------------------------

    def save_state(self, optimizer: torch.optim.Optimizer, rng: random.Random, progress: Mapping[str, Any]) -> None:
        """Write what a resume needs besides the weights: optimiser, random numbers, position."""
        from safetensors.torch import save

        state = optimizer.state_dict()["state"]
        tensors = {f"{index}.{key}": value for index, values in state.items() for key, value in values.items()}
        tensors["rng"] = torch.get_rng_state()
        version, numbers, gauss = rng.getstate()
        plain = {"rng": [version, list(numbers), gauss], "rows": self.rows, "corpus": self._store.digest, **progress}
        write_atomic(self.folder / LAST / _TENSORS, save(tensors))
        write_atomic(self.folder / LAST / _STATE, json.dumps(plain))

    def load_state(self, optimizer: torch.optim.Optimizer, rng: random.Random) -> dict[str, Any]:
        """Read it back.

        Raises
        ------
        CheckpointError
            If there is nothing to resume, or it belongs to another corpus.
        """
        from safetensors.torch import load

        folder = self.folder / LAST
        if not (folder / _STATE).is_file():
            raise CheckpointError(f"{self.folder}: nothing to resume; train without --resume")
        plain: dict[str, Any] = json.loads(read_bytes(folder / _STATE))
        if plain.pop("corpus") != self._store.digest:
            raise CheckpointError(f"{self.folder}: was trained on another corpus; resume with the same store")
        tensors: dict[str, Tensor] = load(read_bytes(folder / _TENSORS))
        torch.set_rng_state(tensors.pop("rng"))
        version, numbers, gauss = plain.pop("rng")
        rng.setstate((version, tuple(numbers), gauss))
        state = optimizer.state_dict()
        state["state"] = {}
        for name, value in tensors.items():
            index, key = name.split(".")
            state["state"].setdefault(int(index), {})[key] = value
        optimizer.load_state_dict(state)
        self.rows = plain.pop("rows")
        return plain


def seed_everything(seed: int) -> random.Random:
    """Seed torch, and return the generator that orders and masks the pieces."""
    torch.manual_seed(seed)
    return random.Random(f"symgen {seed}")  # noqa: S311 - music, not secrets


def as_floats(values: Mapping[str, Any]) -> dict[str, float]:
    """Return plain floats."""
    return {name: float(np.asarray(value)) for name, value in values.items()}
