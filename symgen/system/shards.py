"""Large work cut into shards: each makes one part, and then a marker that says that the part is whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike, seal_json, unseal_json
from symgen.system.places import (
    join_place,
    names_in,
    open_place,
    read_place,
    size_of,
    writing_place,
)

__all__ = ["Part", "PartFiles", "Shard", "found_parts"]

_MOST = 1_000_000
_BLOCK = 1 << 20
_NUMBERS = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*")
_DONE = ".done"
_MARKER = re.compile(r"part-([0-9]+)-of-([0-9]+)\.done")


@dataclass(frozen=True)
class Shard:
    """Shard `number` of `count`, counted from 1."""

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _MOST:
            raise ControlError(f"shard {self}: there can be 1 to {_MOST:,} shards")
        if not 1 <= self.number <= self.count:
            raise ControlError(f"shard {self}: shards are counted from 1/{self.count} on")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``K/N``, such as 1/8 to 8/8."""
        found = _NUMBERS.fullmatch(text)
        if found is None:
            raise ControlError(f"shard {text!r}: write K/N, from 1/8 to 8/8 where there are eight")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def all(cls, count: int) -> list[Shard]:
        """Return all shards of so many."""
        return [cls(number, count) for number in range(1, count + 1)]

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def name(self) -> str:
        """How its part is called; names sort as numbers do."""
        return f"part-{self.number:0{len(str(self.count))}}-of-{self.count}"

    def share(self, total: int) -> range:
        """Return its numbers of 0 to `total` - 1: consecutive, and for each shard as many, but for one."""
        first, end = (total * k // self.count for k in (self.number - 1, self.number))
        return range(first, end)


@dataclass(frozen=True)
class Part:
    """What a shard makes in a folder: one file or several of one name, and a marker beside them."""

    # A path, or an address that fsspec knows.
    folder: PathLike
    shard: Shard

    def place(self, suffix: str) -> PathLike:
        """Return the path or address of the file with this suffix."""
        return join_place(self.folder, f"{self.shard.name}{suffix}")

    def path(self, suffix: str) -> Path:
        """Return the path of the file with this suffix, in a folder of this machine."""
        return Path(self.place(suffix))

    @property
    def marker(self) -> Path:
        """The file that says that the part is whole, in a folder of this machine."""
        return self.path(_DONE)

    def is_done(self, made_of: Mapping[str, Any]) -> bool:
        """Whether it is there, as it was written; one that was made of something else is refused."""
        found = self._read()
        if found is None:
            return False
        if found["made_of"] != _plain(made_of):
            different = [name for name in made_of if found["made_of"].get(name) != made_of[name]]
            what = ", ".join(different or found["made_of"])
            raise CheckpointError(
                f"{self.place(_DONE)}: was made with other {what}; "
                "name another folder, or remove the parts to make them anew"
            )
        return all(self._is_whole(*file) for file in found["files"].items())

    def told(self) -> dict[str, Any]:
        """Return what its maker said of it, with nothing if it is not there."""
        found = self._read()
        told: dict[str, Any] = {} if found is None else found["told"]
        return told

    def sha256(self, suffix: str) -> str:
        """Return the sha256 of one of its files, as its marker has it."""
        found = self._read()
        return "" if found is None else str(found["files"][suffix]["sha256"])

    @contextmanager
    def writing(self, made_of: Mapping[str, Any]) -> Iterator[PartFiles]:
        """Write its files in the block; the marker comes when the block ends without an error."""
        # Two that make one part at once write the same bytes: each file is whole, whoever was last.
        files = PartFiles(self)
        yield files
        marker = {"made_of": _plain(made_of), "files": files.sums, "told": files.told}
        with writing_place(self.place(_DONE)) as file:
            file.write(seal_json(marker).encode())

    def _read(self) -> dict[str, Any] | None:
        """Return what its marker says; one that is missing or damaged says nothing."""
        if size_of(self.place(_DONE)) is None:
            return None
        try:
            found = unseal_json(read_place(self.place(_DONE)))
        except ValueError:
            return None
        return found if {"made_of", "files", "told"} <= set(found) else None

    def _is_whole(self, suffix: str, known: Mapping[str, Any]) -> bool:
        place = self.place(suffix)
        if size_of(place) != known["bytes"]:
            return False
        digest = hashlib.sha256()
        with open_place(place) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return bool(digest.hexdigest() == known["sha256"])


class PartFiles:
    """The files of a part that is being written."""

    def __init__(self, part: Part) -> None:
        self._part = part
        # Sizes and checksums by suffix.
        self.sums: dict[str, dict[str, Any]] = {}
        # What the marker shall say beside that: JSON.
        self.told: dict[str, Any] = {}

    @contextmanager
    def file(self, suffix: str) -> Iterator[_Summed]:
        """Open one of them; it appears when the block ends without an error."""
        with writing_place(self._part.place(suffix)) as file:
            summed = _Summed(file)
            yield summed
        self.sums[suffix] = {"bytes": summed.size, "sha256": summed.digest.hexdigest()}


class _Summed:
    """A file that is only written to, and its checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)
        self.digest.update(data)


def found_parts(folder: PathLike) -> list[Part]:
    """Return the parts in a folder that have markers; those of several numbers of shards are refused."""
    names = [_MARKER.fullmatch(name) for name in names_in(folder)]
    parts = [Part(folder, Shard(int(name[1]), int(name[2]))) for name in names if name]
    counts = {part.shard.count for part in parts}
    if len(counts) > 1:
        several = " and ".join(str(count) for count in sorted(counts))
        raise CheckpointError(
            f"{folder}: holds parts of {several} shards; remove those that are not wanted"
        )
    return sorted(parts, key=lambda part: part.shard.number)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data as JSON gives them back."""
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain
