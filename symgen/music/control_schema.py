"""The controls as JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symgen.music.control_table import BROUGHT, CONFLICTS, CONTROLS, Conflict, Control

__all__ = ["controls_schema"]


def controls_schema(styles: Sequence[str], periods: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an object that holds controls."""
    known = {"style": styles, "period": periods}
    bound = {name: row for name, row in CONTROLS.items() if row.lacks and row.needs not in BROUGHT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Controls",
        "description": "What to ask of a piece of music.",
        "type": "object",
        "properties": {name: _property(row, known.get(name, ())) for name, row in CONTROLS.items()},
        "additionalProperties": False,
        "dependentRequired": {name: [row.needs] for name, row in bound.items()},
        "allOf": list(map(_exclusion, CONFLICTS)),
    }


def _property(row: Control, known: Sequence[str]) -> dict[str, Any]:
    values = dict(row.values) or {"enum": list(known)}
    if row.default not in (None, ()):
        values["default"] = row.default
    return {"description": row.help, **values}


def _exclusion(conflict: Conflict) -> dict[str, Any]:
    """Say that two controls are not given together, but for one harmless value of the second."""
    second: dict[str, Any] = {"required": [conflict.second]}
    if conflict.harmless is not None:
        second["properties"] = {conflict.second: {"not": {"const": conflict.harmless}}}
    return {"not": {"allOf": [{"required": [conflict.first]}, second]}}
