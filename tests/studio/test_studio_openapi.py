"""The description of the API: whole, sound, and of what is really there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

pytest.importorskip("starlette")

from symgen.studio.app import studio_routes
from symgen.studio.context import Settings, Studio
from symgen.studio.openapi import DECLARED, describe_api, operations

ROUTES = studio_routes(Studio(Settings(Path("projects"), "t" * 16)))
API = describe_api(ROUTES)


def test_it_is_built_as_openapi_wants() -> None:
    validator = pytest.importorskip("openapi_spec_validator")  # with the meta-schema of OpenAPI 3.1
    validator.validate(API, cls=validator.OpenAPIV31SpecValidator)
    for schema in API["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_what_it_points_at_is_there() -> None:
    def references(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for inner in value.values() for each in references(inner)]
        if isinstance(value, list):
            return [each for inner in value for each in references(inner)]
        return []

    found = {each for each in references(API) if each.startswith("#/components/")}
    assert found
    for each in found:
        place: Any = API
        for name in each.removeprefix("#/").split("/"):
            place = place[name]


def test_every_route_stands_in_it_and_nothing_else() -> None:
    served = {(method, path) for method, path, _ in operations(ROUTES)}
    told = {(verb.upper(), path) for path, verbs in API["paths"].items() for verb in verbs}
    assert told == served
    assert served == set(DECLARED)


def test_names_of_operations_are_unique() -> None:
    names = [one["operationId"] for verbs in API["paths"].values() for one in verbs.values()]
    assert len(names) == len(set(names))
