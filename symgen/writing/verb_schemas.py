"""What each verb takes, as JSON Schema: every legal value of its controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from symgen.accompanying.examples import example_names
from symgen.accompanying.styles import STYLES
from symgen.drummer.styles import drum_styles
from symgen.music.controls import Controls
from symgen.music.roles import ROLES
from symgen.nets.models import known_styles
from symgen.sampling.particles import MOST_PARTICLES
from symgen.writing.harmonizing import HARMONY_MODEL, HARMONY_TEMPERATURE
from symgen.writing.verb_controls import VERBS, Verb

__all__ = ["MOST_CANDIDATES", "own_values", "verb_schema", "verb_schemas"]

Fragment = Mapping[str, Any]
"""JSON Schema of one value."""

MOST_CANDIDATES = 64


def _flag(text: str, *, default: bool = False) -> Fragment:
    return {"description": text, "type": "boolean", "default": default}


def _whole(text: str, low: int, high: int, **more: Any) -> Fragment:
    return {"description": text, "type": "integer", "minimum": low, "maximum": high, **more}


def _share(text: str, default: float) -> Fragment:
    limits = {"minimum": 0.0, "maximum": 1.0, "default": default}
    return {"description": text, "type": "number", **limits}


def _roles(text: str, *roles: str, whole: str = "") -> Fragment:
    role = f"(?:{'|'.join(roles)})(?::[0-9]{{1,9}})?"
    return {"description": text, "type": "string", "pattern": f"^(?:{whole}{role}(?:,{role})*)$"}


def _one_of(text: str, *values: str, **more: Any) -> Fragment:
    return {"description": text, "enum": list(values), **more}


def _harmony_styles() -> tuple[str, ...]:
    return (*known_styles().get(HARMONY_MODEL, ()), *STYLES)


_OWN: Mapping[str, Callable[[], Fragment]] = {
    "particles": lambda: _whole(
        "takes side by side, of which those go on that lead to what follows; usually 16",
        1,
        MOST_PARTICLES,
    ),
    "candidates": lambda: _whole(
        "draw so many and offer the best, by how real they sound and unlike each other",
        1,
        MOST_CANDIDATES,
        default=1,
    ),
    "amount": lambda: _share("share of the notes that may change", 0.3),
    "voice": lambda: _one_of(
        "what the line is set as; usually by how low it lies", "soprano", "bass"
    ),
    "ending": lambda: _flag("the band closes behind the piece"),
    "loosen": lambda: _share("share of the band's notes that a network draws anew", 0.0),
    "drums": lambda: _one_of(
        "style: as the example has them; drawn: by a network; or a style of drums",
        *dict.fromkeys(("style", "drawn", *drum_styles())),
        default="style",
    ),
    "fills": lambda: _whole(
        "a fill in every so many bars, 0 for none; usually where the drummer likes", 0, 64
    ),
    "loose": lambda: _flag("a little early or late, as drummers are, and not on the grid"),
    "end": lambda: _flag("close with one stroke on the last bar"),
}
_OF_VERB: Mapping[tuple[str, str], Callable[[], Fragment]] = {
    ("generate", "parts"): lambda: _roles(
        "of a song with a band: all, or such as melody,bass,drums", *ROLES, whole="all|"
    ),
    ("generate", "intro"): lambda: _flag(
        "of a song with a band: with introduction and ending", default=True
    ),
    ("harmonize", "style"): lambda: _one_of(
        "chorale or hymn: four voices; piano, guitar, pad, strings: an accompaniment",
        *_harmony_styles(),
    ),
    ("accompany", "style"): lambda: _one_of("what the band plays", *example_names()),
    ("accompany", "parts"): lambda: _roles(
        "what is added, such as chords,bass,drums; usually all of the style",
        *(role for role in ROLES if role != "melody"),
    ),
    ("accompany", "intro"): lambda: _flag(
        "the band plays before the piece, which begins later then"
    ),
    ("drums", "style"): lambda: _one_of("what is played", *drum_styles(), default="rock"),
}
_USUAL: Mapping[str, Mapping[str, Any]] = {
    "harmonize": {"temperature": HARMONY_TEMPERATURE},
    "continue": {"bars": 8},
}


@cache
def own_values(verb: str) -> Mapping[str, Fragment]:
    """Return the legal values of what a verb takes besides controls, by name."""
    return {
        name: (_OF_VERB.get((verb, name)) or _OWN[name])() for name in VERBS[verb].own
    }  # fmt: skip


@cache
def verb_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the controls of a verb, under the names that the command line has too."""
    verb, whole = VERBS[name], Controls.schema()
    usual = _USUAL.get(name, {})
    properties = {each: dict(whole["properties"][each]) for each in verb.controls}
    properties |= {each: dict(values) for each, values in own_values(name).items()}
    for each, value in usual.items():
        properties[each]["default"] = value
    ordered = sorted(properties, key=lambda each: (each not in verb.basic, _place(verb, each)))
    bound = {
        each: needs for each, needs in whole["dependentRequired"].items() if each in properties
    }
    return {
        "$schema": whole["$schema"],
        "title": verb.title,
        "description": verb.help,
        "type": "object",
        "properties": {each: properties[each] for each in ordered},
        "required": list(verb.required),
        "additionalProperties": False,
        "dependentRequired": bound,
        "allOf": [rule for rule in whole["allOf"] if _names(rule) <= properties.keys()],
    }


def _place(verb: Verb, name: str) -> int:
    return verb.basic.index(name) if name in verb.basic else 0


def _names(rule: Mapping[str, Any]) -> set[str]:
    """Return the controls that exclude each other."""
    return {name for part in rule["not"]["allOf"] for name in part["required"]}


@cache
def verb_schemas() -> dict[str, Any]:
    """Return what programs are told of the verbs: titles, help, needs, and the schema of each."""
    return {
        name: {
            "title": verb.title,
            "help": verb.help,
            "needs": {"bars": verb.needs_bars, "tune": verb.needs_tune},
            "basic": list(verb.basic),
            "schema": verb_schema(name),
        }
        for name, verb in VERBS.items()
    }
