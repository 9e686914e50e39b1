"""What a transcriber's training needs to go on: weights, their mean, optimiser, random numbers, position."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symgen.errors import CheckpointError, FormatError
from symgen.files import make_folder, read_bytes, seal_json, unseal_json, write_named
from symgen.nets.checkpoint import remove_named
from symgen.training.run import fill_optimizer, random_states, set_random_states

__all__ = ["BEST", "HearingState", "load_state", "save_state"]

BEST, _LAST = "best", "last"
_STATE, _STEM = "state.json", "state"
_ANEW = "start anew with --overwrite"


@dataclass
class HearingState:
    """Where training stands: the only thing that changes besides the weights."""

    step: int = 0
    epoch: int = 0
    batch: int = 0  # batches of the open pass that are done
    seconds: float = 0.0
    rows: list[Mapping[str, float]] = field(default_factory=list)


def save_state(
    folder: Path, state: HearingState, net: nn.Module, mean: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> None:
    """Write all of it; a reader sees the old state or the new one.

    Raises
    ------
    FormatError
        If it cannot be written.
    """
    from safetensors.torch import save

    moments = optimizer.state_dict()["state"]
    tensors = {f"optimizer.{i}.{key}": value for i, values in moments.items() for key, value in values.items()}
    tensors |= {f"net.{name}": value for name, value in net.state_dict().items()}
    tensors |= {f"mean.{name}": value for name, value in mean.items()}
    tensors |= {f"random.{name}": value for name, value in random_states().items()}
    data = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    name = f"{_STEM}-{digest[:12]}.safetensors"
    last = make_folder(folder / _LAST)
    write_named(last / name, data, last / _STATE, seal_json({"files": {name: digest}, **asdict(state)}))
    remove_named(last, _STEM, (name,))


def load_state(folder: Path, net: nn.Module, mean: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> HearingState:
    """Fill network, mean and optimiser from what `save_state` wrote, and return the position.

    Raises
    ------
    CheckpointError
        If there is nothing, or it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    last = folder / _LAST
    if not (last / _STATE).is_file():
        raise CheckpointError(f"{folder}: nothing to resume; train without --resume")
    try:
        plain: dict[str, Any] = unseal_json(read_bytes(last / _STATE))
        ((name, digest),) = plain.pop("files").items()
        data = read_bytes(last / name)
        if hashlib.sha256(data).hexdigest() != digest:
            raise CheckpointError(f"{last / name}: does not belong to {_STATE}; {_ANEW}")
        groups: dict[str, dict[str, Tensor]] = {"optimizer": {}, "net": {}, "mean": {}, "random": {}}
        for key, value in load(data).items():
            kind, _, rest = key.partition(".")
            groups[kind][rest] = value
        net.load_state_dict(groups["net"])
        for key, value in groups["mean"].items():
            mean[key].copy_(value)
        set_random_states(groups["random"])
        fill_optimizer(optimizer, groups["optimizer"])
        return HearingState(**plain)
    except (FormatError, SafetensorError, RuntimeError, KeyError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{last}: cannot be resumed ({reason}); {_ANEW}") from None
