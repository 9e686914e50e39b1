"""How help looks: plain, or in color on a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

__all__ = ["EXAMPLES", "colored", "examples_text", "plain", "unsized"]

EXAMPLES = "examples:"
# Columns that names of options may take before their text goes on a line of its own.
_NAMES = 28
_STYLES = {
    "argparse.groups": "bold",
    "argparse.args": "cyan",
    "argparse.metavar": "green",
    "argparse.help": "none",
    "argparse.text": "none",
}


class _Formatter(argparse.HelpFormatter):
    """The formatter of argparse, which leaves the lines of examples as they are, and tells a value once an option."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        names = ", ".join(action.option_strings)
        if not names or action.nargs == 0:
            return names or super()._format_action_invocation(action)
        return (
            f"{names} {self._format_args(action, self._get_default_metavar_for_optional(action))}"
        )

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(EXAMPLES):
            return "\n".join(indent + line for line in text.splitlines())
        return super()._fill_text(text, width, indent)


def plain(prog: str) -> argparse.HelpFormatter:
    """Return a formatter without color."""
    return _Formatter(prog, max_help_position=_NAMES)


def unsized(prog: str) -> argparse.HelpFormatter:
    """Return the one that argparse asks at each option that is added: for that the terminal need not be measured."""
    return _Formatter(prog, max_help_position=_NAMES, width=80)


def colored(prog: str) -> argparse.HelpFormatter:
    """Return a formatter with color; it loads rich."""
    from rich.console import Console
    from rich.text import Text
    from rich_argparse import RichHelpFormatter

    class Colored(RichHelpFormatter):
        """Its words are the same as without color."""

        group_name_formatter = str
        styles = {**RichHelpFormatter.styles, **_STYLES}  # noqa: RUF012
        help_markup = text_markup = False

        def _rich_fill_text(self, text: Text, width: int, indent: Text) -> Text:
            if text.plain.startswith(EXAMPLES):
                return Text("\n").join(indent + line for line in text.split()) + "\n\n"
            return super()._rich_fill_text(text, width, indent)

    console: Any = Console(force_terminal=True, no_color=False)
    return Colored(prog, max_help_position=_NAMES, console=console)


def examples_text(examples: Sequence[str]) -> str | None:
    """Return the lines that show how a command is used."""
    return "\n".join((EXAMPLES, *(f"  {line}" for line in examples))) if examples else None
