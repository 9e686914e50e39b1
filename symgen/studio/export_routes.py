"""Routes that give a piece as files, and as a score that a cursor can follow."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from symgen.sheets.engraving import FollowedSheet, engrave_to_follow
from symgen.studio.command_lines import command_text
from symgen.studio.context import Studio
from symgen.studio.exporting import KINDS, Export, disposition, export, file_name
from symgen.studio.project import Project
from symgen.studio.project_files import PROJECT_SUFFIX, project_file
from symgen.studio.refusing import RefusedError

__all__ = ["export_routes"]

_KINDS = (*KINDS, "command", "project")
_AT_ONCE = 2
_MOST_WAITING = 12
_MOST_SHEETS = 6


def export_routes(studio: Studio) -> list[Route]:
    """Return the routes of exports and of the engraved score."""
    desk = _Desk()
    sheets = _Sheets()

    async def export_piece(request: Request) -> Response:
        """Give a piece as a file: mid, wav, flac, ogg, musicxml, abc, pdf, png, stems (zip), report, project (JSON).

        Or the command line that makes the last accepted take again (command).
        """
        kind = request.path_params["kind"]
        if kind not in _KINDS:
            raise RefusedError(404, f"a piece is exported as one of {', '.join(_KINDS)}")
        return await desk.do(
            lambda: _exported(studio.projects.open(request.path_params["project"]), kind)
        )

    async def score(request: Request) -> Response:
        """Give a page of the engraved score, with the moments at which its notes begin.

        ``{"svg": text, "page": 1, "pages": n, "revision": r, "times": [[tick, [element ids]], ...]}``: the ids
        are those of ``<g class="note">`` elements of this page, the ticks those of the document. The SVG
        brings no styles: whatever shows it says ``path, polygon, polyline, rect, ellipse { stroke:
        currentColor }`` for it.
        """
        number = request.query_params.get("page", "1")

        def work() -> Response:
            project = studio.projects.open(request.path_params["project"])
            revision = project.revision
            sheet = sheets.of(project.id, revision, project.score)
            page = int(number) if number.isdecimal() and len(number) < 6 else 0
            if not 1 <= page <= len(sheet.pages):
                raise RefusedError(404, f"page {page}: the score has pages 1 to {len(sheet.pages)}")
            return JSONResponse(
                {
                    "svg": sheet.pages[page - 1],
                    "page": page,
                    "pages": len(sheet.pages),
                    "revision": revision,
                    "times": [[each.tick, each.ids] for each in sheet.moments if each.page == page],
                }
            )

        return await desk.do(work)

    return [
        Route("/api/projects/{project}/export/{kind}", export_piece, methods=["GET"]),
        Route("/api/projects/{project}/score", score, methods=["GET"]),
    ]


def _exported(project: Project, kind: str) -> Response:
    title = project.document.head.title
    if kind == "project":
        made = Export(project_file(project), "application/json", PROJECT_SUFFIX)
    elif kind == "command":
        text = command_text(file_name(title), project.takes())
        made = Export(text.encode(), "text/plain; charset=utf-8", ".sh")
    else:
        made = export(project.score, kind, title)
    headers = {"content-disposition": disposition(title, made.suffix)}
    return Response(made.data, media_type=made.media, headers=headers)


class _Desk:
    """Does long work in threads, little of it at once, and refuses where too much waits."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def do(self, work: Any) -> Response:
        if self._waiting >= _MOST_WAITING:
            raise RefusedError(429, "too many files are being made; ask for this one again later")
        self._waiting += 1
        try:
            async with self._turn:
                found: Response = await run_in_threadpool(work)
                return found
        finally:
            self._waiting -= 1


class _Sheets:
    """The last scores that were engraved: a page is turned more often than the piece is changed."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], FollowedSheet] = OrderedDict()

    def of(self, name: str, revision: int, piece: Any) -> FollowedSheet:
        key = (name, revision)
        found = self._known.get(key)
        if found is None:
            found = engrave_to_follow(piece)
            self._known[key] = found
            while len(self._known) > _MOST_SHEETS:
                self._known.popitem(last=False)
        return found
