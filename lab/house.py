"""Figures of the house: size, rooms, comments, density, and where one network's lines may live.

    python -m lab house [ROOM ...] [--rooms]

Lines of files in symgen/. A room is a folder or file of the package; an arrow is one room that
imports another, and points up where the floors of tests/floors.py say so. Later lines of
docstrings are counted where a name is not public, that is, neither in `symgen.__all__` nor a method
of a class there, and where it begins with an underscore. Tokens a line leave out docstrings and
comments. A line of a network may live in the rooms in which a name speaks of it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import DOOR, ROOT, functions, module_path, package_imports, package_modules, room

__all__ = ["Size", "arrows", "circles", "levels", "main", "measure"]

_TOPS = ("__init__", "__main__")
_SILENT = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.COMMENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}
_NETWORKS = {
    "GAN": {"gan", "adversarial", "critic"},
    "transcriber": {
        "transcriber", "transcribe", "transcribing", "transcription", "ear", "listen",
    },
}  # fmt: skip
_DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Graph = Mapping[str, set[str]]


@dataclass(frozen=True)
class Size:
    """What is counted of some modules."""

    files: int
    lines: int
    comments: int
    """Lines that are nothing but a comment."""
    unpublic: int
    """Later lines of docstrings on names that are not public."""
    underscored: int
    """Later lines of docstrings on names with an underscore, or inside of such."""
    tokens: tuple[int, ...]
    """Tokens of each line of code, sorted."""
    longest_function: tuple[int, str]
    longest_file: tuple[int, str]

    @property
    def comment_share(self) -> str:
        """Comment lines in percent of all lines."""
        return f"{100 * self.comments / max(1, self.lines):.1f} %"

    def density(self, share: float) -> int:
        """Return the tokens of a line at a quantile."""
        last = len(self.tokens) - 1
        return self.tokens[min(last, int(share * len(self.tokens)))] if self.tokens else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of the package, or of some rooms."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("room", nargs="*", help="only these rooms")
    parser.add_argument("--rooms", action="store_true", help="a row for each room besides")
    options = parser.parse_args(arguments)
    texts = {
        name: module_path(name).read_text(encoding="utf-8")
        for name in package_modules()
        if not options.room or room(name) in options.room
    }
    print_table(["figure", "value"], _size_rows(measure(texts)))
    if not options.room:
        print()
        print_table(["figure", "value"], _graph_rows())
    if options.rooms:
        print()
        header = ["room", "lines", "files", "comments", "later docstring lines", "tokens p90"]
        print_table(header, _room_rows(texts))
    return 0


def measure(texts: Mapping[str, str]) -> Size:
    """Count lines, comments, docstrings and tokens of modules, given their texts by name."""
    lines: dict[str, int] = {}
    functions_found = [(0, "")]
    tokens: list[int] = []
    comments = unpublic = underscored = 0
    for module, text in texts.items():
        tree = ast.parse(text)
        lines[module] = len(text.splitlines())
        comments += sum(line.lstrip().startswith("#") for line in text.splitlines())
        tokens += _tokens(text, _docstring_lines(tree))
        for name, node, is_hidden in _documented(tree):
            later = _later_lines(node)
            unpublic += later if not _is_public(module, name) else 0
            underscored += later if is_hidden else 0
        for function in functions(tree):
            size = (function.end_lineno or function.lineno) - function.lineno + 1
            functions_found.append((size, f"{module}.{function.name}"))
    return Size(
        len(lines),
        sum(lines.values()),
        comments,
        unpublic,
        underscored,
        tuple(sorted(tokens)),
        max(functions_found),
        max((size, module) for module, size in lines.items()),
    )


def _documented(
    tree: ast.AST, prefix: str = "", *, hidden: bool = False
) -> Iterator[tuple[str, _DOCUMENTED, bool]]:
    """Yield each definition with its name inside the module, and whether an underscore hides it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _DOCUMENTED):
            name = f"{prefix}{node.name}"
            is_hidden = hidden or (node.name.startswith("_") and not node.name.startswith("__"))
            yield name, node, is_hidden
            yield from _documented(node, f"{name}.", hidden=is_hidden)
        else:
            yield from _documented(node, prefix, hidden=hidden)


def _docstring(node: _DOCUMENTED | ast.Module) -> ast.Expr | None:
    first = node.body[0] if node.body else None
    return first if isinstance(first, ast.Expr) and ast.get_docstring(node) is not None else None


def _later_lines(node: _DOCUMENTED) -> int:
    """Count the lines of a docstring after its first."""
    text = _docstring(node)
    return (text.end_lineno or text.lineno) - text.lineno if text else 0


def _docstring_lines(tree: ast.Module) -> set[int]:
    nodes = [tree, *(node for _, node, _ in _documented(tree))]
    texts = [text for node in nodes if (text := _docstring(node))]
    return {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)}


def _tokens(text: str, left_out: set[int]) -> list[int]:
    """Count the tokens of each line of code."""
    counts: Counter[int] = Counter()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _SILENT and token.start[0] not in left_out:
            counts[token.start[0]] += 1
    return list(counts.values())


@cache
def _public_names() -> frozenset[tuple[str, str]]:
    """Name the module and the name of what `symgen.__all__` binds."""
    found: set[tuple[str, str]] = set()
    for name in vars(symgen)["__all__"]:
        value: Any = getattr(symgen, name)
        if hasattr(value, "__qualname__"):
            found.add((value.__module__, value.__qualname__))
    return frozenset(found)


def _is_public(module: str, name: str) -> bool:
    outer, _, inner = name.partition(".")
    is_method = not inner.startswith("_") or inner.startswith("__")
    return (module, outer) in _public_names() and is_method


# -- rooms -------------------------------------------------------------------------------


def arrows() -> dict[str, set[str]]:
    """Map each room to the rooms that it imports; the top of the package and the door upward aside."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in package_modules():
        origin = room(module)
        if origin in _TOPS or module == DOOR:
            continue
        targets = {room(name) for name in package_imports(module)}
        found[origin] |= targets - {origin, *_TOPS}
    return dict(found)


def circles(graph: Graph) -> list[str]:
    """Name the nodes of a circle, if there is one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        nodes: list[str] = error.args[1]
        return nodes
    return []


def levels(graph: Graph) -> dict[str, int]:
    """Count, for each node of a graph without circles, the longest way down from it."""
    found: dict[str, int] = {}
    for node in TopologicalSorter(graph).static_order():
        below = [found[target] for target in graph.get(node, ())]
        found[node] = 1 + max(below, default=-1)
    return found


def _arrows_up(graph: Graph) -> int:
    """Count arrows against the floors that the test of the house allows."""
    text = (ROOT / "tests" / "floors.py").read_text(encoding="utf-8")
    tables = [
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS"
    ]
    floors: dict[str, int] = ast.literal_eval(tables[0])
    return sum(
        floors[target] >= floors[origin] for origin, targets in graph.items() for target in targets
    )


def _rooms_of(words: set[str]) -> list[str]:
    """List the rooms in which the name of a module, function or class has one of the words."""
    found = set()
    for module, tree in package_modules().items():
        names = [module.rpartition(".")[2], *(name for name, _, _ in _documented(tree))]
        if any(words & _words(name) for name in names):
            found.add(room(module))
    return sorted(found - set(_TOPS))


def _words(name: str) -> set[str]:
    """Split a name at underscores, dots and capitals."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


# -- tables ------------------------------------------------------------------------------


def _size_rows(size: Size) -> list[list[object]]:
    function, file = size.longest_function, size.longest_file
    return [
        ["lines", f"{size.lines:,}"],
        ["files", size.files],
        ["comment lines", f"{size.comments:,} ({size.comment_share})"],
        ["later docstring lines, not public", f"{size.unpublic:,}"],
        ["later docstring lines, underscored", f"{size.underscored:,}"],
        ["tokens a line, p50 and p90", f"{size.density(0.5)}, {size.density(0.9)}"],
        ["longest function", f"{function[0]} ({function[1]})"],
        ["longest file", f"{file[0]} ({file[1]})"],
    ]


def _graph_rows() -> list[list[object]]:
    graph = arrows()
    modules = {name: set(package_imports(name)) - {name, "symgen"} for name in package_modules()}
    circle = circles(graph)
    # The package itself binds all public names; what imports it takes only the version.
    del modules["symgen"]
    rows: list[list[object]] = [
        ["rooms", len(graph)],
        ["floors", "-" if circle else 1 + max(levels(graph).values())],
        ["arrows between rooms", sum(map(len, graph.values()))],
        ["arrows up", _arrows_up(graph)],
        ["circles of rooms", ", ".join(circle) or 0],
        ["circles of modules", ", ".join(circles(modules)) or 0],
    ]
    for network, words in _NETWORKS.items():
        places = _rooms_of(words)
        rows.append([f"rooms of a {network} line", f"{len(places)} ({', '.join(places)})"])
    return rows


def _room_rows(texts: Mapping[str, str]) -> list[list[object]]:
    rooms: dict[str, dict[str, str]] = defaultdict(dict)
    for module, text in texts.items():
        rooms[room(module)][module] = text
    rows: list[list[object]] = []
    for name, inside in sorted(rooms.items()):
        size = measure(inside)
        numbers = [size.lines, size.files, size.comment_share, size.unpublic, size.density(0.9)]
        rows.append([name, *numbers])
    return rows
