"""Names of files that are to be written later, kept for one process among several that choose names at a time."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from symgen.system.temporary import make_temporary, other_temporaries, remove_stale

__all__ = ["claim_names", "release_names"]

_MARK = b"symgen claims: "
_WAIT_SECONDS, _LOOK_SECONDS = 2.0, 0.02
_OWN: dict[Path, set[str]] = {}
"""What this process has claimed, by the file that says so."""


def claim_names(paths: Sequence[Path]) -> bool:
    """Claim names for files of one folder, all or none."""
    folder = paths[0].parent
    wanted = {path.name.casefold() for path in paths}
    with _short_lock(folder):
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
    found: set[str] = set()
    for path in other_temporaries(folder):
        with suppress(OSError, ValueError), path.open("rb") as file:
            if file.read(len(_MARK)) == _MARK:
                found.update(json.loads(file.read()))
    return found


@contextmanager
def _short_lock(folder: Path) -> Iterator[None]:
    """Look and claim in one step, where the system can; who waits for long does without."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows; a folder that cannot be read
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
