"""Models on disk: safetensors for the weights, JSON for all that must agree with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.errors import CheckpointError, FormatError
from symgen.files import PathLike, make_folder, read_bytes, write_atomic
from symgen.nets.config import NetConfig
from symgen.tokens import Vocabulary

__all__ = ["Model", "load_model_files", "save_model_files"]

_FORMAT = 1
WEIGHTS, CARD = "model.safetensors", "model.json"


@dataclass(frozen=True)
class Model:
    """A trained network, as plain data.

    Parameters
    ----------
    config : NetConfig
    vocabulary : Vocabulary
    weights : mapping of str to ndarray of float32
        By the names of the torch network.
    info : mapping
        Name, corpus, licence, metrics and whatever else the card says.
    """

    config: NetConfig
    vocabulary: Vocabulary
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_model_files(model: Model, folder: PathLike, *, half: bool = False) -> None:
    """Write a model into a folder, each file atomically, the card last.

    Parameters
    ----------
    model : Model
    folder : path
        Made if need be.
    half : bool
        Store the weights as 16-bit floats: half the size, for shipping.

    Raises
    ------
    FormatError
        If the folder cannot be written.
    """
    from safetensors.numpy import save

    folder = make_folder(folder)
    kind = np.float16 if half else np.float32
    data = save({name: np.ascontiguousarray(value, dtype=kind) for name, value in model.weights.items()})
    card = {
        "format": _FORMAT,
        "config": model.config.to_json(),
        "vocabulary": model.vocabulary.to_json(),
        "vocabulary_hash": model.vocabulary.hash,
        "files": {WEIGHTS: hashlib.sha256(data).hexdigest()},
        **model.info,
    }
    write_atomic(folder / WEIGHTS, data)
    write_atomic(folder / CARD, json.dumps(card, indent=1, sort_keys=True) + "\n")


def load_model_files(folder: PathLike) -> Model:
    """Read a model, and refuse one whose parts do not agree.

    Parameters
    ----------
    folder : path
        Holds ``model.json`` and ``model.safetensors``.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = Path(folder)
    if not (folder / CARD).is_file():
        raise CheckpointError(f"{folder}: holds no model ({CARD} is missing); name a folder that `symgen train` wrote")
    try:
        card = json.loads(read_bytes(folder / CARD))
        data = read_bytes(folder / WEIGHTS)
    except (FormatError, ValueError) as error:
        raise CheckpointError(f"{folder}: cannot be read ({error}); copy the model again") from None
    if not isinstance(card, dict) or card.get("format") != _FORMAT:
        raise CheckpointError(f"{folder / CARD}: not a model of this version of symgen; train it again")
    files = card.get("files")
    if not isinstance(files, dict) or files.get(WEIGHTS) != hashlib.sha256(data).hexdigest():
        raise CheckpointError(f"{folder / WEIGHTS}: damaged (its checksum differs from {CARD}); copy the model again")
    try:
        config = NetConfig.from_json(card["config"])
        vocabulary = Vocabulary.from_json(card["vocabulary"])
        weights = {name: value.astype(np.float32) for name, value in load(data).items()}
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: damaged ({error}); copy the model again") from None
    if vocabulary.hash != card.get("vocabulary_hash"):
        raise CheckpointError(f"{folder / CARD}: vocabulary and hash disagree; copy the model again")
    own = ("format", "config", "vocabulary", "vocabulary_hash", "files")
    info = {name: value for name, value in card.items() if name not in own}
    return Model(config, vocabulary, weights, info)
