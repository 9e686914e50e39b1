"""A network on disk: safetensors for the weights, and a checksummed JSON card that names them.

Language models, GANs and transcribers are stored in this one way; a `NetworkKind` says what differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.card import wrong_facts
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import (
    PathLike,
    as_path,
    make_folder,
    read_bytes,
    seal_json,
    sha256,
    unseal_json,
    write_named,
)
from symgen.system.resources import data_folder

__all__ = [
    "HUB",
    "PLUGINS",
    "NetworkKind",
    "Weights",
    "attach_file",
    "attached_path",
    "content_name",
    "find_network",
    "installed_networks",
    "network_folder",
    "read_attached",
    "read_card",
    "read_files",
    "read_network",
    "remove_named",
    "save_network",
    "shipped_networks",
]

Weights = Mapping[str, NDArray[np.float32]]
"""Arrays by the names that they have in the torch network."""

PLUGINS = "symgen.models"
"""Group of entry points with which a package brings networks: ``name = "package.folder"``."""

HUB = "hf:"
"""What a model's name begins with that lies on a hub: ``hf:owner/name``, or ``hf:owner/name@revision``."""

_LONGEST_CARD = 1 << 24


@dataclass(frozen=True)
class NetworkKind:
    """How one kind of network is stored: no two kinds share a card, so none is taken for another."""

    noun: str
    """For messages."""
    card: str
    """File name of the card."""
    stem: str
    """How the name of the file of weights begins."""
    command: str
    """What trains one."""
    facts: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    """Fields of the card besides those that all kinds have, and what a right value passes."""
    format: int = 1


# -- writing -----------------------------------------------------------------------------


def content_name(stem: str, data: bytes) -> tuple[str, str]:
    """Return the name of a file of safetensors, which tells its content, and its sha256."""
    # New weights never overwrite old ones, so that a reader who has the old card finds the old weights;
    # and equal weights have equal names, so that a model written twice is the same bytes.
    digest = sha256(data)
    return f"{stem}-{digest[:12]}.safetensors", digest


def remove_named(folder: PathLike, stem: str, keep: Collection[str]) -> None:
    """Remove the files that `content_name` named after a stem, except those to keep."""
    # Only names of this form: a file that somebody called `model-mine.safetensors` stays.
    own = re.compile(re.escape(stem) + r"-[0-9a-f]{12}\.safetensors")
    for path in Path(folder).glob(f"{stem}-*.safetensors"):
        if own.fullmatch(path.name) and path.name not in keep:
            with suppress(OSError):
                path.unlink()


def save_network(
    kind: NetworkKind,
    folder: PathLike,
    weights: Weights,
    card: Mapping[str, Any],
    *,
    half: bool = False,
    keep_old: bool = False,
) -> dict[str, str]:
    """Write a network into a folder, which is made if need be."""
    # Return the name of its weights and their sha256.
    #
    # `half` stores 16-bit floats, for shipping; `keep_old` leaves older weights for `remove_named`.
    from safetensors.numpy import save

    folder = make_folder(folder)
    number = np.float16 if half else np.float32
    arrays = {name: np.ascontiguousarray(value, dtype=number) for name, value in weights.items()}
    data = save(arrays)
    name, digest = content_name(kind.stem, data)
    files = {name: digest}
    _write(kind, folder, name, data, {"format": kind.format, "files": files, **card})
    if not keep_old:
        remove_named(folder, kind.stem, files)
    return files


def attach_file(kind: NetworkKind, folder: PathLike, stem: str, data: bytes) -> str:
    """Put a file of safetensors beside the weights, name it on the card in place of an older one, return its name."""
    folder = Path(folder)
    card = read_card(kind, folder)
    name, digest = content_name(stem, data)
    others = {
        other: value for other, value in card["files"].items() if not other.startswith(f"{stem}-")
    }
    _write(kind, folder, name, data, {**card, "files": {**others, name: digest}})
    remove_named(folder, stem, (name,))
    return name


def _write(
    kind: NetworkKind, folder: Path, name: str, data: bytes, card: Mapping[str, Any]
) -> None:
    # The file comes first and has a name of its own: wherever the writing is cut off, the card
    # names files that are whole, the old ones or the new ones.
    text = seal_json(dict(sorted(card.items())), indent=1)
    write_named(folder / name, data, folder / kind.card, text)


# -- reading -----------------------------------------------------------------------------


def read_card(kind: NetworkKind, folder: PathLike) -> dict[str, Any]:
    """Read what is known of a network besides its weights."""
    folder = Path(folder)
    path = folder / kind.card
    remedy = f"name a folder that `{kind.command}` wrote"
    try:
        if not path.is_file():
            raise CheckpointError(
                f"{folder}: holds no {kind.noun} ({kind.card} is missing); {remedy}"
            )
        data = read_bytes(path, _LONGEST_CARD)
        if len(data) > _LONGEST_CARD:
            raise ValueError(f"it has more than {_LONGEST_CARD} bytes")
        card = unseal_json(data)
    except (FormatError, ValueError) as error:
        raise _unreadable(kind, folder, error) from None
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be read ({error.strerror}); {remedy}") from None
    if card.get("format") != kind.format:
        raise CheckpointError(
            f"{path}: not a {kind.noun} of this version of symgen; train it again"
        )
    return card


def read_network(
    kind: NetworkKind, folder: PathLike, *, files: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    """Read the card, without ``format`` and ``files``, and the weights."""
    # Refuse a network whose parts do not agree.
    #
    # `files` names other weights than the card does, and their sha256.
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = Path(folder)
    card, path, data = _read_weights(kind, folder, files)
    try:
        weights = {name: value.astype(np.float32) for name, value in load(data).items()}
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: damaged ({error}); copy the {kind.noun} again") from None
    if not all(np.isfinite(value).all() for value in weights.values()):
        raise CheckpointError(f"{path}: holds weights that are no numbers; train it again")
    del card["format"], card["files"]
    if wrong := wrong_facts(card, kind.facts):
        raise CheckpointError(
            f"{folder / kind.card}: makes no sense ({', '.join(wrong)}); copy the {kind.noun} again"
        )
    return card, weights


def _read_weights(
    kind: NetworkKind, folder: Path, files: Mapping[str, str] | None
) -> tuple[dict[str, Any], Path, bytes]:
    card = read_card(kind, folder)
    while True:
        name, digest = _weights_of(kind, folder, card if files is None else {"files": files})
        try:
            return card, folder / name, _read_checked(kind, folder / name, digest)
        except FormatError as error:
            # Who writes a network removes the weights before it: the card that was read may name
            # some that have gone since. Then there is another card now, and whole weights to it.
            before, card = card, read_card(kind, folder)
            if card == before or files is not None:
                raise _unreadable(kind, folder, error) from None


def read_files(kind: NetworkKind, folder: PathLike) -> dict[str, bytes]:
    """Read all files that the card of a network names, and refuse what is damaged."""
    folder = Path(folder)
    files = read_card(kind, folder).get("files")
    if not isinstance(files, dict) or not all(Path(name).name == name for name in files):
        raise _unreadable(kind, folder, ValueError(f"{kind.card} names no files"))
    try:
        return {name: _read_checked(kind, folder / name, files[name]) for name in files}
    except FormatError as error:
        raise _unreadable(kind, folder, error) from None


def read_attached(kind: NetworkKind, folder: PathLike, stem: str) -> bytes | None:
    """Read what `attach_file` put beside a network, or nothing if its card names no such file."""
    found = _named(read_card(kind, folder), f"{stem}-")
    if found is None:
        return None
    name, digest = found
    try:
        return _read_checked(kind, Path(folder) / name, digest)
    except FormatError as error:
        raise _unreadable(kind, folder, error) from None


def attached_path(kind: NetworkKind, folder: PathLike, stem: str) -> Path | None:
    """Return where a file lies that `attach_file` put beside a network, or nothing."""
    found = _named(read_card(kind, folder), f"{stem}-")
    return Path(folder) / found[0] if found else None


def _read_checked(kind: NetworkKind, path: Path, digest: str) -> bytes:
    data = read_bytes(path)
    if sha256(data) != digest:
        raise CheckpointError(
            f"{path}: damaged (its checksum differs from {kind.card}); copy the {kind.noun} again"
        )
    return data


def _unreadable(kind: NetworkKind, folder: PathLike, error: Exception) -> CheckpointError:
    return CheckpointError(f"{folder}: cannot be read ({error}); copy the {kind.noun} again")


def _weights_of(kind: NetworkKind, folder: Path, card: Mapping[str, Any]) -> tuple[str, str]:
    found = _named(card, kind.stem)
    if found is None:
        raise CheckpointError(
            f"{folder / kind.card}: damaged (names no weights); copy the {kind.noun} again"
        )
    return found


def _named(card: Mapping[str, Any], stem: str) -> tuple[str, str] | None:
    """Return the name and the sha256 of the only file on a card whose name begins with `stem`."""
    files = card.get("files")
    if not isinstance(files, dict):
        return None
    found = [name for name in files if name.startswith(stem)]
    if len(found) != 1:
        return None
    name, digest = found[0], files[found[0]]
    # A name with a folder in it would lead out of the network's own.
    is_right = isinstance(digest, str) and Path(name).name == name
    return (name, digest) if is_right else None


# -- where networks lie ------------------------------------------------------------------


def shipped_networks(kind: NetworkKind) -> tuple[str, ...]:
    """Names of the networks of a kind that come along."""
    return tuple(sorted(card.parent.name for card in data_folder("models").glob(f"*/{kind.card}")))


def installed_networks(kind: NetworkKind) -> tuple[str, ...]:
    """Names of the networks of a kind that other installed packages bring."""
    from importlib.metadata import entry_points  # most commands never look for one

    names = sorted({entry.name for entry in entry_points(group=PLUGINS)})
    return tuple(name for name in names if _installed_folder(kind, name) is not None)


def _installed_folder(kind: NetworkKind, name: str) -> Path | None:
    from importlib.metadata import entry_points
    from importlib.util import find_spec

    for entry in entry_points(group=PLUGINS, name=name):
        try:
            # A model is data: its folder is found, and nothing that lies in it is run.
            spec = find_spec(entry.module)
        except (ImportError, ValueError):
            spec = None
        if spec is None or not spec.submodule_search_locations:
            raise CheckpointError(
                f"model {name!r}: the package {entry.module} that should bring it is not there; "
                "install it again, or remove it"
            )
        folder = Path(spec.submodule_search_locations[0])
        if (folder / kind.card).is_file():
            return folder
    return None


def network_folder(kind: NetworkKind, name: PathLike) -> Path | None:
    """Return the folder of a network: itself, ``best`` of a run, one that comes along, or a package's; else nothing."""
    # A folder at hand goes before a shipped network of that name: who names it means it.
    if isinstance(name, str) and "\0" in name:  # no name that a file can have
        return None
    path = as_path(name)
    places = [path, path / "best"]
    if len(path.parts) == 1:
        places.append(data_folder("models") / path)
    try:
        found = next((folder for folder in places if (folder / kind.card).is_file()), None)
    except OSError:  # no name that a file can have
        return None
    # What looks like a file is none of a package's names, and need not pay for the search.
    is_plain = len(path.parts) == 1 and not path.suffix
    return found or (_installed_folder(kind, str(name)) if is_plain else None)


def find_network(kind: NetworkKind, name: PathLike) -> Path:
    """Return the folder of a network as `network_folder` does, or refuse the name."""
    folder = network_folder(kind, name)
    if folder is None:
        raise CheckpointError(
            f"{name}: holds no {kind.noun}; name a folder that `{kind.command}` wrote"
        )
    return folder
