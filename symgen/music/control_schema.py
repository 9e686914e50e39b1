"""The controls as JSON Schema: of each value one way to write it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from symgen.music.control_table import BROUGHT, CONFLICTS, CONTROLS, MOST_PARTS, Conflict, Control
from symgen.music.instruments import PROGRAMS, instrument_names
from symgen.music.theory import MODES, QUALITIES

__all__ = ["controls_schema"]

Fragment = Mapping[str, Any]

_TONICS = (
    "C", "C#", "Db", "D", "D#", "Eb", "E", "F", "F#", "Gb", "G", "G#", "Ab", "A", "A#", "Bb", "B",
)  # fmt: skip
_TONE = "[A-G][#b]?"
_PITCH = f"{_TONE}(?:-1|[0-9])"
_METER = "(?:[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])/(?:1|2|4|8|16|32|64|128)"
_RUN = f"[1-9][0-9]{{0,2}}x{_METER}"
_QUALITY = "|".join(sorted(map(re.escape, filter(None, QUALITIES)), key=len, reverse=True))
_CHORD = rf"(?:{_TONE}(?:{_QUALITY})?(?:/{_TONE})?|N\.C\.)"
_CHORDS = f"{_CHORD}(?: {_CHORD})*"


def _text(pattern: str) -> Fragment:
    return {"type": "string", "pattern": f"^{pattern}$"}


_INSTRUMENT: Fragment = {
    "anyOf": [
        {"enum": list(dict.fromkeys([*instrument_names(), *map(str.lower, PROGRAMS)]))},
        {"type": "integer", "minimum": 0, "maximum": 127},
    ],
}
_WORDS: Mapping[str, Fragment] = {
    "key": {
        "anyOf": [
            {"enum": [f"{tonic} {mode}" for mode in MODES for tonic in _TONICS]},
            _text(f"{_TONE}m?"),
        ],
    },
    "meter": {"anyOf": [_text(_METER), _text(f"{_RUN}(?:,{_RUN})*")]},
    "instrument": _INSTRUMENT,
    "instruments": {
        "type": "array",
        "items": _INSTRUMENT,
        "minItems": 1,
        "maxItems": MOST_PARTS,
    },
    "range": _text(f"{_PITCH}-{_PITCH}"),
    "grid": {"enum": [f"1/{part}{t}" for part in (1, 2, 4, 8, 16) for t in ("", "t")]},
    "density": {
        "anyOf": [
            _text("[0-9]{1,3}(?:-[0-9]{1,3})?"),
            {"type": "integer", "minimum": 1, "maximum": 999},
        ],
    },
    "chords": _text(rf"(?:{_CHORDS}|\| {_CHORDS}(?: \| (?:{_CHORDS}|%))* \|)"),
    "form": _text("[A-Z](?:[A-Z]'?)*"),
}
"""What is given as words, each in one way to write it; numbers have their limits in the table."""


def controls_schema(styles: Sequence[str], periods: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an object that holds controls."""
    words = {**_WORDS, "style": {"enum": list(styles)}, "period": {"enum": list(periods)}}
    bound = {name: row for name, row in CONTROLS.items() if row.lacks and row.needs not in BROUGHT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Controls",
        "description": "What to ask of a piece of music.",
        "type": "object",
        "properties": {
            name: _property(row, words.get(name, row.values)) for name, row in CONTROLS.items()
        },
        "additionalProperties": False,
        "dependentRequired": {name: [row.needs] for name, row in bound.items()},
        "allOf": list(map(_exclusion, CONFLICTS)),
    }


def _property(row: Control, values: Fragment) -> dict[str, Any]:
    default = {} if row.default in (None, ()) else {"default": row.default}
    return {"description": row.help, **values, **default}


def _exclusion(conflict: Conflict) -> dict[str, Any]:
    """Say that two controls are not given together, but for one harmless value of the second."""
    second: dict[str, Any] = {"required": [conflict.second]}
    if conflict.harmless is not None:
        second["properties"] = {conflict.second: {"not": {"const": conflict.harmless}}}
    return {"not": {"allOf": [{"required": [conflict.first]}, second]}}
