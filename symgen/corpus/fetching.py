"""Stores at addresses that fsspec knows, copied once to this machine, where their arrays can be mapped into memory."""

from __future__ import annotations

from pathlib import Path

from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import PathLike, make_folder, sha256, unseal_json, write_atomic
from symgen.system.folders import cache_folder
from symgen.system.places import copy_here, join_place, read_place

__all__ = ["fetched_store"]

# What the index calls the files that come along.
_FILES = ("events_file", "manner_file")


def fetched_store(address: PathLike, index_file: str) -> Path:
    """Return the folder of this machine in which a store lies; it is copied there unless it is there already."""
    data = read_place(join_place(address, index_file))
    try:
        index = unseal_json(data)
        parts = [part["file"] for part in index.get("events_parts", ())]
        names = [Path(name).name for name in (*(index[k] for k in _FILES if k in index), *parts)]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{address}: a damaged corpus store ({error}); build it again"
        ) from None
    folder = cache_folder() / "stores" / sha256(data)[:24]
    try:
        make_folder(folder)
        for name in names:
            if not (folder / name).is_file():
                copy_here(join_place(address, name), folder / name)
        write_atomic(folder / index_file, data)
    except OSError as error:
        raise FormatError(
            f"{folder}: a copy of {address} cannot be written there ({error.strerror or error}); "
            "name another folder with SYMGEN_CACHE"
        ) from None
    return folder
