"""``python -m lab NAME ...``: what makes our own weights and figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from lab.commands import COMMANDS, first_line
from symgen.system.requirements import missing_library


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, or list them."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in ("-h", "--help"):
        print_commands()
        return 0
    if name not in COMMANDS:
        print(f"no command {name!r}; python -m lab lists them", file=sys.stderr)
        return 2
    try:
        status: int | None = import_module(COMMANDS[name]).main(rest)
    except ImportError as error:
        missing = missing_library(error)
        if missing is None:
            raise
        print(missing, file=sys.stderr)
        return missing.exit_status
    return status or 0


def print_commands() -> None:
    """List the commands with a line each."""
    print("python -m lab NAME ...   (python -m lab NAME --help says more)\n")
    width = max(map(len, COMMANDS))
    for name, module in COMMANDS.items():
        print(f"  {name:{width}}  {first_line(module)}")


if __name__ == "__main__":
    sys.exit(main())
