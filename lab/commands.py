"""Commands of the lab: names, modules, and the parser they share."""

from __future__ import annotations

import argparse
import ast
from importlib.util import find_spec
from pathlib import Path

__all__ = ["COMMANDS", "command_parser", "first_line"]

COMMANDS = {
    "mutants": "lab.mutants",
}
"""Each module has a function ``main(arguments) -> int``, and is imported when its command is run."""


def command_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Make the parser of a command, named as one types it; the description keeps its lines."""
    names = [name for name, place in COMMANDS.items() if place == module]
    return argparse.ArgumentParser(
        prog=f"python -m lab {names[0]}" if names else None,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def first_line(module: str) -> str:
    """Read the first line of a module's docstring without importing the module."""
    spec = find_spec(module)
    assert spec is not None, module
    assert spec.origin is not None, module
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]
