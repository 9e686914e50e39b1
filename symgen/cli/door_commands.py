"""The table of commands that other programs work with."""

from __future__ import annotations

from symgen.cli.options import (
    FEEL,
    FILES,
    KEPT,
    PAPER,
    SEED,
    WHAT,
    Command,
    Option,
    flag,
    place,
    under,
    value,
)

__all__ = ["DOORS", "VERBS"]

VERBS = {
    "continue": ("continue",),
    "infill": ("infill",),
    "vary": ("vary",),
    "harmonize": ("harmonize",),
    "accompany": ("accompany",),
    "drums": ("accompany", "--style=rock", "--parts=drums", "--drums=drawn"),
    "perform": ("perform",),
}
"""What can be done with each tune of a folder, as words of a line."""

_WATCH = Command(
    "watch",
    "watch:watch",
    "watch a folder: each tune that comes into it gets takes in another, whatever program wrote it",
    (
        place("folder", "IN", "the folder into which tunes come: MIDI, MusicXML, ABC or kern"),
        *under(
            WHAT,
            Option(
                ("--verb",),
                {
                    "choices": tuple(VERBS),
                    "default": "continue",
                    "metavar": "|".join(VERBS),
                    "help": "what is done with each (default continue)",
                },
            ),
            value("--bars", "N|A-B", "how many new bars; of infill: which bars").also("-b"),
            value("--style", "NAME", "as for the verb"),
            value("--key", "KEY", "such as 'D dorian'; by default it is found in the tune"),
            value("--parts", "LIST", "as for the verb"),
            value("--amount", "X", "of vary: share of the notes, 0..1", float),
            value(
                "--with",
                "OPTIONS",
                "more options of the verb, in quotes: --with='--temperature 0.9 --end'",
            ).only_by("line"),
        ),
        SEED,
        *under(
            PAPER,
            flag("--wav", "render each take too"),
            flag("--xml", "write MusicXML too").also("--musicxml"),
            FEEL,
        ),
        *under(
            FILES,
            value("-o --output", "OUT", "the folder for the takes", required=True).also(
                "--out", "--out-dir"
            ),
            Option(
                ("--format",),
                {
                    "choices": ("mid", "musicxml", "abc"),
                    "metavar": "mid|musicxml|abc",
                    "help": "what takes are written as (default mid)",
                },
            ),
            value("-n --count", "COUNT", "takes of each tune", int),
            value("--every", "S", "seconds between two looks", float, 1.0),
            flag("--once", "do what is there, and end"),
            flag("--overwrite", "takes of a tune that has changed replace the earlier ones"),
        ),
        KEPT,
    ),
    examples=(
        "symgen watch recorded -o takes -n 4",
        "symgen watch sketches -o band --verb accompany --style rock",
        "symgen watch sketches -o anew --verb infill --bars 3-4 --once",
    ),
)

_MCP = Command(
    "mcp",
    "mcp:mcp",
    "serve an assistant over the Model Context Protocol, in one folder of files",
    under(
        FILES,
        value("--folder", "DIR", "the folder that it may read and write in", required=True),
    ),
    examples=("symgen mcp --folder tunes",),
)

DOORS = (_WATCH, _MCP)
"""Commands by which other programs use symgen."""
