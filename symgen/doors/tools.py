"""What an assistant may call: each tool with every legal value, and the command line that it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from symgen.formats import READABLE, WRITABLE
from symgen.formats.kinds import DATA_SUFFIX
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.nets.models import model_names
from symgen.system.resources import FOREIGN_SOUND, SOUND
from symgen.writing.verb_schemas import verb_schema

__all__ = [
    "MOST_PIECES",
    "RECORDINGS",
    "SOUND_WRITTEN",
    "TOOLS",
    "TUNES",
    "WRITTEN",
    "Tool",
    "tool_schema",
]

Fragment = Mapping[str, Any]

MOST_PIECES = 16
"""Pieces of one call."""
TUNES = tuple(suffix for suffix in READABLE if suffix != DATA_SUFFIX)
RECORDINGS = (*TUNES, *(suffix for suffix in SOUND if suffix not in FOREIGN_SOUND))
WRITTEN = tuple(suffix for suffix in WRITABLE if suffix != DATA_SUFFIX)
SOUND_WRITTEN = (".wav", ".flac", ".ogg", ".mp3")
_NAMES = ("tune", "file", "style_from", "output")
"""Arguments that name files."""
_INPUT = {"tune": "a file of the folder to work on", "file": "a file of the folder"}


def _whole(text: str, low: int, high: int, **more: Any) -> Fragment:
    return {"description": text, "type": "integer", "minimum": low, "maximum": high, **more}


def _flag(text: str) -> Fragment:
    return {"description": text, "type": "boolean", "default": False}


def _name(text: str, suffixes: Sequence[str]) -> Fragment:
    ends = ", ".join(suffixes)
    return {"description": f"{text}: a relative name that ends in {ends}", "type": "string"}


_PART = _whole("work on this part only, counted from 1", 1, 256)
_BARS = {
    "description": "the bars to write anew, counted from 1, such as 5-8; 0 is a pickup",
    "type": "string",
    "pattern": "^[0-9]{1,4}(-[0-9]{1,4})?$",
}
_FEEL = {
    "description": "how much is played as people do: 0 as written, 1 as people play",
    "type": "number",
    "minimum": 0,
    "maximum": 1,
}
_OVERWRITE = _flag("whether a file that exists may be replaced")


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes
    ----------
    name : str
        As assistants call it; also the command of the line.
    text : str
        What it does.
    reads : str
        The argument that names what is read, ``"tune"`` or ``"file"``; empty if nothing is.
    suffixes : tuple of str
        Of what is read.
    writes : tuple of str
        Suffixes of what is written; empty if nothing is.
    verb : str
        The verb whose controls it takes.
    controls : tuple of str
        Further fields of `Controls`.
    own : mapping
        Legal values of what else it takes, by name.
    required : tuple of str
        What has to be given.
    """

    name: str
    text: str
    reads: str = ""
    suffixes: tuple[str, ...] = TUNES
    writes: tuple[str, ...] = ()
    verb: str = ""
    controls: tuple[str, ...] = ()
    own: Mapping[str, Fragment] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def options(self, given: Mapping[str, Any]) -> list[str]:
        """Return the options of the line for what was given, but for the names of files."""
        words, known = [], tool_schema(self.name)["properties"]
        for name, value in given.items():
            is_usual = "default" in known[name] and value == known[name]["default"]
            if name not in _NAMES and not is_usual:
                words += _option(name, value)
        return words


def _option(name: str, value: Any) -> list[str]:
    label = CONTROLS[name].label if name in CONTROLS else name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{label}" if value else f"--no-{label}"]
    if isinstance(value, Mapping):
        return [f"--{label}={each}={text}" for each, text in value.items()]
    if isinstance(value, list):
        return [f"--{label}={','.join(map(str, value))}"]
    return [f"--{label}={value}"]


_TAKES = "Answers with the files and, for each control, whether the written file keeps it."
_WRITING: tuple[Tool, ...] = (
    Tool(
        "generate",
        f"Write a new piece: a melody, an ensemble, or a song with a band. {_TAKES}",
        writes=WRITTEN,
        verb="generate",
    ),
    Tool(
        "continue",
        f"Go on from a tune; its notes stay as they are. {_TAKES}",
        reads="tune",
        suffixes=RECORDINGS,
        writes=WRITTEN,
        verb="continue",
        own={
            "part": _PART,
            "style_from": _name("the new bars are in the manner of this piece", TUNES),
        },
    ),
    Tool(
        "infill",
        f"Write some bars of a tune anew; all others stay note for note. {_TAKES}",
        reads="tune",
        writes=WRITTEN,
        verb="infill",
        own={"bars": _BARS, "part": _PART},
        required=("bars",),
    ),
    Tool(
        "vary",
        f"Change some notes of a tune and keep its form. {_TAKES}",
        reads="tune",
        writes=WRITTEN,
        verb="vary",
        own={"part": _PART},
    ),
    Tool(
        "harmonize",
        f"Set a melody or a bass for four voices, or add an accompaniment; it stays. {_TAKES}",
        reads="tune",
        writes=WRITTEN,
        verb="harmonize",
        own={"part": _PART},
    ),
    Tool(
        "accompany",
        f"Give a tune a band: chords, bass and drums in a style; it stays. {_TAKES}",
        reads="tune",
        writes=WRITTEN,
        verb="accompany",
        own={"part": _PART},
        required=("style",),
    ),
    Tool(
        "drums",
        "Play drums alone in a style, with fills; for a tune, call accompany with parts drums.",
        writes=WRITTEN,
        verb="drums",
        controls=("bars", "tempo", "meter"),
    ),
)
_OTHERS: tuple[Tool, ...] = (
    Tool(
        "render",
        "Play a piece into a sound file.",
        reads="file",
        writes=SOUND_WRITTEN,
        own={"feel": _FEEL, "loop": _flag("no tail, so that it goes round")},
    ),
    Tool(
        "describe",
        "Say in words what a piece is like: form, key, range, phrases, chords, each part.",
        reads="file",
        suffixes=RECORDINGS,
        own={
            "part": _whole("this part only, counted from 1", 1, 256),
            "bars": {**_BARS, "description": "read out these bars, note by note, such as 1-4"},
        },
    ),
    Tool(
        "report",
        "Hold a file to controls: say of each whether the file keeps it, and what was found.",
        reads="file",
        own={
            "first_bar": _whole("hold only the bars from this one on, counted from 1", 1, 10_000),
        },
        controls=tuple(CONTROLS),
    ),
    Tool(
        "copies",
        "Look in a piece for copies of the tunes that a model was trained on.",
        reads="file",
        own={"min_notes": _whole("matches of so many notes count as copied", 4, 1000, default=12)},
    ),
    Tool("list_files", "List the music and sound files of the folder."),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in (*_WRITING, *_OTHERS)}
"""All tools by name."""


@cache
def tool_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of what a tool takes."""
    tool = TOOLS[name]
    properties: dict[str, Fragment] = {}
    bound: Mapping[str, list[str]] = {}
    if tool.reads:
        properties[tool.reads] = _name(_INPUT[tool.reads], tool.suffixes)
    if tool.verb:
        schema = verb_schema(tool.verb)
        properties |= schema["properties"]
        bound = schema["dependentRequired"]
    whole = Controls.schema()["properties"]
    properties |= {each: whole[each] for each in tool.controls}
    properties |= tool.own
    if tool.verb:
        properties |= _of_pieces()
    if tool.verb or tool.name == "copies":
        properties |= _of_models(tool)
    if tool.writes:
        properties["output"] = _name("the file to write; a free name if left out", tool.writes)
        properties["overwrite"] = _OVERWRITE
    return {
        "type": "object",
        "properties": properties,
        "required": [*filter(None, [tool.reads]), *tool.required],
        "additionalProperties": False,
        **({"dependentRequired": dict(bound)} if bound else {}),
    }


def _of_pieces() -> dict[str, Fragment]:
    return {
        "count": _whole("pieces to write", 1, MOST_PIECES, default=1),
        "seed": _whole("the same seed gives the same piece; drawn if left out", 0, 2**63 - 1),
        "feel": _FEEL,
        "wav": _flag("render each piece too"),
    }


def _of_models(tool: Tool) -> dict[str, Fragment]:
    if tool.verb in ("accompany", "drums"):
        return {}
    text = "whose training tunes" if tool.name == "copies" else "the one that fits, if left out"
    return {"model": {"description": f"a model that comes along: {text}", "enum": [*model_names()]}}
