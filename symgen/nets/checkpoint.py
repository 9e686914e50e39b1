"""Models on disk: safetensors for the weights, JSON for all that must agree with them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.card import wrong_fields
from symgen.nets.config import NetConfig
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import (
    PathLike,
    make_folder,
    read_bytes,
    seal_json,
    unseal_json,
    write_named,
)
from symgen.tokens import Vocabulary

__all__ = [
    "CARD",
    "INDEX_STEM",
    "Model",
    "attach_file",
    "attached_path",
    "load_model_files",
    "read_attached",
    "read_config",
    "remove_named",
    "remove_old_weights",
    "save_model_files",
]

CARD = "model.json"
INDEX_STEM = "copies"
"""How the file of the index of training tunes begins."""

_FORMAT = 1
_LONGEST_CARD = 1 << 24
_REMEDY = "name a folder that `symgen train` wrote"


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


def save_model_files(
    model: Model, folder: PathLike, *, half: bool = False, keep_old: bool = False
) -> dict[str, str]:
    """Write a model into a folder: weights under a name of their own, then the card that names them.

    Whenever the writing is cut off, the card names weights that are whole: the old ones or the new ones.

    Parameters
    ----------
    model : Model
    folder : path
        Made if need be.
    half : bool
        Store the weights as 16-bit floats: half the size, for shipping.
    keep_old : bool
        Leave older weights for `remove_old_weights`.

    Returns
    -------
    dict of str to str
        The name of the file of weights, and its sha256.

    Raises
    ------
    FormatError
        If the folder cannot be written.
    """
    from safetensors.numpy import save

    folder = make_folder(folder)
    kind = np.float16 if half else np.float32
    data = save(
        {name: np.ascontiguousarray(value, dtype=kind) for name, value in model.weights.items()}
    )
    digest = hashlib.sha256(data).hexdigest()
    files = {f"model-{digest[:12]}.safetensors": digest}
    card = {
        "format": _FORMAT,
        "config": model.config.to_json(),
        "vocabulary": model.vocabulary.to_json(),
        "vocabulary_hash": model.vocabulary.hash,
        "files": files,
        **model.info,
    }
    (name,) = files
    write_named(folder / name, data, folder / CARD, _card_text(card))
    if not keep_old:
        remove_old_weights(folder, files)
    return files


def remove_old_weights(folder: PathLike, keep: Collection[str]) -> None:
    """Remove the weights in a folder that are not in `keep`; files that are called otherwise stay."""
    remove_named(folder, "model", keep)


def remove_named(folder: PathLike, stem: str, keep: Collection[str]) -> None:
    """Remove the files called by a stem and the beginning of a checksum, as this package calls its own."""
    own = re.compile(re.escape(stem) + r"-[0-9a-f]{12}\.safetensors")
    for path in Path(folder).glob(f"{stem}-*.safetensors"):
        if own.fullmatch(path.name) and path.name not in keep:
            with suppress(OSError):
                path.unlink()


def load_model_files(folder: PathLike, *, files: Mapping[str, str] | None = None) -> Model:
    """Read a model, and refuse one whose parts do not agree.

    Parameters
    ----------
    folder : path
        Holds ``model.json`` and the weights that it names.
    files : mapping of str to str, optional
        Other weights than those that the card names, and their sha256.

    Raises
    ------
    CheckpointError
        If a file is missing or damaged, or was made for another version.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = Path(folder)
    card, data = _read_card(folder), None
    while data is None:
        name, digest = _weights_of(folder, card if files is None else {"files": files})
        try:
            data = read_bytes(folder / name)
        except FormatError as error:
            before, card = card, _read_card(folder)
            if card == before or files is not None:  # else it was replaced in between
                raise CheckpointError(
                    f"{folder}: cannot be read ({error}); copy the model again"
                ) from None
    _check_digest(folder / name, data, digest)
    try:
        config = NetConfig.from_json(card["config"])
        vocabulary = Vocabulary.from_json(card["vocabulary"])
        weights = {name: value.astype(np.float32) for name, value in load(data).items()}
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: damaged ({error}); copy the model again") from None
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise CheckpointError(f"{folder / name}: holds weights that are no numbers; train it again")
    if vocabulary.hash != card.get("vocabulary_hash"):
        raise CheckpointError(
            f"{folder / CARD}: vocabulary and hash disagree; copy the model again"
        )
    own = ("format", "config", "vocabulary", "vocabulary_hash", "files")
    info = {name: value for name, value in card.items() if name not in own}
    if wrong := wrong_fields(info):
        raise CheckpointError(
            f"{folder / CARD}: makes no sense ({', '.join(wrong)}); copy the model again"
        )
    return Model(config, vocabulary, weights, info)


def attach_file(folder: PathLike, stem: str, data: bytes) -> str:
    """Put a file beside the weights of a model and its checksum onto the card; an older one of its kind goes.

    Parameters
    ----------
    folder : path
        Holds a model.
    stem : str
        Says what the file is, such as ``"copies"``.
    data : bytes
        A file of safetensors.

    Returns
    -------
    str
        Its name: the stem and the beginning of its sha256.

    Raises
    ------
    CheckpointError, FormatError
        If the folder holds no model, or cannot be written.
    """
    folder = Path(folder)
    card, digest = _read_card(folder), hashlib.sha256(data).hexdigest()
    name = f"{stem}-{digest[:12]}.safetensors"
    files = {
        other: value for other, value in card["files"].items() if not other.startswith(f"{stem}-")
    }
    card["files"] = {**files, name: digest}
    write_named(folder / name, data, folder / CARD, _card_text(card))
    remove_named(folder, stem, (name,))
    return name


def read_attached(folder: PathLike, stem: str) -> bytes | None:
    """Read what `attach_file` put beside a model, or nothing if its card names no such file.

    Raises
    ------
    CheckpointError
        If the folder holds no model, or the file is missing or damaged.
    """
    folder = Path(folder)
    found = _named(_read_card(folder), f"{stem}-")
    if found is None:
        return None
    path = folder / found[0]
    try:
        data = read_bytes(path)
    except FormatError as error:
        raise CheckpointError(f"{folder}: cannot be read ({error}); copy the model again") from None
    _check_digest(path, data, found[1])
    return data


def attached_path(folder: PathLike, stem: str) -> Path | None:
    """Return where a file lies that `attach_file` put beside a model, or nothing.

    Raises
    ------
    CheckpointError
        If the folder holds no model.
    """
    found = _named(_read_card(Path(folder)), f"{stem}-")
    return Path(folder) / found[0] if found else None


def read_config(folder: PathLike) -> NetConfig:
    """Read the configuration of a model, from its card alone.

    Raises
    ------
    CheckpointError
        If there is no card, or it is damaged or was made for another version.
    """
    return NetConfig.from_json(_read_card(Path(folder)).get("config") or {})


def _card_text(card: Mapping[str, Any]) -> str:
    return seal_json(dict(sorted(card.items())), indent=1)


def _check_digest(path: Path, data: bytes, digest: str) -> None:
    if digest != hashlib.sha256(data).hexdigest():
        raise CheckpointError(
            f"{path}: damaged (its checksum differs from {CARD}); copy the model again"
        )


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        if not (folder / CARD).is_file():
            raise CheckpointError(f"{folder}: holds no model ({CARD} is missing); {_REMEDY}")
        data = read_bytes(folder / CARD, _LONGEST_CARD)
        if len(data) > _LONGEST_CARD:
            raise ValueError(f"it has more than {_LONGEST_CARD} bytes")
        card = unseal_json(data)
    except (FormatError, ValueError) as error:
        raise CheckpointError(f"{folder}: cannot be read ({error}); copy the model again") from None
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be read ({error.strerror}); {_REMEDY}") from None
    if card.get("format") != _FORMAT:
        raise CheckpointError(
            f"{folder / CARD}: not a model of this version of symgen; train it again"
        )
    return card


def _weights_of(folder: Path, card: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the sha256 of the weights that a card names."""
    found = _named(card, "model")
    if found is None:
        raise CheckpointError(f"{folder / CARD}: damaged (names no weights); copy the model again")
    return found


def _named(card: Mapping[str, Any], stem: str) -> tuple[str, str] | None:
    """Return the name and the sha256 of the only file on a card whose name begins with `stem`."""
    files = card.get("files")
    found = (
        [row for row in files.items() if row[0].startswith(stem)] if isinstance(files, dict) else []
    )
    if len(found) != 1 or not isinstance(found[0][1], str) or Path(found[0][0]).name != found[0][0]:
        return None
    return found[0][0], found[0][1]
