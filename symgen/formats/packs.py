"""Packed parts: many numbered pieces in one file, which `tar` and WebDataset read too.

A packed part is a compressed tar file with ``piece-000017.mid`` for piece 17, and ``piece-000017.json`` beside it
where facts were asked for. What the pieces were made of stands in its comment, so that a part says it of itself
wherever it lies.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from symgen.formats import load_score
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, as_path
from symgen.system.places import is_remote, join_place, names_in, read_place, size_of
from symgen.system.shards import Shard
from symgen.system.words import check_whole

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

__all__ = [
    "PACKED",
    "PackedPiece",
    "Packs",
    "holds_packs",
    "piece_name",
    "read_part",
    "unpack",
    "write_pack",
]

PACKED = ".tar.gz"
"""How the names of packed parts end."""
_PART = re.compile(r"part-([0-9]{1,9})-of-([0-9]{1,9})\.tar\.gz")
_PIECE = re.compile(r"piece-([0-9]{6,19})\.(mid|json)")
_LEVEL = 9
# A part is read as a whole; one that unfolds to more than this was made to do harm.
_MOST_BYTES = 2**31
_HINT = "`symgen generate --packed` makes such"


class _Written(Protocol):
    """A file that is only written to."""

    def write(self, data: bytes, /) -> Any:
        """Write bytes."""


@dataclass(frozen=True)
class PackedPiece:
    """A piece as it lies in a packed part."""

    number: int
    midi: bytes
    # The facts that `--report` asks for, as JSON; often none.
    report: bytes = b""

    @property
    def score(self) -> Score:
        """The music."""
        return load_score(self.midi, allow_empty=True)


def piece_name(number: int) -> str:
    """Return what a piece is called, without its suffix."""
    return f"piece-{number:06}"


def write_pack(file: _Written, pieces: Iterable[PackedPiece], about: Mapping[str, Any]) -> None:
    """Write a packed part, piece by piece as they come; the same pieces give the same bytes."""
    import gzip
    import tarfile

    plain: Any = file  # all that is asked of it is to write
    headers = {"comment": json.dumps(about)}
    with (
        gzip.GzipFile("", "wb", _LEVEL, plain, mtime=0) as stream,
        tarfile.TarFile(
            mode="w", fileobj=stream, format=tarfile.PAX_FORMAT, pax_headers=headers
        ) as tar,
    ):
        for piece in pieces:
            _add(tar, f"{piece_name(piece.number)}.mid", piece.midi)
            if piece.report:
                _add(tar, f"{piece_name(piece.number)}.json", piece.report)


def _add(tar: TarFile, name: str, data: bytes) -> None:
    import tarfile

    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


@dataclass(frozen=True)
class Packs:
    """The packed parts of a folder, or one alone: pieces by their numbers."""

    # Where each part lies that is there.
    paths: Mapping[Shard, PathLike]
    # How many parts there are in all.
    count: int
    # The numbers of all pieces.
    numbers: range
    # What they were made of.
    about: Mapping[str, Any]

    @classmethod
    def find(cls, source: PathLike) -> Packs:
        """Look which packed parts there are; none is an error."""
        found = _parts_at(source)
        if not found:
            raise FormatError(f"{source}: holds no packed parts; {_HINT}")
        first = next(iter(found.values()))
        about, _ = _read(first)
        shard, numbers = _place(about, first)
        if size_of(source) is not None:  # one file, whatever it is called
            return cls({shard: first}, shard.count, numbers, about)
        for one in found:
            if one.count != shard.count:
                raise FormatError(
                    f"{source}: holds parts of several runs, of {shard.count} and of {one.count}; "
                    "keep those of one"
                )
        return cls(found, shard.count, numbers, about)

    @property
    def missing(self) -> int:
        """How many parts are not there."""
        return self.count - len(self.paths)

    def share(self, shard: Shard) -> range:
        """Return the numbers of the pieces in a part."""
        return self.numbers[
            shard.share(len(self.numbers)).start : shard.share(len(self.numbers)).stop
        ]

    def wanted(self, numbers: Iterable[int] | None = None) -> dict[Shard, set[int] | None]:
        """Return the parts in which pieces lie, each with the numbers of those; nothing stands for all of them."""
        if numbers is None:
            return dict.fromkeys(self.paths)
        found: dict[Shard, set[int]] = {}
        for number in numbers:
            shard = self._shard_with(number)
            if shard not in self.paths:
                raise FormatError(
                    f"piece {number}: lies in {shard.name}{PACKED}, which is not there; make it first"
                )
            found.setdefault(shard, set()).add(number)
        return {shard: found[shard] for shard in self.paths if shard in found}

    def pieces(self, shard: Shard, numbers: set[int] | None = None) -> Iterator[PackedPiece]:
        """Yield the pieces of a part, all or those of some numbers."""
        path = self.paths[shard]
        about, pieces = _read(path)
        if _place(about, path) != (shard, self.numbers):
            raise FormatError(f"{path}: is a part of another run; keep those of one")
        yield from (piece for piece in pieces if numbers is None or piece.number in numbers)

    def _shard_with(self, number: int) -> Shard:
        """Return the part in which a piece lies."""
        check_whole("piece", number)
        if number not in self.numbers:
            raise ControlError(
                f"piece {number}: there are {self.numbers[0]}-{self.numbers[-1]}; choose one of them"
            )
        place = self.numbers.index(number)
        # The last one whose share begins at it or before it; see `Shard.share`.
        before = ((place + 1) * self.count - 1) // len(self.numbers)
        return Shard(before + 1, self.count)


def holds_packs(place: PathLike) -> bool:
    """Whether it is a packed part, or a folder of such."""
    if size_of(place) is not None:
        return str(place).endswith(PACKED)
    return any(map(_PART.fullmatch, names_in(place)))


def read_part(path: PathLike) -> dict[int, bytes]:
    """Return the MIDI files of a packed part by their numbers."""
    return {piece.number: piece.midi for piece in _read(path)[1]}


def unpack(source: PathLike, numbers: Iterable[int] | None = None) -> Iterator[tuple[int, Score]]:
    """Read the pieces that ``symgen generate --packed`` wrote, one by one.

    Parameters
    ----------
    source : path, or address that fsspec knows
        The folder of packed parts, or one of them.
    numbers : iterable of int, optional
        Which pieces, by their numbers, which are their seeds; all that are there if left out.

    Yields
    ------
    number : int
        Its number: `symgen.generate` with this seed gives the same piece.
    score : Score
        The piece.

    Raises
    ------
    FormatError
        If there are no packed parts, or the one in which a piece lies is damaged or not there.
    ControlError
        If there is no such number.
    """
    packs = Packs.find(source)
    for shard, chosen in packs.wanted(numbers).items():
        for piece in packs.pieces(shard, chosen):
            yield piece.number, piece.score


def _parts_at(place: PathLike) -> dict[Shard, PathLike]:
    """Return the packed parts in a folder in their order; a file is taken for one."""
    if not is_remote(place) and not as_path(place).exists():
        raise FormatError(f"{place}: no such folder or file; check the name")
    if size_of(place) is not None:
        return {Shard(1, 1): place}
    names = filter(None, map(_PART.fullmatch, names_in(place)))
    found = {Shard(int(n[1]), int(n[2])): join_place(place, n[0]) for n in names}
    return dict(sorted(found.items(), key=lambda pair: pair[0].number))


def _place(about: Mapping[str, Any], path: PathLike) -> tuple[Shard, range]:
    """Return which part it is, and which pieces there are in all parts."""
    shard, first, count = (about.get(name) for name in ("part", "seed", "count"))
    if type(shard) is not str or type(first) is not int or type(count) is not int:
        raise FormatError(f"{path}: does not say which pieces it holds; make it again")
    return Shard.parse(shard), range(first, first + count)


def _read(path: PathLike) -> tuple[dict[str, Any], list[PackedPiece]]:
    """Read a packed part: what it says of itself, and its pieces."""
    import gzip
    import tarfile
    import zlib

    try:
        data = gzip.GzipFile(fileobj=io.BytesIO(read_place(path))).read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"it unfolds to more than {_MOST_BYTES} bytes")
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            files = {info.name: _content(tar, info) for info in tar if info.isreg()}
            about = json.loads(tar.pax_headers.get("comment", "null"))
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, ValueError) as error:
        raise FormatError(
            f"{path}: is no packed part, or damaged ({error}); make it again, or copy it again"
        ) from None
    names = [name for name in map(_PIECE.fullmatch, files) if name and name[2] == "mid"]
    if not isinstance(about, dict) or not names:
        raise FormatError(f"{path}: holds no packed pieces; {_HINT}")
    pieces = [
        PackedPiece(int(name[1]), files[name[0]], files.get(f"{name[0][:-4]}.json", b""))
        for name in names
    ]
    return about, pieces


def _content(tar: TarFile, info: TarInfo) -> bytes:
    file = tar.extractfile(info)
    return b"" if file is None else file.read()
