"""Add tunes of a GAN to a corpus, as more to train a language model on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.corpus import PieceRecord, Store
from symgen.corpus.store import INDEX_FILE, STORE_VERSION, write_store
from symgen.gan.model import BarGan
from symgen.gan.steps import StepTune, from_steps
from symgen.gan.tunes import requests_like, some_tunes
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError, ExistsError
from symgen.system.files import PathLike, locked_folder, new_folder
from symgen.tokens import encode
from symgen.tokens.vocabulary import TIME, VELOCITY

__all__ = ["Augmented", "augment_store"]

_SOURCE = "symgen gan"


@dataclass(frozen=True)
class Augmented:
    """What `augment_store` wrote: the folder, how many pieces it holds, and how many of them are the GAN's."""

    folder: Path
    pieces: int
    made: int


def augment_store(
    store: Store,
    output: PathLike,
    gan: BarGan,
    *,
    count: int = 500,
    bars: int = 16,
    seed: int = 0,
    overwrite: bool = False,
) -> Augmented:
    """Write a store with all pieces of another one."""
    # And with tunes of a GAN in its training part.
    seed = seeds(1, seed)[0]
    if not (1 <= count <= 100_000 and 1 <= bars <= 512):
        raise ControlError(f"n {count}, bars {bars}: use 1..100000 tunes of 1..512 bars")
    folder = Path(output)
    _check_target(store, folder, overwrite=overwrite)
    made = gan.write(
        requests_like(_shuffled(some_tunes(store, "train", gan.grid), seed), count, bars), seed=seed
    )
    arrays, records = _packed(store, made, f"{gan.name} seed {seed}")
    return _write_augmented(store, folder, arrays, records)


def _check_target(store: Store, folder: Path, *, overwrite: bool) -> None:
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


def _packed(
    store: Store, made: Sequence[StepTune], name: str
) -> tuple[list[NDArray[np.uint8]], list[PieceRecord]]:
    """Turn tunes into events and records that follow those of the store."""
    velocity, program = _usual_sound(store)
    arrays, records = [], []
    offset = len(store.array)
    for number, tune in enumerate(made, 1):
        score = from_steps(tune, velocity=velocity, program=program)
        if not score.note_count:
            continue
        events, _ = encode(score, store.vocabulary, key=tune.key, whole=True)
        own = f"{_SOURCE}/{number}"
        title = f"{name} tune {number}"
        records.append(
            PieceRecord(
                offset, len(events), "train", title, _SOURCE, own, "written", own, events.header
            )
        )
        arrays.append(events.fields)
        offset += len(events)
    return arrays, records


def _shuffled(tunes: Sequence[StepTune], seed: int) -> list[StepTune]:
    return [tunes[i] for i in np.random.default_rng(seed).permutation(len(tunes))]


def _usual_sound(store: Store) -> tuple[int, int]:
    """Return the velocity and the program that most notes and pieces of the store have."""
    rows = np.asarray(store.array)
    loud = rows[rows[:, TIME] < store.vocabulary.skip, VELOCITY]
    programs = Counter(record.header.programs[0] for record in store.pieces("train"))
    return int(np.bincount(loud).argmax()), programs.most_common(1)[0][0]


def _write_augmented(
    store: Store, folder: Path, arrays: list[NDArray[np.uint8]], records: list[PieceRecord]
) -> Augmented:
    everything = [*store.pieces(), *records]
    facts = {
        name: value
        for name, value in store.index.items()
        if name not in ("events_file", "events_sha256") and not name.startswith("manner_")
    }
    report = dict(facts.get("report", {}))
    notes = sum(int((array[:, 0] < store.vocabulary.skip).sum()) for array in arrays)
    report |= {
        "kept": len(everything),
        "notes": int(report.get("notes", 0)) + notes,
        "bars": int(report.get("bars", 0)) + sum(record.header.bars for record in records),
        "splits": dict(Counter(record.split for record in everything)),
        "sources": [*report.get("sources", []), {"name": _SOURCE, "licence": "as the corpus that the GAN learned from",
                                                  "kept": len(records), "dropped": 0}],
    }  # fmt: skip
    index = {
        **facts,
        "version": STORE_VERSION,
        "vocabulary": store.vocabulary.to_json(),
        "report": report,
        "pieces": [record.to_json() for record in everything],
    }

    def rows() -> Iterator[NDArray[np.uint8]]:
        yield np.asarray(store.array)
        yield from arrays

    with new_folder(folder), locked_folder(folder):
        write_store(folder, rows, len(store.array) + sum(map(len, arrays)), index)
    return Augmented(folder, len(everything), len(records))
