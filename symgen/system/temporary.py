"""Temporary files and folders named after their process, and names kept for files to come."""

from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = [
    "claim_names",
    "make_temporary",
    "other_temporaries",
    "release_names",
    "remove_own",
    "remove_stale",
    "scratch_folder",
    "short_lock",
]

_MARK = b"symgen claims: "
_WAIT_SECONDS, _LOOK_SECONDS = 2.0, 0.02
_OWN: dict[Path, set[str]] = {}
"""What this process has claimed, by the file that says so."""


def claim_names(paths: Sequence[Path]) -> bool:
    """Claim names for files of one folder, all or none."""
    folder = paths[0].parent
    wanted = {path.name.casefold() for path in paths}
    with short_lock(folder):
        remove_stale(folder)
        taken = {
            name
            for file, names in _OWN.items()
            if file.parent == folder.absolute()
            for name in names
        }
        if any(os.path.lexists(path) for path in paths) or wanted & (
            taken | _claims_of_others(folder)
        ):
            return False
        import json

        with suppress(OSError):
            handle, file = make_temporary(folder)
            with os.fdopen(handle, "wb") as out:
                out.write(_MARK + json.dumps(sorted(wanted)).encode())
            _OWN[file.absolute()] = wanted
    return True


def release_names() -> None:
    """Give up all claims of this process: the files are written, or will not be."""
    while _OWN:
        file, _ = _OWN.popitem()
        with suppress(OSError):
            file.unlink()


def _claims_of_others(folder: Path) -> set[str]:
    import json

    found: set[str] = set()
    for path in other_temporaries(folder):
        with suppress(OSError, ValueError), path.open("rb") as file:
            if file.read(len(_MARK)) == _MARK:
                found.update(json.loads(file.read()))
    return found


@contextmanager
def short_lock(path: Path) -> Iterator[None]:
    """Look at a file or folder and write in one step, where the system can; who waits for long does without."""
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY)
    except (ImportError, OSError):  # Windows; what cannot be read
        yield
        return
    try:
        end = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < end:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOOK_SECONDS)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(handle)


_BEGINS = ".symgen-"
_TEMPORARY = r"\.symgen-(?:([0-9a-f]{8})-([0-9]+)-)?\w+\.tmp"
_MADE_HERE = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_DAY = 24 * 3600.0
_FOLDERS: set[Path] = set()
"""Where this process has made temporary files."""


def make_temporary(folder: Path) -> tuple[int, Path]:
    """Make a temporary file and open it."""
    _FOLDERS.add(folder.absolute())
    path = folder / f"{_prefix()}{os.urandom(8).hex()}.tmp"
    return os.open(path, _MADE_HERE, 0o600), path


def remove_own() -> None:
    """Remove what this process may have left when a signal came at the wrong moment."""
    for folder in _FOLDERS:
        for path in folder.glob(f"{_prefix()}*.tmp"):
            _remove(path)


@contextmanager
def scratch_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a temporary folder inside another, and remove it with all that is in it when the block ends."""
    import tempfile

    _FOLDERS.add(Path(folder).absolute())
    with tempfile.TemporaryDirectory(
        prefix=_prefix(), suffix=".tmp", dir=folder, ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


def remove_stale(folder: str | os.PathLike[str]) -> list[Path]:
    """Remove the temporary files and folders that writers have left who were killed."""
    # Those of a process of this machine that is gone, and all that are older than a day.
    removed = []
    for entry in _temporaries(folder):
        with suppress(OSError):
            if _is_stale(entry) and _remove(Path(entry.path)):
                removed.append(Path(entry.path))
    return removed


def _remove(path: Path) -> bool:
    """Remove a file, or a folder with all that is in it, as far as may be."""
    try:
        if path.is_dir() and not path.is_symlink():
            import shutil

            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError:
        return False
    return True


def other_temporaries(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the temporary files and folders of other processes in a folder."""
    return [
        Path(entry.path) for entry in _temporaries(folder) if not entry.name.startswith(_prefix())
    ]


def _temporaries(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if _is_temporary(entry.name)]
    except OSError:
        return []


def _is_temporary(name: str) -> bool:
    return name.startswith(_BEGINS) and re.fullmatch(_TEMPORARY, name) is not None


def _is_stale(entry: os.DirEntry[str]) -> bool:
    found = re.fullmatch(_TEMPORARY, entry.name)
    if found and found[1] == _host() and os.name == "posix" and not _is_alive(int(found[2])):
        return True
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > _DAY


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # signal 0 only asks
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # it is another user's
        return True
    return True


def _prefix() -> str:
    """Return how the names of temporary files begin: they tell whose they are."""
    return f"{_BEGINS}{_host()}-{os.getpid()}-"


def _host() -> str:
    return f"{zlib.crc32(_host_name().encode(errors='replace')):08x}"


def _host_name() -> str:
    if hasattr(os, "uname"):  # which is what the sockets of these systems say too
        return os.uname().nodename
    import socket

    return socket.gethostname()
