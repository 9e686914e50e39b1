"""How pieces were played, kept apart from what is written: a row beside each event of a store."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import convert_ticks
from symgen.music.performed import Places
from symgen.music.score import Score
from symgen.system.files import atomic_file, sha256
from symgen.tokens import Events, Vocabulary
from symgen.tokens.events import event_notes, event_times
from symgen.tokens.vocabulary import TIME

__all__ = [
    "COLUMNS",
    "MANNER_BYTES",
    "TICKS",
    "Manner",
    "Performance",
    "is_manner",
    "manner_rows",
    "read_manner",
    "remove_manner",
    "write_manner",
]

COLUMNS = ("velocity", "late", "sounded", "tempo")
"""Of a row: velocity, 0 where no key is struck; ticks behind its place; ticks that it sounds; tenths of a bpm."""

MANNER_BYTES = 2 * len(COLUMNS)
"""Of a row."""

TICKS = 480
"""Ticks a quarter of the columns `late` and `sounded`."""

Ints = NDArray[np.int64]
Manner = NDArray[np.int16]

_MOST = int(np.iinfo(np.int16).max)
_FILE = re.compile(r"manner-[0-9a-f]{12}\.npy")
# Bits of a pitch in the number of a note.
_PITCH_BITS = 7


@dataclass(frozen=True, eq=False)
class Performance:
    """The notes of a piece as they were played, laid on its bars, and where each of them is written."""

    # Ticks a quarter of all that follows.
    resolution: int
    # One a part, (notes, 5): written onset, pitch, velocity, how late it is, how long it sounds.
    parts: tuple[Ints, ...]
    # (changes, 2): tick, and tenths of quarters a minute from there on.
    tempos: Ints
    # Whether the notes are off the grid, and were moved to it.
    moved: bool = False

    @classmethod
    def of(
        cls, laid: Score, places: Places, *, moved: bool, tempos: Ints | None = None
    ) -> Performance:
        """Note down a score whose onsets are written at `places`; its tempos are taken, unless others are given."""
        tables = []
        for part in laid.parts:
            onset, duration, pitch, velocity = part.note_array().T
            written = places(onset)
            tables.append(np.stack([written, pitch, velocity, onset - written, duration], axis=1))
        if tempos is None:
            tempos = np.array([(change.tick, round(10 * change.bpm)) for change in laid.tempos])
        return cls(laid.resolution, tuple(tables), tempos, moved)

    def on_grid(self, grid: int) -> Performance:
        """Return it with times in steps of a grid where it is written, and in `TICKS` where it was played."""

        def scaled(table: Ints) -> Ints:
            written = convert_ticks(table[:, 0], self.resolution, grid)
            played = np.rint(table[:, 3:] * (TICKS / self.resolution)).astype(np.int64)
            return np.column_stack([written, table[:, 1:3], played])

        tempos = self.tempos.copy()
        tempos[:, 0] = convert_ticks(tempos[:, 0], self.resolution, grid)
        return replace(self, parts=tuple(map(scaled, self.parts)), tempos=tempos)


def manner_rows(performance: Performance, events: Events, vocabulary: Vocabulary) -> Manner:
    """Return how each event was played, shape (events, 4); all but notes that are struck have a tempo alone."""
    played = performance.on_grid(vocabulary.grid)
    fields, header = events.fields, events.header
    rows = np.zeros((len(fields), len(COLUMNS)), dtype=np.int64)
    _, steps = event_times(fields, header, vocabulary)
    change = np.searchsorted(played.tempos[:, 0], steps, side="right") - 1
    rows[:, 3] = played.tempos[np.maximum(change, 0), 1]
    notes = event_notes(fields, header, vocabulary)
    numbers = notes.onset << _PITCH_BITS | notes.pitch
    where = np.flatnonzero(fields[:, TIME] < vocabulary.skip)
    left = list(range(len(played.parts)))
    for part in range(len(header.programs)):
        mine = np.flatnonzero(notes.part == part)
        # Parts may have been left out and put in another order: each is the one it shares most of.
        shared = [_find(played.parts[i], numbers[mine]) for i in left]
        if not shared:
            break
        best = int(np.argmax([int((found >= 0).sum()) for found in shared]))
        found, table = shared[best], played.parts[left.pop(best)]
        known = found >= 0
        rows[where[mine[known]], :3] = table[found[known], 2:]
    return np.clip(rows, -_MOST, _MOST).astype(np.int16)


def _find(table: Ints, numbers: Ints) -> Ints:
    """Return which row of a part is each note, of several the last one, or -1."""
    own = table[:, 0] << _PITCH_BITS | table[:, 1]
    order = np.argsort(own, kind="stable")
    at = np.searchsorted(own[order], numbers, side="right") - 1
    if not len(own):
        return np.full(len(numbers), -1)
    return np.where((at >= 0) & (own[order][at] == numbers), order[at], -1)


def is_manner(path: Path) -> bool:
    """Whether a file is called as the manner of a store is."""
    return _FILE.fullmatch(path.name) is not None


def write_manner(folder: Path, rows: Callable[[], Iterable[bytes]], total: int) -> dict[str, Any]:
    """Write the rows of all events, named by what they are; return what the index of the store says of them."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<i2", "fortran_order": False, "shape": (total, len(COLUMNS))}
    )
    digest = hashlib.sha256(head.getvalue())
    for part in rows():
        digest.update(part)
    name = f"manner-{digest.hexdigest()[:12]}.npy"
    with atomic_file(folder / name) as file:
        file.write(head.getvalue())
        for part in rows():
            file.write(part)
    return {
        "manner_file": name,
        "manner_sha256": digest.hexdigest(),
        "manner_columns": list(COLUMNS),
        "manner_ticks": TICKS,
    }


def read_manner(folder: Path, index: Mapping[str, Any]) -> Manner:
    """Open the rows that the index of a store names, memory-mapped; ValueError or OSError if they are damaged."""
    path = folder / Path(index["manner_file"]).name
    if sha256(path.read_bytes()) != index["manner_sha256"]:
        raise ValueError(f"{path.name} does not match the index")
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    if found.dtype != np.dtype("<i2") or found.ndim != 2 or found.shape[1] != len(COLUMNS):
        raise ValueError(f"{path.name} is no table of {len(COLUMNS)} columns")
    return np.asarray(found)


def remove_manner(folder: Path, kept: str = "") -> None:
    """Remove what an earlier store in the folder has left behind."""
    for path in folder.glob("manner-*.npy"):
        if is_manner(path) and path.name != kept:
            with suppress(OSError):
                path.unlink()
