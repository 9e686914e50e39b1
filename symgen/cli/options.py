"""Options and commands as rows of data; what a command is given, and what it gives back."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls

__all__ = [
    "DRAWN",
    "EVERY",
    "FEEL",
    "FEEL_OF_SOUND",
    "FILES",
    "FONT",
    "GIVEN",
    "KEPT",
    "LIMIT",
    "MANY",
    "OUT_DIR",
    "OVERWRITE",
    "PAPER",
    "PRESET",
    "READ",
    "SEED",
    "UNLISTED",
    "USES",
    "WHAT",
    "Command",
    "Context",
    "Family",
    "Option",
    "Result",
    "UsageError",
    "control_option",
    "flag",
    "formats",
    "option_rows",
    "options_controls",
    "outputs",
    "place",
    "repeated",
    "under",
    "value",
]

GIVEN = "what you give"
READ = "how it is read"
WHAT = "what to write"
DRAWN = "how it is drawn"
PAPER = "sound and paper"
FILES = "files, and what is printed"
EVERY = "for every command"
UNLISTED = ""
"""Commands and options that work, but that help does not list."""
USES = (GIVEN, READ, WHAT, DRAWN, PAPER, FILES)
"""The groups in which help lists options, in their order; groups of one command alone stand before `FILES`."""

_TYPES = {"integer": int, "number": float, "string": str}
# Controls of how a piece is drawn; the others say what it is.
_DRAWN = ("variation", "max_copy", "temperature", "top_p", "top_k")
# Other names that users try; help tells them once.
_ALSO = {
    "bars": ("-b",),
    "tempo": ("--bpm",),
    "meter": ("--metre", "--time-signature"),
}


@dataclass(frozen=True)
class Context:
    """What a command is given: its options as they were parsed, and the line that was typed."""

    options: argparse.Namespace
    line: str

    def line_with(self, seed: int) -> str:
        """Return the command line that gives the same again; a seed that was drawn is added."""
        return self.line if self.options.seed is not None else f"{self.line} --seed {seed}"


@dataclass(frozen=True)
class Result:
    """What a command leaves: lines that are told once it is done, and its exit status."""

    notices: Sequence[str] = ()
    status: int = 0


@dataclass(frozen=True)
class Option:
    """One option: its names, how argparse takes it, the group that help lists it in, and other names for it."""

    names: tuple[str, ...]
    how: Mapping[str, Any]
    use: str = ""
    aliases: tuple[str, ...] = ()
    setter: str = ""
    control: str = ""
    """The row of the table of controls that it was made of."""

    @property
    def set_by(self) -> str:
        """Who may set it: the command ``"line"``, the configuration ``"config"`` too, or all and a ``"preset"``."""
        is_word = not self.names[0].startswith("-")
        if self.setter:
            return self.setter
        if is_word or self.use in (GIVEN, FILES) or self.how.get("required"):
            return "line"
        # A preset comes from others: nothing in it may name a file.
        takes_a_file = self.use == PAPER and "metavar" in self.how
        return "config" if takes_a_file or self.use == EVERY else "preset"

    @property
    def name(self) -> str:
        """Its long name without hyphens in front, or the name of a word."""
        return self.names[-1].lstrip("-")

    def also(self, *names: str) -> Option:
        """Return the option with other names, which work and are told once."""
        return replace(self, aliases=(*self.aliases, *names))

    def only_by(self, setter: str) -> Option:
        """Return the option with another answer to who may set it."""
        return replace(self, setter=setter)


@dataclass(frozen=True)
class Command:
    """One command.

    `job` is ``module:function`` of this package; `many` the word that may name many files, of which the job is given
    one at a time. `controls` are rows of the table of controls, `usual` what is
    told of their defaults where those differ. `examples` are whole command lines, which the tests run.
    """

    name: str
    job: str
    text: str
    options: Sequence[Option] = ()
    controls: Sequence[str] = ()
    usual: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    examples: Sequence[str] = ()
    aliases: Sequence[str] = ()
    many: str = ""


@dataclass(frozen=True)
class Family:
    """A command that has commands of its own."""

    name: str
    text: str
    members: Sequence[Command]


class UsageError(Exception):
    """The command line makes no sense; one line."""


def flag(names: str, text: str) -> Option:
    """Describe an option without a value."""
    return Option(tuple(names.split()), {"action": "store_true", "help": text})


def value(
    names: str,
    metavar: str,
    text: str,
    kind: type = str,
    default: Any = None,
    *,
    required: bool = False,
) -> Option:
    """Describe an option with a value; a default that says something is told."""
    told = f"{text} (default {default})" if default else text
    how = {"metavar": metavar, "type": kind, "default": default, "help": told, "required": required}
    return Option(tuple(names.split()), how)


def repeated(name: str, metavar: str, text: str) -> Option:
    """Describe an option that may be given several times."""
    return Option((name,), {"action": "append", "default": [], "metavar": metavar, "help": text})


def place(name: str, metavar: str, text: str, count: str | None = None) -> Option:
    """Describe a word without a name; `count` is ``"?"`` or ``"+"``."""
    return Option((name,), {"metavar": metavar, "nargs": count, "help": text}, GIVEN)


def under(use: str, *options: Option) -> tuple[Option, ...]:
    """Put options into a group of the help."""
    return tuple(replace(option, use=use) for option in options)


def option_rows(command: Command) -> tuple[Option, ...]:
    """Return all options of a command, those of its controls among them, in the order of the help."""
    # A command may tell of a control in its own words.
    own_words = {row.control for row in command.options}
    controls = (name for name in command.controls if name not in own_words)
    rows = [*command.options, *map(control_option, controls)]
    own = [row.use for row in rows if row.use not in USES]
    order = [*USES[:-1], *dict.fromkeys(own), FILES]
    told = [_told(row, command.usual) for row in rows]
    return tuple(sorted(told, key=lambda row: order.index(row.use)))


def control_option(name: str) -> Option:
    """Make an option of a row of the table of controls."""
    row = CONTROLS[name]
    names, use, aliases = (
        (f"--{row.label}",),
        DRAWN if name in _DRAWN else WHAT,
        _ALSO.get(name, ()),
    )
    if row.each:
        each = {"action": "append", "dest": name, "default": [], "metavar": row.metavar}
        return Option(names, {**each, "help": row.help}, use, aliases, control=name)
    if row.type == "boolean":
        # Not given is the default of the table, which may be None: neither yes nor no.
        how = {"action": "store_const", "const": True, "default": row.default, "help": row.help}
        return Option(names, how, use, aliases, control=name)
    # Words show their form in the help itself; of numbers the range is added.
    told = row.help if row.type == "string" else f"{row.help}, {row.legal}"
    told += f" (default {row.default:g})" if row.default not in (None, ()) else ""
    kind = _TYPES[row.type]
    how = {"type": kind, "default": row.default, "metavar": row.metavar, "help": told}
    return Option(names, how, use, aliases, control=name)


def _told(option: Option, usual: Mapping[str, Any]) -> Option:
    """Tell what a command does where the option is not given, if it is not as in the table."""
    name = option.name.replace("-", "_")
    if name not in usual:
        return option
    text = option.how["help"].partition(" (default")[0]
    return replace(option, how={**option.how, "help": f"{text} (default {usual[name]:g})"})


def options_controls(options: argparse.Namespace) -> Controls:
    """Read the controls off the command line."""
    return Controls(**{name: getattr(options, name) for name in options.control_names})


FONT = "SF2 or SF3 file"
(FEEL,) = under(
    PAPER,
    value(
        "--feel",
        "X",
        "how much is played as people do, 0 (as written) to 1 (default: MIDI 0, sound 0.7); notation stays as written",
        float,
    ).only_by("preset"),
)
(FEEL_OF_SOUND,) = under(
    PAPER,
    value(
        "--feel",
        "X",
        "0: as written; 1: as people play (default 0.7; what was played or performed stays as it is)",
        float,
    ).only_by("preset"),
)
(OVERWRITE,) = under(FILES, flag("--overwrite", "replace files that exist"))
(SEED,) = under(DRAWN, value("--seed", "N", "the same seed gives the same bytes", int))
(LIMIT,) = under(
    READ,
    repeated(
        "--limit",
        "NAME=N",
        "read more of a file: bytes, tracks, events, changes, notes, seconds or tokens",
    ),
)


PRESET = Option(
    ("--preset",),
    {
        "action": "append",
        "default": [],
        "metavar": "NAME|FILE",
        "help": "take options from a preset, such as waltz, or from a file of yours that ends in .toml",
    },
    WHAT,
    setter="line",
)
(OUT_DIR,) = under(
    FILES,
    value("--out-dir", "FOLDER", "write into this folder, which is made if need be").only_by(
        "config"
    ),
)
(KEPT,) = under(FILES, flag("--no-history", "leave it out of `symgen history`").only_by("config"))
MANY = under(
    FILES,
    value("--jobs", "N", "files that are worked on at once", int, 1).only_by("config"),
)
"""Options of commands that take many files."""
JOBS = value(
    "--jobs", "N", "processes that work at once (default: one a core); the result is the same", int
).only_by("config")
"""Option of commands that share one piece of work among processes."""


def formats(*kinds: str) -> Option:
    """Describe the option that says what is written where a name does not."""
    how = {
        "choices": kinds,
        "metavar": "|".join(kinds),
        "help": f"what is written where -o is left out or is - (default {kinds[0]})",
    }
    return Option(("--format",), how, FILES)


_SHEET = {
    "metavar": "FILE",
    "nargs": "?",
    "const": ".pdf",
    "help": "sheet music too: OUT.pdf, or a file that ends in .pdf, .svg or .png; "
    "one that ends in .html is a page that compares all pieces, by ear too",
}


def outputs(count: int = 1) -> tuple[Option, ...]:
    """Return the options of commands that write pieces."""
    written = "file to write: .mid, .musicxml or .abc, or - for standard output; with -n 4: OUT-1 ... OUT-4"
    return (
        *under(
            PAPER,
            flag("--wav", "render each piece too"),
            value("--soundfont", "FILE", f"for --wav: an {FONT}"),
            flag("--xml", "write MusicXML too").also("--musicxml"),
            flag("--abc", "write ABC too"),
            flag(
                "--lead-sheet",
                "write the melody with chord symbols too, as MusicXML and ABC",
            ),
            flag("--plot", "draw a piano roll too"),
            Option(("--sheet",), _SHEET),
            flag("--play", "play each piece aloud when all are written").only_by("config"),
            FEEL,
        ),
        *under(
            FILES,
            value("-o --output", "OUT", written).also("--out"),
            formats("mid", "musicxml", "abc", "wav"),
            OUT_DIR,
            value("-n --count", "COUNT", "pieces to write", int, count),
            flag("--json", "print one JSON object a piece instead of paths").only_by("config"),
            flag("--report", "write that object beside each piece: OUT.json").only_by("config"),
        ),
        OVERWRITE,
        KEPT,
    )
