"""Scores as pages of sheet music, which verovio engraves and typst turns into PDF and PNG.

Both are libraries that are not ours: they work in a child process with limits on time and memory.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from symgen.formats import WRITABLE
from symgen.formats.musicxml import write_musicxml
from symgen.music.score import Score
from symgen.music.sources import XmlDocument
from symgen.sheets.laying import lay_out
from symgen.sheets.marking import mark, without_lone_groups
from symgen.system.errors import FormatError, RenderError
from symgen.system.files import PathLike, as_path, check_writable, write_together
from symgen.system.processes import Fault, Worker
from symgen.system.requirements import need

__all__ = [
    "SHEETS",
    "FollowedSheet",
    "Moment",
    "check_sheet",
    "engrave",
    "engrave_to_follow",
    "page_paths",
    "write_sheet",
]

SHEETS = (".pdf", ".svg", ".png")
"""The suffixes of files that sheet music is written into."""

_COMMAND = ("-m", "symgen.sheets.sheet_worker")
_MEMORY = 4096
"""Megabytes that the child may reserve; it fills a small part of them."""
_START_SECONDS, _SECONDS = 60.0, 300.0
_LONGEST = 256 * 2**20


@dataclass(frozen=True)
class Moment:
    """A tick of the score at which notes begin, the page (from 1) that shows them, and their elements' ids."""

    tick: int
    page: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class FollowedSheet:
    """Pages of SVG without styles of their own, and the moments in order of time.

    Whatever shows a page says ``path, polygon, polyline, rect, ellipse { stroke: currentColor }`` for it.
    """

    pages: tuple[str, ...]
    moments: tuple[Moment, ...]


def check_sheet(path: PathLike) -> Path:
    """Refuse a name that says of no kind of sheet, and libraries that are missing, before any work is done."""
    path = as_path(path)
    if path.suffix.lower() not in SHEETS:
        hint = ""
        if path.suffix.lower() in WRITABLE:
            hint = f"; for a {path.suffix} file use `symgen edit TUNE -o {path.name}`"
        raise FormatError(f"{path}: name a file that ends in {', '.join(SHEETS)}{hint}")
    _need(path.suffix.lower()[1:])
    return path


def write_sheet(score: Score, path: PathLike, *, overwrite: bool = False) -> list[Path]:
    """Write sheet music, and return the files: SVG and PNG of several pages are ``NAME-1.svg`` and so on."""
    path = check_sheet(path)
    check_writable(path, overwrite=overwrite)
    pages = engrave(score, path.suffix.lower()[1:])
    paths = page_paths(path, len(pages))
    for each in paths:
        check_writable(each, overwrite=overwrite)
    write_together(path.parent, {each.name: page for each, page in zip(paths, pages, strict=True)})
    return paths


def page_paths(path: Path, pages: int) -> list[Path]:
    """Name the files of so many pages."""
    if pages == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{page}{path.suffix}") for page in range(1, pages + 1)]


def engrave(score: Score, kind: str) -> list[bytes]:
    """Return the pages of a score as ``"svg"`` or ``"png"``, or all of them in one as ``"pdf"``."""
    _need(kind)
    with _engraver(_document(score), score.title, kind) as (child, count):
        return list(_pages(child, count if kind != "pdf" else 1))


def engrave_to_follow(score: Score) -> FollowedSheet:
    """Engrave the notes of a score on its own bars, so that a cursor can follow.

    What the file that the score was read from says besides is left out, and no beat is looked for: the
    times are those of the score.
    """
    _need("svg")
    length = max([score.length, *(bar.end for bar in score.bars)])
    layout = lay_out(replace(score, source=None, length=length), finds_beat=False)
    text = write_musicxml(layout.score).decode("utf-8", "replace")
    text = mark(text, layout.score, layout.hands)
    with _engraver(text, score.title, "inline") as (child, count):
        found = child.ask({"times": True}, _SECONDS, _LONGEST).get("times", [])
        pages = tuple(page.decode() for page in _pages(child, count))
    moments = (
        Moment(round(quarters * score.resolution), int(page), tuple(map(str, ids)))
        for quarters, page, ids in found
    )
    return FollowedSheet(pages, tuple(moments))


@contextmanager
def _engraver(text: str, title: str, kind: str) -> Iterator[tuple[Worker, int]]:
    """Give a child that has laid out a document, and its number of pages."""
    with Worker([*_COMMAND, str(_MEMORY)], _explain, refuse=RenderError) as child:
        child.hear(_START_SECONDS)
        question = {"xml": text, "title": title, "kind": kind}
        count = child.ask(question, _SECONDS).get("pages")
        if not isinstance(count, int) or count < 1:
            raise RenderError("the score could not be engraved; write it as MusicXML instead")
        yield child, count


def _need(kind: str) -> None:
    """Refuse work for which a library is missing."""
    need("verovio", *(() if kind == "svg" else ("typst",)))


def _document(score: Score) -> str:
    """Return the MusicXML to engrave: the document that was read, or one in which all notes have values."""
    source = score.source
    if isinstance(source, XmlDocument) and len(source.places) == len(score.parts):
        return without_lone_groups(write_musicxml(score).decode("utf-8", "replace"))
    layout = lay_out(score)
    text = write_musicxml(layout.score).decode("utf-8", "replace")
    return mark(text, layout.score, layout.hands)


def _pages(child: Worker, count: int) -> Iterator[bytes]:
    for page in range(1, count + 1):
        answer: dict[str, Any] = child.ask({"page": page}, _SECONDS, _LONGEST)
        if "error" in answer:
            raise RenderError(str(answer["error"]))
        try:
            yield base64.b64decode(answer["data"])
        except (KeyError, TypeError, binascii.Error):
            raise child.explain("nonsense") from None


def _explain(fault: Fault) -> RenderError:
    reason = {
        "late": f"took more than {_SECONDS:g} s",
        "memory": f"needs more than {_MEMORY:,} MB of memory",
    }.get(fault, "broke down")
    return RenderError(f"engraving the score {reason}; write fewer bars or parts at once")
