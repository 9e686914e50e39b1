"""Parts of a corpus on their way into a store: pieces as columns, events and texts, read in any order."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.candidate import Drop
from symgen.corpus.dedupe import text_hash
from symgen.corpus.manner import MANNER_BYTES
from symgen.corpus.options import SPLITS
from symgen.corpus.prepare import Found, Prepared
from symgen.corpus.split import plain_title
from symgen.system.places import copy_here
from symgen.system.shards import Part, PartFiles
from symgen.tokens import FIELDS

__all__ = ["PART_VERSION", "OpenParts", "PartWriter", "part_writer"]

PART_VERSION = 2
"""Of what a part holds."""

# A form of a tune that may go into the store. `item`: place of its file among all files; `events`, `grams`,
# `chords`, `text`: where its own begin; hashes are those of `text_hash`. `told` and `split` are what labels say.
PIECE = np.dtype(
    [
        ("item", "<i8"),
        ("events", "<i8"),
        ("grams", "<i8"),
        ("chords", "<i8"),
        ("text", "<i8"),
        ("name", "<u8"),
        ("title", "<u8"),
        ("named", "<u8"),
        ("told", "<u8"),
        ("exact", "<u8"),
        ("event_count", "<i4"),
        ("gram_count", "<i4"),
        ("chord_count", "<i4"),
        ("text_size", "<i4"),
        ("notes", "<i4"),
        ("moved", "<i4"),
        ("bars", "<i4"),
        ("source", "<i4"),
        ("style", "<i4"),
        ("period", "<i4"),
        ("meter", "<i4"),
        ("unclicked", "?"),
        ("played", "?"),
        ("lost_drums", "?"),
        ("split", "i1"),
    ]
)
# What was left out.
DROP = np.dtype([("item", "<i8"), ("text", "<i8"), ("text_size", "<i4")])

_WORDS = ("source", "style", "period", "meter")
_TABLES = {"pieces": PIECE, "drops": DROP}
_FILES = ("events", "manner", "grams", "chords", "texts", *_TABLES)
# Rows of a table that are written at once, and files that are open at once.
_ROWS, _OPEN = 1024, 100


class PartWriter:
    """Takes prepared pieces one by one; nothing of them stays in memory."""

    def __init__(self, files: Mapping[str, Any], works: Mapping[str, str]) -> None:
        # `works`: by source a pattern, see `CorpusOptions`.
        self._files, self._works = files, works
        self._ends = dict.fromkeys(_FILES, 0)
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        self.counts = dict.fromkeys(_TABLES, 0)
        # Words are told once, and numbered in the order in which they come.
        self.words: dict[str, dict[str, int]] = {name: {} for name in _WORDS}

    def add(self, item: int, found: Found) -> None:
        """Add what came of a file."""
        if isinstance(found, Drop):
            place = self._text([found.reason, found.detail, found.locator, found.played])
            self._row("drops", (item, *place))
        else:
            self._row("pieces", self._piece(item, found))

    def flush(self) -> None:
        """Write what waits."""
        for name, dtype in _TABLES.items():
            self._files[name].write(np.array(self._rows[name], dtype).tobytes())
            self._rows[name].clear()

    def _piece(self, item: int, found: Prepared) -> tuple[Any, ...]:
        source, header = found.candidate, found.header
        labels = dict(source.labels)
        told = [source.source, source.locator, source.title, source.form, header.to_json(), labels]
        chords = np.array(sorted(found.chords), dtype="<i8")
        grams = np.ascontiguousarray(found.signature.grams, dtype="<u8")
        text, text_size = self._text(told)
        self._put("manner", found.manner)  # row by row beside the events
        (exact,) = found.signature.exact
        words = (source.source, header.style, header.period, str(header.meter))
        return (
            item,
            self._put("events", found.events) // len(FIELDS),
            self._put("grams", grams.tobytes()) // grams.itemsize,
            self._put("chords", chords.tobytes()) // chords.itemsize,
            text,
            text_hash(source.work),
            text_hash(plain_title(source.title)),
            text_hash(work_name(source.source, source.locator, self._works)),
            text_hash(labels.get("work", "")),
            int(exact[:16], 16),
            found.length,
            len(grams),
            len(chords),
            text_size,
            found.notes,
            found.moved,
            header.bars,
            *(self._word(name, word) for name, word in zip(_WORDS, words, strict=True)),
            source.unclicked,
            source.was_played,
            source.lost_drums,
            SPLITS.index(labels["split"]) if "split" in labels else -1,
        )

    def _word(self, name: str, word: str) -> int:
        return self.words[name].setdefault(word, len(self.words[name]))

    def _text(self, told: list[Any]) -> tuple[int, int]:
        data = json.dumps(told, separators=(",", ":")).encode() + b"\n"
        return self._put("texts", data), len(data)

    def _put(self, name: str, data: bytes) -> int:
        """Write to a file; return where it begins there."""
        start = self._ends[name]
        self._files[name].write(data)
        self._ends[name] += len(data)
        return start

    def _row(self, table: str, row: tuple[Any, ...]) -> None:
        self._rows[table].append(row)
        self.counts[table] += 1
        if len(self._rows[table]) >= _ROWS:
            self.flush()


@contextmanager
def part_writer(
    part: Part, made_of: Mapping[str, Any], works: Mapping[str, str]
) -> Iterator[PartWriter]:
    """Write a part in the block."""
    with part.writing(made_of) as files:
        with ExitStack() as stack:
            opened = {name: stack.enter_context(files.file(f".{name}")) for name in _FILES}
            writer = PartWriter(opened, works)
            yield writer
            writer.flush()
        _tell(files, writer)


def _tell(files: PartFiles, writer: PartWriter) -> None:
    files.told.update({name: list(words) for name, words in writer.words.items()})
    files.told.update(pieces=writer.counts["pieces"], left_out=writer.counts["drops"])


class OpenParts:
    """All parts of a corpus, their pieces in the order of the files that they come from."""

    def __init__(self, parts: Sequence[Part], scratch: Path) -> None:
        # Parts at addresses are copied to `scratch`, each file when it is read first.
        self._parts, self._scratch = parts, scratch
        self._handles: OrderedDict[tuple[int, str], BinaryIO] = OrderedDict()
        # Words by number, those of all parts together.
        self.words: dict[str, dict[str, int]] = {name: {} for name in _WORDS}
        self.pieces, self._part_of = self._table("pieces")
        self.drops, self._part_of_drop = self._table("drops")

    def __enter__(self) -> OpenParts:
        return self

    def __exit__(self, *_: object) -> None:
        while self._handles:
            self._handles.popitem()[1].close()

    def _table(self, name: str) -> tuple[NDArray[np.void], NDArray[np.int32]]:
        """Return the rows of all parts in order, and the part that each is of."""
        tables, owners = [np.zeros(0, _TABLES[name])], [np.zeros(0, np.int32)]
        for number, part in enumerate(self._parts):
            rows = np.fromfile(self._here(part, name), _TABLES[name])
            if name == "pieces":
                self._renumber(rows, part.told())
            tables.append(rows)
            owners.append(np.full(len(rows), number, np.int32))
        table, owner = np.concatenate(tables), np.concatenate(owners)
        if len(self._parts) > 1:
            order = np.argsort(table["item"], kind="stable")
            table, owner = table[order], owner[order]
        return table, owner

    def _here(self, part: Part, name: str) -> Path:
        """Return a file of a part on this machine."""
        copy = self._scratch / f"{part.shard.name}.{name}"
        return copy if copy.exists() else copy_here(part.place(f".{name}"), copy)

    def _renumber(self, rows: NDArray[np.void], told: Mapping[str, Sequence[str]]) -> None:
        """Give words the numbers that they have in all parts."""
        for name in _WORDS:
            known = self.words[name]
            numbers = [known.setdefault(word, len(known)) for word in told[name]]
            if numbers:
                rows[name] = np.array(numbers, np.int32)[rows[name]]

    def event_files(self) -> list[tuple[Path, str]]:
        """Return the files of the events, each with its sha256."""
        return [(self._here(part, "events"), part.sha256(".events")) for part in self._parts]

    def place_in_files(self) -> NDArray[np.int64]:
        """Return where the events of each piece begin if those files stand one after the other: rows."""
        sizes = [path.stat().st_size // len(FIELDS) for path, _ in self.event_files()]
        starts = np.cumsum([0, *sizes])[:-1]
        places: NDArray[np.int64] = starts[self._part_of] + self.pieces["events"]
        return places

    def events(self, piece: int) -> bytes:
        """Return the rows of the events of a piece."""
        row = self.pieces[piece]
        size, width = int(row["event_count"]), len(FIELDS)
        return self._read(
            int(self._part_of[piece]), "events", int(row["events"]) * width, size * width
        )

    def manner(self, piece: int) -> bytes:
        """Return how each event of a piece was played, where that is kept of all pieces."""
        row = self.pieces[piece]
        at, size = int(row["events"]) * MANNER_BYTES, int(row["event_count"]) * MANNER_BYTES
        return self._read(int(self._part_of[piece]), "manner", at, size)

    def grams(self, piece: int) -> NDArray[np.uint64]:
        """Return the n-grams of a piece."""
        row = self.pieces[piece]
        at, size = int(row["grams"]) * 8, int(row["gram_count"]) * 8
        return np.frombuffer(self._read(int(self._part_of[piece]), "grams", at, size), "<u8")

    def chords(self, piece: int) -> frozenset[int]:
        """Return the chords of a piece."""
        row = self.pieces[piece]
        at, size = int(row["chords"]) * 8, int(row["chord_count"]) * 8
        data = self._read(int(self._part_of[piece]), "chords", at, size)
        return frozenset(np.frombuffer(data, "<i8").tolist())

    def text(self, piece: int) -> list[Any]:
        """Return source, locator, title, form, header and labels of a piece."""
        row = self.pieces[piece]
        return self._json(int(self._part_of[piece]), row)

    def left_out(self) -> Iterator[Drop]:
        """Yield what was left out, in order."""
        for row, part in zip(self.drops, self._part_of_drop.tolist(), strict=True):
            yield Drop(*self._json(part, row))

    def _json(self, part: int, row: Any) -> list[Any]:
        found: list[Any] = json.loads(
            self._read(part, "texts", int(row["text"]), int(row["text_size"]))
        )
        return found

    def _read(self, part: int, name: str, start: int, size: int) -> bytes:
        file = self._handles.get((part, name))
        if file is None:
            file = self._here(self._parts[part], name).open("rb")
            if len(self._handles) >= _OPEN:
                self._handles.popitem(last=False)[1].close()
            self._handles[part, name] = file
        else:
            self._handles.move_to_end((part, name))
        file.seek(start)
        return file.read(size)


def work_name(source: str, locator: str, works: Mapping[str, str]) -> str:
    """Return the name that the pattern of its source finds in the name of a file, or nothing."""
    import re

    pattern = works.get(source)
    found = re.search(pattern, locator) if pattern else None
    return f"{source}/{found[1]}" if found and found[1] else ""
