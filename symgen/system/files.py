"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from symgen.system.errors import ExistsError, FormatError
from symgen.system.inputs import refuse_input
from symgen.system.temporary import make_temporary, remove_stale, scratch_folder, short_lock

__all__ = [
    "PathLike",
    "append_line",
    "as_path",
    "atomic_file",
    "check_writable",
    "locked_folder",
    "make_folder",
    "new_folder",
    "open_to_read",
    "read_bytes",
    "remove_stale",
    "scratch_folder",
    "seal_json",
    "sha256",
    "unseal_json",
    "write_atomic",
    "write_named",
    "write_together",
]

PathLike = str | os.PathLike[str]

_SEAL = rb'\{"checksum": "([0-9a-f]{64})",\n'


def as_path(value: object) -> Path:
    """Return a path, and refuse what is none."""
    if not isinstance(value, str | os.PathLike):
        raise FormatError(f"{value!r:.40}: is no path; name a file or a folder")
    try:
        if b"\0" in os.fsencode(value):
            raise FormatError(f"{value!r:.40}: holds a zero byte, which no path does; name a file")
    except UnicodeEncodeError:
        raise FormatError(f"{value!r:.40}: holds a sign that no path can; name a file") from None
    return Path(value)


@contextmanager
def open_to_read(path: PathLike) -> Iterator[BinaryIO]:
    """Open a regular file; what goes wrong with it in the block is refused in one line."""
    path = Path(path)
    try:
        if not path.is_file() and path.exists() and not path.is_dir():  # a pipe would wait for ever
            raise FormatError(f"{path}: is no regular file; name another")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise FormatError(f"{path}: no such file; check the name") from None
    except IsADirectoryError:
        raise FormatError(f"{path}: is a folder, a file is needed") from None
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({_reason(error)}); check its name and permissions"
        ) from None


def read_bytes(path: PathLike, limit: int | None = None) -> bytes:
    """Return the bytes of a file, one more than the limit at most."""
    with open_to_read(path) as file:
        return file.read(-1 if limit is None else limit + 1)


def check_writable(path: PathLike, *, overwrite: bool) -> None:
    """Refuse a path that exists, that is read, or that cannot be written."""
    # Before any work is done; nothing is made.
    #
    # What writers that were killed have left in its folder is removed; see `remove_stale`.
    path = Path(path)
    _check_name(path)
    refuse_input(path)
    try:
        if path.is_dir():
            raise FormatError(f"{path}: is a folder; name a file")
        if path.exists() and not path.is_file():
            raise FormatError(f"{path}: is no regular file; name another")
        if path.exists() and not overwrite:
            raise ExistsError(f"{path}: exists already; choose another name or pass overwrite=True")
        folder = next(above for above in _followed(path).parents if above.exists())
        remove_stale(folder)
        handle, probe = make_temporary(folder)
        os.close(handle)
        probe.unlink()
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be written ({_reason(error)}); choose another place"
        ) from None


def _check_name(path: Path) -> None:
    """Refuse what no file can be called."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise FormatError(
            f"{str(path)!r}: cannot be written ({error.reason}); choose another name"
        ) from None
    if "\0" in str(path):
        raise FormatError(f"{str(path)!r}: cannot be written (it holds a NUL); choose another name")


@contextmanager
def atomic_file(path: PathLike, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces `path` when the block ends without an error."""
    # The file lies in the same folder, which is made if need be, is flushed to disk and then
    # renamed; if the block fails, it is removed and an existing file stays as it was. A file that
    # is replaced passes its permissions on. A symbolic link stays: the file that it leads to is
    # written.
    path = Path(path)
    _check_name(path)
    refuse_input(path)
    target = _followed(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = make_temporary(target.parent)
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be written ({_reason(error)}); choose another place"
        ) from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _pass_on_permissions(target, temporary)
        if overwrite:
            temporary.replace(target)
        else:
            _place(temporary, target)
    except FileExistsError:
        raise ExistsError(
            f"{path}: exists already; choose another name or pass overwrite=True"
        ) from None
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be written ({_reason(error)}); choose another place"
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _place(temporary: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name."""
    try:
        os.link(
            temporary, path
        )  # fails where the name is taken, without a moment between looking and doing
    except FileExistsError:
        raise
    except (
        OSError
    ):  # a file system without links: take the name with an empty file, and replace that
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            temporary.replace(path)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _followed(path: Path) -> Path:
    """Return the file that a path leads to, through symbolic links, be it there or not."""
    return Path(os.path.realpath(path))


def _pass_on_permissions(old: Path, new: Path) -> None:
    """Give a new file the owner, the group and the mode of the one that it replaces, as far as the system lets us."""
    try:
        known = old.stat()
    except FileNotFoundError:
        new.chmod(0o666 & ~_umask())
        return
    if not stat.S_ISREG(known.st_mode):
        raise FormatError(f"{old}: is no regular file; name another")
    if hasattr(os, "chown"):
        with suppress(OSError):
            os.chown(new, known.st_uid, known.st_gid)
    new.chmod(stat.S_IMODE(known.st_mode))


@contextmanager
def locked_folder(folder: PathLike) -> Iterator[None]:
    """Keep other processes of this package from writing into a folder while the block runs."""
    # Where the system can.
    #
    # The lock goes with the process; nothing is left behind.
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FormatError(
                f"{folder}: another process is writing there; wait for it, or name another"
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(handle)


def make_folder(path: PathLike) -> Path:
    """Make a folder, and those above it, if need be."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be made a folder ({_reason(error)}); choose another place"
        ) from None
    return path


@contextmanager
def new_folder(path: PathLike) -> Iterator[Path]:
    """Make a folder, and those above it, if need be; if the block fails, what was made and is empty goes again."""
    path = Path(path)
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    make_folder(path)
    try:
        yield path
    except BaseException:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


def write_atomic(path: PathLike, data: bytes | str, *, overwrite: bool = True) -> None:
    """Write a whole file at once; text is encoded as UTF-8."""
    with atomic_file(path, overwrite=overwrite) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def append_line(path: PathLike, text: str) -> None:
    """Add a line to a file that only its user may read; lines that several processes add stay whole."""
    path = Path(path)
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A system may show half of what another process is adding, which is not torn.
            with short_lock(path):
                size = os.fstat(handle).st_size
                # Whoever was killed while writing has left half a line; a new one begins behind it.
                os.lseek(handle, max(0, size - 1), os.SEEK_SET)
                is_torn = os.read(handle, 1) not in (b"", b"\n")
                # All at once: what is appended in one piece is not mixed with what others append.
                os.write(handle, b"\n" * is_torn + text.encode() + b"\n")
        finally:
            os.close(handle)
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be written ({_reason(error)}); choose another place"
        ) from None


def write_named(path: PathLike, data: bytes, index: PathLike, text: str) -> None:
    """Write a file, and then the one that names it."""
    # If that fails, a file that was not there before goes again.
    is_new = not Path(path).exists()
    write_atomic(path, data)
    try:
        write_atomic(index, text)
    except FormatError:
        if is_new:
            with suppress(OSError):
                Path(path).unlink(missing_ok=True)
        raise


def write_together(folder: PathLike, files: Mapping[str, bytes]) -> list[Path]:
    """Write several files into a folder: all of them, or none if one cannot be written."""
    paths = [Path(folder) / name for name in files]
    with ExitStack() as stack:
        for path, data in zip(paths, files.values(), strict=True):
            file = stack.enter_context(atomic_file(path))
            try:
                file.write(data)
                file.flush()
            except OSError as error:
                raise FormatError(
                    f"{path}: cannot be written ({_reason(error)}); choose another place"
                ) from None
    return paths


def sha256(data: bytes) -> str:
    """Return the sha256 of bytes in 64 hexadecimal digits."""
    import hashlib  # not before: it loads OpenSSL

    return hashlib.sha256(data).hexdigest()


def seal_json(data: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Return JSON whose first member is the sha256 of all that follows; `unseal_json` reads it."""
    separators = (",", ":") if indent is None else None
    body = json.dumps(data, indent=indent, separators=separators)[1:].lstrip("\n") + "\n"
    return f'{{"checksum": "{sha256(body.encode())}",\n{body}'


def unseal_json(data: bytes) -> dict[str, Any]:
    """Read what `seal_json` wrote, and refuse it if a single bit has changed."""
    seal = re.match(_SEAL, data)
    if seal and sha256(data[seal.end() :]).encode() != seal[1]:
        raise ValueError("its checksum does not fit")
    try:
        found: dict[str, Any] = json.loads(data)  # what is no JSON at all says so
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not seal:
        raise ValueError("its checksum is missing")
    del found["checksum"]
    return found


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
