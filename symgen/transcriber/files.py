"""The transcriber on disk: safetensors for the weights, a sealed card that names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.nets.folder import Kind, Weights, read_network, save_network
from symgen.system.files import PathLike
from symgen.transcriber.config import TranscriberConfig
from symgen.transcriber.numpy_net import LightTranscriber

__all__ = [
    "TRANSCRIBER_CARD",
    "TranscriberModel",
    "load_transcriber",
    "read_transcriber",
    "save_transcriber",
]

TRANSCRIBER_CARD = "transcriber.json"
"""Not the name of the card of a language model: the two are never taken for one another."""

_KIND = Kind("transcriber", TRANSCRIBER_CARD, "network")


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
    weights: Weights = field(repr=False)
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
    return save_network(
        _KIND, folder, model.weights, {"config": model.config.to_json(), **model.info}, half=half
    )


def read_transcriber(folder: PathLike) -> TranscriberModel:
    """Read a transcriber, and refuse one whose parts do not agree.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    config, weights, info = read_network(_KIND, folder)
    return TranscriberModel(TranscriberConfig.from_json(config), weights, info)


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
