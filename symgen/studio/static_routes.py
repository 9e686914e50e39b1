"""The files of the page: a fixed table of the package, so that no path from outside is ever opened."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from symgen.studio.context import Studio
from symgen.studio.refusing import RefusedError
from symgen.system.files import read_bytes, sha256
from symgen.system.resources import data_folder

__all__ = ["page_files", "static_routes"]

PAGE = Path(__file__).resolve().parent / "page"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_UNCHANGED = {"cache-control": "no-cache"}
"""A browser asks each time whether it has the file still."""


def page_files() -> dict[str, Path]:
    """Return the files of the page by their names below it, with slashes."""
    return {
        path.relative_to(PAGE).as_posix(): path
        for path in sorted(PAGE.rglob("*"))
        if path.suffix in _KINDS and path.is_file()
    }


def static_routes(studio: Studio) -> list[Route]:  # noqa: ARG001 - each is made of the studio
    """Return the routes of the page, its files, and the soundfont that it plays with."""
    files = page_files()
    font = min(data_folder("soundfonts").glob("*.sf3"))

    async def page(request: Request) -> Response:
        """Give the page."""
        return await _answer(files["index.html"], request)

    async def page_file(request: Request) -> Response:
        """Give a file of the page."""
        path = files.get(request.path_params["path"])
        if path is None:
            raise RefusedError(404, "the page has no such file; load the page again")
        return await _answer(path, request)

    async def soundfont(request: Request) -> Response:  # noqa: ARG001 - as starlette calls it
        """Give the soundfont (SF3) that the page plays with, the one of the package."""
        return FileResponse(font, media_type="application/octet-stream", headers=_UNCHANGED)

    return [
        Route("/", page, methods=["GET"]),
        Route("/page/{path:path}", page_file, methods=["GET"]),
        Route("/api/soundfont", soundfont, methods=["GET"]),
    ]


async def _answer(path: Path, request: Request) -> Response:
    data = await run_in_threadpool(read_bytes, path)
    headers = {**_UNCHANGED, "etag": f'"{sha256(data)[:32]}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=_KINDS[path.suffix], headers=headers)
