"""A store with more pieces to train on: all of another one, and some that were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.store import INDEX_FILE, STORE_VERSION, PieceRecord, Store, write_store
from symgen.system.errors import ExistsError
from symgen.system.files import locked_folder, new_folder
from symgen.tokens import Events
from symgen.tokens.vocabulary import TIME

__all__ = ["Addition", "check_target", "write_with"]

_SPLIT = "train"


@dataclass(frozen=True)
class Addition:
    """A piece to add, and where it comes from; `group`: the key of the work that it is a version of."""

    events: Events
    title: str
    source: str
    locator: str
    group: str


def check_target(store: Store, folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that holds the store itself, or something that must not be lost."""
    if folder.exists() and folder.samefile(store.path):
        raise ExistsError(
            f"{folder}: is the store itself, which is kept as it is; name another folder"
        )
    if folder.exists() and not (overwrite and (folder / INDEX_FILE).is_file()):
        known = (folder / INDEX_FILE).is_file()
        what = "exists already; choose another name or pass --overwrite"
        raise ExistsError(
            f"{folder}: {what if known else 'exists and is no corpus store; choose another name'}"
        )


def write_with(
    store: Store, folder: Path, additions: Sequence[Addition], licences: Mapping[str, str]
) -> int:
    """Write a store with all pieces of another one, and some in its training part; return how many it holds."""
    # `licences`: by the sources of what is added.
    arrays = [np.asarray(each.events.fields) for each in additions]
    everything = [*store.pieces(), *_records(additions, len(store.array))]
    facts = {
        name: value
        for name, value in store.index.items()
        if name not in ("events_file", "events_sha256") and not name.startswith("manner_")
    }
    index = {
        **facts,
        "version": STORE_VERSION,
        "vocabulary": store.vocabulary.to_json(),
        "report": _report(store, additions, everything, licences),
        "pieces": [record.to_json() for record in everything],
    }

    def rows() -> Iterator[NDArray[np.uint8]]:
        yield np.asarray(store.array)
        yield from arrays

    with new_folder(folder), locked_folder(folder):
        write_store(folder, rows, len(store.array) + sum(map(len, arrays)), index)
    return len(everything)


def _records(additions: Sequence[Addition], offset: int) -> Iterator[PieceRecord]:
    """Yield records of pieces whose events follow those of the store."""
    for each in additions:
        yield PieceRecord(
            offset,
            len(each.events),
            _SPLIT,
            each.title,
            each.source,
            each.locator,
            "written",
            each.group,
            each.events.header,
        )
        offset += len(each.events)


def _report(
    store: Store,
    additions: Sequence[Addition],
    everything: Sequence[PieceRecord],
    licences: Mapping[str, str],
) -> dict[str, object]:
    """Return the report of the store, with what was added."""
    report = dict(store.index.get("report", {}))
    notes = sum(
        int((each.events.fields[:, TIME] < store.vocabulary.skip).sum()) for each in additions
    )
    counts = Counter(each.source for each in additions)
    own = [
        {"name": name, "licence": licence, "kept": counts[name], "dropped": 0}
        for name, licence in licences.items()
    ]
    return report | {
        "kept": len(everything),
        "notes": int(report.get("notes", 0)) + notes,
        "bars": int(report.get("bars", 0)) + sum(each.events.header.bars for each in additions),
        "splits": dict(Counter(record.split for record in everything)),
        "sources": [*report.get("sources", []), *own],
    }
