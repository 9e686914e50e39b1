"""Names of a package that are loaded when they are first used, so that a command pays only for what it needs."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(
    package: str,
    homes: Mapping[str, str],
    renamed: Mapping[str, str] | None = None,
    rooms: Collection[str] = (),
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package: `homes` names what each module holds."""
    # `renamed` has the new name of each old one, which goes on for a release; `rooms` are packages
    # inside it that need not be imported by name.
    modules = {name: module for module, names in homes.items() for name in names.split()}

    def load(name: str) -> Any:
        if name in (renamed or {}):
            new = (renamed or {})[name]
            message = f"{package}.{name} is now {package}.{new}"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
            return load(new)
        if name in rooms:
            return import_module(f"{package}.{name}")
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            value = getattr(import_module(f"{package}.{modules[name]}"), name)
        except ImportError as error:
            from symgen.system.requirements import missing_library

            raise missing_library(error) or error from None
        setattr(sys.modules[package], name, value)  # found at once from now on
        return value

    names = sorted(modules)
    return load, lambda: names, names
