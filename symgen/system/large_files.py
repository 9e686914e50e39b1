"""Files that are larger than memory: written bit by bit under a seal, or for a while in a scratch folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from symgen.system.files import PathLike, atomic_file

__all__ = ["link_or_copy", "scratch_lines", "scratch_rows", "write_sealed"]

_SEALED = '{{"checksum": "{}",\n'


def scratch_rows(path: Path) -> BinaryIO:
    """Open a file of a scratch folder, to add to it and to read it."""
    return path.open("a+b")


def scratch_lines(path: Path) -> TextIO:
    """Open a file of lines in a scratch folder, to write it; names that are no text are kept as they are."""
    return path.open("w", encoding="utf-8", errors="surrogateescape", newline="")


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name, which costs nothing; where the system cannot, copy it."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        with source.open("rb") as data, atomic_file(target) as file:
            shutil.copyfileobj(data, file)


def write_sealed(path: PathLike, data: Mapping[str, Any]) -> None:
    """Write what `symgen.system.files.seal_json` returns; a value that can be called gives the members of a list."""
    digest = hashlib.sha256()
    with atomic_file(path) as file:
        file.write(_SEALED.format("0" * 64).encode())
        for text in _json_texts(data):
            block = text.encode()
            digest.update(block)
            file.write(block)
        file.seek(0)
        file.write(_SEALED.format(digest.hexdigest()).encode())


def _json_texts(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield an object of JSON bit by bit, without its first bracket."""
    comma = ""
    for name, value in data.items():
        yield f"{comma}{json.dumps(name)}:"
        comma = ","
        if not callable(value):
            yield json.dumps(value, separators=(",", ":"))
            continue
        between = "["
        for member in value():
            yield between + json.dumps(member, separators=(",", ":"))
            between = ","
        yield "[]" if between == "[" else "]"
    yield "}\n"
