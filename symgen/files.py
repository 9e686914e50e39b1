"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from symgen.errors import ExistsError, FormatError

__all__ = ["PathLike", "atomic_file", "check_writable", "make_folder", "new_folder", "read_bytes", "write_atomic"]

PathLike = str | os.PathLike[str]


def read_bytes(path: PathLike, limit: int | None = None) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    path : path
    limit : int, optional
        Read no more than one byte above it, so that the caller sees that there are more.

    Raises
    ------
    FormatError
        If the file is missing, is no regular file or cannot be read.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would wait for ever
            raise FormatError(f"{path}: is no regular file; name another")
        with path.open("rb") as file:
            return file.read(-1 if limit is None else limit + 1)
    except FileNotFoundError:
        raise FormatError(f"{path}: no such file; check the name") from None
    except IsADirectoryError:
        raise FormatError(f"{path}: is a folder, a file is needed") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({_reason(error)}); check its permissions") from None


def check_writable(path: PathLike, *, overwrite: bool) -> None:
    """Refuse a path that exists or that cannot be written, before any work is done; nothing is made.

    Parameters
    ----------
    path : path
        The file to be written later.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    ExistsError
        If the file exists and `overwrite` is false.
    FormatError
        If the path is a folder, or its folder, or the nearest one above that exists, cannot be written.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise FormatError(f"{path}: is a folder; name a file")
        if path.exists() and not path.is_file():
            raise FormatError(f"{path}: is no regular file; name another")
        if path.exists() and not overwrite:
            raise ExistsError(f"{path}: exists already; choose another name or pass --overwrite")
        folder = next(above for above in path.absolute().parents if above.exists())
        handle, probe = tempfile.mkstemp(prefix=".symgen-", suffix=".tmp", dir=folder)
        os.close(handle)
        Path(probe).unlink()
    except OSError as error:
        raise FormatError(f"{path}: cannot be written ({_reason(error)}); choose another place") from None


@contextmanager
def atomic_file(path: PathLike) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces `path` when the block ends without an error.

    The file lies in the same folder, which is made if need be, is flushed to disk and then
    renamed; if the block fails, it is removed and an existing file stays as it was.

    Raises
    ------
    FormatError
        If the folder cannot be made or written, or the disk is full.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".symgen-", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise FormatError(f"{path}: cannot be written ({_reason(error)}); choose another place") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise FormatError(f"{path}: cannot be written ({_reason(error)}); choose another place") from None
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(path: PathLike) -> Path:
    """Make a folder, and those above it, if need be.

    Raises
    ------
    FormatError
        If it cannot be made, or a file is in its place.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(f"{path}: cannot be made a folder ({_reason(error)}); choose another place") from None
    return path


@contextmanager
def new_folder(path: PathLike) -> Iterator[Path]:
    """Make a folder, and those above it, if need be; if the block fails, what was made and is empty goes again."""
    path = Path(path)
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield path
    except BaseException:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


def write_atomic(path: PathLike, data: bytes | str) -> None:
    """Write a whole file at once; text is encoded as UTF-8.

    Raises
    ------
    FormatError
        As `atomic_file`.
    """
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
