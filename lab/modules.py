"""Modules of the package as syntax trees: rooms, imports, functions."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path

__all__ = [
    "DOOR",
    "LAB",
    "PACKAGE",
    "ROOT",
    "functions",
    "imported_modules",
    "module_name",
    "module_path",
    "package_imports",
    "package_modules",
    "room",
]

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "symgen"
LAB = ROOT / "lab"
DOOR = "symgen.music.actions"
"""The one module that reaches upward: what a score can do is made above it."""


def module_name(path: Path) -> str:
    """Name the module of a file by its place under the top of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_path(module: str) -> Path:
    """Find the file of a module."""
    place = ROOT.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def package_modules(top: Path = PACKAGE) -> dict[str, ast.Module]:
    """Parse every module of the package, or of the lab, by dotted name."""
    return {
        module_name(path): ast.parse(path.read_text(encoding="utf-8"), str(path))
        for path in sorted(top.rglob("*.py"))
    }


def room(module: str) -> str:
    """Name the room of a module: ``symgen.formats.midi`` lies in ``formats``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def package_imports(module: str) -> Iterator[str]:
    """Yield each module of the package that another one of it imports, wherever in its text."""
    modules = package_modules()
    return imported_modules(modules[module], modules, module)


def imported_modules(
    tree: ast.Module, known: Container[str], importer: str | None = None
) -> Iterator[str]:
    """Yield each module of `known` that a tree imports; `importer` resolves relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(importer, node)
            inner = [f"{base}.{alias.name}" for alias in node.names]
            names = [name if name in known else base for name in inner]
        else:
            continue
        yield from (name for name in names if name in known)


def _absolute(importer: str | None, node: ast.ImportFrom) -> str:
    """Resolve a relative import."""
    if not node.level or importer is None:
        return node.module or ""
    is_package = module_path(importer).name == "__init__.py"
    parts = importer.split(".")
    kept = len(parts) - node.level + is_package
    base = parts[:kept]
    return ".".join([*base, node.module] if node.module else base)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions and methods of a module, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
