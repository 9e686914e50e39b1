"""How a process of ours begins and ends: without the work that Python does for processes that live on."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable

__all__ = ["run_process"]

_MANY_OBJECTS = 20_000


def run_process(command: Callable[[], int | None]) -> int:
    """Do what this process is for, and return its status; once what is to be done at the end is done, it is gone."""
    # Loading modules makes objects by the ten thousand and no garbage: looked for so often, it is a
    # tenth of a short command.
    gc.set_threshold(_MANY_OBJECTS, *gc.get_threshold()[1:])
    ended: list[int] = []
    atexit.register(_leave, ended)  # the first that is registered is called last
    ended.append(command() or 0)
    return ended[0]


def _leave(ended: list[int]) -> None:
    """End the process: Python would take each module apart first, another tenth of a short command."""
    if not ended:  # an exception ends it, of which Python tells
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python says it in its own way
    os._exit(ended[0])
