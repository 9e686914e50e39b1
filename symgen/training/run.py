"""A training run on disk: checkpoints, the state to resume from, and the record of figures."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symgen.corpus import Store
from symgen.nets.checkpoint import (
    CARD,
    Model,
    NetConfig,
    load_model_files,
    read_config,
    remove_old_weights,
    save_model_files,
)
from symgen.nets.network import remove_named
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.system.files import (
    PathLike,
    read_bytes,
    seal_json,
    unseal_json,
    write_atomic,
    write_named,
)
from symgen.training.options import TrainOptions
from symgen.training.traits import corpus_traits

__all__ = [
    "BEST",
    "CURVES",
    "LAST",
    "SAMPLES",
    "Run",
    "holds_run",
    "remove_run",
    "run_config",
    "run_options",
    "seed_everything",
]

BEST, LAST = "best", "last"
SAMPLES, CURVES = "samples", "curves.png"
_STATE, _METRICS = "state.json", "metrics.csv"
_ANEW = "start anew with --overwrite"


class Run:
    """The folder of a run.

    Parameters
    ----------
    folder : Path
    store : Store
        What it is trained on.
    options : TrainOptions
        How; kept for `run_options`.
    """

    def __init__(self, folder: Path, store: Store, options: TrainOptions) -> None:
        self.folder, self._store, self._traits = folder, store, corpus_traits(store)
        self._options = options
        self.rows: list[dict[str, float]] = []

    def model(self, net: nn.Module, config: NetConfig, metrics: Mapping[str, float]) -> Model:
        """Return the network as it is, with all that must agree with it."""
        weights = {
            key: value.detach().float().cpu().numpy().copy()
            for key, value in net.state_dict().items()
        }
        sources = self._store.index.get("report", {}).get("sources", [])
        info = {
            **self._traits,
            "name": self.folder.name,
            "corpus": {
                "sha256": self._store.digest,
                "pieces": len(self._store),
                "sources": sources,
            },
            "licence": "; ".join(sorted({str(source["licence"]) for source in sources}))
            or "not stated",
            "metrics": dict(metrics),
        }
        return Model(config, self._store.vocabulary, weights, info)

    def save_best(self, model: Model) -> None:
        """Write the best checkpoint."""
        save_model_files(model, self.folder / BEST)

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

    def save_last(
        self,
        model: Model,
        optimizer: torch.optim.Optimizer,
        rng: random.Random,
        progress: Mapping[str, Any],
    ) -> None:
        """Write the last checkpoint and what a resume needs besides: optimiser, random numbers, position.

        The state comes last and names the files that belong to it, which stay until the next one is whole.
        """
        from safetensors.torch import save

        folder = self.folder / LAST
        files = save_model_files(model, folder, keep_old=True)
        state = optimizer.state_dict()["state"]
        tensors = {
            f"{index}.{key}": value
            for index, values in state.items()
            for key, value in values.items()
        }
        tensors |= random_states()
        data = save(tensors)
        digest = hashlib.sha256(data).hexdigest()
        name = f"state-{digest[:12]}.safetensors"
        version, numbers, gauss = rng.getstate()
        plain = {
            "weights": files,
            "tensors": {name: digest},
            "rng": [version, list(numbers), gauss],
            "rows": self.rows,
            "options": self._options.to_json(),
            "corpus": self._store.digest,
            **progress,
        }
        write_named(folder / name, data, folder / _STATE, seal_json(plain))
        remove_old_weights(folder, files)
        remove_named(folder, "state", (name,))

    def resume(
        self, net: nn.Module, optimizer: torch.optim.Optimizer, rng: random.Random
    ) -> dict[str, Any]:
        """Read the last checkpoint and its state back, and return the position.

        Raises
        ------
        CheckpointError
            If there is nothing to resume, it belongs to another corpus, or its parts do not agree.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load

        folder = self.folder / LAST
        plain = _read_state(self.folder)
        try:
            if plain.pop("corpus") != self._store.digest:
                raise CheckpointError(
                    f"{self.folder}: was trained on another corpus; resume with the same store"
                )
            model = load_model_files(folder, files=plain.pop("weights"))
            ((name, digest),) = plain.pop("tensors").items()
            data = read_bytes(folder / name)
            if hashlib.sha256(data).hexdigest() != digest:
                raise CheckpointError(f"{folder / name}: does not belong to {_STATE}; {_ANEW}")
            tensors: dict[str, Tensor] = load(data)
            net.load_state_dict(
                {key: torch.from_numpy(value) for key, value in model.weights.items()}
            )
            set_random_states(tensors)
            version, numbers, gauss = plain.pop("rng")
            rng.setstate((version, tuple(numbers), gauss))
            self.rows = plain.pop("rows")
            plain.pop("options", None)
            fill_optimizer(optimizer, tensors)
        except (
            FormatError,
            SafetensorError,
            RuntimeError,
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
        ) as error:
            reason = str(error).partition("\n")[0]
            raise CheckpointError(f"{folder}: cannot be resumed ({reason}); {_ANEW}") from None
        return plain


def _read_state(folder: Path) -> dict[str, Any]:
    path = folder / LAST / _STATE
    if not path.is_file():
        raise CheckpointError(f"{folder}: nothing to resume; train without --resume")
    try:
        plain = unseal_json(read_bytes(path))
    except (FormatError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}); {_ANEW}") from None
    if not isinstance(plain.get("weights"), dict):
        raise CheckpointError(f"{path}: does not name the weights that it belongs to; {_ANEW}")
    return plain


def moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return what an optimiser has gathered, by the number of the weight and its own names."""
    gathered = optimizer.state_dict()["state"]
    return {f"{i}.{key}": value for i, values in gathered.items() for key, value in values.items()}


def random_states() -> dict[str, Tensor]:
    """Return what torch's generators stand at: that of the CPU, and those of the GPUs in use."""
    states = {"rng": torch.get_rng_state()}
    if torch.cuda.is_available():
        states |= {f"rng_cuda{i}": state for i, state in enumerate(torch.cuda.get_rng_state_all())}
    return states


def set_random_states(tensors: dict[str, Tensor]) -> None:
    """Set torch's generators to what was saved, and take their states out of the tensors."""
    torch.set_rng_state(tensors.pop("rng"))
    for name in [name for name in tensors if name.startswith("rng_cuda")]:
        state, number = tensors.pop(name), int(name.removeprefix("rng_cuda"))
        if number < torch.cuda.device_count():
            torch.cuda.set_rng_state(state, number)


def remove_run(folder: Path) -> None:
    """Remove the checkpoints, the state and the figures of a run."""
    for name in (LAST, BEST):  # first what names the weights: it never names some that are gone
        for file in (_STATE, CARD):
            (folder / name / file).unlink(missing_ok=True)
        for stem in ("state", "model"):
            remove_named(folder / name, stem, ())
    (folder / _METRICS).unlink(missing_ok=True)


def holds_run(folder: Path) -> bool:
    """Whether something lies in a folder that a new run would replace."""
    pictures = any((folder / SAMPLES).glob("step-*.mid")) or (folder / CURVES).exists()
    names = (f"{LAST}/{_STATE}", f"{BEST}/{CARD}", _METRICS)
    return (
        pictures or any((folder / name).exists() for name in names) or _holds_trained(folder / LAST)
    )


def _holds_trained(folder: Path) -> bool:
    """Whether there is a model in a folder that was trained, if only for a moment, or cannot be read."""
    if not (folder / CARD).exists():
        return False
    try:
        return bool(load_model_files(folder).info.get("metrics", True))
    except CheckpointError:
        return True


def run_config(folder: PathLike) -> NetConfig:
    """Return the network of a run, as its last checkpoint has it.

    Raises
    ------
    CheckpointError
        If there is nothing to resume.
    """
    if not (Path(folder) / LAST / CARD).is_file():
        raise CheckpointError(f"{folder}: nothing to resume; train without --resume")
    return read_config(Path(folder) / LAST)


def run_options(folder: PathLike) -> TrainOptions:
    """Return the options that a run was trained with, without its network.

    Raises
    ------
    CheckpointError
        If there is nothing to resume, or it is damaged.
    """
    plain = _read_state(Path(folder))
    try:
        return TrainOptions.from_json(plain.get("options") or {})
    except (ControlError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{Path(folder) / LAST / _STATE}: damaged ({error}); {_ANEW}"
        ) from None


def fill_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give an optimiser its state back."""
    state = optimizer.state_dict()
    state["state"] = {}
    for name, value in tensors.items():
        index, key = name.split(".")
        state["state"].setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(state)


def seed_everything(seed: int) -> random.Random:
    """Seed torch, and return the generator that orders and masks the pieces."""
    torch.manual_seed(seed)
    return random.Random(f"symgen {seed}")  # noqa: S311 - music, not secrets
