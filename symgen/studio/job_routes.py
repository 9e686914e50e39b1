"""Routes of the jobs: what can be asked, a job, what is told of it, and its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from symgen.studio.context import Studio
from symgen.studio.job_log import JobLog
from symgen.studio.jobs import Jobs
from symgen.studio.projects import Projects
from symgen.system.errors import ControlError

__all__ = ["job_routes"]

_PING_SECONDS = 15.0


def job_routes(studio: Studio) -> list[Route]:
    """Return the routes of what is asked of models."""
    routes = _Routes(studio.projects, studio.jobs)
    return [
        Route("/api/schema", routes.schema, methods=["GET"]),
        Route("/api/projects/{project}/jobs", routes.ask, methods=["POST"]),
        Route("/api/jobs/{job}/events", routes.events, methods=["GET"]),
        Route("/api/jobs/{job}", routes.cancel, methods=["DELETE"]),
    ]


class _Routes:
    def __init__(self, projects: Projects, jobs: Jobs) -> None:
        self._projects, self._jobs = projects, jobs

    async def schema(self, _: Request) -> Response:
        """Tell of each verb its title, help and needs, and every legal value of its controls."""

        def told() -> dict[str, Any]:
            from symgen.writing.verb_schemas import verb_schemas

            return {"verbs": verb_schemas()}

        return JSONResponse(await run_in_threadpool(told))

    async def ask(self, request: Request) -> Response:
        """Queue what is asked of a model, and answer the job and the seed of its first take."""
        name, data = request.path_params["project"], await request.body()

        def queue() -> dict[str, Any]:
            project = self._projects.open(name)
            body = json.loads(data) if data else {}
            if not isinstance(body, dict):
                raise ControlError("the body is no JSON object; send one in braces")
            job = self._jobs.ask(project, body)
            return {"job": job.id, "seed": job.asked.seed}

        return JSONResponse(await run_in_threadpool(queue), 202)

    async def events(self, request: Request) -> Response:
        """Tell of a job from its start on, and end when it has ended."""
        job = self._jobs.get(request.path_params["job"])
        said = request.headers.get("last-event-id", "")
        heard = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
        if job.log.has_ended and heard and not job.log.after(heard):
            return Response(status_code=204)  # so that a browser does not ask again
        return StreamingResponse(
            _told(job.log, heard),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def cancel(self, request: Request) -> Response:
        """End a job at once."""
        job = await run_in_threadpool(self._jobs.cancel, request.path_params["job"])
        return JSONResponse({"job": job.id, "state": job.log.state})


async def _told(log: JobLog, heard: int) -> AsyncIterator[str]:
    """Yield the events of a job, numbered from 1 on, as they come."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the studio ends
            loop.call_soon_threadsafe(woken.set)

    stop = log.listen(wake)
    try:
        while True:
            woken.clear()
            rows = log.after(heard)
            for event, data in rows:
                heard += 1
                yield f"id: {heard}\nevent: {event}\ndata: {json.dumps(data)}\n\n"
            if not rows and log.has_ended:
                return
            if rows:
                continue
            try:
                await asyncio.wait_for(woken.wait(), _PING_SECONDS)
            except asyncio.TimeoutError:
                yield "event: ping\ndata: {}\n\n"
    finally:
        stop()
