"""The command line: parse, one library call, print. Only this package prints and sets exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process by default.

    Returns
    -------
    int
        Exit status: 0 done, 2 usage or contradicting controls, 3 input cannot be read or holds no
        notes, 4 model or checkpoint, 5 audio, 130 interrupted.
    """
    from symgen.cli.parser import UsageError, make_parser
    from symgen.errors import SymgenError

    try:
        options = make_parser().parse_args(arguments)
        options.run(options)
    except UsageError as error:
        print(f"symgen: {error}", file=sys.stderr)
        return 2
    except SymgenError as error:
        print(f"symgen: {_one_line(error)}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("symgen: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return 0


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
