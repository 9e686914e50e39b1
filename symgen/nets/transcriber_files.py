"""The transcriber on disk: safetensors for the weights, a sealed card that names them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.errors import CheckpointError, FormatError
from symgen.files import PathLike, make_folder, read_bytes, seal_json, unseal_json, write_named
from symgen.nets.checkpoint import remove_named
from symgen.nets.transcriber_config import TranscriberConfig
from symgen.nets.transcriber_light import LightTranscriber

__all__ = ["TRANSCRIBER_CARD", "TranscriberModel", "load_transcriber", "read_transcriber", "save_transcriber"]

TRANSCRIBER_CARD = "transcriber.json"
"""Not the name of the card of a language model: the two are never taken for one another."""

_FORMAT = 1
_STEM = "network"
_LONGEST_CARD = 1 << 20
_MOST_BYTES = 1 << 26
_OWN = ("format", "config", "files")


@dataclass(frozen=True)
class TranscriberModel:
    """A trained transcriber, as plain data.

    Parameters
    ----------
    config : TranscriberConfig
    weights : mapping of str to ndarray of float32
        By the names of the torch network.
    info : mapping
        What it was trained on, its licence and figures.
    """

    config: TranscriberConfig
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_transcriber(model: TranscriberModel, folder: PathLike, *, half: bool = False) -> Path:
    """Write a transcriber: weights under a name of their own, then the card that names them.

    Parameters
    ----------
    model : TranscriberModel
    folder : path
        Made if need be.
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

    folder, kind = make_folder(folder), np.float16 if half else np.float32
    data = save({name: np.ascontiguousarray(value, dtype=kind) for name, value in model.weights.items()})
    digest = hashlib.sha256(data).hexdigest()
    name = f"{_STEM}-{digest[:12]}.safetensors"
    card = {"format": _FORMAT, "config": model.config.to_json(), "files": {name: digest}, **model.info}
    write_named(folder / name, data, folder / TRANSCRIBER_CARD, seal_json(dict(sorted(card.items())), indent=1))
    remove_named(folder, _STEM, (name,))
    return folder / name


def read_transcriber(folder: PathLike) -> TranscriberModel:
    """Read a transcriber, and refuse one whose parts do not agree.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = Path(folder)
    try:
        card = unseal_json(read_bytes(folder / TRANSCRIBER_CARD, _LONGEST_CARD))
        if card.get("format") != _FORMAT:
            raise CheckpointError(f"{folder}: not a transcriber of this version of symgen; train it again")
        ((name, digest),) = card["files"].items()
        data = read_bytes(folder / Path(str(name)).name, _MOST_BYTES)
        if hashlib.sha256(data).hexdigest() != digest:
            raise CheckpointError(f"{folder / name}: damaged (its checksum differs from the card); copy it again")
        config = TranscriberConfig.from_json(card["config"])
        weights = {key: value.astype(np.float32) for key, value in load(data).items()}
    except (FormatError, KeyError, ValueError, TypeError, AttributeError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: no transcriber, or damaged ({error}); copy it again") from None
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise CheckpointError(f"{folder / name}: holds weights that are no numbers; train it again")
    return TranscriberModel(config, weights, {key: value for key, value in card.items() if key not in _OWN})


def load_transcriber(folder: PathLike) -> LightTranscriber:
    """Load a transcriber that listens without torch.

    Parameters
    ----------
    folder : path
        Holds a card and the weights that it names.

    Raises
    ------
    CheckpointError
        As `read_transcriber`.
    """
    model = read_transcriber(folder)
    return LightTranscriber(model.config, model.weights)
