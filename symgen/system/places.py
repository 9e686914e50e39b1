"""Folders and files wherever they lie: here, or at an address that fsspec knows, such as ``s3://bucket/folder``."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.files import PathLike, atomic_file, open_to_read, read_bytes
from symgen.system.requirements import require
from symgen.system.temporary import scratch_folder
from symgen.system.text import one_line

__all__ = [
    "Found",
    "copy_here",
    "is_remote",
    "join_place",
    "names_in",
    "open_place",
    "put",
    "read_place",
    "remove_folder",
    "remove_place",
    "size_of",
    "walk",
    "without_scheme",
    "writing_place",
]

_REMOTE = re.compile(r"(?!file://)[A-Za-z][A-Za-z0-9+.-]+://")
_BLOCK = 1 << 20


def is_remote(path: PathLike) -> bool:
    """Whether a path is an address of fsspec; those of plain files are none."""
    return isinstance(path, str) and _REMOTE.match(path) is not None


def without_scheme(path: PathLike) -> PathLike:
    """Return ``file://`` addresses as the paths that they are, and all else as it is."""
    return path[7:] if isinstance(path, str) and path.startswith("file://") else path


def join_place(folder: PathLike, name: str) -> PathLike:
    """Return the place of a file in a folder."""
    return f"{str(folder).rstrip('/')}/{name}" if is_remote(folder) else Path(folder, name)


@dataclass(frozen=True)
class Found:
    """A file below a folder."""

    # From the folder on, with slashes.
    name: str
    # Where it can be opened.
    place: str
    size: int


def walk(folder: PathLike) -> Iterator[Found]:
    """Yield the files below a folder, by their names part for part: as paths are sorted."""
    # Only the names of the folders that lead to a file are in memory. Links to folders are not
    # followed, and what may not be read is passed over.
    if is_remote(folder):
        with _told(folder) as (files, path):
            yield from _walk_remote(files, path, "")
    else:
        yield from _walk_here(os.fspath(folder), "")


def _walk_here(folder: str, above: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: os.path.normcase(entry.name))
    except PermissionError:
        return
    for entry in entries:
        name = f"{above}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk_here(entry.path, f"{name}/")
            continue
        with suppress(OSError):  # it is gone, or a link to nothing
            if entry.is_file():
                yield Found(name, entry.path, entry.stat().st_size)


def _walk_remote(files: Any, folder: str, above: str) -> Iterator[Found]:
    entries = {_last(entry["name"]): entry for entry in files.ls(folder, detail=True)}
    for name, entry in sorted(entries.items()):
        if entry["name"].strip("/") == folder.strip("/"):
            continue  # the empty object that some stores keep for a folder
        if entry["type"] == "directory":
            yield from _walk_remote(files, entry["name"], f"{above}{name}/")
        else:
            yield Found(f"{above}{name}", files.unstrip_protocol(entry["name"]), entry["size"])


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


@contextmanager
def open_place(place: PathLike) -> Iterator[BinaryIO]:
    """Open a file to read; what goes wrong with it in the block is refused in one line."""
    if not is_remote(place):
        with open_to_read(place) as file:
            yield file
        return
    with _told(place) as (files, path), files.open(path, "rb") as file:
        yield cast("BinaryIO", file)


def read_place(place: PathLike, limit: int | None = None) -> bytes:
    """Return the bytes of a file, one more than the limit at most."""
    if not is_remote(place):
        return read_bytes(place, limit)
    with open_place(place) as file:
        return file.read(-1 if limit is None else limit + 1)


def size_of(place: PathLike) -> int | None:
    """Return the bytes of a file; none if there is no such file."""
    if not is_remote(place):
        here = Path(place)
        return here.stat().st_size if here.is_file() else None
    with _told(place) as (files, path):
        try:
            found = files.info(path)
        except FileNotFoundError:
            return None
        return int(found["size"]) if found["type"] == "file" else None


def names_in(folder: PathLike) -> list[str]:
    """Return the names of the files and folders in a folder, sorted; none if there is no such folder."""
    if not is_remote(folder):
        here = Path(folder)
        return sorted(entry.name for entry in here.iterdir()) if here.is_dir() else []
    with _told(folder) as (files, path):
        try:
            found = files.ls(path, detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(_last(name) for name in found if name.strip("/") != path.strip("/"))


@contextmanager
def writing_place(place: PathLike) -> Iterator[BinaryIO]:
    """Open a file that appears whole when the block ends without an error."""
    if not is_remote(place):
        with atomic_file(place) as file:
            yield file
        return
    # An upload that is cut off leaves nothing: so the file is made here first.
    with _here() as scratch:
        with atomic_file(scratch / "file") as file:
            yield file
        put(scratch / "file", place)


def put(path: Path, place: PathLike) -> None:
    """Copy a file to an address."""
    with _told(place, "written") as (files, target):
        files.makedirs(target.rpartition("/")[0], exist_ok=True)
        files.put_file(str(path), target)


def copy_here(place: PathLike, target: Path) -> Path:
    """Return a file of this machine with what lies at a place: a copy, if it is an address."""
    if not is_remote(place):
        return Path(place)
    with open_place(place) as file, atomic_file(target) as copy:
        shutil.copyfileobj(file, copy, _BLOCK)
    return target


def remove_place(place: PathLike) -> None:
    """Remove a file at an address."""
    with _told(place, "removed") as (files, path):
        files.rm_file(path)


def remove_folder(folder: PathLike) -> None:
    """Remove a folder and all that is in it, as far as that can be done."""
    if not is_remote(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(FormatError), _told(folder) as (files, path):
        files.rm(path, recursive=True)


@contextmanager
def _here() -> Iterator[Path]:
    import tempfile

    with scratch_folder(tempfile.gettempdir()) as scratch:
        yield scratch


class _told:  # noqa: N801 - read as a function
    """Give the file system of an address and the path there; what goes wrong in the block is refused in one line."""

    def __init__(self, place: PathLike, what: str = "read") -> None:
        self._place, self._what = place, what

    def __enter__(self) -> tuple[Any, str]:
        fsspec = require("fsspec")
        try:
            files, path = fsspec.core.url_to_fs(str(self._place), use_listings_cache=False)
        except ImportError as error:
            why = one_line(str(error)).rstrip(".")
            raise MissingDependencyError(
                f"{self._place}: {why}; for s3:// addresses: pip install 'symgen[s3]'"
            ) from None
        except (ValueError, OSError) as error:
            raise FormatError(
                f"{self._place}: is no address that is known ({one_line(str(error), 120)})"
            ) from None
        return files, path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, FileNotFoundError):
            raise FormatError(f"{self._place}: no such file or folder; check the address") from None
        if isinstance(error, Exception) and _is_of_storage(error):
            why = one_line(str(error), 160) or type(error).__name__
            raise FormatError(
                f"{self._place}: cannot be {self._what} ({why}); check the address, the rights and the line"
            ) from None


def _is_of_storage(error: Exception) -> bool:
    """Whether an error comes from the system, or from a library that speaks to a store: each has its own."""
    room = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError) or not (room == "symgen" or room in sys.stdlib_module_names)
