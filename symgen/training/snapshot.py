"""All that a training run stands at, in one file of tensors and a sealed file that names it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from symgen.nets.network import remove_named
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import make_folder, read_bytes, seal_json, unseal_json, write_named

__all__ = ["Groups", "holds_snapshot", "load_snapshot", "save_snapshot"]

_LAST, _STATE, _STEM = "last", "state.json", "state"
_ANEW = "start anew with --overwrite"
Groups = dict[str, dict[str, Tensor]]
T = TypeVar("T")


def holds_snapshot(folder: Path) -> bool:
    """Whether there is something to resume in the folder of a run."""
    return (folder / _LAST / _STATE).exists()


def save_snapshot(
    folder: Path, groups: Mapping[str, Mapping[str, Tensor]], plain: Mapping[str, Any]
) -> None:
    """Write tensors by group and name, and plain data; a reader sees the old state or the new one.

    Raises
    ------
    FormatError
        If it cannot be written.
    """
    from safetensors.torch import save

    tensors = {
        f"{group}.{name}": value
        for group, values in groups.items()
        for name, value in values.items()
    }
    data = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})
    digest = hashlib.sha256(data).hexdigest()
    name = f"{_STEM}-{digest[:12]}.safetensors"
    last = make_folder(folder / _LAST)
    write_named(last / name, data, last / _STATE, seal_json({"files": {name: digest}, **plain}))
    remove_named(last, _STEM, (name,))


def load_snapshot(folder: Path, fill: Callable[[Groups, dict[str, Any]], T]) -> T:
    """Read what `save_snapshot` wrote, and hand it to `fill`, whose result is returned.

    Parameters
    ----------
    folder : Path
        Of the run.
    fill : callable
        Gets the tensors by group and the plain data; what it raises of RuntimeError, KeyError, ValueError and TypeError
        means that they do not fit.

    Raises
    ------
    CheckpointError
        If there is nothing, or it is damaged, or does not fit.
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
        groups: Groups = {}
        for key, value in load(data).items():
            group, _, rest = key.partition(".")
            groups.setdefault(group, {})[rest] = value
        return fill(groups, plain)
    except (FormatError, SafetensorError, RuntimeError, KeyError, ValueError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(f"{last}: cannot be resumed ({reason}); {_ANEW}") from None
