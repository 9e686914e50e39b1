"""Routes of the projects: list, open, change, undo, history, view, events and takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from symgen.studio.context import Studio
from symgen.studio.hearing import hear, heard_notes
from symgen.studio.op_reading import read_ops
from symgen.studio.opening import open_file, plain_name
from symgen.studio.project import Project
from symgen.studio.projects import Projects
from symgen.studio.subscriptions import Event, Subscription
from symgen.system.errors import ControlError

__all__ = ["project_routes"]

_PING_SECONDS = 15.0
_LONGEST_TAB = 64
_Answer = Callable[[Request], Awaitable[Response]]


def project_routes(studio: Studio) -> list[Route]:
    """Return the routes under ``/api/projects`` that need no writing, sound or sheets."""
    routes = _Routes(studio.projects)
    one = "/api/projects/{project}"
    table: list[tuple[str, str, _Answer]] = [
        ("GET", "/api/projects", routes.list),
        ("POST", "/api/projects", routes.create),
        ("POST", "/api/projects/open", routes.open),
        ("GET", one, routes.get),
        ("DELETE", one, routes.delete),
        ("POST", f"{one}/changes", routes.change),
        ("POST", f"{one}/undo", routes.undo),
        ("POST", f"{one}/redo", routes.redo),
        ("GET", f"{one}/history", routes.history),
        ("POST", one + "/history/{revision:int}", routes.go_to),
        ("PUT", f"{one}/view", routes.set_view),
        ("GET", f"{one}/events", routes.events),
        ("POST", f"{one}/hear", routes.hear),
        ("GET", f"{one}/takes", routes.takes),
        ("GET", one + "/takes/{take}", routes.take),
        ("POST", one + "/takes/{take}/{what:str}", routes.use_take),
    ]
    return [Route(path, answer, methods=[method]) for method, path, answer in table]


class _Routes:
    """What is answered; all that reads or writes the disk works in a thread."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    async def _project(self, request: Request) -> Project:
        return await run_in_threadpool(self._projects.open, request.path_params["project"])

    async def list(self, _: Request) -> Response:
        """Answer which projects there are."""
        return JSONResponse(await run_in_threadpool(self._projects.list))

    async def create(self, request: Request) -> Response:
        """Make an empty piece."""
        wanted = await _body(request)
        project = await run_in_threadpool(self._projects.create_empty, wanted)
        return await _told(project.to_json, status=201)

    async def open(self, request: Request) -> Response:
        """Make a project of a file."""
        name = request.query_params.get("name", "")
        if not name:
            raise ControlError("open: the name of the file is missing; add ?name=FILE")
        data = await request.body()
        project = await run_in_threadpool(open_file, self._projects, name, data)
        return await _told(project.to_json, status=201)

    async def get(self, request: Request) -> Response:
        """Answer the document."""
        return await _told((await self._project(request)).to_json)

    async def delete(self, request: Request) -> Response:
        """Move a project to the deleted ones."""
        await run_in_threadpool(self._projects.delete, request.path_params["project"])
        return Response(status_code=204)

    async def change(self, request: Request) -> Response:
        """Change the document."""
        project, body = await self._project(request), await _body(request)
        base, label = body.get("base"), body.get("label", "change")
        if type(base) is not int or base < 0:
            raise ControlError(f"base {base!r:.40}: must be the revision that was changed")
        if not isinstance(label, str):
            raise ControlError(f"label {label!r:.40}: must be a text")
        tab = _tab(body)
        return await _told(lambda: project.change(tab, base, label, read_ops(body.get("ops"))))

    async def undo(self, request: Request) -> Response:
        """Take the last change back."""
        project, tab = await self._project(request), _tab(await _body(request))
        return await _told(lambda: project.undo(tab))

    async def redo(self, request: Request) -> Response:
        """Make the change again that was taken back last."""
        project, tab = await self._project(request), _tab(await _body(request))
        return await _told(lambda: project.redo(tab))

    async def history(self, request: Request) -> Response:
        """Answer what was done."""
        return await _told((await self._project(request)).history)

    async def go_to(self, request: Request) -> Response:
        """Let the document be as it was."""
        project, tab = await self._project(request), _tab(await _body(request))
        revision: int = request.path_params["revision"]
        return await _told(lambda: project.go_to(revision, tab))

    async def set_view(self, request: Request) -> Response:
        """Keep what a page wants to find again."""
        project, view = await self._project(request), await _body(request)
        await run_in_threadpool(project.set_view, view)
        return Response(status_code=204)

    async def hear(self, request: Request) -> Response:
        """Write down a recording, at the tempo of the piece, and answer the notes; they are not put into it.

        ``at`` is the tick at which the recording begins, 0 if left out.
        """
        project, data = await self._project(request), await request.body()
        name = plain_name(request.query_params.get("name", "recording.wav"))
        at = request.query_params.get("at", "0")
        if not at.isdecimal() or len(at) > 10:
            raise ControlError(f"at {at!r:.40}: must be a tick of 0 or more")

        def answer() -> dict[str, Any]:
            document = project.document
            heard = hear(name, data, document.head.tempos[0].bpm)
            return {"notes": heard_notes(document, heard.rows, int(at))}

        return await _told(answer)

    async def takes(self, request: Request) -> Response:
        """Answer which takes there are."""
        project = await self._project(request)
        return await _told(lambda: [take.to_json() for take in project.takes()])

    async def take(self, request: Request) -> Response:
        """Answer a take, and the document with it."""
        project, name = await self._project(request), request.path_params["take"]
        return await _told(lambda: project.take_json(name))

    async def use_take(self, request: Request) -> Response:
        """Accept a take, drop it, or offer it again."""
        project, tab = await self._project(request), _tab(await _body(request))
        name, what = request.path_params["take"], request.path_params["what"]
        states = {"drop": "dropped", "offer": "offered"}
        if what == "accept":
            return await _told(lambda: project.accept_take(name, tab))
        if what not in states:
            raise ControlError(f"{what!r:.40}: a take can be accepted, dropped or offered")
        return await _told(lambda: project.set_take_state(name, states[what]).to_json())

    async def events(self, request: Request) -> Response:
        """Tell what happens, until the other side is gone."""
        project = await self._project(request)
        stream = _events(project)
        return StreamingResponse(stream, media_type="text/event-stream")


async def _events(project: Project) -> AsyncIterator[str]:
    """Yield events as they come, and a ping where none does."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(ready.set)

    subscription: Subscription = project.subscribe(wake)
    try:
        yield _line(Event("ping", {"revision": project.revision}))
        while not subscription.is_closed:
            ready.clear()
            while (event := subscription.take()) is not None:
                yield _line(event)
            try:
                await asyncio.wait_for(ready.wait(), _PING_SECONDS)
            except asyncio.TimeoutError:
                yield _line(Event("ping", {"revision": project.revision}))
    finally:
        project.unsubscribe(subscription)


def _line(event: Event) -> str:
    return f"event: {event.kind}\ndata: {json.dumps(event.data)}\n\n"


async def _told(answer: Callable[[], Any], status: int = 200) -> Response:
    """Answer with JSON that is made in a thread."""

    def made() -> bytes:
        return json.dumps(answer(), separators=(",", ":")).encode()

    return Response(await run_in_threadpool(made), status, media_type="application/json")


async def _body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request, an empty one where there is no body."""
    data = await request.body()
    try:
        found = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ControlError("the body is no JSON object; send one in braces")
    return found


def _tab(body: dict[str, Any]) -> str:
    tab = body.get("tab", "")
    if not isinstance(tab, str) or len(tab) > _LONGEST_TAB:
        raise ControlError(f"tab {tab!r:.40}: must be a text of {_LONGEST_TAB} characters at most")
    return tab
