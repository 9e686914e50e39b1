"""What is read is never written over: not by its name, another case of it, a link, or a name made out of another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path

from symgen.system.errors import ControlError

__all__ = ["check_folder_apart", "is_input", "keeping", "refuse_input"]

Identity = tuple[int, int]
"""Device and inode: what a file is, whatever it is called."""


class _Inputs:
    """Files, and folders with all that is in them but what lies in the folder that is written."""

    def __init__(self, paths: Mapping[str, str], output: str | os.PathLike[str] | None) -> None:
        self._paths, self._output = paths, output

    @cached_property
    def roles(self) -> dict[Identity, str]:
        """What each file is to the command; found out when the first file is about to be replaced."""
        left_out = None if self._output is None else _identity(self._output)
        found: dict[Identity, str] = {}
        for path, role in self._paths.items():
            for name in _files(path, left_out):
                if (identity := _identity(name)) is not None:
                    what = (
                        f"is the {role} itself"
                        if name == path
                        else f"is a file of {path}, which is read"
                    )
                    found.setdefault(identity, what)
        return found


_KEPT: ContextVar[tuple[_Inputs, ...]] = ContextVar("inputs", default=())


@contextmanager
def keeping(
    inputs: Mapping[str, str], output: str | os.PathLike[str] | None = None
) -> Iterator[None]:
    """Let nothing be written over these files while the block runs."""
    # `symgen.system.files` asks `refuse_input`.
    token = _KEPT.set((*_KEPT.get(), _Inputs(inputs, output)))
    try:
        yield
    finally:
        _KEPT.reset(token)


def refuse_input(path: str | os.PathLike[str]) -> None:
    """Refuse to write a file that is one of those that are kept."""
    role = _role(path)
    if role:
        raise ControlError(f"{path}: exists already and {role}; name another output with -o")


def is_input(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file is one of those that are kept."""
    return bool(_role(path))


def _role(path: str | os.PathLike[str]) -> str:
    identity = _identity(path) if _KEPT.get() else None
    roles = (kept.roles.get(identity, "") for kept in _KEPT.get() if identity is not None)
    return next(filter(None, roles), "")


def check_folder_apart(
    output: str | os.PathLike[str],
    inputs: Iterable[str | os.PathLike[str]],
    *,
    may_hold: bool = False,
) -> None:
    """Refuse to make a folder of one that is read or, by default."""
    # Of one in which something lies that is read.
    wanted = _identity(output)
    for path in inputs if wanted is not None else ():
        if _identity(path) == wanted:
            raise ControlError(f"{output}: is what is to be read; name another folder with -o")
        if (
            not may_hold
            and _identity(path)
            and any(_identity(one) == wanted for one in Path(path).resolve().parents)
        ):
            raise ControlError(
                f"{output}: holds {path}, which is to be read; name another folder with -o"
            )


def _identity(path: str | os.PathLike[str]) -> Identity | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return (found.st_dev, found.st_ino) if found.st_ino else None


def _files(path: str, left_out: Identity | None) -> Iterator[str]:
    """Yield a file, or the files of a folder and of those below it."""
    if not Path(path).is_dir():
        yield path
        return
    for folder, below, names in os.walk(path):
        if left_out is not None and _identity(folder) == left_out:
            below.clear()
            continue
        yield from (str(Path(folder, name)) for name in names)
