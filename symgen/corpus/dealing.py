"""Which shard reads which files, by a rule that needs nothing but their list."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from symgen.corpus.find import Item
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.system.shards import Shard

__all__ = ["Listing", "deal", "file_digests", "items_of"]

Listing = Callable[[], Iterator[Item]]
"""Lists all files anew; nothing is read."""

# What a file costs beside its bytes, in bytes; one of notation as much as some MIDI files.
_MIDI, _NOTATION = 2**15, 2**18


def deal(items: Iterable[Item], count: int) -> Iterator[tuple[int, Item]]:
    """Yield each file with the number of its shard, from 0: the one that has the least to do so far."""
    # So no shard has more to do than another by more than its largest file, whatever stands side by
    # side in the list.
    loads = [(0, shard) for shard in range(count)]
    for place, item in enumerate(items):
        load, shard = loads[0]
        cost = _MIDI if item.suffix in MIDI_SUFFIXES else _NOTATION
        heapq.heapreplace(loads, (load + cost + (item.size or len(item.data)), shard))
        yield shard, replace(item, rank=place)


def items_of(listing: Listing, shard: Shard) -> Iterator[Item]:
    """Yield the files of a shard."""
    return (item for number, item in deal(listing(), shard.count) if number == shard.number - 1)


def file_digests(listing: Listing, count: int) -> list[str]:
    """Return for each shard a sha256 of its files as they are listed: names, sizes, what is known of them."""
    digests = [hashlib.sha256() for _ in range(count)]
    for shard, item in deal(listing(), count):
        size = item.size or len(item.data)
        told = [item.rank, item.source, item.locator, size, item.problem, item.broken]
        told += [dict(item.meta), dict(item.labels)]
        digests[shard].update(json.dumps(told, default=str).encode() + b"\n")
    return [digest.hexdigest() for digest in digests]
