"""The libraries that symgen needs: what to say of one that is missing, and how to get it."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from symgen.system.errors import MissingDependencyError

__all__ = ["library_folder", "missing_library", "need", "require"]

_PACKAGES = {"sklearn": "scikit-learn", "fluidsynth": "pyfluidsynth"}
"""Module -> package, where the names differ."""
_EXTRAS = {
    "torch": "train",
    "sklearn": "bench",
    "starlette": "studio",
    "uvicorn": "studio",
    "mcp": "mcp",
    "verovio": "score",
    "typst": "score",
    "tensorboard": "tensorboard",
    "wandb": "wandb",
    "trackio": "trackio",
    "huggingface_hub": "hub",
    "distributed": "cluster",
    "fsspec": "cluster",
    "s3fs": "s3",
}
"""Module -> extra of symgen that brings it, with a version that fits."""


def require(module: str) -> Any:
    """Import a library."""
    try:
        return import_module(module)
    except (ImportError, OSError) as error:  # OSError: a library of the system that it is built on
        raise _missing(getattr(error, "name", None) or module, error) from None


def need(*modules: str) -> None:
    """Refuse long work that would fail at its end: each of these libraries has to be there."""
    for module in modules:
        require(module)


def missing_library(error: ImportError | OSError) -> MissingDependencyError | None:
    """Return what to say if an error means that a library of others is missing or cannot be loaded."""
    # Returns none if it means something else.
    name = getattr(error, "name", None) or _loading(error.__traceback__)
    return None if not name or name.split(".")[0] == "symgen" else _missing(name, error)


def library_folder(module: str) -> Path:
    """Return the folder of a library that need not be loaded."""
    try:
        places = getattr(find_spec(module), "submodule_search_locations", None)
    except ValueError:  # it is known to be missing
        places = None
    if not places:
        raise _missing(module, ModuleNotFoundError(name=module))
    return Path(next(iter(places)))


def _missing(module: str, error: ImportError | OSError) -> MissingDependencyError:
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return MissingDependencyError(
            f"this Python lacks its module {top} ({error}); install Python as a whole"
        )
    package = _PACKAGES.get(top, top)
    if isinstance(error, ModuleNotFoundError):
        wanted = f"'symgen[{_EXTRAS[top]}]'" if top in _EXTRAS else package
        return MissingDependencyError(
            f"the library {top} is not installed; get it with: pip install {wanted}"
        )
    return MissingDependencyError(
        f"the library {top} cannot be loaded ({error}); get it anew with: pip install --force-reinstall {package}"
    )


def _loading(trace: TracebackType | None) -> str:
    """Name the library of others that was being loaded by a module of ours, if any."""
    name, is_ours = "", True
    while trace is not None:
        frame = trace.tb_frame
        module = str(frame.f_globals.get("__name__", ""))
        was_ours, is_ours = is_ours, module.split(".", maxsplit=1)[0] in ("symgen", "__main__")
        if is_ours:
            name = ""
        elif was_ours and frame.f_code.co_name == "<module>":
            name = module
        trace = trace.tb_next
    return name
