"""What an assistant gave for a tool, held to its schema: what is wrong is told in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symgen.doors.tools import tool_schema
from symgen.system.errors import ControlError
from symgen.system.requirements import require
from symgen.system.text import did_you_mean, one_line

__all__ = ["check_arguments"]

_LONGEST = 60
_FEW = 12
_MOST_SIGNS = 4000
"""Of a value that is written out; a chart of chords for a thousand bars has as many."""
_FIRST = ("additionalProperties", "required", "dependentRequired")


def check_arguments(name: str, given: Mapping[str, Any]) -> None:
    """Refuse arguments that the schema of a tool does not allow.

    Raises
    ------
    ControlError
        With one line on the first of what is wrong.
    """
    schema = tool_schema(name)
    known = schema["properties"]
    for each in given:
        if each not in known:
            hint = did_you_mean(each, known) or f"; it takes {', '.join(known)}"
            raise ControlError(f"{name}: takes no {one_line(each, _LONGEST)!r}{hint}")
    for each in schema["required"]:
        if each not in given:
            raise ControlError(f"{name}: {each} is missing: {known[each]['description']}")
    validator = require("jsonschema").Draft202012Validator
    for each, value in given.items():
        if len(repr(value)) > _MOST_SIGNS:
            raise ControlError(f"{each}: is longer than {_MOST_SIGNS} signs; shorten it")
        if not validator(known[each]).is_valid(value):
            raise ControlError(_told(each, value, known[each]))
    for each, needs in schema.get("dependentRequired", {}).items():
        missing = [other for other in needs if each in given and other not in given]
        if missing:
            raise ControlError(f"{each}: needs {missing[0]}; give both or neither")


def _told(name: str, value: Any, legal: Mapping[str, Any]) -> str:
    """Say what is legal in the place of a value that is not."""
    said = one_line(repr(value), _LONGEST)
    low, high = legal.get("minimum"), legal.get("maximum")
    if low is not None:
        kind = "a whole number" if legal["type"] == "integer" else "a number"
        return f"{name} {said}: must be {kind} {low}..{high}"
    values = [str(each) for each in _values(legal)]
    if values and len(values) <= _FEW:
        return f"{name} {said}: must be one of {', '.join(values)}"
    hint = did_you_mean(str(value), values) if isinstance(value, str) else ""
    if legal.get("type") in ("boolean", "string", "array", "object") and not _is_kind(value, legal):
        return f"{name} {said}: must be of the type {legal['type']}; {legal['description']}"
    return f"{name} {said}: is not legal{hint}; {legal['description']}"


def _is_kind(value: Any, legal: Mapping[str, Any]) -> bool:
    kinds = {"boolean": bool, "string": str, "array": list, "object": dict}
    return isinstance(value, kinds[legal["type"]])


def _values(legal: Mapping[str, Any]) -> Iterable[Any]:
    """Yield the values that a schema lists."""
    yield from legal.get("enum", ())
    for branch in legal.get("anyOf", ()):
        yield from _values(branch)
    yield from _values(legal["items"]) if "items" in legal else ()
