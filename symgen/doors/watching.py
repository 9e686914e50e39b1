"""A watched folder: which of its files are new or have changed, are wholly written, and are not done yet."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from symgen.formats import DEFAULT_LIMITS, READABLE
from symgen.formats.kinds import DATA_SUFFIX
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import append_line, open_to_read, read_bytes, sha256

__all__ = ["LEDGER", "Ready", "WatchedFolder"]

LEDGER = ".symgen-watch.jsonl"
"""The file beside the takes that says what is done."""
_SUFFIXES = tuple(suffix for suffix in READABLE if suffix != DATA_SUFFIX)
_HIDDEN = (".", "~", "#")
"""What names of files begin with that programs keep for themselves."""


@dataclass(frozen=True)
class _State:
    """What tells that a file is as it was: its size, and when it was changed (ns)."""

    size: int
    changed: int


@dataclass(frozen=True)
class Ready:
    """A file that waits for its takes."""

    path: Path
    state: _State
    digest: str


class WatchedFolder:
    """The music files of a folder, without those of the folders in it."""

    # `how` says how the takes are made: what was done in another way is done again.

    def __init__(self, folder: Path, output: Path, how: str) -> None:
        if not folder.is_dir():
            raise FormatError(f"{folder}: no such folder; make it, or check the name")
        if output.exists() and folder.samefile(output):
            raise ControlError(
                f"{output}: is the folder that is watched, and takes would be read as tunes; "
                "name another folder with -o"
            )
        self._folder, self._output, self._how = folder, output.resolve(), how
        self._seen: dict[Path, _State] = {}
        self._handled: dict[Path, _State] = {}
        self._done = set(_read_ledger(output / LEDGER))

    @property
    def waiting(self) -> list[Path]:
        """The files that the last look found, and that are neither done nor failed."""
        return [path for path, state in self._seen.items() if self._handled.get(path) != state]

    def look(self) -> Iterator[Ready]:
        """Look into the folder, and yield what has not changed since the look before and is not done."""
        before, self._seen = self._seen, dict(self._files())
        for path in self.waiting:
            state = self._seen[path]
            if before.get(path) != state:
                continue
            try:
                # Of a longer file the reader sees no more either.
                digest = sha256(read_bytes(path, DEFAULT_LIMITS.bytes))
            except FormatError:  # it went, or is still held by the program that writes it
                continue
            if (digest, self._how) in self._done:
                self._handled[path] = state
            else:
                yield Ready(path, state, digest)

    def finish(self, ready: Ready, *, is_done: bool) -> None:
        """Note that a file is done, or has failed: that is tried again when it changes, or at the next start."""
        if _state_of(ready.path) != ready.state:
            return
        self._handled[ready.path] = ready.state
        if is_done:
            self._done.add((ready.digest, self._how))
            row = {"digest": ready.digest, "how": self._how, "name": ready.path.name}
            append_line(self._output / LEDGER, json.dumps(row))

    def _files(self) -> Iterator[tuple[Path, _State]]:
        try:
            entries = sorted(os.scandir(self._folder), key=lambda entry: entry.name)
        except OSError as error:
            raise FormatError(
                f"{self._folder}: cannot be read any more ({error.strerror}); check it"
            ) from None
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(_HIDDEN) or path.suffix.lower() not in _SUFFIXES:
                continue
            state = _state_of(path)
            # A link may lead to a take.
            if state is not None and path.resolve().parent != self._output:
                yield path, state


def _state_of(path: Path) -> _State | None:
    """Return the state of a file that holds something, or nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return _State(found.st_size, found.st_mtime_ns) if found.st_size and path.is_file() else None


def _read_ledger(path: Path) -> Iterator[tuple[str, str]]:
    """Yield digests of what is done, and how it was done; lines that are no such are passed over."""
    if not path.exists():
        return
    with open_to_read(path) as file:
        for line in file:
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                row = json.loads(line)
                yield str(row["digest"]), str(row["how"])
