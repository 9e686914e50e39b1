"""A network on disk: safetensors for the weights, and a sealed card that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.checkpoint import remove_named
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import (
    PathLike,
    make_folder,
    read_bytes,
    seal_json,
    unseal_json,
    write_named,
)

__all__ = ["Kind", "Weights", "read_network", "save_network"]

Weights = Mapping[str, NDArray[np.float32]]

_LONGEST_CARD = 1 << 20
_MOST_BYTES = 1 << 26
_OWN = ("format", "config", "files")


@dataclass(frozen=True)
class Kind:
    """What sort of network lies in a folder.

    Parameters
    ----------
    name : str
        For messages.
    card : str
        File name of the card: no two kinds are taken for one another.
    stem : str
        How the file of the weights begins.
    format : int
        Version.
    """

    name: str
    card: str
    stem: str
    format: int = 1


def save_network(
    kind: Kind, folder: PathLike, weights: Weights, facts: Mapping[str, Any], *, half: bool = False
) -> Path:
    """Write a network: weights under a name of their own, then the card that names them.

    Parameters
    ----------
    kind : Kind
    folder : path
        Made if need be.
    weights : mapping of str to ndarray
    facts : mapping
        Its ``config`` and what else the card says.
    half : bool
        Store the weights as 16-bit floats: half the size, for shipping.

    Returns
    -------
    Path
        The file of the weights.

    Raises
    ------
    FormatError
        If the folder cannot be written.
    """
    from safetensors.numpy import save

    folder, number = make_folder(folder), np.float16 if half else np.float32
    data = save(
        {name: np.ascontiguousarray(value, dtype=number) for name, value in weights.items()}
    )
    digest = hashlib.sha256(data).hexdigest()
    name = f"{kind.stem}-{digest[:12]}.safetensors"
    card = {"format": kind.format, "files": {name: digest}, **facts}
    write_named(
        folder / name, data, folder / kind.card, seal_json(dict(sorted(card.items())), indent=1)
    )
    remove_named(folder, kind.stem, (name,))
    return folder / name


def read_network(
    kind: Kind, folder: PathLike
) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]], dict[str, Any]]:
    """Read a network, and refuse one whose parts do not agree.

    Returns
    -------
    config : dict
    weights : dict of str to ndarray of float32
    info : dict
        The rest of the card.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = Path(folder)
    try:
        card = unseal_json(read_bytes(folder / kind.card, _LONGEST_CARD))
        if card.get("format") != kind.format:
            raise CheckpointError(
                f"{folder}: no {kind.name} of this version of symgen; train it again"
            )
        ((name, digest),) = card["files"].items()
        data = read_bytes(folder / Path(str(name)).name, _MOST_BYTES)
        if hashlib.sha256(data).hexdigest() != digest:
            raise CheckpointError(
                f"{folder / name}: damaged (its checksum differs from the card); copy it again"
            )
        config = dict(card["config"])
        weights = {key: value.astype(np.float32) for key, value in load(data).items()}
    except (FormatError, KeyError, ValueError, TypeError, AttributeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder}: no {kind.name}, or damaged ({error}); copy it again"
        ) from None
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise CheckpointError(f"{folder / name}: holds weights that are no numbers; train it again")
    return config, weights, {key: value for key, value in card.items() if key not in _OWN}
