"""A corpus on disk: one memory-mapped array of events and a JSON index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.errors import CheckpointError
from symgen.files import PathLike
from symgen.tokens import Events, Header, Vocabulary

__all__ = ["EVENTS_FILE", "INDEX_FILE", "STORE_VERSION", "PieceRecord", "Store", "file_digest"]

EVENTS_FILE = "events.npy"
INDEX_FILE = "index.json"
STORE_VERSION = 1


@dataclass(frozen=True)
class PieceRecord:
    """Where a piece lies in the store, and what is known of it.

    Parameters
    ----------
    offset, length : int
        First row and number of rows in the event array.
    split : str
        ``"train"``, ``"valid"`` or ``"test"``.
    title, source, locator : str
        Name and origin.
    form : str
        ``"written"`` or ``"played"``.
    group : str
        Key shared by versions of one work; a group lies in one split.
    header : Header
        Bars, metre, key, style.
    """

    offset: int
    length: int
    split: str
    title: str
    source: str
    locator: str
    form: str
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
    array : ndarray of uint8, shape (total, 6)
        All events, memory-mapped, read only.
    """

    def __init__(
        self,
        path: Path,
        vocabulary: Vocabulary,
        index: dict[str, Any],
        array: NDArray[np.uint8],
        records: tuple[PieceRecord, ...],
    ) -> None:
        self.path, self.vocabulary, self.index, self.array = path, vocabulary, index, array
        self._records = records

    @classmethod
    def open(cls, path: PathLike) -> Store:
        """Open a store and check it.

        Parameters
        ----------
        path : path
            The folder that `build_corpus` wrote.

        Raises
        ------
        CheckpointError
            If it is missing, damaged or of another version.
        """
        folder = Path(path)
        remedy = "build it again with: symgen corpus SOURCE... -o STORE"
        try:
            index = json.loads((folder / INDEX_FILE).read_bytes())
            if index["version"] != STORE_VERSION:
                raise CheckpointError(
                    f"{folder}: a store of version {index['version']}, {STORE_VERSION} is needed; {remedy}"
                )
            vocabulary = Vocabulary.from_json(index["vocabulary"])
            if vocabulary.hash != index["vocabulary_hash"]:
                raise CheckpointError(f"{folder}: made with another vocabulary; {remedy}")
            if file_digest(folder / EVENTS_FILE) != index["events_sha256"]:
                raise CheckpointError(f"{folder / EVENTS_FILE}: does not match its index; {remedy}")
            array = np.load(folder / EVENTS_FILE, mmap_mode="r", allow_pickle=False)
            records = tuple(PieceRecord.from_json(row) for row in index.pop("pieces"))
        except FileNotFoundError as error:
            raise CheckpointError(f"{folder}: is no corpus store ({error.filename} is missing); {remedy}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CheckpointError(f"{folder}: a damaged corpus store ({error!r}); {remedy}") from None
        _check(folder, array, records, remedy)
        return cls(folder, vocabulary, index, array, records)

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

    @property
    def digest(self) -> str:
        """The sha256 of the events, to name the corpus in a checkpoint."""
        return str(self.index["events_sha256"])

    def __len__(self) -> int:
        return len(self._records)


def file_digest(path: PathLike) -> str:
    """Return the sha256 of a file, read in blocks."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _check(folder: Path, array: NDArray[np.uint8], records: tuple[PieceRecord, ...], remedy: str) -> None:
    if array.dtype != np.uint8 or array.ndim != 2 or array.shape[1] != 6:
        raise CheckpointError(f"{folder}: events of shape {array.shape} and type {array.dtype}; {remedy}")
    if any(r.offset < 0 or r.length < 1 or r.offset + r.length > len(array) for r in records):
        raise CheckpointError(f"{folder}: the index points outside the events; {remedy}")
