"""Tables of labels: rows that say of files what no file says itself, such as ``metadata.csv``."""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath

from symgen.corpus.labels import PERIODS
from symgen.formats.kinds import plain_text
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.system.text import one_line

__all__ = ["KNOWN", "NOWHERE", "SEVERAL", "LabelTable", "Row", "RowFinder", "parse_table"]

Row = Mapping[str, str]
"""What a table says of a file, by column; nothing is said by empty text, which is left out."""

_FILE_COLUMNS = (
    "file", "path", "filename", "file_name", "file_path", "filepath", "midi_filename", "midi_file", "midi_path",
    "midi", "name",
)  # fmt: skip
"""Columns that name files, the most certain first."""
_ALIASES = {
    "genre": "style",
    "meter": "meter", "metre": "meter", "time_signature": "meter", "timesignature": "meter",
    "bpm": "tempo",
    "canonical_composer": "composer",
    "canonical_title": "title",
    "license": "licence",
    "group": "work",
}  # fmt: skip
_SPLITS = {
    "train": "train", "training": "train",
    "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip
# What spreadsheets and programs write where nothing is known.
_NOTHING = frozenset(("", "nan", "n/a", "na", "null", "none", "-", "?", "unknown", "#n/a"))
_DELIMITERS = ",;\t|"
_LOOKED_AT = 50
"""Rows by which the delimiter is found."""
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def _period(text: str) -> str:
    if text.casefold() not in PERIODS:
        raise ControlError("no period")
    return text.casefold()


def _tempo(text: str) -> str:
    found = float(text.replace(",", "."))
    if not 4 <= found <= 10_000:
        raise ControlError("no tempo")
    return f"{found:g}"


def _split(text: str) -> str:
    return _SPLITS[text.casefold()]


KNOWN: Mapping[str, Callable[[str], str]] = {
    "style": lambda text: text.lower().partition("/")[0].strip(),  # of funk/fast the wider one
    "key": lambda text: str(Key.parse(text)),
    "meter": lambda text: str(Meter.parse(re.sub(r"[-:]", "/", text))),
    "tempo": _tempo,
    "title": str,
    "composer": str,
    "period": _period,
    "licence": str,
    "split": _split,
    "work": str,
}
"""Columns that set what a corpus has of its own, and how their cells are read."""


@dataclass(frozen=True)
class LabelTable:
    """A table as it was read: names of files, each once, and what is said of them."""

    # As messages call it.
    name: str
    # The column that names files, as it is written, and whether its name says so.
    file_column: str
    is_sure: bool
    # The other columns.
    columns: tuple[str, ...]
    files: tuple[str, ...]
    rows: tuple[Row, ...]
    # By what is odd: how often, and an example.
    oddities: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)


class _Oddities:
    """What is odd about a table, counted."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def add(self, what: str, example: str) -> None:
        """Count one."""
        self._counts[what] += 1
        self._examples.setdefault(what, one_line(example, 60))

    def found(self) -> dict[str, tuple[int, str]]:
        """Return all of it."""
        return {what: (count, self._examples[what]) for what, count in self._counts.items()}


def parse_table(data: bytes, name: str) -> LabelTable:
    """Read comma, semicolon or tab separated values, as spreadsheets write them."""
    if data.startswith(_SPREADSHEETS):
        raise FormatError(f"{name}: is a spreadsheet; save it as CSV first")
    try:
        lines = _read(plain_text(data))
    except csv.Error as error:
        raise FormatError(
            f"{name}: is no table that can be read ({error}); save it as CSV"
        ) from None
    if not lines:
        raise FormatError(f"{name}: is empty; write a line of column names, and a line a file")
    head = [_column(cell) for cell in lines[0]]
    wanted = next((each for each in _FILE_COLUMNS if each in head), None)
    place = head.index(wanted) if wanted else 0
    known = [_ALIASES.get(each, each) for each in head]
    odd = _Oddities()
    rows: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        file = one_line(line[place]) if place < len(line) else ""
        if not file:
            if any(map(str.strip, line)):
                odd.add("rows name no file", " ".join(line))
            continue
        said = _said(line, known, place, odd)
        if rows.setdefault(file, said) != said:
            odd.add("files have rows that disagree, of which the first counts", file)
    columns = [each for i, each in enumerate(known) if i != place and each]
    return LabelTable(
        name,
        one_line(lines[0][place]),
        wanted is not None,
        tuple(dict.fromkeys(columns)),
        tuple(rows),
        tuple(rows.values()),
        odd.found(),
    )


def _read(text: str) -> list[list[str]]:
    """Cut a text into cells at whichever sign makes the widest table of even rows."""
    text = text.removeprefix("\ufeff")
    told = re.match(r'"?sep=(.)"?[\r\n]+', text)  # as Excel writes it
    if told:
        return _cells(text[told.end() :], told[1])
    # A sign inside quotes parts nothing, so the reader itself is asked rather than the text counted.
    best = max(_DELIMITERS, key=lambda sign: _evenness(text, sign))
    return _cells(text, best)


def _cells(text: str, sign: str, most: int | None = None) -> list[list[str]]:
    limit = csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, skipinitialspace=True)
        return [line for line in islice(reader, most) if any(map(str.strip, line))]
    finally:
        csv.field_size_limit(limit)


def _evenness(text: str, sign: str) -> tuple[int, int]:
    """Say how many rows are as wide as the first one, of more than one cell, and how wide that is."""
    lines = _cells(text, sign, _LOOKED_AT)
    width = len(lines[0]) if lines else 0
    return (sum(len(line) == width for line in lines) if width > 1 else 0), width


def _column(cell: str) -> str:
    """Return the name of a column as labels are asked for: small letters, no spaces, no ``=``."""
    return re.sub(r"[\s=-]+", "_", one_line(cell).casefold()).strip("_")


def _said(
    line: Sequence[str], columns: Sequence[str], place: int, odd: _Oddities
) -> dict[str, str]:
    """Return the cells of a row that say something."""
    found: dict[str, str] = {}
    for i, (column, cell) in enumerate(zip(columns, line, strict=False)):
        value = one_line(
            re.sub(r'^="(.*)"$', r"\1", cell.strip())
        )  # as Excel keeps texts from being numbers
        if i == place or not column or value.casefold() in _NOTHING:
            continue
        try:
            value = KNOWN.get(column, str)(value)
        except (ControlError, KeyError, ValueError):
            odd.add(f"values of {column} mean nothing here", value)
            continue
        found.setdefault(column, value)
    return found


# -- which row is whose ------------------------------------------------------------------

_CROWD = 64
"""Rows of one name among which none is looked for."""
NOWHERE, SEVERAL = -1, -2


class RowFinder:
    """Which row of a table belongs to a file: by path, by the end of it, by name, with or without suffix."""

    def __init__(self, table: LabelTable, suffixes: Iterable[str]) -> None:
        self._suffixes, self._rows = frozenset(suffixes), table.rows
        self._paths: dict[str, int] = {}
        self._stems: dict[str, list[int]] = {}
        self._names: dict[str, list[int]] = {}
        self._keys = [_plain(file) for file in table.files]
        for number, key in enumerate(self._keys):
            self._paths.setdefault(key, number)
            stem = self._stem(key)
            self._stems.setdefault(stem, []).append(number)
            self._names.setdefault(stem.rpartition("/")[2], []).append(number)

    def _stem(self, path: str) -> str:
        """Return a path without the suffix of a kind of music, whatever the case of its letters."""
        folded = path.casefold()
        suffix = PurePosixPath(folded).suffix
        return folded.removesuffix(suffix) if suffix in self._suffixes else folded

    def find(self, locator: str, source: str) -> tuple[int, int]:
        """Return the row of a file, `NOWHERE` or `SEVERAL`, and how far the match is from that of a whole path."""
        # A source may be named before the path, or not: both are the whole of it.
        path = _plain(f"{source}/{locator}")
        for i, tail in enumerate(_tails(path)):
            if tail in self._paths:
                return self._paths[tail], 2 * max(0, i - 1)
        stem = self._stem(path)
        for i, tail in enumerate(_tails(stem)):
            rows = self._stems.get(tail)
            if rows:
                return self._one_of(rows), 2 * max(0, i - 1) + 1
        return self._by_name(_plain(locator), stem), 2 * path.count("/") + 2

    def _one_of(self, rows: Sequence[int]) -> int:
        """Return the row, if there is but one, or all say the same."""
        first = self._rows[rows[0]]
        return rows[0] if all(self._rows[row] == first for row in rows[1:]) else SEVERAL

    def _by_name(self, locator: str, stem: str) -> int:
        """Return the row that has the name of a file, but names other folders."""
        rows = self._names.get(stem.rpartition("/")[2], [])
        if not rows or len(rows) > _CROWD:
            return SEVERAL if rows else NOWHERE
        mine = self._stem(locator)
        # A row may tell more of the path than the source does.
        longer = [row for row in rows if self._stem(self._keys[row]).endswith(f"/{mine}")]
        return self._one_of(longer or rows)


def _plain(path: str) -> str:
    """Return a path with slashes alone, as one way to write its letters."""
    path = unicodedata.normalize("NFC", path).replace("\\", "/")
    return re.sub(r"^(?:\./)+", "", path).strip("/")


def _tails(path: str) -> Iterable[str]:
    """Yield a path, and its ends from the longest to the name."""
    yield path
    while "/" in path:
        path = path.partition("/")[2]
        yield path
