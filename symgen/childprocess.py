"""How child processes that run a module of this package are started."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

__all__ = ["ChildOptions", "child_options", "patience"]


class ChildOptions(TypedDict):
    """What `subprocess` is told: a working folder and an environment."""

    cwd: str
    env: dict[str, str]


def child_options(**variables: str) -> ChildOptions:
    """Return options with which ``python -m`` finds this package, and no module of the user's folder.

    Parameters
    ----------
    **variables
        More environment variables.
    """
    package = str(Path(__file__).resolve().parents[1])
    paths = [package, *(str(Path(entry).resolve()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
                        if entry)]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"} | variables
    return {"cwd": package, "env": environment}


@contextmanager
def patience(seconds: float, give_up: Callable[[], None]) -> Iterator[None]:
    """Call `give_up` if what is inside takes longer, such as waiting for an answer: it is to kill the child.

    Parameters
    ----------
    seconds : float
    give_up : callable
        Called from another thread.
    """
    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
