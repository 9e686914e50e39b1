"""``symgen unpack``: pieces of packed parts as files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.cli.outputs import beside, print_paths, suffix_asked
from symgen.cli.progress import counted
from symgen.cli.saving import as_asked, check_feel
from symgen.cli.telling import complain
from symgen.cli.writing import write_others
from symgen.formats import save_score
from symgen.formats.midi import write_midi
from symgen.formats.packs import PackedPiece, Packs, piece_name
from symgen.system.errors import ControlError, ExistsError, FormatError
from symgen.system.files import read_bytes, write_atomic
from symgen.system.shards import Shard

__all__ = ["unpack"]


def unpack(context: Context) -> Result:
    """Write the pieces of packed parts as files."""
    options = context.options
    check_feel(options)
    suffix = suffix_asked(argparse.Namespace(format=options.format), ".mid")
    packs = Packs.find(options.packs)
    wanted = packs.wanted(_numbers(options.numbers) if options.numbers else None)
    folder = Path(options.output or "")
    if folder.exists() and not folder.is_dir():
        raise FormatError(f"{folder}: is no folder; name another with -o")
    status, done = 0, 0
    total = sum(len(packs.share(shard) if some is None else some) for shard, some in wanted.items())
    with counted("unpacking", "pieces") as follow:
        for shard, some in wanted.items():
            pieces = _read(packs, shard, some, is_only=len(wanted) == 1)
            status = status or FormatError.exit_status * (pieces is None)
            for piece in pieces or ():
                _save(piece, folder / f"{piece_name(piece.number)}{suffix}", options)
                done += 1
                follow(done, total)
    missing = 0 if options.numbers else packs.missing
    told = f"{packs.count - missing} of {packs.count} parts are there; make the others too"
    return Result([told] * bool(missing), status)


def _read(
    packs: Packs, shard: Shard, numbers: set[int] | None, *, is_only: bool
) -> list[PackedPiece] | None:
    """Read a part; of one among several that cannot be read it is only told."""
    try:
        return list(packs.pieces(shard, numbers))
    except FormatError as error:
        if is_only:
            raise
        complain(str(error))
        return None


def _numbers(words: Sequence[str]) -> Iterator[int]:
    """Read numbers and ranges such as ``100-199``."""
    for word in words:
        found = re.fullmatch(r"([0-9]{1,19})(?:-([0-9]{1,19}))?", word)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first > last:
            raise ControlError(f"piece {word!r}: write a number such as 17, or 100-199")
        yield from range(first, last + 1)


def _save(piece: PackedPiece, path: Path, options: argparse.Namespace) -> None:
    """Write a piece, and what is asked for beside it."""
    if path.suffix == ".mid":
        midi = write_midi(as_asked(piece.score, options)) if options.feel else piece.midi
        _save_bytes(path, midi, overwrite=options.overwrite)
    else:
        save_score(piece.score, path, overwrite=options.overwrite)
    if piece.report:
        _save_bytes(path.with_suffix(".json"), piece.report, overwrite=options.overwrite)
    others = write_others(piece.score, path, options) if beside(path, options) else {}
    print_paths(path, *others.values())


def _save_bytes(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file, unless it is there with the same bytes."""
    try:
        write_atomic(path, data, overwrite=overwrite)
    except ExistsError:
        if not path.is_file() or read_bytes(path, len(data)) != data:
            raise
