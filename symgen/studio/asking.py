"""What a page asks a model for: read strictly, and refused in one line that says what is legal."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgen.music.controls import Controls
from symgen.studio.document import Document, DocumentPart
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean
from symgen.writing.verb_controls import VERBS
from symgen.writing.verb_schemas import own_values, verb_schema

__all__ = ["MOST_TAKES", "Asked", "read_asked"]

MOST_TAKES = 16
"""Takes of one job."""
_MOST_SEED = 2**53 - MOST_TAKES
"""Numbers beyond are not told apart by every reader of JSON."""
_FIELDS = ("verb", "bars", "parts", "controls", "count", "seed", "tab")
_DRAWN_SEEDS = 2**31
_NEW_BARS = 8


@dataclass(frozen=True)
class Asked:
    """One request for takes, of which all values are legal.

    Attributes
    ----------
    verb : str
    bars : (int, int), optional
        First and last bar by their printed numbers.
    parts : tuple of str
        Names of the marked parts; none means all.
    controls : mapping
        Values of the fields of `Controls`, as JSON.
    own : mapping
        What else the verb takes.
    count, seed : int
        So many takes; the first one has this seed, the next one the next, and so on.
    """

    verb: str
    bars: tuple[int, int] | None
    parts: tuple[str, ...]
    controls: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    count: int = 4
    seed: int = 0


def read_asked(body: Mapping[str, Any], document: Document) -> Asked:
    """Read a request for takes of a document.

    Raises
    ------
    ControlError
        If a value is not legal, or contradicts another one or the document.
    """
    _known(body, _FIELDS, "the request")
    name = _verb(body.get("verb"))
    bars = _bars(body.get("bars"), document)
    parts = _parts(body.get("parts"), document)
    controls, own = _controls(name, body.get("controls"))
    count = _whole("count", body.get("count"), 1, MOST_TAKES, 4)
    seed = _whole("seed", body.get("seed"), 0, _MOST_SEED, secrets.randbelow(_DRAWN_SEEDS))
    asked = Asked(name, bars, parts, controls, own, count, seed)
    _check_needs(asked, document)
    _check_locks(asked, document)
    return asked


def _verb(value: object) -> str:
    if not isinstance(value, str) or value not in VERBS:
        hint = did_you_mean(str(value), VERBS)
        raise ControlError(f"verb {_shown(value)}: unknown{hint}; use one of {', '.join(VERBS)}")
    return value


def _known(given: Mapping[str, Any], names: Iterable[str], what: str) -> None:
    for name in given:
        if name not in names:
            hint = did_you_mean(name, names)
            raise ControlError(
                f"{what}: knows no {_shown(name)}{hint}; it takes {', '.join(names)}"
            )


def _shown(value: object) -> str:
    return f"{value!r:.40}"


def _whole(name: str, value: object, low: int, high: int, usual: int) -> int:
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ControlError(f"{name} {_shown(value)}: must be a whole number {low}..{high}")
    return value


def _bars(value: object, document: Document) -> tuple[int, int] | None:
    if value is None:
        return None
    first, last = document.bars[0].number, document.bars[-1].number
    pair = [bar for bar in value if type(bar) is int] if isinstance(value, list) else []
    if len(pair) != 2 or pair != value:
        raise ControlError(
            f"bars {_shown(value)}: give the first and the last one, such as [{first}, {last}]"
        )
    if not first <= pair[0] <= pair[1] <= last:
        raise ControlError(f"bars {pair[0]}-{pair[1]}: the piece has bars {first}-{last}")
    return pair[0], pair[1]


def _parts(value: object, document: Document) -> tuple[str, ...]:
    if value is None:
        return ()
    known = [part.id for part in document.parts]
    if not isinstance(value, list) or not value or any(not isinstance(one, str) for one in value):
        raise ControlError(f"parts {_shown(value)}: give a list of parts, such as {known[:2]}")
    for one in value:
        if one not in known:
            raise ControlError(f"part {_shown(one)}: there is none; the parts are {known}")
    return tuple(name for name in known if name in value)


# -- controls ------------------------------------------------------------------------------


def _controls(verb: str, value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what `Controls` takes and what the verb takes besides."""
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise ControlError(
            f"controls {_shown(value)}: give an object, such as {{'temperature': 1}}"
        )
    given = {name: each for name, each in value.items() if each is not None}
    schema = verb_schema(verb)
    _known(given, schema["properties"], verb)
    values = own_values(verb)
    own = {name: _own(name, each, values[name]) for name, each in given.items() if name in values}
    controls = {name: each for name, each in given.items() if name not in values}
    for line in Controls.check(controls).values():
        raise ControlError(line)
    for name in schema["required"]:
        if name not in given:
            legal = _legal(schema["properties"][name])
            raise ControlError(f"{name}: {verb} needs one; {legal}")
    return controls, own


def _own(name: str, value: Any, legal: Mapping[str, Any]) -> Any:
    """Return a value that is legal by its schema, which is one of those that `own_values` gives."""
    if "enum" in legal:
        fits = value in legal["enum"]
    elif legal["type"] == "boolean":
        fits = isinstance(value, bool)
    elif legal["type"] == "string":
        fits = isinstance(value, str) and re.fullmatch(legal["pattern"], value) is not None
    else:
        kinds = (int,) if legal["type"] == "integer" else (int, float)
        fits = isinstance(value, kinds) and not isinstance(value, bool)
        fits = fits and legal["minimum"] <= value <= legal["maximum"]
    if not fits:
        raise ControlError(f"{name} {_shown(value)}: {_legal(legal)}")
    return value


def _legal(values: Mapping[str, Any]) -> str:
    """Say which values are legal."""
    if "enum" in values:
        return f"use one of {', '.join(values['enum'])}"
    kind = {"boolean": "true or false", "integer": "a whole number", "number": "a number"}
    if "minimum" in values:
        return f"must be {kind[values['type']]} {values['minimum']:g}..{values['maximum']:g}"
    return f"must be {kind.get(values['type'], values['description'])}"


# -- what the piece allows -----------------------------------------------------------------


def _check_needs(asked: Asked, document: Document) -> None:
    verb = VERBS[asked.verb]
    if verb.needs_bars and asked.bars is None:
        raise ControlError(f"bars: mark the bars for {asked.verb}, such as [1, 4]")
    pitched = [part for part in document.parts if not part.is_drum and len(part.ids)]
    if verb.needs_tune and not pitched and not (asked.verb == "continue" and document.note_count):
        raise ControlError(
            f"{asked.verb}: the piece has no notes for it; draw some, or ask for generate"
        )
    if asked.verb == "vary" and document.note_count:
        marked = _marked(asked, document)
        if all(part.is_drum for part in marked):
            raise ControlError(
                "vary: varies pitched parts, and only drums are marked; ask for infill"
            )
    one = asked.verb in ("harmonize", "accompany")
    if one and len(asked.parts) == 1 and not any(part.id in asked.parts for part in pitched):
        raise ControlError(
            f"part {asked.parts[0]!r}: has no notes to {asked.verb}; mark another one"
        )


def _marked(asked: Asked, document: Document) -> list[DocumentPart]:
    return [part for part in document.parts if not asked.parts or part.id in asked.parts]


def _check_locks(asked: Asked, document: Document) -> None:
    """Refuse what would take locked notes away or move them."""
    if not document.locked:
        return
    if asked.verb == "generate":
        raise ControlError(
            "generate: writes the whole piece anew, but notes are locked; unlock them, or write bars"
        )
    if asked.own.get("intro"):
        raise ControlError(
            "intro: moves the piece, but notes are locked; unlock them, or leave it out"
        )
    if asked.verb == "continue" and asked.bars is not None:
        first, last = asked.bars[1] + 1, asked.bars[1] + asked.controls.get("bars", _NEW_BARS)
        span = [bar for bar in document.bars if first <= bar.number <= last]
        if span and _locked_within(document, span[0].start, span[-1].end):
            raise ControlError(
                f"bars {first}-{span[-1].number}: hold locked notes and would be written over; "
                "unlock them, or ask for infill"
            )


def _locked_within(document: Document, start: int, end: int) -> bool:
    return any(
        name in document.locked and start <= onset < end
        for part in document.parts
        for name, onset in zip(part.ids.tolist(), part.table[0].tolist(), strict=True)
    )
