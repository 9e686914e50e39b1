"""Works made by hand, compared as a corpus compares its own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symgen.corpus import CorpusOptions, dedupe
from symgen.corpus.dedupe import Grams, Kinship, Signature, text_hash
from symgen.corpus.options import SPLITS
from symgen.corpus.parts import work_name
from symgen.corpus.split import Works, assign_works, plain_title

SCRATCH = Path(tempfile.mkdtemp(prefix="kin-"))


@dataclass
class Work:
    """A tune in one form."""

    locator: str
    signature: Signature
    held: str = ""
    source: str = "set"
    title: str = ""

    @property
    def name(self) -> str:
        return f"{self.source}/{self.locator}"


def grams_of(signatures: Sequence[Signature]) -> Grams:
    path = SCRATCH / "grams"
    path.unlink(missing_ok=True)
    found = Grams(path, sum(len(signature.grams) for signature in signatures))
    for signature in signatures:
        found.add(signature.grams)
    return found


def find_kin(signatures: Sequence[Signature]) -> Kinship:
    order = np.arange(len(signatures))
    return dedupe.find_kin(
        grams_of(signatures), order, SCRATCH / "pairs", lambda first, *_: first >= 0
    )


def melodies(signatures: Sequence[Signature]) -> tuple[np.ndarray, np.ndarray]:
    rows = [(i, text_hash(one)) for i, each in enumerate(signatures) for one in sorted(each.exact)]
    owners, hashes = zip(*rows, strict=True) if rows else ((), ())
    return np.array(owners, dtype=np.int64), np.array(hashes, dtype=np.uint64)


def find_duplicates(
    signatures: Sequence[Signature], kin: Kinship, *, limit: float
) -> dict[int, int]:
    sizes = grams_of(signatures).sizes
    return dedupe.find_duplicates(melodies(signatures), kin, sizes, limit=limit)


def group_works(
    signatures: Sequence[Signature],
    kin: Kinship,
    titles: Sequence[str],
    *,
    share: float,
    crowd: int = 8,
) -> list[int]:
    hashes = np.array([text_hash(title) for title in titles], dtype=np.uint64)
    sizes = grams_of(signatures).sizes
    return dedupe.group_works(kin, sizes, [(hashes, crowd)], share=share).tolist()


def leaking_works(
    signatures: Sequence[Signature], splits: Sequence[str], *, limit: float
) -> list[int]:
    train = np.array([split == "train" for split in splits])
    return dedupe.leaking_works(grams_of(signatures), train, ~train, limit=limit).tolist()


def works_of(works: Sequence[Work], options: CorpusOptions) -> Works:
    signatures = [work.signature for work in works]
    owners, exact = melodies(signatures)
    sources = sorted({work.source for work in works})
    held = [SPLITS.index(work.held) if work.held else -1 for work in works]
    named = [work_name(work.source, work.locator, options.works) for work in works]
    columns = {
        "owner": owners,
        "exact": exact,
        "forms": np.ones(len(works), dtype=np.int64),
        "held": np.array(held, dtype=np.int8),
        "source": np.array([sources.index(work.source) for work in works]),
        "titles": _hashes([plain_title(work.title) for work in works]),
        "named": _hashes(named),
        "told": np.zeros(len(works), dtype=np.uint64),
        "told_split": np.full(len(works), -1, dtype=np.int8),
        "points": _hashes([work.name for work in works]),
    }
    return Works(columns, sources, grams_of(signatures), lambda i: works[i].name)


def assigned(
    works: Sequence[Work], options: CorpusOptions
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Return splits by name, the names and reasons of what was left out, and the groups of what stays."""
    dropped: dict[str, str] = {}
    table = works_of(works, options)
    kept = assign_works(
        table, options, lambda drop, _: dropped.update({drop.locator: drop.reason}), SCRATCH
    ).tolist()
    splits = {works[i].name: SPLITS[table.split[i]] for i in kept}
    return splits, dropped, [works[int(table.key[i])].name for i in kept]


def _hashes(texts: Sequence[str]) -> np.ndarray:
    return np.array([text_hash(text) for text in texts], dtype=np.uint64)
