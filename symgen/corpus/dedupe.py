"""Duplicates and kin: tunes that share n-grams of notes, whatever their key.

A note counts as its interval from the note before and the time since then; an n-gram of `GRAM`
notes is one 64-bit hash of them. Transposition, tempo and instrument do not matter.

What that is for: a tune is often in several collections, a little different in each. A double of a
training tune among the tunes that are held out would be scored as if the network had understood it,
and doubles in the training part teach by heart. So of works that are nearly one only the first
stays; works that share much are kin and go to one split together; and a held-out work that is made
of n-grams of many training works, though akin to none, goes to the training part too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.lines import Hashes, Line, hash_runs, top_line
from symgen.music.score import Score
from symgen.system.arrays import distinct
from symgen.system.files import sha256

__all__ = [
    "GRAM",
    "Kinship",
    "Signature",
    "find_duplicates",
    "find_kin",
    "group_works",
    "join_signatures",
    "leaking_works",
    "sign_line",
    "sign_scores",
]

GRAM = 12
"""Notes in an n-gram."""

# An n-gram in more works than this (a scale run) tells nothing.
_CROWD = 40


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
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    # Distinct n-grams in common.
    shared: NDArray[np.int64]

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        rows = (self.first.tolist(), self.second.tolist(), self.shared.tolist())
        return zip(*rows, strict=True)


def sign_scores(scores: Sequence[Score]) -> Signature:
    """Make the signature of a tune from its forms (as written, as played)."""
    return join_signatures([sign_line(top_line(score)) for score in scores])


def sign_line(line: Line) -> Signature:
    """Make the signature of a form of a tune from its top line."""
    moves = line.moves
    exact = sha256(np.ascontiguousarray(moves).tobytes())
    return Signature(frozenset([exact]), distinct(hash_runs(moves, GRAM)))


def join_signatures(signatures: Sequence[Signature]) -> Signature:
    """Make the signature of a tune from those of its forms, one at least."""
    if len(signatures) == 1:
        return signatures[0]
    exact = frozenset[str]().union(*(signature.exact for signature in signatures))
    return Signature(exact, distinct(np.concatenate([each.grams for each in signatures])))


def find_kin(signatures: Sequence[Signature]) -> Kinship:
    """Count the n-grams that each two works have in common."""
    empty = np.zeros(0, dtype=np.int64)
    sizes = [len(signature.grams) for signature in signatures]
    if not sum(sizes):
        return Kinship(empty, empty, empty)
    grams = np.concatenate([signature.grams for signature in signatures])
    works = np.repeat(np.arange(len(signatures), dtype=np.int64), sizes)
    order = np.argsort(grams, kind="stable")
    grams, works = grams[order], works[order]
    starts = np.flatnonzero(np.append(True, grams[1:] != grams[:-1]))
    counts = np.diff(np.append(starts, len(grams)))
    telling = (counts > 1) & (counts <= _CROWD)
    # Works of one n-gram stand side by side, so that all pairs of them are those with a gap of 1,
    # of 2 ... between their rows: no loop over works or n-grams.
    pairs = []
    for gap in range(1, _CROWD):
        rows = np.repeat(starts, np.maximum(counts - gap, 0) * telling)
        if not len(rows):
            break
        rows = rows + _ranks(rows)
        pairs.append(works[rows] * len(signatures) + works[rows + gap])
    if not pairs:
        return Kinship(empty, empty, empty)
    codes, shared = np.unique(np.concatenate(pairs), return_counts=True)
    first, second = np.divmod(codes, len(signatures))
    return Kinship(first, second, shared.astype(np.int64))


def _ranks(sorted_values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, 2, ... within each run of equal values."""
    starts = np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1]))
    sizes = np.diff(np.append(starts, len(sorted_values)))
    return np.arange(len(sorted_values)) - np.repeat(starts, sizes)


def find_duplicates(
    signatures: Sequence[Signature], kin: Kinship, *, limit: float
) -> dict[int, int]:
    """Return works to leave out and the earlier, kept one that each doubles: more than `limit` of its n-grams do."""
    doubles: dict[int, int] = {}
    seen: dict[str, int] = {}
    near: dict[int, list[int]] = {}
    for a, b, n in kin:
        if n > limit * len(signatures[b].grams):
            near.setdefault(b, []).append(a)
    for i, signature in enumerate(signatures):
        same = [seen[e] for e in sorted(signature.exact) if e in seen]
        same += [a for a in near.get(i, ()) if a not in doubles]
        if same:
            doubles[i] = min(same)
        else:
            seen.update(dict.fromkeys(signature.exact, i))
    return doubles


def group_works(
    signatures: Sequence[Signature],
    kin: Kinship,
    titles: Sequence[str],
    *,
    share: float,
    crowd: int = 8,
    named: tuple[Sequence[str], int] = ((), 0),
    told: Sequence[str] = (),
) -> list[int]:
    """Join works into groups; return for each work the smallest index of its group."""
    # Joined are works with more than a `share` of the smaller one's n-grams in common, and those of
    # one title, unless more than `crowd` bear it; `named` are other names, and how many may bear
    # one; `told` are names of works that hold, however many bear one.
    forest = _Forest(len(signatures))
    for a, b, n in kin:
        if n > share * min(len(signatures[a].grams), len(signatures[b].grams)):
            forest.join(a, b)
    for names, most in ((titles, crowd), named, (told, len(told))):
        for members in _by_name(names):
            if len(members) <= most:
                for member in members[1:]:
                    forest.join(members[0], member)
    return [forest.find(i) for i in range(len(signatures))]


def _by_name(names: Sequence[str]) -> list[list[int]]:
    """Return the works of each name that is not empty."""
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if name:
            found.setdefault(name, []).append(i)
    return list(found.values())


class _Forest:
    """Union-find; a root is the smallest index of its tree."""

    def __init__(self, size: int) -> None:
        self._root = list(range(size))

    def find(self, i: int) -> int:
        root = self._root
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    def join(self, i: int, j: int) -> None:
        low, high = sorted((self.find(i), self.find(j)))
        self._root[high] = low


def leaking_works(
    signatures: Sequence[Signature], splits: Sequence[str], *, limit: float
) -> list[int]:
    """Find held-out works with more than a share of their n-grams in the training works."""
    train = [s.grams for s, split in zip(signatures, splits, strict=True) if split == "train"]
    known = np.unique(np.concatenate(train)) if train else np.zeros(0, dtype=np.uint64)
    found = []
    for i, (signature, split) in enumerate(zip(signatures, splits, strict=True)):
        if split == "train" or not len(signature.grams) or not len(known):
            continue
        place = np.minimum(np.searchsorted(known, signature.grams), len(known) - 1)
        if np.mean(known[place] == signature.grams) > limit:
            found.append(i)
    return found
