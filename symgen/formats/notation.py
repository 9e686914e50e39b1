"""Read notation files (MusicXML, ABC, Humdrum kern), those from anywhere in a child process."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from symgen.formats.abc.reader import parse_abc_tunes
from symgen.formats.abc.text import split_book
from symgen.formats.kern.reader import parse_kern
from symgen.formats.kinds import NOTATION_SUFFIXES, kind_of, plain_text
from symgen.formats.limits import DEFAULT_LIMITS, Limits, check_score
from symgen.formats.losses import abc_marks, kern_marks
from symgen.formats.musicxml.container import unpack_mxl
from symgen.formats.musicxml.to_score import locate, parse_musicxml
from symgen.formats.tunes import Tune, one_line, tune_from_json, tune_to_json
from symgen.formats.worker_pool import MEMORY, MOST_REPLY, WorkerPool
from symgen.music.sources import TextDocument
from symgen.system.errors import ControlError, FormatError, SymgenError
from symgen.system.files import PathLike, read_bytes

__all__ = [
    "MEMORY",
    "MOST_REPLY",
    "NOTATION_SUFFIXES",
    "PARSER_FAULTS",
    "Tune",
    "WorkerPool",
    "ask_pieces",
    "describe_fault",
    "parse_abc_tunes",
    "parse_notation",
    "pieces_of",
    "read_tunes",
    "split_book",
    "tune_from_json",
    "tune_to_json",
    "tunes_in",
]

REPEATS = ("written", "played")
_ABC_REPEAT = re.compile(r":\||\|:|::|[|\[]\s*\d|P:")
_UNCLEAR_REPLY = "the reader gave no answer that makes sense; check the file, or leave it out"
_NO_DOCUMENT = (
    "its notes are not found where it has them, so a MusicXML output will be a document of its own"
)

# -- in a child process ----------------------------------------------------------------
# The child reads with limits on time and memory, as a file from anywhere can ask for more than it
# is worth, and answers in JSON: nothing that it sends is ever run. Of a compressed file it sees
# the text only, which is unpacked here under the limit of bytes.


def read_tunes(
    path: PathLike,
    *,
    repeats: str = "written",
    timeout: float = 60.0,
    limits: Limits = DEFAULT_LIMITS,
    pool: WorkerPool | None = None,
) -> tuple[Tune, ...]:
    """Read the tunes of a notation file within so many seconds, or within those of a pool.

    ``written`` plays each section once, with the last of its endings; ``played`` obeys repeat signs.
    """
    path = Path(path)
    if repeats not in REPEATS:
        raise ControlError(f"repeats {repeats!r}: use one of {', '.join(REPEATS)}")
    # no more than one byte over the limit, of a plain file
    data = read_bytes(path, limits.bytes)
    workers = WorkerPool(timeout) if pool is None else nullcontext(pool)
    return tunes_in(data, path, repeats=repeats, limits=limits, workers=workers)


def tunes_in(
    data: bytes,
    path: Path,
    *,
    workers: AbstractContextManager[WorkerPool] | None = None,
    repeats: str = "written",
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Tune, ...]:
    """Read the tunes in the content of a notation file; `path` is what messages call it."""
    kind = _checked_kind(data, path)
    try:
        with workers or WorkerPool(60.0) as pool:
            reply = ask_pieces(pool, data, kind, repeats=repeats, limits=limits)
        pieces = pieces_of(reply, limits)
        tunes = tuple(_titled(tune, path.name) for _, tune in pieces)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    # what is kept of the source says where its measures lie, once each
    return _with_sources(tunes, data, kind, limits) if repeats == "written" else tunes


def _checked_kind(data: bytes, path: Path) -> str:
    kind = kind_of(data, path.suffix.lower())
    if kind not in NOTATION_SUFFIXES:
        raise FormatError(f"{path}: is no notation file; use one of {', '.join(NOTATION_SUFFIXES)}")
    if kind == ".abc" and data and not re.search(r"(?m)^\s*K:", plain_text(data)):
        raise FormatError(
            f"{path}: holds no ABC tune (no line begins with K:); check the file's type"
        )
    return kind


def ask_pieces(
    pool: WorkerPool,
    data: bytes,
    suffix: str,
    *,
    repeats: str = "written",
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Let a worker read the content of a notation file; errors do not name the file.

    The reply has ``pieces``, one a tune and form, or ``error``: what the file itself is to blame for.
    """
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
    """Return the tunes of a reply, each with its form; every value of the reply is looked at."""
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
        raise FormatError(_UNCLEAR_REPLY) from None
    for _, tune in pieces:
        check_score(tune.score, "score", limits)
    return pieces


def _titled(tune: Tune, file: str) -> Tune:
    """Leave out a title that is the file's name, as some programs write it."""
    if tune.title != file:
        return tune
    return replace(tune, title="", score=replace(tune.score, title=""))


def _unnamed(error: FormatError) -> str:
    return str(error).removeprefix(": ")


# -- in this process -------------------------------------------------------------------

PARSER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
)
"""What a parser may raise on damaged input, beside our own errors."""


def describe_fault(error: BaseException) -> str:
    """Say in a line what a parser met: our own words, or its error with its kind."""
    reason = one_line(str(error), 200).removeprefix(": ")
    if isinstance(error, SymgenError):
        return reason
    if isinstance(error, ArithmeticError):
        return f"a number in it makes no sense, such as 0 for a length or a beat ({reason})"
    return f"{type(error).__name__}: {reason}"


def parse_notation(data: bytes, kind: str, repeats: str, limits: Limits) -> list[tuple[str, Tune]]:
    """Read the tunes of a file's content, each with its form: written or played.

    Of repeats ``both`` the played form comes only where it differs; any suffix but ``.abc`` and
    ``.krn`` means MusicXML that is not compressed.
    """
    text = plain_text(data) if kind in (".abc", ".krn") else ""
    if kind == ".abc" and repeats == "both" and not _ABC_REPEAT.search(text):
        repeats = "written"  # without one of these signs a tune is played as it is written
    forms = REPEATS if repeats == "both" else (repeats,)
    readings = [_parse(data, text, kind, form, limits) for form in forms]
    found: list[tuple[str, Tune]] = []
    for first, *others in zip(*readings, strict=True):
        found.append((forms[0], first))
        for form, tune in zip(forms[1:], others, strict=True):
            if tune.score.note_count and tune.score.parts != first.score.parts:
                found.append((form, tune))
    return found


def _parse(data: bytes, text: str, kind: str, form: str, limits: Limits) -> list[Tune]:
    if kind == ".abc":
        return parse_abc_tunes(text, form, limits)
    if kind == ".krn":
        return [parse_kern(text, form, limits)]
    return [parse_musicxml(data, form, limits)]


# -- what a score keeps of its file ----------------------------------------------------


def _with_sources(
    tunes: Sequence[Tune], data: bytes, kind: str, limits: Limits
) -> tuple[Tune, ...]:
    """Keep the whole document of MusicXML, and of a text how much stands in it besides notes."""
    if kind == ".abc":
        marks = [abc_marks(text) for text in split_book(plain_text(data))]
        if len(marks) != len(tunes):
            return tuple(tunes)
        return tuple(map(_with_marks, tunes, marks))
    if kind == ".krn":
        return tuple(_with_marks(tune, kern_marks(plain_text(data))) for tune in tunes)
    text = unpack_mxl(data, limits) if data.startswith(b"PK") else data
    return tuple(_with_document(tune, text) for tune in tunes)


def _with_marks(tune: Tune, marks: Counter[str]) -> Tune:
    source = TextDocument(tuple(marks.items()))
    return replace(tune, score=replace(tune.score, source=source))


def _with_document(tune: Tune, text: bytes) -> Tune:
    source = locate(text, tune.score)
    if source is None:
        return replace(tune, problems=(*tune.problems, _NO_DOCUMENT))
    return replace(tune, score=replace(tune.score, source=source))
