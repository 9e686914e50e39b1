"""``python -m symgen``, and what the installed ``symgen`` runs."""

from __future__ import annotations

import signal
import sys

from symgen.system.ending import run_process

__all__ = ["main", "run"]


def main() -> int:
    """Run one command; Ctrl-C while it is still being loaded ends the process at once and without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from symgen.cli import main as run_command

    return run_command()


def run() -> int:
    """Run one command in a process of its own."""
    return run_process(main)


if __name__ == "__main__":
    sys.exit(run())
