"""A corpus on disk: one memory-mapped array of events and a JSON index, each with its checksum."""

from __future__ import annotations

import errno
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.rows import Rows
from symgen.system.errors import CheckpointError
from symgen.system.files import (
    PathLike,
    as_path,
    atomic_file,
    sha256,
    unseal_json,
)
from symgen.system.large_files import link_or_copy, write_sealed
from symgen.system.places import is_remote, without_scheme
from symgen.tokens import FIELDS, Events, Header, Vocabulary

__all__ = [
    "INDEX_FILE",
    "LEFT_OUT_FILE",
    "STORE_VERSION",
    "PieceRecord",
    "Store",
    "file_digest",
    "is_events",
    "is_features",
    "write_store",
    "write_store_of_parts",
]

INDEX_FILE = "index.json"
LEFT_OUT_FILE = "left-out.csv"
"""Every file that was left out of a store, with the reason."""

STORE_VERSION = 2
# Whatever json and numpy raise on bytes that are no store: numpy reads the head of an array as
# Python.
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TokenError,
)
_REMEDY = "build it again with: symgen corpus SOURCE... -o STORE"
_EVENTS = re.compile(r"events-[0-9a-f]{12}\.(npy|raw)")
_FEATURES = re.compile(r"features-[0-9a-f]{12}\.(npy|json)")


@dataclass(frozen=True)
class PieceRecord:
    """The rows of a piece in the event array of a store, and where it comes from."""

    offset: int
    length: int
    # ``"train"``, ``"valid"`` or ``"test"``.
    split: str
    title: str
    source: str
    locator: str
    # ``"written"`` or ``"played"``.
    form: str
    # A key that versions of one work share; a group lies in one split.
    group: str
    header: Header

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the index."""
        return {**vars(self), "header": self.header.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PieceRecord:
        """Rebuild from `to_json`."""
        return cls(**{**data, "header": Header.from_json(data["header"])})


class Store:
    """A corpus that was opened.

    Attributes
    ----------
    path : Path
        Its folder.
    vocabulary : Vocabulary
        What the events were made with.
    index : dict
        The whole index but the pieces: sources, licences, report, digests.
    array : ndarray of uint8, shape (total, 6), or the like
        All events, memory-mapped, read only; where they lie in several files, slices and ``numpy.asarray`` work too.
    """

    def __init__(
        self,
        path: Path,
        vocabulary: Vocabulary,
        index: dict[str, Any],
        array: NDArray[np.uint8] | Rows,
        records: tuple[PieceRecord, ...],
        seal: str = "",
    ) -> None:
        self.path, self.vocabulary, self.index, self.array = path, vocabulary, index, array
        self._records = records
        self._manner: NDArray[np.int16] | None = None
        # The sha256 of the index file, which tells of any change; empty if there is no file.
        self.seal = seal

    @property
    def sources(self) -> list[dict[str, Any]]:
        """What it was built from: name, licence and counts of each source."""
        return list(self.index.get("report", {}).get("sources", []))

    @property
    def licence(self) -> str:
        """The licences of all sources."""
        names = sorted({str(source["licence"]) for source in self.sources})
        return "; ".join(names) or "not stated"

    @classmethod
    def open(cls, path: PathLike) -> Store:
        """Open a store and check it.

        Parameters
        ----------
        path : path
            The folder that `build_corpus` wrote; of one at an address of fsspec a copy is kept in the cache.

        Raises
        ------
        CheckpointError
            If it is missing, damaged or of another version.
        """
        if is_remote(path):
            from symgen.corpus.fetching import fetched_store

            path = fetched_store(path, INDEX_FILE)
        folder = as_path(without_scheme(path))
        remedy = _REMEDY
        try:
            if not (folder / INDEX_FILE).is_file():
                raise FileNotFoundError(errno.ENOENT, "no such file", str(folder / INDEX_FILE))
            data = (folder / INDEX_FILE).read_bytes()
            index, seal = unseal_json(data), sha256(data)
            if index["version"] != STORE_VERSION:
                raise CheckpointError(
                    f"{folder}: a store of version {index['version']}, {STORE_VERSION} is needed; {remedy}"
                )
            vocabulary = Vocabulary.from_json(index["vocabulary"])
            if vocabulary.hash != index["vocabulary_hash"]:
                raise CheckpointError(f"{folder}: made with another vocabulary; {remedy}")
            array = _opened(folder, index)
            records = tuple(PieceRecord.from_json(row) for row in index.pop("pieces"))
            _check(array, records)
        except FileNotFoundError as error:
            raise CheckpointError(
                f"{folder}: is no corpus store ({error.filename} is missing); {remedy}"
            ) from None
        except _DAMAGE as error:
            raise CheckpointError(
                f"{folder}: a damaged corpus store ({str(error)[:200]}); {remedy}"
            ) from None
        return cls(folder, vocabulary, index, array, records, seal)

    def pieces(self, split: str | None = None) -> list[PieceRecord]:
        """Return the records of a split, or all of them.

        Parameters
        ----------
        split : str, optional
            ``"train"``, ``"valid"`` or ``"test"``.
        """
        return [record for record in self._records if split is None or record.split == split]

    def events(self, record: PieceRecord) -> Events:
        """Return the events of a piece; the rows stay memory-mapped."""
        return Events(self.array[record.offset : record.offset + record.length], record.header)

    def manner(self, record: PieceRecord) -> NDArray[np.int16] | None:
        """Return how each event of a piece was played, if the store was built with `performed`.

        Parameters
        ----------
        record : PieceRecord
            Of this store.

        Returns
        -------
        ndarray of int16, shape (events, 4), or None
            Velocity (0 where no key is struck), 480ths of a quarter that the note is behind its place, 480ths of a
            quarter that it sounds, and tenths of quarters a minute at that place.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        if "manner_file" not in self.index:
            return None
        from symgen.corpus.manner import read_manner  # whoever opens a store seldom asks for it

        try:
            if self._manner is None:
                self._manner = read_manner(self.path, self.index)
            rows = self._manner[record.offset : record.offset + record.length]
            if len(rows) != record.length:
                raise ValueError("its table of manner is too short")
        except _DAMAGE as error:
            raise CheckpointError(
                f"{self.path}: a damaged corpus store ({str(error)[:200]}); {_REMEDY}"
            ) from None
        return rows

    @property
    def digest(self) -> str:
        """The sha256 of the events, to name the corpus in a checkpoint."""
        return str(self.index["events_sha256"])

    def __len__(self) -> int:
        return len(self._records)


def _opened(folder: Path, index: Mapping[str, Any]) -> NDArray[np.uint8] | Rows:
    """Map the events of a store into memory, and check them."""
    # Only the names: an index from elsewhere must not point out of its folder.
    if "events_parts" in index:
        parts = [(folder / Path(part["file"]).name, part) for part in index["events_parts"]]
        for path, part in parts:
            if file_digest(path) != part["sha256"]:
                raise CheckpointError(f"{path}: does not match its index; {_REMEDY}")
        return Rows.mapped([(path, part["rows"]) for path, part in parts], len(FIELDS))
    events = folder / Path(index["events_file"]).name
    if file_digest(events) != index["events_sha256"]:
        raise CheckpointError(f"{events}: does not match its index; {_REMEDY}")
    # Numpy takes any other file for a zip or a pickle.
    with events.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            raise ValueError("its events are no array")
    array: NDArray[np.uint8] = np.load(events, mmap_mode="r", allow_pickle=False)
    if not isinstance(array, np.memmap):
        raise ValueError("its events are no table of bytes")
    return array


def is_events(path: Path) -> bool:
    """Whether a file is called as the events of a store are."""
    return _EVENTS.fullmatch(path.name) is not None


def is_features(path: Path) -> bool:
    """Whether a file is called as what `symgen.corpus.packed` keeps beside the events."""
    return _FEATURES.fullmatch(path.name) is not None


def write_store(
    folder: Path,
    rows: Callable[[], Iterable[NDArray[np.uint8]]],
    total: int,
    index: Mapping[str, Any],
    beside: Mapping[str, Callable[[], None]] | None = None,
) -> None:
    """Write a store, or replace the one in a folder; `rows` gives all events in order, each time it is called."""
    # `beside`: what writes other files of the store, by their names.
    # So does a value of the index that is called: the members of a list.
    # The events get a name by what they are, and the index comes last: whenever the writing is cut
    # off, it names events that are whole, the old ones or the new ones.
    digest = _digest(rows(), total)
    name = f"events-{digest[:12]}.npy"

    def write() -> None:
        with atomic_file(folder / name) as file:
            file.write(_head(total))
            for part in rows():
                file.write(np.ascontiguousarray(part, dtype=np.uint8).tobytes())

    writes = {name: write, **(beside or {})}
    _write(folder, {**index, "events_file": name, "events_sha256": digest}, writes)


def write_store_of_parts(
    folder: Path,
    rows: Iterable[NDArray[np.uint8]],
    parts: Sequence[tuple[Path, str]],
    index: Mapping[str, Any],
    beside: Mapping[str, Callable[[], None]],
) -> None:
    """Write a store whose events stay in several files, each given with its sha256; `rows` gives them in order."""
    # The digest is that of the store whose events are copied into one file.
    total = sum(record["length"] for record in index["pieces"]())
    files, writes = [], {}
    for path, sha in parts:
        count = path.stat().st_size // len(FIELDS)
        if count:
            name = f"events-{sha[:12]}.raw"
            files.append({"file": name, "rows": count, "sha256": sha})
            writes[name] = partial(link_or_copy, path, folder / name)
    digest = _digest(rows, total)
    _write(folder, {**index, "events_parts": files, "events_sha256": digest}, {**writes, **beside})


def _write(
    folder: Path, index: Mapping[str, Any], writes: Mapping[str, Callable[[], None]]
) -> None:
    """Write files of events and the index that names them, and remove what an older one named."""
    known = {path.name for path in folder.glob("events-*") if is_events(path)}
    new = [folder / name for name in writes if not (folder / name).exists()]
    before = _written(folder / INDEX_FILE)
    try:
        for write in writes.values():
            write()
        write_sealed(folder / INDEX_FILE, index)
    except BaseException:
        # A signal may come when the index has its name already: then they belong to it.
        for path in new if _written(folder / INDEX_FILE) == before else []:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    old = {path.name for path in folder.glob("features-*") if is_features(path)}
    for other in known - set(writes) | old:
        with suppress(OSError):
            (folder / other).unlink()


def _written(path: Path) -> tuple[int, int] | None:
    """Tell one writing of a file from another."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _head(total: int) -> bytes:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "|u1", "fortran_order": False, "shape": (total, len(FIELDS))}
    )
    return head.getvalue()


def _digest(rows: Iterable[NDArray[np.uint8]], total: int) -> str:
    """Return the sha256 of the file that all events would make."""
    digest = hashlib.sha256(_head(total))
    for part in rows:
        digest.update(np.ascontiguousarray(part, dtype=np.uint8).tobytes())
    return digest.hexdigest()


def file_digest(path: PathLike) -> str:
    """Return the sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    if not Path(path).is_file() and Path(path).exists():
        raise OSError(errno.EINVAL, "no regular file", str(path))  # a pipe would be waited for
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _check(array: NDArray[np.uint8] | Rows, records: tuple[PieceRecord, ...]) -> None:
    """Hold the records to the events; raise ValueError where they do not agree."""
    width = array.shape[1] if array.ndim == 2 else 0
    if array.dtype != np.uint8 or width != len(FIELDS):
        raise ValueError("its events are no table of bytes")
    # A sealed index may still be one that someone made: rows are looked up by it without asking
    # again.
    for r in records:
        if type(r.offset) is not int or type(r.length) is not int:
            raise ValueError("the index points nowhere")
        if r.offset < 0 or r.length < 1 or r.offset + r.length > len(array):
            raise ValueError("the index points outside the events")
        texts = (r.split, r.title, r.source, r.locator, r.form, r.group)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("a title or name in the index is no text")
        if r.header.bars > r.length:  # each bar is opened by an event
            raise ValueError("a piece has more bars than events")
