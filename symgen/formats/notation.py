"""Notation files: MusicXML, ABC and Humdrum kern, read in a child process.

The child reads with limits on time and memory, as a file from anywhere can ask for
more than it is worth; it answers in JSON. Of a compressed file it sees the text only.
"""

from __future__ import annotations

import base64
import re
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from symgen.formats._archive import unpack_mxl
from symgen.formats._pool import MEMORY, MOST_REPLY, WorkerPool
from symgen.formats.abc.text import split_book
from symgen.formats.kinds import NOTATION_SUFFIXES, kind_of, plain_text
from symgen.formats.limits import DEFAULT_LIMITS, Limits, check_score
from symgen.formats.sources import with_sources
from symgen.formats.tunes import Tune, one_line, tune_from_json, tune_to_json
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, read_bytes

__all__ = [
    "MEMORY",
    "MOST_REPLY",
    "NOTATION_SUFFIXES",
    "Tune",
    "WorkerPool",
    "ask_pieces",
    "parse_abc_tunes",
    "pieces_of",
    "read_tunes",
    "split_book",
    "tune_from_json",
    "tune_to_json",
]

REPEATS = ("written", "played")


def read_tunes(
    path: PathLike,
    *,
    repeats: str = "written",
    timeout: float = 60.0,
    limits: Limits = DEFAULT_LIMITS,
    pool: WorkerPool | None = None,
) -> tuple[Tune, ...]:
    """Read the tunes of a notation file."""
    path = Path(path)
    if repeats not in REPEATS:
        raise ControlError(f"repeats {repeats!r}: use one of {', '.join(REPEATS)}")
    data, kind = _read(path, limits)
    try:
        with WorkerPool(timeout) if pool is None else nullcontext(pool) as workers:
            reply = ask_pieces(workers, data, kind, repeats=repeats, limits=limits)
        tunes = tuple(_titled(tune, path.name) for _, tune in pieces_of(reply, limits))
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    return with_sources(tunes, data, kind, limits) if repeats == "written" else tunes


def ask_pieces(
    pool: WorkerPool,
    data: bytes,
    suffix: str,
    *,
    repeats: str = "written",
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Let a worker read the content of a notation file; `pieces_of` understands its reply."""
    if not data:
        raise FormatError("is empty (0 bytes); ask for a whole copy of the file")
    if len(data) > limits.bytes:
        raise FormatError(_unnamed(limits.refusal("", "bytes", len(data))))
    try:
        text = unpack_mxl(data, limits) if suffix == ".mxl" else data
    except FormatError as error:
        raise FormatError(_unnamed(error)) from None
    question = {
        "kind": suffix,
        "data": base64.b64encode(text).decode(),
        "repeats": repeats,
        "limits": asdict(limits),
    }
    return pool.ask(question)


def pieces_of(reply: dict[str, Any], limits: Limits = DEFAULT_LIMITS) -> list[tuple[str, Tune]]:
    """Return the tunes of a reply, each with its form."""
    if "error" in reply:
        raise FormatError(one_line(str(reply["error"]), 300))
    try:
        pieces = [(str(row["form"]), tune_from_json(row)) for row in reply["pieces"]]
    except (
        ArithmeticError,
        AttributeError,
        ControlError,
        FormatError,
        LookupError,
        TypeError,
        ValueError,
    ):
        raise FormatError(
            "the reader gave no answer that makes sense; check the file, or leave it out"
        ) from None
    for _, tune in pieces:
        check_score(tune.score, "score", limits)
    return pieces


def parse_abc_tunes(text: str, repeats: str = "written") -> list[Tune]:
    """Read the tunes of an ABC text in this process, which nothing stops."""
    from symgen.formats.abc.reader import parse_abc_tunes

    return parse_abc_tunes(text, repeats)


def _read(path: Path, limits: Limits) -> tuple[bytes, str]:
    """Read no more than one byte over the limit, of a plain file; tell its kind."""
    data = read_bytes(path, limits.bytes)
    kind = kind_of(data, path.suffix.lower())
    if kind not in NOTATION_SUFFIXES:
        raise FormatError(f"{path}: is no notation file; use one of {', '.join(NOTATION_SUFFIXES)}")
    if kind == ".abc" and data and not re.search(r"(?m)^\s*K:", plain_text(data)):
        raise FormatError(
            f"{path}: holds no ABC tune (no line begins with K:); check the file's type"
        )
    return data, kind


def _titled(tune: Tune, file: str) -> Tune:
    """Leave out a title that is the file's name, as some programs write it."""
    if tune.title != file:
        return tune
    return replace(tune, title="", score=replace(tune.score, title=""))


def _unnamed(error: FormatError) -> str:
    return str(error).removeprefix(": ")
