"""How help looks: plain, or in color on a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

__all__ = ["EXAMPLES", "colored", "examples_text", "plain"]

EXAMPLES = "examples:"
# Columns that names of options may take before their text goes on a line of its own.
_NAMES = 28


class _Formatter(argparse.HelpFormatter):
    """The formatter of argparse, which leaves the lines of examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(EXAMPLES):
            return "\n".join(indent + line for line in text.splitlines())
        return super()._fill_text(text, width, indent)


def plain(prog: str) -> argparse.HelpFormatter:
    """Return a formatter without color."""
    return _Formatter(prog, max_help_position=_NAMES)


def colored(prog: str) -> argparse.HelpFormatter:
    """Return a formatter with color; it loads rich."""
    from rich.console import Console
    from rich.text import Text
    from rich_argparse import RichHelpFormatter

    class Colored(RichHelpFormatter):
        """Its words are the same as without color."""

        group_name_formatter = str
        help_markup = text_markup = False

        def _rich_fill_text(self, text: Text, width: int, indent: Text) -> Text:
            if text.plain.startswith(EXAMPLES):
                return Text("\n").join(indent + line for line in text.split()) + "\n\n"
            return super()._rich_fill_text(text, width, indent)

    console: Any = Console(force_terminal=True)
    return Colored(prog, max_help_position=_NAMES, console=console)


def examples_text(examples: Sequence[str]) -> str | None:
    """Return the lines that show how a command is used."""
    return "\n".join((EXAMPLES, *(f"  {line}" for line in examples))) if examples else None
