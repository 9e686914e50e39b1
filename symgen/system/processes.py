"""How child processes that run a module of this package are started, and how they end."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

__all__ = ["ChildOptions", "child_options", "end_with_parent", "patience"]

_PARENT = "SYMGEN_PARENT"
"""Environment variable that tells a child whose it is."""
_LOOK_SECONDS = 0.2


class ChildOptions(TypedDict):
    """What `subprocess` is told: a working folder and an environment."""

    cwd: str
    env: dict[str, str]


def child_options(**variables: str) -> ChildOptions:
    """Return options with which ``python -m`` finds this package."""
    # And no module of the user's folder.
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *(str(Path(entry).resolve()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
                        if entry)]  # fmt: skip
    own = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", _PARENT: str(os.getpid())}
    own["MALLOC_ARENA_MAX"] = (
        "1"  # else glibc keeps 64 MB for each thread, which count against a limit on memory
    )
    return {"cwd": package, "env": os.environ | own | variables}


def end_with_parent() -> None:
    """Let this process, started with `child_options`, end as soon as its parent is gone."""
    # However it went.
    #
    # Its pipes tell it only when it next reads or writes, which may be minutes later. Not held on
    # Windows.
    parent = os.environ.get(_PARENT, "")
    if os.name == "posix" and parent.isdecimal():
        threading.Thread(target=_watch_parent, args=(int(parent),), daemon=True).start()


def _watch_parent(parent: int) -> None:
    # The signal that Linux sends when a parent dies is no help: it comes when the *thread* ends that started the child.
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


@contextmanager
def patience(seconds: float, give_up: Callable[[], None]) -> Iterator[None]:
    """Call `give_up` if what is inside takes longer, such as waiting for an answer."""
    # It is to kill the child.
    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
