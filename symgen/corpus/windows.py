"""Windows of tokens out of a store or files, for training elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.store import INDEX_FILE, PieceRecord, Store
from symgen.formats import READABLE, load_score
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike
from symgen.system.requirements import require
from symgen.tokens.heading import heading
from symgen.tokens.tokenizer import Tokenizer

if TYPE_CHECKING:
    from symgen.corpus.torch_windows import TorchWindows

__all__ = ["TokenWindows"]

Rows = NDArray[np.int64]

_SPLITS = ("train", "valid", "test")


class TokenWindows:
    """Windows of equal length over the tokens of many pieces: a data set by index, without PyTorch.

    Parameters
    ----------
    source : Store, path, or iterable of Score or path
        A store, its folder, a folder of files that are read (with those below it), or pieces one by one.
    length : int
        Rows of a window, 2 or more.
    stride : int, optional
        Rows from one window to the next; as many as a window has if left out.
    split : str, optional
        Of a store: ``"train"``, ``"valid"`` or ``"test"``; all if left out.
    tokenizer : Tokenizer, optional
        For a store one with its grid. The usual one if left out.

    Attributes
    ----------
    skipped : tuple of str
        One line for each file that cannot be read or has no notes.

    Raises
    ------
    ControlError
        If a number is out of range, the split is unknown, or the tokenizer has another grid than the store.
    CheckpointError
        If the store is damaged.
    FormatError
        If the source holds no piece.

    Notes
    -----
    No window reaches over two pieces; the last one of a piece is filled up with the row `Tokenizer.pad`. Pieces of a
    store stay on the disk until they are asked for; files are read once, and kept as bytes.
    """

    def __init__(
        self,
        source: Store | PathLike | Iterable[Score | PathLike],
        *,
        length: int = 512,
        stride: int | None = None,
        split: str | None = None,
        tokenizer: Tokenizer | None = None,
    ) -> None:
        stride = length if stride is None else stride
        for name, value, least in (("length", length, 2), ("stride", stride, 1)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ControlError(f"{name} {value!r}: must be a whole number, {least} or more")
        if split is not None and split not in _SPLITS:
            raise ControlError(f"split {split!r}: must be {', '.join(_SPLITS)}")
        self.length, self.stride = length, stride
        self.skipped: tuple[str, ...] = ()
        if tokenizer is not None and not isinstance(tokenizer, Tokenizer):
            raise ControlError(f"tokenizer {tokenizer!r:.40}: is no Tokenizer; leave it out")
        store = _store_of(source)
        self.tokenizer = tokenizer or (
            Tokenizer(store.vocabulary.grid) if store is not None else Tokenizer()
        )
        if store is not None:
            self._pieces: _Pieces = _StorePieces(store, split, self.tokenizer)
        elif split is not None:
            raise ControlError(f"split {split!r}: only a store has splits; leave it out")
        else:
            self._pieces = self._read(_files_of(source))
        if not len(self._pieces.sizes):
            reason = f" ({self.skipped[0]})" if self.skipped else ""
            raise FormatError(f"no piece to make windows of{reason}; name another store or folder")
        beyond = np.maximum(self._pieces.sizes - length, 0)
        self._last = np.cumsum(-(-beyond // stride) + 1)

    def _read(self, items: Iterable[Any]) -> _FilePieces:
        found = [self._rows_or_reason(item) for item in items]
        self.skipped = tuple(one for one in found if isinstance(one, str))
        return _FilePieces([one for one in found if not isinstance(one, str)])

    def _rows_or_reason(self, item: Any) -> NDArray[np.uint8] | str:
        name = str(item) if isinstance(item, str | Path) else "a piece"
        try:
            score = item if isinstance(item, Score) else load_score(item)
            return self.tokenizer.encode(score).astype(np.uint8)
        except FormatError as error:
            text = str(error)
            return text if text.startswith(name) else f"{name}: {text}"

    def __len__(self) -> int:
        return int(self._last[-1])

    def __getitem__(self, index: int) -> Rows:
        """Return a window, shape ``(length, 6)``, int64."""
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(f"window {index}: there are {len(self)}")
        piece = int(np.searchsorted(self._last, number, side="right"))
        start = (number - (int(self._last[piece - 1]) if piece else 0)) * self.stride
        window = np.empty((self.length, len(self.tokenizer.fields)), dtype=np.int64)
        found = self._pieces.rows(piece)[start : start + self.length]
        window[: len(found)] = found
        window[len(found) :] = self.tokenizer.pad
        return window

    def __iter__(self) -> Iterator[Rows]:
        return (self[index] for index in range(len(self)))

    def torch(self) -> TorchWindows:
        """Return the same windows as a ``torch.utils.data.Dataset`` of int64 tensors.

        Returns
        -------
        torch.utils.data.Dataset
            It goes along to the workers of a ``DataLoader``; one of a store opens it there.

        Raises
        ------
        MissingDependencyError
            If PyTorch is not installed.
        """
        require("torch")
        from symgen.corpus.torch_windows import TorchWindows

        return TorchWindows(self)


class _Pieces(Protocol):
    """Pieces as rows, by number; `sizes` are their numbers of rows."""

    sizes: Rows

    def rows(self, piece: int) -> NDArray[Any]: ...


class _FilePieces:
    def __init__(self, pieces: Sequence[NDArray[np.uint8]]) -> None:
        self._rows = pieces
        self.sizes = np.array([len(piece) for piece in pieces], dtype=np.int64)

    def rows(self, piece: int) -> NDArray[np.uint8]:
        return self._rows[piece]


class _StorePieces:
    """Pieces that stay in their store."""

    def __init__(self, store: Store, split: str | None, tokenizer: Tokenizer) -> None:
        if tokenizer.grid != store.vocabulary.grid:
            raise ControlError(
                f"tokenizer of {tokenizer.grid} steps a quarter: the store has {store.vocabulary.grid}; leave it out"
            )
        self._store, self._split, self._tokenizer = store, split, tokenizer
        self._records = store.pieces(split)
        self.sizes = np.array([self._size(record) for record in self._records], dtype=np.int64)

    def __reduce__(self) -> tuple[Any, ...]:
        # Copied into another process it would be all events; there it is opened anew.
        return _reopened, (self._store.path, self._split, self._tokenizer)

    def _size(self, record: PieceRecord) -> int:
        if not self._tokenizer.heading:
            return record.length
        return record.length + sum(1 for _ in heading(record.header, self._store.vocabulary))

    def rows(self, piece: int) -> NDArray[np.int64]:
        return self._tokenizer.rows(self._store.events(self._records[piece]))


def _reopened(path: Path, split: str | None, tokenizer: Tokenizer) -> _StorePieces:
    return _StorePieces(Store.open(path), split, tokenizer)


def _store_of(source: Any) -> Store | None:
    if isinstance(source, Store):
        return source
    is_path = isinstance(source, str | Path)
    return Store.open(source) if is_path and (Path(source) / INDEX_FILE).is_file() else None


def _files_of(source: Any) -> Iterable[Any]:
    """Return the items of a source that is no store: of a folder the files that can be read, by name."""
    if not isinstance(source, str | Path):
        if isinstance(source, Score):
            return [source]
        if not isinstance(source, Iterable):
            raise FormatError(f"{source!r:.40}: no store, folder, or list of pieces; name one")
        return source
    path = Path(source)
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in READABLE)
