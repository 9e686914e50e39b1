"""Which shard reads which files, by a rule that needs nothing but their list."""

from __future__ import annotations

import hashlib
import heapq
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from symgen.corpus.find import Item
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.system.large_files import scratch_rows
from symgen.system.places import is_remote
from symgen.system.shards import Shard

__all__ = ["Dealt", "deal", "items_of", "ranked"]

# What a file costs beside its bytes, in bytes; one of notation as much as some MIDI files.
_MIDI, _NOTATION = 2**15, 2**18
# Files that are written to scratch at once.
_TOGETHER = 256


def deal(items: Iterable[Item], count: int) -> Iterator[tuple[int, int, Item]]:
    """Yield the shard of each file, from 0, its rank and the file: the shard that has the least to do so far."""
    # So no shard has more to do than another by more than its largest file, whatever stands side by
    # side in the list.
    loads = [(0, shard) for shard in range(count)]
    for rank, item in enumerate(items):
        load, shard = loads[0]
        cost = _MIDI if item.suffix in MIDI_SUFFIXES else _NOTATION
        heapq.heapreplace(loads, (load + cost + (item.size or len(item.data)), shard))
        yield shard, rank, item


def ranked(items: Iterable[Item]) -> Iterator[Item]:
    """Yield files with their ranks."""
    return (replace(item, rank=rank) for rank, item in enumerate(items))


def items_of(items: Iterable[Item], shard: Shard) -> tuple[list[Item], str]:
    """Return the files of a shard, and a hash of them as they are listed."""
    mine = [
        replace(item, rank=rank)
        for number, rank, item in deal(items, shard.count)
        if number == shard.number - 1
    ]
    digest = hashlib.sha256()
    for item in mine:
        digest.update(_told(item))
    return mine, digest.hexdigest()


class Dealt:
    """All files dealt at once to all shards, in files of a scratch folder; and a hash of those of each."""

    def __init__(self, items: Iterable[Item], count: int, scratch: Path) -> None:
        self._scratch = scratch
        self._waiting: list[list[Item]] = [[] for _ in range(count)]
        digests = [hashlib.sha256() for _ in range(count)]
        self.sizes = [0] * count
        for shard, rank, item in deal(items, count):
            mine = replace(item, rank=rank, place=_absolute(item.place))
            digests[shard].update(_told(mine))
            self.sizes[shard] += 1
            self._waiting[shard].append(mine)
            if len(self._waiting[shard]) >= _TOGETHER:
                self._flush(shard)
        for shard in range(count):
            self._flush(shard)
        self.digests = [digest.hexdigest() for digest in digests]

    def items(self, shard: Shard) -> list[Item]:
        """Return the files of a shard."""
        path = self._path(shard.number - 1)
        if not path.exists():
            return []
        with path.open("rb") as file:
            return [Item.from_json(json.loads(line)) for line in file]

    def _path(self, shard: int) -> Path:
        return self._scratch / f"files-{shard}"

    def _flush(self, shard: int) -> None:
        if self._waiting[shard]:
            with scratch_rows(self._path(shard)) as file:
                lines = (json.dumps(item.to_json()) for item in self._waiting[shard])
                file.writelines(line.encode() + b"\n" for line in lines)
            self._waiting[shard] = []


def _absolute(place: tuple[str, ...]) -> tuple[str, ...]:
    """Return a place that another process finds."""
    if not place or is_remote(place[0]):
        return place
    return (os.path.abspath(place[0]), *place[1:])  # noqa: PTH100


def _told(item: Item) -> bytes:
    """Return what the list says of a file: rank, names, size, what is known of it."""
    size = item.size or len(item.data)
    told: list[object] = [item.rank, item.source, item.locator, size, item.problem, item.broken]
    told += [dict(item.meta), dict(item.labels)]
    return json.dumps(told, default=str).encode() + b"\n"
