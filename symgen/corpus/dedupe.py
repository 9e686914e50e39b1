"""Duplicates and kin: tunes that share n-grams of notes, whatever their key.

A note counts as its interval from the note before and the time since then; an n-gram of `GRAM`
notes is one 64-bit hash of them. Transposition, tempo and instrument do not matter.

What that is for: a tune is often in several collections, a little different in each. A double of a
training tune among the tunes that are held out would be scored as if the network had understood it,
and doubles in the training part teach by heart. So of works that are nearly one only the first
stays; works that share much are kin and go to one split together; and a held-out work that is made
of n-grams of many training works, though akin to none, goes to the training part too.

A large corpus has more n-grams than memory holds. They lie on disk in buckets, by their first bits, and each
bucket is compared by itself: what is equal is in one bucket.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.spill import Spill, buckets_for
from symgen.music.lines import Hashes, Line, hash_runs, top_line
from symgen.music.score import Score
from symgen.system.arrays import distinct
from symgen.system.files import sha256

__all__ = [
    "GRAM",
    "Grams",
    "Kinship",
    "Signature",
    "find_duplicates",
    "find_kin",
    "group_works",
    "leaking_works",
    "sign_drums",
    "sign_line",
    "sign_scores",
    "text_hash",
]

GRAM = 12
"""Notes in an n-gram."""

DRUM_BARS = 4
"""Bars in an n-gram of drums."""

# An n-gram in more works than this (a scale run) tells nothing.
_CROWD = 40
# Rows that are put into their buckets at once.
_BLOCK = 2**16

_ROW = np.dtype([("gram", np.uint64), ("work", np.int32)])
_PAIR = np.dtype([("code", np.int64), ("shared", np.int32)])

Ints = NDArray[np.int64]
Wanted = Callable[[Ints, Ints, Ints], NDArray[np.bool_]]


@dataclass(frozen=True)
class Signature:
    """Hashes of a tune, for comparison."""

    # Of the whole melody, one for each form of the tune.
    exact: frozenset[str]
    # Sorted distinct hashes of its n-grams, of all forms together; none of a tune under `GRAM`
    # notes.
    grams: Hashes


@dataclass(frozen=True)
class Kinship:
    """Pairs of works with n-grams in common; arrays of shape (pairs,)."""

    # Indices of works, first < second.
    first: Ints
    second: Ints
    # Distinct n-grams in common.
    shared: Ints

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        rows = (self.first.tolist(), self.second.tolist(), self.shared.tolist())
        return zip(*rows, strict=True)

    def chosen(self, which: NDArray[np.bool_]) -> Kinship:
        """Return some of the pairs."""
        return Kinship(self.first[which], self.second[which], self.shared[which])


def sign_scores(scores: Sequence[Score]) -> Signature:
    """Make the signature of a tune from its forms (as written, as played)."""
    signatures = [sign_line(top_line(score)) for score in scores]
    exact = frozenset[str]().union(*(signature.exact for signature in signatures))
    return Signature(exact, distinct(np.concatenate([each.grams for each in signatures])))


def sign_line(line: Line) -> Signature:
    """Make the signature of a form of a tune from its top line."""
    moves = line.moves
    exact = sha256(np.ascontiguousarray(moves).tobytes())
    return Signature(frozenset([exact]), distinct(hash_runs(moves, GRAM)))


def sign_drums(strokes: Ints, starts: Ints) -> Signature:
    """Make the signature of a piece of drums alone: rows of onset and key, and where its bars begin, in steps."""
    # A beat of a bar is common to many pieces, and intervals of drums mean nothing: what tells
    # pieces apart is how bars follow each other.
    bar = np.searchsorted(starts, strokes[:, 0], side="right") - 1
    placed = np.column_stack([strokes[:, 0] - starts[bar], strokes[:, 1]])
    edges = np.searchsorted(bar, np.arange(len(starts)))
    bars = [placed[a:b].tobytes() for a, b in pairwise(edges.tolist())]
    runs = zip(*(bars[lag:] for lag in range(DRUM_BARS)), strict=False)
    found = [sha256(b"|".join(run))[:16] for run in runs if any(run)]
    grams = np.array([int(digest, 16) for digest in found], dtype=np.uint64)
    return Signature(frozenset([sha256(strokes.tobytes())]), distinct(grams))


def text_hash(text: str) -> int:
    """Return 64 bits that stand for a text; 0 for none."""
    return int(sha256(text.encode(errors="surrogateescape"))[:16], 16) if text else 0


class Grams:
    """The n-grams of works, in buckets on disk; works are counted from 0 in the order in which they are added."""

    def __init__(self, path: Path, expected: int) -> None:
        # How many buckets there are.
        self.parts = buckets_for(expected)
        self._shift = np.uint64(64 - self.parts.bit_length() + 1)
        self._spill = Spill(path, self.parts, _ROW)
        self._sizes = array("i")
        self._block: list[Hashes] = []
        self._first = self._rows = 0

    def add(self, grams: Hashes) -> None:
        """Add the distinct n-grams of the next work."""
        self._sizes.append(len(grams))
        self._block.append(grams)
        self._rows += len(grams)
        if self._rows >= _BLOCK:
            self._flush()

    @property
    def sizes(self) -> Ints:
        """How many n-grams each work has, shape (works,)."""
        return np.array(self._sizes, dtype=np.int64)

    def buckets(self) -> Iterator[tuple[Hashes, NDArray[np.int32]]]:
        """Yield n-grams and the work that each is of, works in order."""
        self._flush()
        for rows in self._spill.read():
            yield rows["gram"], rows["work"]

    def _flush(self) -> None:
        if not self._block:
            return
        end = self._first + len(self._block)
        rows = np.empty(self._rows, _ROW)
        rows["gram"] = np.concatenate(self._block)
        rows["work"] = np.repeat(np.arange(self._first, end), self._sizes[self._first : end])
        # A shift by all 64 bits is undefined.
        buckets = np.zeros(len(rows), np.int16)
        if self.parts > 1:
            buckets = (rows["gram"] >> self._shift).astype(np.int16)
        self._spill.add(buckets, rows)
        self._block, self._first, self._rows = [], end, 0


def find_kin(grams: Grams, order: Ints, pairs: Path, wanted: Wanted) -> Kinship:
    """Count the n-grams that each two works have in common, of those in `order`: places in it; keep what is wanted."""
    # `pairs` is a file to be; `wanted` is asked of pairs as `Kinship` has them.
    places = np.full(len(grams.sizes), -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    count = max(1, len(order))
    is_sorted = bool((order[1:] > order[:-1]).all())
    # Pairs grow as n-grams do, so they are put into as many buckets.
    found = Spill(pairs, grams.parts, _PAIR)
    for hashes, works in grams.buckets():
        place = places[works]
        there = place >= 0
        codes = _pair_codes(hashes[there], place[there], count, is_sorted=is_sorted)
        rows = np.empty(len(codes[0]), _PAIR)
        rows["code"], rows["shared"] = codes
        # Pairs of one second work lie together.
        found.add((rows["code"] % count % grams.parts).astype(np.int16), rows)
    parts = []
    for rows in found.read():
        first, second, shared = _summed(rows, count)
        kept = wanted(first, second, shared)
        parts.append((first[kept], second[kept], shared[kept]))
    found.close()
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return Kinship(empty, empty, empty)
    first, second, shared = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((second, first))
    return Kinship(first[order], second[order], shared[order])


def _pair_codes(hashes: Hashes, works: Ints, count: int, *, is_sorted: bool) -> tuple[Ints, Ints]:
    """Return first * `count` + second of all pairs of works that share n-grams, and how many they share."""
    order = np.argsort(hashes, kind="stable") if is_sorted else np.lexsort((works, hashes))
    hashes, works = hashes[order], works[order]
    starts = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1])[: len(hashes)])
    counts = np.diff(np.append(starts, len(hashes)))
    telling = (counts > 1) & (counts <= _CROWD)
    starts, counts = starts[telling], counts[telling]
    # Works of one n-gram stand side by side, so that all pairs of them are those with a gap of 1,
    # of 2 ... between their rows: no loop over works or n-grams.
    pairs = [np.zeros(0, dtype=np.int64)]
    for gap in range(1, _CROWD):
        rows = np.repeat(starts, np.maximum(counts - gap, 0))
        if not len(rows):
            break
        rows = rows + _ranks(rows)
        pairs.append(works[rows] * count + works[rows + gap])
    return _runs(np.sort(np.concatenate(pairs)))


def _runs(ordered: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values of what is sorted, and how often each occurs."""
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def _summed(rows: NDArray[np.void], count: int) -> tuple[Ints, Ints, Ints]:
    """Return pairs that occur several times once, with all that they share."""
    rows = rows[np.argsort(rows["code"], kind="stable")]
    codes, times = _runs(rows["code"])
    starts = np.cumsum(times) - times
    shared = np.add.reduceat(rows["shared"].astype(np.int64), starts) if len(starts) else times
    return *np.divmod(codes, count), shared


def _ranks(sorted_values: Ints) -> Ints:
    """Return 0, 1, 2, ... within each run of equal values."""
    _, sizes = _runs(sorted_values)
    return np.arange(len(sorted_values)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def find_duplicates(
    exact: tuple[Ints, Hashes], kin: Kinship, sizes: Ints, *, limit: float
) -> dict[int, int]:
    """Return works to leave out and the earlier, kept one that each doubles: more than `limit` of its n-grams do."""
    # `exact`: hashes of whole melodies, with the work that each is of.
    near = kin.chosen(kin.shared > limit * sizes[kin.second])
    order = np.argsort(near.second, kind="stable")
    firsts, seconds = near.first[order], near.second[order]
    works, melodies = exact
    ordered = np.argsort(melodies, kind="stable")
    same = melodies[ordered][1:] == melodies[ordered][:-1]
    several = np.zeros(len(works), dtype=bool)
    several[ordered[1:][same]] = several[ordered[:-1][same]] = True
    # All others double nothing, and nothing doubles them by their whole melody.
    doubtful: dict[int, list[int]] = {int(work): [] for work in distinct(seconds)}
    for work, melody in zip(works[several].tolist(), melodies[several].tolist(), strict=True):
        doubtful.setdefault(work, []).append(melody)
    doubles: dict[int, int] = {}
    seen: dict[int, int] = {}
    for work in sorted(doubtful):
        mine = doubtful[work]
        first, end = np.searchsorted(seconds, [work, work + 1])
        found = [seen[melody] for melody in mine if melody in seen]
        found += [other for other in firsts[first:end].tolist() if other not in doubles]
        if found:
            doubles[work] = min(found)
        else:
            seen.update(dict.fromkeys(mine, work))
    return doubles


def group_works(
    kin: Kinship, sizes: Ints, names: Sequence[tuple[Hashes, int]], *, share: float
) -> Ints:
    """Join works into groups; return for each work the smallest index of its group."""
    # Joined are works with more than a `share` of the smaller one's n-grams in common, and those of
    # one name of any kind (a hash, 0 for none), unless more bear it than the number beside them says.
    forest = _Forest(len(sizes))
    akin = kin.chosen(kin.shared > share * np.minimum(sizes[kin.first], sizes[kin.second]))
    for a, b, _ in akin:
        forest.join(a, b)
    for hashes, most in names:
        order = np.argsort(hashes, kind="stable")
        values, counts = _runs(hashes[order].view(np.int64))
        ends = np.cumsum(counts)
        for i in np.flatnonzero((values != 0) & (counts > 1) & (counts <= most)).tolist():
            members = order[ends[i] - counts[i] : ends[i]].tolist()
            for member in members[1:]:
                forest.join(members[0], member)
    return forest.roots()


class _Forest:
    """Union-find; a root is the smallest index of its tree."""

    def __init__(self, size: int) -> None:
        self._root = array("q", range(size))

    def find(self, i: int) -> int:
        root = self._root
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    def join(self, i: int, j: int) -> None:
        low, high = sorted((self.find(i), self.find(j)))
        self._root[high] = low

    def roots(self) -> Ints:
        """Return the root of each."""
        found = np.array(self._root, dtype=np.int64)
        while not np.array_equal(found, above := found[found]):
            found = above
        return found


def leaking_works(
    grams: Grams, train: NDArray[np.bool_], held: NDArray[np.bool_], *, limit: float
) -> Ints:
    """Find held-out works with more than a share of their n-grams in the training works."""
    sizes = grams.sizes
    known = np.zeros(len(sizes), dtype=np.int64)
    for hashes, works in grams.buckets():
        taught = np.sort(hashes[train[works]])
        asked = held[works]
        if not len(taught) or not asked.any():
            continue
        mine, owners = hashes[asked], works[asked]
        places = np.minimum(np.searchsorted(taught, mine), len(taught) - 1)
        known += np.bincount(owners[taught[places] == mine], minlength=len(sizes))
    leaks = held & (sizes > 0)
    leaks[leaks] = known[leaks] / sizes[leaks] > limit
    return np.flatnonzero(leaks)
