"""Works: doubles dropped, kin grouped, groups split into training, validation and test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symgen.corpus.candidate import Candidate, Drop
from symgen.corpus.dedupe import (
    Kinship,
    Signature,
    find_duplicates,
    find_kin,
    group_works,
    leaking_works,
)
from symgen.corpus.options import SPLITS, CorpusOptions
from symgen.tokens import Header

__all__ = ["Piece", "Work", "assign_works", "fill_split", "split_of"]


@dataclass(frozen=True)
class Piece:
    """A piece whose events lie in the spool, from row `offset` on."""

    # Without its notes.
    candidate: Candidate
    offset: int
    length: int
    header: Header
    # Notes, and how many of them were off the grid.
    notes: int
    moved: int


@dataclass
class Work:
    """All forms of one tune, one at least."""

    pieces: Sequence[Piece]
    signature: Signature
    # The split that the work is held out for, or empty.
    held: str = ""
    # Filled in when all works are known.
    split: str = ""
    group: str = ""

    @property
    def source(self) -> str:
        """Name of its source."""
        return self.pieces[0].candidate.source

    @property
    def name(self) -> str:
        """Source and place in it."""
        return self.pieces[0].candidate.work

    def told(self, column: str) -> str:
        """Return what a table of labels says of it in a column, or nothing."""
        return self.pieces[0].candidate.labels.get(column, "")


_TRAIN = SPLITS[0]
# More works of one name, by the pattern of the options, are no parts of one work.
_CROWD = 24
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
    digest = hashlib.sha256(key.encode(errors="surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def assign_works(
    works: Sequence[Work], options: CorpusOptions, drop: Callable[[Drop, str], None]
) -> list[Work]:
    """Drop duplicates, keep kin together, and split works, which come in order of preference."""
    doubles = _doubles(works, options)
    for i, original in doubles.items():
        _leave_out(works[i], "duplicate", f"as {works[original].name}", drop)
    works = [work for i, work in enumerate(works) if i not in doubles]
    signatures = [work.signature for work in works]
    kin = find_kin(signatures)
    _group(works, kin, options)
    for work in works:
        # A split that a table of labels tells is kept, work by work.
        work.split = work.told("split") or split_of(work.group, options.ratios)
    # What must be in a split overrules chance; what is held out overrules what may only be trained
    # on.
    _fix(works, {work.group: _TRAIN for work in works if work.source in options.train_only})
    for split in reversed(tuple(options.hold_out)):
        _fix(works, {work.group: split for work in works if work.held == split})
    fixed = {work.group for work in works if work.held or work.source in options.train_only}
    fixed |= {work.group for work in works if work.told("split")}
    _stop_leaks(works, signatures, options.leak, fixed)
    works = _part_from_held(works, kin, options, drop)
    for name in SPLITS:
        _fill_split(name, works, options, fixed)
    return works


def _doubles(works: Sequence[Work], options: CorpusOptions) -> dict[int, int]:
    """Return works that double another one, and that one."""
    # Of two the one that is held out stays, so that it cannot be trained on under another name.
    order = sorted(range(len(works)), key=lambda i: not works[i].held)
    signatures = [works[i].signature for i in order]
    found = find_duplicates(signatures, find_kin(signatures), limit=options.near)
    return {order[i]: order[original] for i, original in found.items()}


def _leave_out(work: Work, reason: str, detail: str, drop: Callable[[Drop, str], None]) -> None:
    """Report each form of a work as left out."""
    for _ in work.pieces:
        drop(Drop(reason, detail, work.name), work.source)


def _group(works: Sequence[Work], kin: Kinship, options: CorpusOptions) -> None:
    """Join what is kin, bears one title, or is told to be one work."""
    signatures = [work.signature for work in works]
    titles = [_plain_title(work.pieces[0].candidate.title) for work in works]
    named = [_work_name(work, options) for work in works]
    told = [work.told("work") for work in works]
    groups = group_works(
        signatures, kin, titles, share=options.kin, named=(named, _CROWD), told=told
    )
    keys: dict[int, str] = {}
    for work, group in zip(works, groups, strict=True):
        keys[group] = min(keys.get(group, "\uffff"), work.name)
    for work, group in zip(works, groups, strict=True):
        work.group = keys[group]


def _work_name(work: Work, options: CorpusOptions) -> str:
    """Return the name that the pattern of its source finds in the name of its file, or nothing."""
    pattern = options.works.get(work.source)
    found = re.search(pattern, work.pieces[0].candidate.locator) if pattern else None
    return f"{work.source}/{found[1]}" if found and found[1] else ""


def _fix(works: Sequence[Work], splits: Mapping[str, str]) -> None:
    """Put whole groups into the splits where they must be."""
    for work in works:
        work.split = splits.get(work.group, work.split)


def _stop_leaks(
    works: Sequence[Work], signatures: Sequence[Signature], limit: float, fixed: set[str]
) -> None:
    """Move groups to the training part until no held-out tune is made of what is trained on."""
    while True:
        leaks = leaking_works(signatures, [work.split for work in works], limit=limit)
        moved = {works[i].group for i in leaks} - fixed
        if not moved:
            return
        for work in works:
            if work.group in moved:
                work.split = _TRAIN


def _part_from_held(
    works: Sequence[Work], kin: Kinship, options: CorpusOptions, drop: Callable[[Drop, str], None]
) -> list[Work]:
    """Leave out of training what a work that is held out is made of."""
    out: set[int] = set()
    for first, second, shared in kin:
        for held, other in ((first, second), (second, first)):
            most = options.leak * len(works[held].signature.grams)
            if works[held].held and works[other].split == _TRAIN and shared > most:
                out.add(other)
    for i, work in enumerate(works):
        if work.source in options.train_only and work.split != _TRAIN:
            out.add(i)
    for i in sorted(out):
        _leave_out(works[i], "held out", "too much like a piece that is held out", drop)
    return [work for i, work in enumerate(works) if i not in out]


def _fill_split(name: str, works: Sequence[Work], options: CorpusOptions, fixed: set[str]) -> None:
    """Give a small corpus a piece to choose the checkpoint by, and one to test."""
    signatures = [work.signature for work in works]

    def leaks(group: str) -> bool:
        splits = [name if work.group == group else work.split for work in works]
        found = leaking_works(signatures, splits, limit=options.leak)
        return any(works[i].group == group for i in found)

    movable = [work for work in works if work.group not in fixed or work.split == name]
    free = {work.group: work.split for work in movable}
    chosen = fill_split(name, free, options.ratios, leaks)
    for work in works:
        if work.group == chosen:
            work.split = name


def _plain_title(title: str) -> str:
    """Letters of a title without articles, numbers and the kind of dance."""
    words = re.findall(r"[a-z]+", title.lower().replace("'", ""))
    return " ".join(word for word in words if word not in _DULL)
