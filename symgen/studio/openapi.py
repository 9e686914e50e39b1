"""The API of the studio as OpenAPI 3.1, made of its routes; each route is described by its own docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from symgen import __version__
from symgen.music.controls import Controls
from symgen.studio.api_schemas import SCHEMAS, array, reference
from symgen.studio.limits import body_of

__all__ = ["DECLARED", "Declared", "describe_api", "openapi_route", "operations"]

_JSON, _RAW, _EVENTS = "application/json", "application/octet-stream", "text/event-stream"


@dataclass(frozen=True)
class Declared:
    """What a route takes and gives: schemas by name, or media types where it is no JSON.

    Attributes
    ----------
    gives, takes : str
        The name of a schema, ``[name]`` for a list of such, a media type, or nothing.
    status : int
        Of a success.
    query : tuple of str
        Names of query parameters; one that ends in ``!`` is needed.
    """

    gives: str = ""
    takes: str = ""
    status: int = 200
    query: tuple[str, ...] = ()


_ONE = "/api/projects/{project}"
DECLARED: dict[tuple[str, str], Declared] = {
    ("GET", "/"): Declared("text/html"),
    ("GET", "/page/{path}"): Declared(_RAW),
    ("GET", "/api/openapi.json"): Declared("Anything"),
    ("GET", "/api/about"): Declared("About"),
    ("GET", "/api/schema"): Declared("Verbs"),
    ("GET", "/api/soundfont"): Declared(_RAW),
    ("GET", "/api/projects"): Declared("[Project]"),
    ("POST", "/api/projects"): Declared("Document", "NewPiece", 201),
    ("POST", "/api/projects/open"): Declared("Document", _RAW, 201, ("name!",)),
    ("GET", _ONE): Declared("Document"),
    ("DELETE", _ONE): Declared(status=204),
    ("POST", f"{_ONE}/changes"): Declared("Changed", "Change"),
    ("POST", f"{_ONE}/undo"): Declared("Changed", "Tab"),
    ("POST", f"{_ONE}/redo"): Declared("Changed", "Tab"),
    ("GET", f"{_ONE}/history"): Declared("[Step]"),
    ("POST", f"{_ONE}/history/{{revision}}"): Declared("Changed", "Tab"),
    ("PUT", f"{_ONE}/view"): Declared("", "View", 204),
    ("GET", f"{_ONE}/events"): Declared(_EVENTS),
    ("POST", f"{_ONE}/hear"): Declared("Heard", "audio/wav", query=("name",)),
    ("GET", f"{_ONE}/export/{{kind}}"): Declared(_RAW),
    ("GET", f"{_ONE}/score"): Declared("ScorePage", query=("page",)),
    ("POST", f"{_ONE}/jobs"): Declared("Queued", "Job", 202),
    ("GET", "/api/jobs/{job}/events"): Declared(_EVENTS),
    ("DELETE", "/api/jobs/{job}"): Declared("Anything"),
    ("GET", f"{_ONE}/takes"): Declared("[Take]"),
    ("GET", f"{_ONE}/takes/{{take}}"): Declared("TakeDocument"),
    ("POST", f"{_ONE}/takes/{{take}}/{{what}}"): Declared("Changed", "Tab"),
}
"""What the docstring of a route does not say, by method and path."""


def describe_api(routes: Iterable[Route]) -> dict[str, Any]:
    """Return an OpenAPI document of routes.

    Parameters
    ----------
    routes : iterable of Route
        As `studio_routes` gives them; each method of each has a row in `DECLARED`.
    """
    paths: dict[str, dict[str, Any]] = {}
    for method, path, route in operations(routes):
        declared = DECLARED.get((method, path), Declared("Anything"))
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, route, declared)
    schemas = {**SCHEMAS, "Anything": {}, "View": {"type": "object"}, "Controls": Controls.schema()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "symgen studio",
            "version": __version__,
            "description": "Served by `symgen studio` to this machine. Each request brings the token "
            "of the start link.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"refused": _content("a refusal", "Error")},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "symgen-studio"},
            },
        },
    }


def openapi_route(routes: Sequence[Route]) -> Route:
    """Return the route that gives the description of others, and of itself."""

    async def openapi(request: Request) -> Response:  # noqa: ARG001 - as starlette calls it
        """Give this description."""
        return JSONResponse(describe_api([*routes, route]))

    route = Route("/api/openapi.json", openapi, methods=["GET"])
    return route


def operations(routes: Iterable[Route]) -> Iterator[tuple[str, str, Route]]:
    """Yield the methods and paths of routes, HEAD left out and parameters without converters."""
    for route in routes:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        for method in sorted(set(route.methods or ()) - {"HEAD"}):
            yield method, path, route


def _operation(method: str, path: str, route: Route, declared: Declared) -> dict[str, Any]:
    text = inspect.getdoc(route.endpoint) or ""
    summary, _, more = text.partition("\n")
    names = re.findall(r"\{(\w+)\}", path)
    parameters = [_parameter(name, "path", is_needed=True) for name in names]
    parameters += [
        _parameter(name.rstrip("!"), "query", is_needed=name.endswith("!"))
        for name in declared.query
    ]
    found: dict[str, Any] = {
        "operationId": _name(method, path),
        "summary": summary,
        "parameters": parameters,
        "responses": {
            str(declared.status): _content("done", declared.gives),
            "4XX": {"$ref": "#/components/responses/refused"},
        },
    }
    if more.strip():
        found["description"] = more.strip()
    if declared.takes:
        most = body_of(method, re.sub(r"\{\w+\}", "x", path)).most
        found["requestBody"] = _content(f"at most {most:,} bytes", declared.takes)
    return found


def _content(text: str, name: str) -> dict[str, Any]:
    if not name:
        return {"description": text}
    if "/" in name:
        return {"description": text, "content": {name: {}}}
    is_list = name.startswith("[")
    schema = array(reference(name.strip("[]"))) if is_list else reference(name)
    return {"description": text, "content": {_JSON: {"schema": schema}}}


def _parameter(name: str, where: str, *, is_needed: bool) -> dict[str, Any]:
    kind = "integer" if name in ("revision", "page") else "string"
    return {"name": name, "in": where, "required": is_needed, "schema": {"type": kind}}


def _name(method: str, path: str) -> str:
    """Return a name for an operation: ``get_projects_id_score``."""
    words = re.findall(r"\w+", path.removeprefix("/api"))
    return "_".join([method.lower(), *words])
