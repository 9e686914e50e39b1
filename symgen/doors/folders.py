"""A folder that is shared with a program: its files by relative names, and nothing outside of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from symgen.system.errors import ControlError, ExistsError, FormatError
from symgen.system.text import one_line

__all__ = ["MOST_BYTES", "MOST_LISTED", "SharedFolder"]

MOST_BYTES = 2**28
"""The longest file that is read."""
MOST_LISTED = 1000
_LONGEST_NAME = 1000


@dataclass(frozen=True)
class SharedFolder:
    """A folder, links in whose path are resolved."""

    root: Path

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> SharedFolder:
        """Open a folder that is there."""
        root = Path(folder)
        if not root.is_dir():
            raise FormatError(f"{root}: no such folder; make it, or check the name")
        return cls(root.resolve())

    def to_read(self, name: str, suffixes: Sequence[str]) -> str:
        """Return the name of a file that may be read, as the folder knows it.

        Raises
        ------
        ControlError
            If the name leads out of the folder, or has another suffix.
        FormatError
            If there is no such file, or it is too long.
        """
        path = self._inside(name, suffixes)
        if not path.is_file():
            hint = "is a folder, a file is needed" if path.is_dir() else "no such file"
            raise FormatError(f"{_told(name)}: {hint}; list_files tells which there are")
        if path.stat().st_size > MOST_BYTES:
            raise FormatError(
                f"{_told(name)}: is longer than {MOST_BYTES} bytes; name a shorter file"
            )
        return _plain(name)

    def to_write(self, name: str, suffixes: Sequence[str], *, overwrite: bool) -> str:
        """Return the name of a file that may be written, as the folder knows it.

        Raises
        ------
        ControlError
            If the name leads out of the folder, or has another suffix.
        ExistsError
            If it is there and may not be replaced.
        """
        path = self._inside(name, suffixes)
        if os.path.lexists(self.root / _plain(name)) and not overwrite:
            raise ExistsError(
                f"{_told(name)}: exists already; choose another name, or pass overwrite true"
            )
        if path.is_dir():
            raise FormatError(f"{_told(name)}: is a folder; name a file")
        return _plain(name)

    def files(self, suffixes: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield names and sizes of the files in it, and in the folders in it, as far as they may be read."""
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for each in sorted(names):
                name = Path(folder, each).relative_to(self.root).as_posix()
                try:
                    self.to_read(name, suffixes)
                    yield name, Path(folder, each).stat().st_size
                except (ControlError, FormatError, OSError):
                    continue

    def _inside(self, name: str, suffixes: Sequence[str]) -> Path:
        """Return where a name leads, links followed."""
        told = _told(name)
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable() or "\\" in name:
            raise ControlError(f"name {told!r}: is no name of a file; write one such as tune.mid")
        parts = PurePosixPath(name).parts
        # A colon is a drive on Windows, and a second stream of a file.
        if name.startswith(("/", "~")) or ":" in name or ".." in parts:
            raise ControlError(
                f"{told}: leads out of the folder; give a name relative to it, such as tune.mid"
            )
        if any(part.startswith((".", "-")) for part in parts):
            raise ControlError(f"{told}: begins with a dot or a hyphen; choose another name")
        if PurePosixPath(name).suffix.lower() not in suffixes:
            raise ControlError(f"{told}: name a file that ends in {', '.join(suffixes)}")
        try:
            path = (self.root / name).resolve()
        except (OSError, ValueError, RuntimeError):  # a link that leads to itself
            raise FormatError(f"{told}: cannot be followed; name another file") from None
        if not path.is_relative_to(self.root):
            raise ControlError(f"{told}: is a link out of the folder; name another file")
        return path


def _plain(name: str) -> str:
    return str(PurePosixPath(name))


def _told(name: str) -> str:
    return one_line(name, 80)
