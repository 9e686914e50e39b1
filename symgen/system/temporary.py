"""Temporary files and folders, named after their process: the next one clears away what a killed one left."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["make_temporary", "other_temporaries", "remove_own", "remove_stale", "scratch_folder"]

_TEMPORARY = re.compile(r"\.symgen-(?:([0-9a-f]{8})-([0-9]+)-)?\w+\.tmp")
_DAY = 24 * 3600.0
_FOLDERS: set[Path] = set()
"""Where this process has made temporary files."""


def make_temporary(folder: Path) -> tuple[int, Path]:
    """Make a temporary file and open it."""
    _FOLDERS.add(folder.absolute())
    handle, name = tempfile.mkstemp(prefix=_prefix(), suffix=".tmp", dir=folder)
    return handle, Path(name)


def remove_own() -> None:
    """Remove what this process may have left when a signal came at the wrong moment."""
    for folder in _FOLDERS:
        for path in folder.glob(f"{_prefix()}*.tmp"):
            with suppress(OSError):
                path.unlink()


@contextmanager
def scratch_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Make a temporary folder inside another, and remove it with all that is in it when the block ends."""
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
            if _is_stale(entry):
                path = Path(entry.path)
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed.append(path)
    return removed


def other_temporaries(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the temporary files and folders of other processes in a folder."""
    return [
        Path(entry.path) for entry in _temporaries(folder) if not entry.name.startswith(_prefix())
    ]


def _temporaries(folder: str | os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        return [entry for entry in os.scandir(folder) if _TEMPORARY.fullmatch(entry.name)]
    except OSError:
        return []


def _is_stale(entry: os.DirEntry[str]) -> bool:
    found = _TEMPORARY.fullmatch(entry.name)
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
    return f".symgen-{_host()}-{os.getpid()}-"


def _host() -> str:
    return f"{zlib.crc32(socket.gethostname().encode(errors='replace')):08x}"
