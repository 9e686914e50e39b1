"""Find the files of a source (a folder, zip, file or set of music21) and the facts that are known of them.

Nothing is unpacked to disk, and a file or member of a zip that is too large is passed over.
"""

from __future__ import annotations

import base64
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from symgen.formats.kinds import DATA_SUFFIX, MIDI_SUFFIXES, NOTATION_SUFFIXES, TOKENIZER, kind_of
from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.packs import PACKED, Packs, holds_packs, piece_name, read_part
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, read_bytes
from symgen.system.places import (
    is_remote,
    join_place,
    open_place,
    read_place,
    size_of,
    walk,
    without_scheme,
)
from symgen.system.requirements import library_folder

__all__ = [
    "LICENCES",
    "MUSIC21_SETS",
    "Archives",
    "Facts",
    "Item",
    "add_facts",
    "find_items",
    "find_places",
    "find_table",
    "read_facts",
    "source_name",
]


_SUFFIXES = (*MIDI_SUFFIXES, *NOTATION_SUFFIXES)

MUSIC21_SETS: dict[str, tuple[str, ...]] = {
    "oneills1850": (".abc",),
    "ryansMammoth": (".abc",),
    "airdsAirs": (".abc",),
    "miscFolk": (".abc",),
    "bach": (".mxl", ".krn", ".xml"),
}
"""The sets of music21's own corpus that may be used, with the suffixes read from each."""

# Sections of O'Neill's book by their first tune; the files are named by the tunes they hold.
_SECTIONS = (
    (1, "air"), (626, ""), (701, "jig"), (1116, "slip jig"), (1176, "reel"), (1556, "hornpipe"), (1781, "set dance"),
    (1801, ""),
)  # fmt: skip

_BOOK = "public domain book ({}); transcription as distributed with music21"
LICENCES: dict[str, str] = {
    "music21:oneills1850": _BOOK.format("O'Neill, Music of Ireland, 1903"),
    "music21:ryansMammoth": _BOOK.format("Ryan's Mammoth Collection, 1883"),
    "music21:airdsAirs": _BOOK.format(
        "Aird, Selection of Scotch, English, Irish and Foreign Airs, 1782-1803"
    ),
    "music21:miscFolk": _BOOK.format("American fife tunes; Northumbrian Minstrelsy, 1882"),
    "music21:bach": "public domain (J. S. Bach, chorales); transcription as distributed with music21",
}
"""Licences that are known beforehand, by source."""


@lru_cache(maxsize=64)  # it is asked for several times, file by file
def _suffix(locator: str) -> str:
    return Path(locator).suffix.lower()


@dataclass(frozen=True)
class Item:
    """One file of a source."""

    # As `source_name` gives it.
    source: str
    # A path in the source or the name of a zip member.
    locator: str
    # Empty if there is a problem, and until it is read.
    data: bytes = b""
    # Facts: ``title``, ``key``, ``rhythm``, ``meter``, ``abc_errors``, ``sections`` ... where
    # known.
    meta: Mapping[str, Any] = field(default_factory=dict)
    # Why it could not be read.
    problem: str = ""
    # Where its bytes lie that are not read yet: a path and, in a zip, the name of the member.
    place: tuple[str, ...] = ()
    # Of those bytes, as far as known.
    size: int = 0
    # Of a tune that was taken out of a book, from 1; 0 for a file of its own.
    number: int = 0
    # The condition that it breaks, so that it is not asked for.
    broken: str = ""
    # What a table of labels says of it, which goes before all that the file says itself.
    labels: Mapping[str, str] = field(default_factory=dict)
    # Its place among all files of a corpus.
    rank: int = 0

    @property
    def where(self) -> str:
        """Its place in the source: the file, and of a book the number of the tune."""
        return f"{self.locator}#{self.number}" if self.number else self.locator

    @property
    def suffix(self) -> str:
        """File suffix in lower case, with the dot."""
        return _suffix(self.locator)

    @property
    def kind(self) -> str:
        """Its format as a suffix: by its first bytes, and where they say nothing by its name."""
        return kind_of(self.data, self.suffix)

    def loaded(self, archives: Archives, most: int) -> Item:
        """Return it with its bytes, `most` of them at most, or why it cannot be read."""
        if not self.place or self.problem or self.broken:
            return self
        path, *member = self.place
        try:
            if member:
                return replace(self, data=archives.read(path, member[0], most), place=())
            return replace(self, data=read_place(path, most), place=())
        except FormatError as error:
            return replace(self, problem=str(error), place=())

    def to_json(self) -> dict[str, Any]:
        """Return plain data, to be read in another process."""
        return {**vars(self), "data": base64.b64encode(self.data).decode()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Item:
        """Rebuild from `to_json`."""
        bytes_, place = base64.b64decode(data["data"]), tuple(data["place"])
        return cls(**{**data, "data": bytes_, "place": place})


class Archives:
    """The zip files that are read from, each opened once."""

    def __init__(self) -> None:
        self._open: dict[str, zipfile.ZipFile] = {}
        # The packed part that was read last, as its pieces stand side by side.
        self._part: tuple[str, dict[int, bytes]] = ("", {})
        self._stack = ExitStack()

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, path: str, member: str, most: int) -> bytes:
        """Return the bytes of a member; what goes wrong is a FormatError."""
        if path.endswith(PACKED):
            if self._part[0] != path:
                self._part = path, read_part(path)
            found = self._part[1].get(int(member))
            if found is None:
                raise FormatError(f"{path}: does not hold piece {member}; make the part again")
            return found
        try:
            if path not in self._open:
                file = self._stack.enter_context(open_place(path))
                self._open[path] = self._stack.enter_context(zipfile.ZipFile(file))
            # The size that a zip declares may be a lie, so no more is unpacked than may be.
            with self._open[path].open(member) as unpacked:
                data = unpacked.read(most + 1)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, KeyError) as error:
            raise FormatError(f"damaged or locked zip member ({error})") from None
        if len(data) > most:
            raise FormatError(f"larger than {most} bytes")
        return data


def source_name(source: PathLike) -> str:
    """Name a source without its folder: ``music21:bach`` stays, ``/data/cre.zip`` is ``cre``."""
    text = str(without_scheme(source))
    if text.startswith("music21:"):
        return text
    if is_remote(text):
        last = text.rstrip("/").rpartition("/")[2]
        return last.removesuffix(".zip")
    path = Path(text).resolve()
    return path.name if path.is_dir() else path.stem


def find_items(source: PathLike, *, most: int = DEFAULT_LIMITS.bytes) -> Iterator[Item]:
    """Yield the files of a source by name, with their bytes; see `find_places`."""
    with Archives() as archives:
        for item in find_places(source, most=most):
            yield item.loaded(archives, most)


def find_places(source: PathLike, *, most: int = DEFAULT_LIMITS.bytes) -> Iterator[Item]:
    """Yield the files of a source by name, with the places where they lie."""
    # A folder (searched through), a zip, packed parts, a file, or ``music21:NAME``.
    #
    # Files of more than `most` bytes are named, but not read. A single file is read at once.
    source = without_scheme(source)
    name, text = source_name(source), str(source)
    if is_remote(source):
        yield from _remote(name, text, most)
        return
    path = Path(text)
    if text.startswith("music21:"):
        for item in _folder(name, *_music21_folder(text.removeprefix("music21:")), most):
            section = _section(item.locator) if name == "music21:oneills1850" else ""
            yield replace(item, meta={"rhythm": section}) if section else item
    elif holds_packs(path):
        yield from _packed(name, path)
    elif path.is_dir():
        yield from _folder(name, path, _SUFFIXES, most)
    elif path.suffix.lower() == ".zip":
        yield from _zip(name, path, most)
    elif path.suffix.lower() in _SUFFIXES:
        yield Item(name, path.name, read_bytes(path, most))
    elif not path.exists():
        raise FormatError(
            f"{path}: no such folder or file; check the name, or use music21:{'|'.join(MUSIC21_SETS)}"
        )
    else:
        raise FormatError(
            f"{path}: not a kind of file that is known; give a folder, a zip, MIDI or notation files"
        )


def _packed(name: str, path: PathLike) -> Iterator[Item]:
    """Yield the pieces of packed parts, which are not opened for that."""
    packs = Packs.find(path)
    meta = {"rhythm": packs.about["style"]} if packs.about.get("style") else {}
    for shard, part in packs.paths.items():
        for number in packs.share(shard):
            locator = f"{piece_name(number)}.mid"
            yield Item(name, locator, meta=meta, place=(str(part), str(number)))


def _remote(name: str, address: str, most: int) -> Iterator[Item]:
    """Yield the files at an address of fsspec: of a folder, of a zip, or one."""
    suffix = _suffix(address.rstrip("/"))
    if holds_packs(address):
        yield from _packed(name, address)
    elif size_of(address) is None:
        yield from _folder(name, address, _SUFFIXES, most)
    elif suffix == ".zip":
        yield from _zip(name, address, most)
    elif suffix in _SUFFIXES:
        locator = address.rpartition("/")[2]
        yield Item(name, locator, read_place(address, most))
    else:
        raise FormatError(
            f"{address}: not a kind of file that is known; name a folder, a zip, MIDI or notation files"
        )


def _section(locator: str) -> str:
    """Name the kind of tune that a file of O'Neill's book holds, from its first number."""
    number = re.match(r"\d*", locator)
    tune = int(number[0]) if number and number[0] else 0
    return max(((first, kind) for first, kind in _SECTIONS if first <= tune), default=(0, ""))[1]


def _music21_folder(name: str) -> tuple[Path, tuple[str, ...]]:
    if name not in MUSIC21_SETS:
        raise FormatError(
            f"music21:{name}: not a set that may be used; choose one of {', '.join(MUSIC21_SETS)}"
        )
    folder = library_folder("music21") / "corpus" / name
    if not folder.is_dir():
        raise FormatError(
            f"{folder}: this music21 came without its corpus; reinstall it with: pip install music21"
        )
    return folder, MUSIC21_SETS[name]


def _folder(name: str, folder: PathLike, suffixes: tuple[str, ...], most: int) -> Iterator[Item]:
    # A folder may hold millions of files: so they are gone through, and never all of them listed.
    meta, of_data = _known(folder, suffixes)
    empty = True
    for found in walk(folder):
        if not (_suffix(found.name) in suffixes or found.place in of_data):
            continue
        if "/" in found.name and _is_sample(found.place):
            continue
        empty = False
        known = meta.get(found.name, {})
        if of_data.get(found.place):
            known = {**known, TOKENIZER: of_data[found.place]}
        if found.size > most:
            yield Item(name, found.name, b"", known, f"larger than {most} bytes")
            continue
        yield Item(name, found.name, meta=known, place=(found.place,), size=found.size)
    if empty:
        raise FormatError(f"{folder}: holds no file with a suffix of {' '.join(sorted(suffixes))}")


def _known(
    folder: PathLike, suffixes: tuple[str, ...]
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Return what the table of a folder says, and its files that are of data sets of other libraries."""
    table = join_place(folder, "meta.json")
    meta = _meta(read_place(table)) if size_of(table) is not None else {}
    if suffixes is not _SUFFIXES or is_remote(folder):
        return meta, {}
    files = [Path(found.place) for found in walk(folder) if _suffix(found.name) == DATA_SUFFIX]
    if not files:
        return meta, {}
    from symgen.formats.datasets import data_files

    return meta, {str(path): tokens for path, tokens in data_files(files)}


def _is_sample(place: str) -> bool:
    """Whether a training run wrote a tune: ``samples/step-000100.mid`` beside its checkpoints."""
    path = Path(place)
    if path.parent.name != "samples" or not path.stem.startswith(("step-", "sample-")):
        return False
    return (path.parent.parent / "last").is_dir()


def _zip(name: str, path: PathLike, most: int) -> Iterator[Item]:
    try:
        with open_place(path) as file, zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            meta: dict[str, dict[str, Any]] = {}
            # One table of all files may be larger than any of them.
            if "meta.json" in members and members["meta.json"].file_size <= 4 * most:
                meta = _meta(archive.read("meta.json"))
            chosen = sorted(name for name in members if Path(name).suffix.lower() in _SUFFIXES)
            if not chosen:
                known = " ".join(sorted(_SUFFIXES))
                raise FormatError(f"{path}: holds no file with a suffix of {known}")
            for member in chosen:
                row = meta.get(member, {})
                if members[member].file_size > most:
                    yield Item(name, member, b"", row, f"larger than {most} bytes")
                else:
                    size = members[member].file_size
                    yield Item(name, member, meta=row, place=(str(path), member), size=size)
    except FileNotFoundError:
        raise FormatError(f"{path}: no such file; check the name") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise FormatError(f"{path}: is no readable zip ({error}); download it again") from None


def _meta(data: bytes) -> dict[str, dict[str, Any]]:
    """Read a ``meta.json``: a list of objects with ``file``, or one object by file name."""
    try:
        table = json.loads(data)
    except ValueError:
        return {}
    if isinstance(table, dict):
        table = [{"file": name, **row} for name, row in table.items() if isinstance(row, dict)]
    rows = [row for row in table if isinstance(row, dict)]
    return {row["file"]: row for row in rows if isinstance(row.get("file"), str)}


def find_table(source: PathLike, names: Sequence[str], most: int) -> tuple[str, bytes] | None:
    """Return the first of some files that lies in a folder or zip, or in the only folder at the top of the zip."""
    path = Path(source)
    try:
        if path.is_dir():
            found = next((path / name for name in names if (path / name).is_file()), None)
            return (found.name, read_bytes(found, most)) if found else None
        if path.suffix.lower() != ".zip" or not path.is_file():
            return None
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info.file_size for info in archive.infolist()}
            tops = {name.partition("/")[0] for name in members if not name.startswith("__MACOSX/")}
            above = [f"{top}/" for top in tops] if len(tops) == 1 else []
            places = [f"{folder}{name}" for folder in ("", *above) for name in names]
            member = next((each for each in places if members.get(each, most + 1) <= most), None)
            return (member, archive.read(member)) if member else None
    except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return None  # whoever reads the music says what is wrong


# -- facts -------------------------------------------------------------------------------

Facts = Mapping[str, Mapping[str, Any]]
"""By file name, or by the end of it: ``lc123`` is found for ``scores__Song__lc123.mid``."""


def read_facts(path: PathLike) -> Facts:
    """Read a table of facts."""
    # JSON, one object a file, with the fields of a source's ``meta.json``, which wins.
    #
    # ``sections`` lists ``[start, pickup]`` in quarter notes for each movement of a file.
    try:
        table = json.loads(read_bytes(path))
    except ValueError as error:
        raise FormatError(f"{path}: no JSON ({error}); make it again") from None
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        raise FormatError(
            f"{path}: is no table of facts; it holds one JSON object a file, by file name"
        )
    return table


def add_facts(items: Iterable[Item], tables: Mapping[str, Facts]) -> Iterator[Item]:
    """Add to each item what the table of its source says."""
    for item in items:
        table = tables.get(item.source)
        facts = _look_up(table, item.locator) if table else {}
        known = {name: value for name, value in item.meta.items() if value not in (None, "")}
        yield replace(item, meta={**facts, **known}) if facts else item


def _look_up(table: Facts, locator: str) -> Mapping[str, Any]:
    """Return the facts of a file by its path, its name, or the shortest cut of its name that is known."""
    name = locator if locator in table else Path(locator).stem
    while name not in table and "_" in name:
        name = name.partition("_")[2]
    return table.get(name, {})
