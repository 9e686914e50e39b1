"""Works: doubles dropped, kin grouped, groups split into training, validation and test."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.candidate import Drop
from symgen.corpus.dedupe import (
    Grams,
    Kinship,
    find_duplicates,
    find_kin,
    group_works,
    leaking_works,
    text_hash,
)
from symgen.corpus.options import SPLITS, CorpusOptions
from symgen.music.lines import Hashes

__all__ = ["Works", "assign_works", "fill_split", "plain_title", "split_of"]


Column = NDArray[np.int64]


class Works:
    """All tunes as columns of shape (works,), in order of preference; each has one form or several."""

    def __init__(
        self,
        columns: Mapping[str, NDArray[Any]],
        sources: Sequence[str],
        grams: Grams,
        name: Callable[[int], str],
    ) -> None:
        # `name`: the source of a work and its place in it; names stay on disk.
        # Hashes of whole melodies, with the work that each is of.
        self.exact: tuple[Column, Hashes] = (columns["owner"], columns["exact"])
        self.grams, self.name = grams, name
        # Numbers of pieces; of `sources`; of the split that a work is held out for, -1 for none.
        self.forms, self.held = columns["forms"], columns["held"]
        self._source, self._sources = columns["source"], sources
        # Hashes of plain titles, of names by a pattern and by a table of labels (0 for none), and of
        # its own name.
        self.titles, self.named, self.told, self.points = (
            columns[name] for name in ("titles", "named", "told", "points")
        )
        # The split that a table of labels tells, -1 for none.
        self.told_split = columns["told_split"]
        # Filled in by `assign_works`: number of the split, and the work by whose name the group goes.
        self.split = np.zeros(len(self.forms), dtype=np.int8)
        self.key = np.arange(len(self.forms))

    def __len__(self) -> int:
        return len(self.forms)

    def source(self, work: int) -> str:
        """Return the name of the source of a work."""
        return str(self._sources[self._source[work]])

    def is_of(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Return which works are of these sources."""
        mine = [number for number, name in enumerate(self._sources) if name in names]
        return np.isin(self._source, mine)


_TRAIN = 0
# More works of one name, by the pattern of the options, are no parts of one work.
_CROWD = 24
# More works of one title are no versions of one tune.
_SAME_TITLE = 8
# Words of titles that do not tell tunes apart.
_DULL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "no",
        "untitled",
        "reel",
        "jig",
        "hornpipe",
        "polka",
        "slide",
        "march",
        "air",
        "slip",
    ]
)
# From so many groups on, a split holds at least one.
_FEWEST = {"train": 1, "valid": 2, "test": 10}


def split_of(group: str, ratios: Sequence[float] = (0.9, 0.05, 0.05)) -> str:
    """Name the split of a group of works, from nothing but its key."""
    point = _point(group)
    for name, share in zip(SPLITS, ratios, strict=True):
        if point < share:
            return name
        point -= share
    return SPLITS[0]


def fill_split(
    name: str,
    splits: Mapping[str, str],
    ratios: Sequence[float],
    leaks: Callable[[str], bool] = lambda _: False,
) -> str | None:
    """Choose a group for a split that chance has left empty, or None if it needs none."""
    values = list(splits.values())
    if not ratios[SPLITS.index(name)] or name in values or len(values) < _FEWEST[name]:
        return None
    largest = max(reversed(SPLITS), key=values.count)
    # By a hash of the key, so that the same groups always give the same choice.
    groups = sorted((key for key in splits if splits[key] == largest), key=_point)
    if largest == SPLITS[0] and len(groups) < 2:
        return None
    return next((group for group in groups if not leaks(group)), groups[0])


def _point(key: str) -> float:
    """Place a key in 0..1."""
    return text_hash(key) / 2**64


def assign_works(
    works: Works, options: CorpusOptions, drop: Callable[[Drop, str], None], scratch: Path
) -> Column:
    """Split works, which come in order of preference, doubles left out and kin together; return those that stay."""
    pairs = scratch / "pairs"
    kept = _without_doubles(works, options, drop, pairs)
    kin = _kin(works, kept, options, pairs, near=False)
    _group(works, kept, kin, options)
    by_chance = _chosen_splits(works.points[works.key[kept]], options.ratios)
    # A split that a table of labels tells is kept, work by work.
    told = works.told_split[kept]
    works.split[kept] = np.where(told < 0, by_chance, told)
    # What must be in a split overrules chance; what is held out overrules what may only be trained
    # on.
    train_only = works.is_of(options.train_only)
    _fix(works, kept, train_only, _TRAIN)
    for split in [SPLITS.index(name) for name in reversed(tuple(options.hold_out))]:
        _fix(works, kept, works.held == split, split)
    fixed = np.zeros(len(works), dtype=bool)
    is_fixed = (works.held >= 0) | train_only | (works.told_split >= 0)
    fixed[works.key[kept[is_fixed[kept]]]] = True
    fixed[kept] = fixed[works.key[kept]]
    _stop_leaks(works, kept, options.leak, fixed)
    kept = _part_from_held(works, kept, kin, options, drop)
    for split in range(len(SPLITS)):
        _fill_split(split, works, kept, options, fixed)
    return kept


def _kin(
    works: Works, order: Column, options: CorpusOptions, pairs: Path, *, near: bool
) -> Kinship:
    """Return what works have in common, in places of `order`, where it is so much that it counts."""
    sizes = works.grams.sizes[order]
    held = works.held[order] >= 0

    def wanted(first: Column, second: Column, shared: Column) -> NDArray[np.bool_]:
        if near:
            return shared > options.near * sizes[second]
        akin = shared > options.kin * np.minimum(sizes[first], sizes[second])
        for one in (first, second):
            akin |= held[one] & (shared > options.leak * sizes[one])
        return akin

    return find_kin(works.grams, order, pairs, wanted)


def _without_doubles(
    works: Works, options: CorpusOptions, drop: Callable[[Drop, str], None], pairs: Path
) -> Column:
    """Leave out works that double another one; return the others."""
    # Of two the one that is held out stays, so that it cannot be trained on under another name.
    order = np.argsort(works.held < 0, kind="stable")
    place = np.empty(len(works), dtype=np.int64)
    place[order] = np.arange(len(works))
    kin = _kin(works, order, options, pairs, near=True)
    owners, melodies = works.exact
    found = find_duplicates(
        (place[owners], melodies), kin, works.grams.sizes[order], limit=options.near
    )
    stays = np.ones(len(works), dtype=bool)
    for double, original in found.items():
        stays[order[double]] = False
        what = f"as {works.name(int(order[original]))}"
        _leave_out(works, int(order[double]), "duplicate", what, drop)
    return np.flatnonzero(stays)


def _leave_out(
    works: Works, work: int, reason: str, detail: str, drop: Callable[[Drop, str], None]
) -> None:
    """Report each form of a work as left out."""
    for _ in range(int(works.forms[work])):
        drop(Drop(reason, detail, works.name(work)), works.source(work))


def _group(works: Works, kept: Column, kin: Kinship, options: CorpusOptions) -> None:
    """Join what is kin, bears one title, or is told to be one work; the key of a group is its first name."""
    names = (
        (works.titles[kept], _SAME_TITLE),
        (works.named[kept], _CROWD),
        (works.told[kept], len(kept)),
    )
    groups = group_works(kin, works.grams.sizes[kept], names, share=options.kin)
    works.key[kept] = kept
    members = np.bincount(groups, minlength=len(kept))
    first: dict[int, tuple[str, int]] = {}
    for place in np.flatnonzero(members[groups] > 1).tolist():
        work, group = int(kept[place]), int(groups[place])
        named = (works.name(work), work)
        first[group] = min(first.get(group, named), named)
    for place in np.flatnonzero(members[groups] > 1).tolist():
        works.key[kept[place]] = first[int(groups[place])][1]
    # Two works of one name, from sources that are called alike, go together.
    keys = works.key[kept]
    order = np.argsort(works.points[keys], kind="stable")
    points = works.points[keys][order]
    starts = np.flatnonzero(np.append(True, points[1:] != points[:-1])[: len(points)])
    works.key[kept[order]] = np.repeat(keys[order[starts]], np.diff(np.append(starts, len(kept))))


def _chosen_splits(points: Hashes, ratios: Sequence[float]) -> NDArray[np.int8]:
    """Return what `split_of` says of keys with these hashes."""
    left = points.astype(np.float64) / 2**64
    found = np.full(len(points), -1, dtype=np.int8)
    for number, share in enumerate(ratios):
        found[(found < 0) & (left < share)] = number
        left -= share
    return np.maximum(found, 0)


def _fix(works: Works, kept: Column, which: NDArray[np.bool_], split: int) -> None:
    """Put the whole groups of some works into a split."""
    mine = np.zeros(len(works), dtype=bool)
    mine[works.key[kept[which[kept]]]] = True
    works.split[kept[mine[works.key[kept]]]] = split


def _stop_leaks(works: Works, kept: Column, limit: float, fixed: NDArray[np.bool_]) -> None:
    """Move groups to the training part until no held-out tune is made of what is trained on."""
    stays = np.zeros(len(works), dtype=bool)
    stays[kept] = True
    while True:
        train = stays & (works.split == _TRAIN)
        leaks = leaking_works(works.grams, train, stays & ~train, limit=limit)
        moved = leaks[~fixed[leaks]]
        if not len(moved):
            return
        mine = np.zeros(len(works), dtype=bool)
        mine[works.key[moved]] = True
        works.split[kept[mine[works.key[kept]]]] = _TRAIN


def _part_from_held(
    works: Works,
    kept: Column,
    kin: Kinship,
    options: CorpusOptions,
    drop: Callable[[Drop, str], None],
) -> Column:
    """Leave out of training what a work that is held out is made of."""
    out = works.is_of(options.train_only) & (works.split != _TRAIN)
    first, second = kept[kin.first], kept[kin.second]
    for held, other in ((first, second), (second, first)):
        much = kin.shared > options.leak * works.grams.sizes[held]
        out[other[(works.held[held] >= 0) & (works.split[other] == _TRAIN) & much]] = True
    for work in kept[out[kept]].tolist():
        _leave_out(works, work, "held out", "too much like a piece that is held out", drop)
    stays: Column = kept[~out[kept]]
    return stays


def _fill_split(
    split: int,
    works: Works,
    kept: Column,
    options: CorpusOptions,
    fixed: NDArray[np.bool_],
) -> None:
    """Give a small corpus a piece to choose the checkpoint by, and one to test."""
    movable = kept[~fixed[kept] | (works.split[kept] == split)]
    if not options.ratios[split] or (works.split[movable] == split).any():
        return
    free = {works.name(int(works.key[i])): SPLITS[works.split[i]] for i in movable.tolist()}
    keys = {works.name(int(works.key[i])): int(works.key[i]) for i in movable.tolist()}
    stays = np.zeros(len(works), dtype=bool)
    stays[kept] = True

    def leaks(group: str) -> bool:
        mine = stays & (works.key == keys[group])
        train = stays & (works.split == _TRAIN) & ~mine
        return bool(len(leaking_works(works.grams, train, mine, limit=options.leak)))

    chosen = fill_split(SPLITS[split], free, options.ratios, leaks)
    if chosen is not None:
        works.split[kept[works.key[kept] == keys[chosen]]] = split


def plain_title(title: str) -> str:
    """Letters of a title without articles, numbers and the kind of dance."""
    words = re.findall(r"[a-z]+", title.lower().replace("'", ""))
    return " ".join(word for word in words if word not in _DULL)
