"""The page of the public names of Python; their docstrings are filled in by mkdocstrings."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

__all__ = ["python_page"]

_HEADINGS = {
    "writing": "Write, continue and change music",
    "music": "Music as values",
    "formats": "Files and other libraries",
    "audio": "Sound",
    "plots": "Pictures",
    "transcriber": "Recordings",
    "corpus": "Corpora",
    "training": "Training",
    "trainer": "Training",
    "evaluation": "Evaluation",
    "system": "Errors",
}
"""Room of the package -> what its public names are for."""
_MORE = {"symgen.tokens": "Tokens", "symgen.gan": "The GAN over bars"}
"""Modules with public names of their own."""
_OPENING = """# Python

Every public name. [From Python](../python.md) shows how they are used together.
"""


def python_page() -> str:
    """Return the page as Markdown with directives of mkdocstrings."""
    return "\n".join([_OPENING, *_sections()])


def _sections() -> Iterator[str]:
    top = import_module("symgen")
    names: dict[str, list[str]] = {heading: [] for heading in _HEADINGS.values()}
    for name in _documented(top):
        room = getattr(top, name).__module__.split(".")[1]
        names.setdefault(_HEADINGS.get(room, room.capitalize()), []).append(name)
    for heading, members in names.items():
        if members:
            yield from _section(heading, "symgen", members)
    for module, heading in _MORE.items():
        yield from _section(heading, module, _documented(import_module(module)))


def _documented(module: ModuleType) -> list[str]:
    """Return the public names of a module that are functions or classes of ours, each once."""
    found = {name: getattr(module, name) for name in module.__all__}
    return [name for name, value in found.items() if hasattr(value, "__module__")]


def _section(heading: str, module: str, names: list[str]) -> Iterator[str]:
    yield f"## {heading}\n"
    yield from (f"::: {module}.{name}\n" for name in names)
