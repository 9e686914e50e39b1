"""A server of the studio for tests of its page alone: the documents are real, the takes are invented.

It keeps all in memory and writes takes at once or as slowly as a test asks, so that each state of the page
can be looked at.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from symgen.music.instruments import PROGRAMS
from symgen.studio.changes import DOCUMENT, MisfitError, apply, told_ops
from symgen.studio.context import Settings, Studio
from symgen.studio.document import Document, DocumentPart, Head
from symgen.studio.op_reading import read_ops
from symgen.studio.security import ANSWER_HEADERS
from symgen.studio.static_routes import static_routes
from symgen.system.errors import SymgenError

BAR = 1920
CONTROLS = {
    "density": {"type": "integer", "minimum": 1, "maximum": 32, "description": "notes a bar"},
    "style": {"enum": ["classical", "folk", "jazz"], "description": "the manner"},
    "key": {
        "anyOf": [{"enum": ["C major", "A minor"]}, {"type": "string", "pattern": "^[A-G]m?$"}],
        "description": "tonic and mode",
    },
    "swing": {"type": "number", "minimum": 0, "maximum": 1, "description": "0 is even"},
    "cadence": {"type": "boolean", "description": "end on the tonic"},
    "instruments": {"type": "array", "items": {"enum": ["Flute", "Viola"]}, "description": "who"},
    "chords": {"type": "string", "pattern": "^[A-G].*$", "description": "such as C Am F G"},
}


def _verb(title: str, bars: bool) -> dict[str, Any]:
    return {
        "title": title,
        "help": f"{title} music.",
        "needs": {"bars": bars, "tune": True},
        "basic": ["density", "style"],
        "schema": {"type": "object", "properties": CONTROLS, "additionalProperties": False},
    }


VERBS = {
    "infill": _verb("Write", True),
    "continue": _verb("Continue", False),
    "vary": _verb("Vary", True),
    "harmonize": _verb("Harmonize", False),
}


def tune(bars: int = 8, parts: int = 2) -> Document:
    """Return a piece: a scale in each part."""
    made = []
    for part in range(parts):
        count = bars * 4
        table = np.array(
            [
                np.arange(count) * 480,
                np.full(count, 400),
                60 - 12 * part + np.array([0, 2, 4, 5, 7, 9, 11, 12])[np.arange(count) % 8],
                np.full(count, 80),
            ],
            np.int64,
        )
        ids = np.empty(count, object)
        ids[:] = [f"n{part}-{number}" for number in range(count)]
        name, program = ("Flute", 73) if part == 0 else ("Piano", 0)
        made.append(DocumentPart(f"p{part + 1}", name, program, False, ids, table))
    return Document(Head("A tune", length=bars * BAR), tuple(made))


@dataclass
class Held:
    """A project in memory."""

    id: str
    document: Document
    revision: int = 1
    past: list[tuple[str, Document]] = field(default_factory=list)
    future: list[tuple[str, Document]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    view: dict[str, Any] = field(default_factory=dict)
    takes: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return (
            self.document.to_json()
            | {"id": self.id, "revision": self.revision, "view": self.view}
            | self.steps()
        )

    def steps(self) -> dict[str, Any]:
        return {
            "undo": self.past[-1][0] if self.past else None,
            "redo": self.future[-1][0] if self.future else None,
        }

    def told(self, tab: str, label: str, ops: list[Any]) -> dict[str, Any]:
        """Count a change, and tell it to all who listen."""
        self.revision += 1
        self.labels.append(
            {"revision": self.revision, "label": label, "changed": "2026-01-02T03:04:05Z"}
        )
        answer = {"revision": self.revision, "label": label, "ops": ops, **self.steps()}
        self.events.append(("change", {**answer, "tab": tab}))
        return answer


class StandIn:
    """The server; `pace` seconds pass for each bar that is written, and `refuse` refuses the next job."""

    def __init__(self) -> None:
        self.projects: dict[str, Held] = {}
        self.jobs: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self.cancelled: set[str] = set()
        self.asked: list[dict[str, Any]] = []
        self.pace = 0.0
        self.refuse = ""
        self.score = True
        self.made = 0

    def hold(self, document: Document) -> str:
        self.made += 1
        self.projects[f"k{self.made}"] = Held(f"k{self.made}", document)
        return f"k{self.made}"

    # -- projects --------------------------------------------------------------------------

    async def about(self, _: Request) -> Response:
        found = {
            "version": "0",
            "extras": {"score": self.score},
            "instruments": list(PROGRAMS),
            "limits": {},
        }
        return JSONResponse(found)

    async def schema(self, _: Request) -> Response:
        return JSONResponse({"verbs": VERBS})

    async def list(self, _: Request) -> Response:
        return JSONResponse(
            [
                {
                    "id": held.id,
                    "title": held.document.head.title,
                    "changed": "2026-01-02T03:04:05Z",
                    "bars": len(held.document.bars),
                    "notes": held.document.note_count,
                }
                for held in self.projects.values()
            ]
        )

    async def create(self, request: Request) -> Response:
        asked = await request.json()
        head = Head(asked.get("title", "Untitled"), length=asked.get("bars", 8) * BAR)
        part = DocumentPart(
            "p1", "Piano", 0, False, np.empty(0, object), np.empty((4, 0), np.int64)
        )
        return JSONResponse(self.projects[self.hold(Document(head, (part,)))].to_json(), 201)

    async def open(self, request: Request) -> Response:
        name = request.query_params["name"]
        if not await request.body() or name.endswith(".bad"):
            return _refused(f"{name}: holds no music; choose another file")
        document = tune()
        document = replace(document, head=replace(document.head, title=name))
        return JSONResponse(self.projects[self.hold(document)].to_json(), 201)

    def _held(self, request: Request) -> Held:
        held = self.projects.get(request.path_params["id"])
        if held is None:
            raise SymgenError("there is no such project; open another one")
        return held

    async def get(self, request: Request) -> Response:
        return JSONResponse(self._held(request).to_json())

    async def delete(self, request: Request) -> Response:
        del self.projects[self._held(request).id]
        return JSONResponse({})

    async def change(self, request: Request) -> Response:
        held, asked = self._held(request), await request.json()
        try:
            ops = read_ops(asked["ops"])
            changed, _ = apply(held.document, ops)
        except MisfitError as error:
            return _refused(str(error), 409)
        told = told_ops(held.document, changed, ops)
        held.past.append((asked["label"], held.document))
        held.future.clear()
        held.document = changed
        return JSONResponse(held.told(asked["tab"], asked["label"], told))

    async def step(self, request: Request) -> Response:
        held, asked = self._held(request), await request.json()
        back = request.url.path.endswith("undo")
        source, target = (held.past, held.future) if back else (held.future, held.past)
        if not source:
            return _refused("there is nothing to take back", 409)
        label, document = source.pop()
        target.append((label, held.document))
        held.document = document
        return JSONResponse(held.told(asked["tab"], label, [DOCUMENT]))

    async def history(self, request: Request) -> Response:
        return JSONResponse(self._held(request).labels)

    async def view(self, request: Request) -> Response:
        self._held(request).view = await request.json()
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        self._held(request)
        kind = request.path_params["kind"]
        if kind == "command":
            return PlainTextResponse("symgen infill tune.mid --bars 1-2")
        if kind == "pdf":
            return _refused("needs verovio; pip install 'symgen[studio]'", 501)
        named = {"Content-Disposition": f'attachment; filename="a-tune.{kind}"'}
        return Response(b"data", headers=named)

    async def score_page(self, request: Request) -> Response:
        held, page = self._held(request), int(request.query_params["page"])
        # Two pages of four bars, a note a bar.
        notes = "".join(
            f'<g class="note" id="m{bar}"><rect x="{5 * bar}" width="4" height="4"/></g>'
            for bar in range(4 * page - 3, 4 * page + 1)
        )
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 99 9">{notes}</svg>'
        times = [[(bar - 1) * BAR, [f"m{bar}"]] for bar in range(4 * page - 3, 4 * page + 1)]
        found = {"svg": svg, "page": page, "pages": 2, "revision": held.revision, "times": times}
        return JSONResponse(found)

    async def events(self, request: Request) -> Response:
        return _stream(request, self._held(request).events, from_now=True)

    # -- takes -----------------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        held, asked = self._held(request), await request.json()
        self.asked.append(asked)
        if self.refuse:
            line, self.refuse = self.refuse, ""
            return _refused(line)
        job = f"j{len(self.jobs) + 1}"
        self.jobs[job] = [("queued", {"ahead": 0})]
        threading.Thread(target=self._write, args=(held, job, asked), daemon=True).start()
        return JSONResponse({"job": job, "seed": asked.get("seed", 7)}, 202)

    def _write(self, held: Held, job: str, asked: dict[str, Any]) -> None:
        events, count = self.jobs[job], asked["count"]
        first, last = asked["bars"] or (1, 4)
        bars = last - first + 1
        events.append(("started", {}))
        for number in range(1, count + 1):
            for bar in range(1, bars + 1):
                if job in self.cancelled:
                    events.append(("cancelled", {}))
                    return
                events.append(("bar", {"take": number, "bar": bar, "of": bars}))
                time.sleep(self.pace)
            take = self._take(held, job, number, asked)
            events.append(("take", take))
            held.events.append(("take", take))
        events.append(("done", {}))

    def _take(self, held: Held, job: str, number: int, asked: dict[str, Any]) -> dict[str, Any]:
        name = f"t{len(held.takes) + 1}"
        first, last = asked["bars"] or (1, 4)
        met = number % 2 == 1
        said = f"take {number} of {asked['count']}, bars {first} to {last}, {4 * number} notes, "
        take = {
            "take": name,
            "job": job,
            "verb": asked["verb"],
            "number": number,
            "of": asked["count"],
            "seed": 6 + number,
            "notes": 4 * number,
            "bars": [first, last],
            "said": said + ("all controls met" if met else "density not met"),
            "checks": [{"name": "density", "wanted": 4, "found": 4 if met else 9, "met": met}],
            "state": "offered",
            "changed": "2026-01-02T03:04:05Z",
        }
        held.takes[name] = take
        return take

    async def takes(self, request: Request) -> Response:
        return JSONResponse(list(self._held(request).takes.values()))

    def _written(self, held: Held, take: dict[str, Any]) -> Document:
        part = held.document.parts[0].id
        start = (take["bars"][0] - 1) * BAR
        old = [
            name
            for name, onset in zip(
                held.document.parts[0].ids, held.document.parts[0].table[0], strict=True
            )
            if start <= onset < take["bars"][1] * BAR and name not in held.document.locked
        ]
        notes = [
            {"id": f"{take['take']}-{n}", "part": part, "onset": start + 480 * n, "pitch": 72 + n % 12,
             "duration": 400, "velocity": 90}
            for n in range(take["notes"])
        ]  # fmt: skip
        ops = [{"op": "add", "notes": notes}]
        if old:
            ops.insert(0, {"op": "remove", "ids": old})
        return apply(held.document, ops)[0]

    async def take(self, request: Request) -> Response:
        held = self._held(request)
        take = held.takes[request.path_params["take"]]
        return JSONResponse(
            {**take, "document": replace(held, document=self._written(held, take)).to_json()}
        )

    async def decide(self, request: Request) -> Response:
        held, asked = self._held(request), await request.json()
        take, verb = held.takes[request.path_params["take"]], request.path_params["verb"]
        take["state"] = {"accept": "accepted", "drop": "dropped", "offer": "offered"}[verb]
        held.events.append(("take", take))
        if verb != "accept":
            return JSONResponse({"revision": held.revision, "ops": [], **held.steps()})
        held.past.append(("accept take", held.document))
        held.document = self._written(held, take)
        return JSONResponse(held.told(asked["tab"], "accept take", [DOCUMENT]))

    async def job_events(self, request: Request) -> Response:
        return _stream(request, self.jobs[request.path_params["job"]])

    async def cancel(self, request: Request) -> Response:
        self.cancelled.add(request.path_params["job"])
        return JSONResponse({})

    def routes(self) -> list[Route]:
        one = "/api/projects/{id}"
        return [
            Route("/api/about", self.about),
            Route("/api/schema", self.schema),
            Route("/api/projects", self.list),
            Route("/api/projects", self.create, methods=["POST"]),
            Route("/api/projects/open", self.open, methods=["POST"]),
            Route(one, self.get),
            Route(one, self.delete, methods=["DELETE"]),
            Route(f"{one}/changes", self.change, methods=["POST"]),
            Route(f"{one}/undo", self.step, methods=["POST"]),
            Route(f"{one}/redo", self.step, methods=["POST"]),
            Route(f"{one}/history", self.history),
            Route(f"{one}/view", self.view, methods=["PUT"]),
            Route(f"{one}/export/{{kind}}", self.export),
            Route(f"{one}/score", self.score_page),
            Route(f"{one}/events", self.events),
            Route(f"{one}/jobs", self.ask, methods=["POST"]),
            Route(f"{one}/takes", self.takes),
            Route(f"{one}/takes/{{take}}", self.take),
            Route(f"{one}/takes/{{take}}/{{verb}}", self.decide, methods=["POST"]),
            Route("/api/jobs/{job}/events", self.job_events),
            Route("/api/jobs/{job}", self.cancel, methods=["DELETE"]),
        ]


def _refused(line: str, status: int = 400) -> JSONResponse:
    return JSONResponse({"error": line}, status)


def _stream(request: Request, events: list[Any], from_now: bool = False) -> StreamingResponse:
    """Send events as they come, until the other side goes."""

    async def sent() -> AsyncIterator[str]:
        place = len(events) if from_now else 0
        yield "event: ping\ndata: {}\n\n"
        while not await request.is_disconnected():
            for name, data in events[place:]:
                place += 1
                yield f"event: {name}\ndata: {json.dumps(data)}\n\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(sent(), media_type="text/event-stream")


@contextmanager
def stand_in(held: StandIn, folder: Any, port: int = 0) -> Iterator[int]:
    """Serve it; returns the port."""
    studio = Studio(Settings(folder, "t"))

    async def refuse(_: Request, error: Exception) -> Response:
        return _refused(str(error), 404)

    app = Starlette(
        routes=[*static_routes(studio), *held.routes()], exception_handlers={SymgenError: refuse}
    )

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        async def marked(message: Any) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.encode(), v.encode()) for k, v in ANSWER_HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await app(scope, receive, marked if scope["type"] == "http" else send)

    server = uvicorn.Server(
        uvicorn.Config(guarded, port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
