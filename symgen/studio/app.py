"""The studio as an ASGI application: all routes behind one guard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from symgen.studio.about_routes import about_routes
from symgen.studio.context import Studio
from symgen.studio.export_routes import export_routes
from symgen.studio.job_routes import job_routes
from symgen.studio.openapi import openapi_route
from symgen.studio.project_routes import project_routes
from symgen.studio.refusing import BROKEN, refused, status_of, told_of
from symgen.studio.security import ANSWER_HEADERS, Guard
from symgen.studio.static_routes import static_routes
from symgen.system.errors import SymgenError

__all__ = ["create_app", "studio_routes"]

_WORDS = {
    404: "there is nothing at this address; see /api/openapi.json",
    405: "this address takes another method; see /api/openapi.json",
}


def studio_routes(studio: Studio) -> list[Route]:
    """Return every route of a studio."""
    routes = [
        *static_routes(studio),
        *about_routes(studio),
        *project_routes(studio),
        *export_routes(studio),
        *job_routes(studio),
    ]
    return [*routes, openapi_route(routes)]


def create_app(studio: Studio) -> Starlette:
    """Return the application; every refusal is one line of JSON, and tells no folder of this machine."""
    folders = (studio.settings.folder,)

    async def refuse(_request: Request, error: Exception) -> Response:
        if isinstance(error, SymgenError):
            return _told(status_of(error), told_of(error, folders))
        if isinstance(error, HTTPException):
            # What the router itself raises says nothing but its status.
            is_bare = error.detail == HTTPStatus(error.status_code).phrase
            text = _WORDS.get(error.status_code) if is_bare else None
            return _told(error.status_code, text or error.detail)
        return _told(500, BROKEN)

    app = Starlette(
        routes=studio_routes(studio),
        middleware=[Middleware(Guard, settings=studio.settings)],
        exception_handlers={
            SymgenError: refuse,
            HTTPException: refuse,
            Exception: refuse,
        },
        lifespan=_lasting(studio),
    )
    app.router.redirect_slashes = False
    return app


def _told(status: int, text: str) -> Response:
    # A failure is answered outside of the guard, which adds these to all else.
    return Response(refused(text), status, ANSWER_HEADERS, "application/json")


def _lasting(studio: Studio) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what closes the projects and ends the children of the jobs, when the server ends."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for held in (studio.jobs, studio.projects):
                if held is not None:
                    await run_in_threadpool(held.close)

    return lifespan
