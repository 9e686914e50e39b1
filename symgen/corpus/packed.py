"""What a network reads of the pieces of a store beside their events: worked out once, and kept in the store's folder.

A store has one such file for each way to follow its parts. Its name tells what it was made of: the store as it
is, the columns, and how they are worked out. While it is being made its rows are there already for whoever asks
again; a folder that cannot be written to does without it.
"""

from __future__ import annotations

import io
import os
import weakref
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.store import PieceRecord, Store, file_digest
from symgen.system.errors import FormatError, SymgenError
from symgen.system.files import atomic_file, seal_json, sha256, unseal_json, write_atomic
from symgen.tokens import FIELDS, Events
from symgen.tokens.features import feature_array
from symgen.tokens.layout import layout
from symgen.tokens.learned import as_learned

__all__ = ["PackedFeatures"]

Bytes = NDArray[np.uint8]

# Of how features are worked out.
_VERSION = 1
# And how plans are read.
_PLANS = 1
# Classes that a byte tells apart.
_BYTE = 256


class PackedFeatures:
    """The events and features of the pieces of a store, for so many parts that are followed one by one."""

    # `goals`: whether the events of bars hold the goals of these; `plans`: whether they have plans of
    # chords, and forms that may be moved.
    #
    # A row is that of the event, the lower byte of each column, and the upper byte of those columns
    # that have one.

    def __init__(self, store: Store, voices: int, *, goals: bool, plans: bool = False) -> None:
        self.store, self._voices, self._goals, self._plans = store, voices, goals, plans
        self._vocabulary = replace(store.vocabulary, moves=True) if plans else store.vocabulary
        known = layout(self._vocabulary, voices, plans=plans)
        wide = [i for i, name in enumerate(known.names) if known.sizes[name] > _BYTE]
        self._wide = np.array(wide, dtype=np.intp)
        self._columns = len(known.names)
        self.shape = (len(store.array), len(FIELDS) + self._columns + len(wide))
        columns = [(name, known.sizes[name]) for name in known.names]
        facts = [_VERSION, store.seal, voices, goals, columns, *([_PLANS] if plans else [])]
        self.path = store.path / f"features-{sha256(repr(facts).encode())[:12]}.npy"
        self._whole = self._opened() if store.seal else None
        can_be_kept = bool(store.seal) and self._whole is None and _has_all_pieces(store)
        self._draft = _Draft(self.path, self.shape, can_be_kept=can_be_kept)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to be worked out."""
        return self._whole is not None

    def piece(self, record: PieceRecord) -> tuple[Bytes, NDArray[np.int16]]:
        """Return the events of a piece, shape (events, 6), and their features, shape (events, columns)."""
        rows = self._rows(record)
        fields, low = rows[:, : len(FIELDS)], rows[:, len(FIELDS) :][:, : self._columns]
        features = low.astype(np.int16)
        if len(self._wide):
            features[:, self._wide] |= rows[:, len(FIELDS) + self._columns :].astype(np.int16) << 8
        return fields, features

    def finish(self) -> None:
        """Work out what is left, and keep all of it in the store's folder."""
        if not self._draft.can_be_kept:
            return
        for record in self.store.pieces():
            self._rows(record)
        self._draft.keep()
        self._whole = self._opened()

    def look_again(self) -> None:
        """Take what another process has kept there meanwhile."""
        if self._whole is None and self.store.seal:
            self._whole = self._opened()

    def _rows(self, record: PieceRecord) -> Bytes:
        if self._whole is not None:
            return self._whole[record.offset : record.offset + record.length]
        rows = self._draft.get(record)
        if rows is None:
            rows = self._made(record)
            self._draft.put(record, rows)
        return rows

    def _made(self, record: PieceRecord) -> Bytes:
        """Work out the rows of a piece."""
        vocabulary, voices, plans = self._vocabulary, self._voices, self._plans
        events = self.store.events(record)
        events = Events(np.asarray(events.fields), events.header)
        events = as_learned(events, vocabulary, voices, goals=self._goals, plans=plans)
        features = feature_array(events, vocabulary, voices, plans=plans)
        rows = np.empty((record.length, self.shape[1]), dtype=np.uint8)
        rows[:, : len(FIELDS)] = events.fields
        rows[:, len(FIELDS) :][:, : self._columns] = features & 0xFF
        rows[:, len(FIELDS) + self._columns :] = features[:, self._wide] >> 8
        return rows

    def _opened(self) -> Bytes | None:
        """Open the file if it is there and as it was written, for this version of the features too."""
        try:
            seal = unseal_json(self.path.with_suffix(".json").read_bytes())
            if seal["sha256"] != file_digest(self.path):
                return None
            array = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if array.shape != self.shape or array.dtype != np.uint8:
            return None
        # A spot check costs nothing and tells of features that are worked out otherwise now.
        records = self.store.pieces()
        spots = {0, len(records) // 2, len(records) - 1}
        for record in (records[i] for i in spots):
            mine = array[record.offset : record.offset + record.length]
            if not np.array_equal(mine, self._made(record)):
                return None
        return np.asarray(array)


def _has_all_pieces(store: Store) -> bool:
    """Whether a store has as many pieces as its folder: what a part of them would keep is not all."""
    kept: int = store.index.get("report", {}).get("kept", 0)
    return len(store.pieces()) >= kept


class _Draft:
    """Rows that are worked out bit by bit, in a temporary file, or in memory where none can be written."""

    def __init__(self, path: Path, shape: tuple[int, int], *, can_be_kept: bool) -> None:
        self._path, self._width = path, shape[1]
        self._done: set[int] = set()
        self._memory: dict[int, Bytes] = {}
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            head, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        self._start = len(head.getvalue())
        self._size = self._start + shape[0] * shape[1]
        self._stack = ExitStack()
        self._file: BinaryIO | None = None
        if can_be_kept:
            with suppress(OSError):
                path.unlink(missing_ok=True)  # what is there is not whole, or of another version
            with suppress(OSError, SymgenError):
                self._file = self._stack.enter_context(atomic_file(path))
                self._file.write(head.getvalue())
        self._drop = weakref.finalize(self, _drop, self._stack)

    @property
    def can_be_kept(self) -> bool:
        """Whether there is a file."""
        return self._file is not None

    def get(self, record: PieceRecord) -> Bytes | None:
        """Return the rows of a piece, if they are worked out."""
        if record.offset in self._memory:
            return self._memory[record.offset]
        if self._file is None or record.offset not in self._done:
            return None
        size = record.length * self._width
        with suppress(OSError):
            self._file.seek(self._place(record))
            data = os.read(self._file.fileno(), size)
            if len(data) == size:
                return np.frombuffer(data, dtype=np.uint8).reshape(-1, self._width)
        return None

    def put(self, record: PieceRecord, rows: Bytes) -> None:
        """Keep the rows of a piece."""
        if self._file is not None:
            try:
                self._file.seek(self._place(record))
                self._file.write(rows.tobytes())
                self._file.flush()
            except OSError:  # a full disk: from here on in memory
                self._file = None
                self._drop()
            else:
                self._done.add(record.offset)
                return
        self._memory[record.offset] = rows

    def keep(self) -> None:
        """Give the file its name, and write beside it what it must be."""
        file, self._file = self._file, None
        if file is None:
            return
        self._drop.detach()
        with suppress(OSError, SymgenError):
            file.truncate(self._size)  # the last rows may be those of a piece that was left out
            self._stack.close()
            digest = file_digest(self._path)
            write_atomic(self._path.with_suffix(".json"), seal_json({"sha256": digest}))

    def _place(self, record: PieceRecord) -> int:
        return self._start + record.offset * self._width


def _drop(stack: ExitStack) -> None:
    """Remove a temporary file that did not become whole."""
    with suppress(OSError, SymgenError):
        stack.__exit__(FormatError, FormatError("not whole"), None)
