"""Small faults to put into the package: every place where one fits, and a seeded choice of them."""

from __future__ import annotations

import ast
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lab.modules import PACKAGE, module_name, room

__all__ = ["Mutant", "choose_mutants", "file_mutants", "shares"]

_NEGATED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
_MOVED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
}
# A number of a large table is a datum, not a decision: no test should know each.
_TABLE = 8


@dataclass(frozen=True)
class Mutant:
    """One change of one file, as bytes `start` to `end` replaced."""

    path: Path
    line: int
    operator: str
    start: int
    end: int
    replacement: bytes

    @property
    def module(self) -> str:
        """Dotted name of the module that is changed."""
        return module_name(self.path)

    def applied(self, source: bytes) -> bytes:
        """Return the text of the file with the change."""
        return source[: self.start] + self.replacement + source[self.end :]

    def change(self, source: bytes) -> str:
        """Show the line as it was and as it is."""
        old = source.decode().splitlines()[self.line - 1]
        new = self.applied(source).decode().splitlines()[self.line - 1]
        return f"{old.strip()}  =>  {new.strip()}"


def choose_mutants(count: int, seed: int, rooms: Sequence[str] = ()) -> list[Mutant]:
    """Draw mutants from the rooms of the package (all, or those named): one of each, then by lines.

    With fewer mutants than rooms, the long rooms have them. Each room draws for itself, first the
    operator and then the place, so a change of one room leaves the mutants of the others as they
    are. No line gets two.
    """
    found: dict[str, list[Mutant]] = defaultdict(list)
    lines: dict[str, int] = defaultdict(int)
    for path in sorted(PACKAGE.rglob("*.py")):
        where = room(module_name(path))
        mutants = file_mutants(path) if not rooms or where in rooms else []
        if mutants:
            lines[where] += len(path.read_bytes().splitlines())
            found[where] += mutants
    chosen: list[Mutant] = []
    for where, number in shares(lines, count).items():
        chosen += _draw(found[where], number, random.Random(f"{seed}:{where}"))  # noqa: S311
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.line))


def shares(weights: Mapping[str, int], count: int) -> dict[str, int]:
    """Part `count` by weights (Sainte-Laguë), after one for each name where there are enough."""
    start = int(count >= len(weights))
    parts = dict.fromkeys(weights, start)
    for _ in range(count - sum(parts.values()) if weights else 0):
        # Each next one goes to the name that is furthest below its share.
        parts[max(weights, key=lambda name: weights[name] / (2 * parts[name] + 1))] += 1
    return parts


def _draw(mutants: Sequence[Mutant], count: int, rng: random.Random) -> list[Mutant]:
    """Draw an operator, then one of its places, until there are `count` on lines of their own."""
    left: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        left[mutant.operator].append(mutant)
    chosen: list[Mutant] = []
    taken: set[tuple[Path, int]] = set()
    while len(chosen) < count and left:
        operator = rng.choice(sorted(left))
        places = left[operator]
        mutant = places.pop(rng.randrange(len(places)))
        if not places:
            del left[operator]
        if (mutant.path, mutant.line) not in taken and _compiles(mutant):
            taken.add((mutant.path, mutant.line))
            chosen.append(mutant)
    return chosen


def file_mutants(path: Path) -> list[Mutant]:
    """List the mutants of a file, with a few that Python cannot compile."""
    source = path.read_bytes()
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return finder.found


def _compiles(mutant: Mutant) -> bool:
    try:
        ast.parse(mutant.applied(mutant.path.read_bytes()))
    except SyntaxError:
        return False
    return True


class _Finder(ast.NodeVisitor):
    """Walk a module; keep out of messages, annotations, decorators, and tables of data."""

    def __init__(self, path: Path, source: bytes) -> None:
        self.path = path
        self.source = source
        self.found: list[Mutant] = []
        self._lines = source.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    # -- what is left alone ----------------------------------------------------------

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave messages alone."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave messages alone; that an error is raised is up to the condition around it."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Leave the annotation alone."""
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Leave decorators and annotations alone."""
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        self._visit_all(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Leave decorators and bases alone."""
        self._visit_all(node.body)

    def visit_List(self, node: ast.List | ast.Tuple | ast.Set) -> None:
        """Leave long tables alone."""
        if len(node.elts) <= _TABLE:
            self.generic_visit(node)

    visit_Tuple = visit_Set = visit_List  # noqa: N815

    def visit_Dict(self, node: ast.Dict) -> None:
        """Leave long tables alone."""
        if len(node.keys) <= _TABLE:
            self.generic_visit(node)

    # -- what is changed -------------------------------------------------------------

    def visit_Compare(self, node: ast.Compare) -> None:
        """Turn a comparison round, and move its boundary."""
        self.generic_visit(node)
        for operator, left, right in zip(
            node.ops, [node.left, *node.comparators], node.comparators, strict=False
        ):
            gap = self._end(left), self._start(right)
            self._swap(node, "comparison", gap, _NEGATED[type(operator)])
            if type(operator) in _MOVED:
                self._swap(node, "boundary", gap, _MOVED[type(operator)])

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Take another operation; texts that are joined are left alone."""
        self.generic_visit(node)
        if type(node.op) in _ARITHMETIC and not (_is_text(node.left) or _is_text(node.right)):
            gap = self._end(node.left), self._start(node.right)
            self._swap(node, "arithmetic", gap, _ARITHMETIC[type(node.op)])

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Take "or" for "and"."""
        self.generic_visit(node)
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        new = b""
        for left, right in pairwise(node.values):
            gap = self.source[self._end(left) : self._start(right)]
            new += self._text(left) + _replaced(gap, words)
        self._add(node, "boolean", self._span(node), new + self._text(node.values[-1]))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a "not"."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            start = self._start(node)
            self._add(node, "boolean", (start, start + len("not ")), b"")

    def visit_Constant(self, node: ast.Constant) -> None:
        """Take another number, or the other truth value."""
        value = node.value
        if isinstance(value, bool):
            self._add(node, "constant", self._span(node), str(not value).encode())
        elif isinstance(value, int):
            self._add(node, "constant", self._span(node), str(value + 1).encode())
        elif isinstance(value, float):
            self._add(node, "constant", self._span(node), repr(2 * value or 1.0).encode())

    def visit_Slice(self, node: ast.Slice) -> None:
        """Move a bound of a slice by one."""
        self.generic_visit(node)
        for bound in (node.lower, node.upper):
            if bound is not None and not isinstance(bound, ast.Constant):
                self._add(bound, "boundary", self._span(bound), self._text(bound) + b" + 1")

    def visit_Call(self, node: ast.Call) -> None:
        """Move the last number of a range by one."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) < 3:
            last = node.args[-1]
            self._add(last, "boundary", self._span(last), self._text(last) + b" - 1")

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Take the other branch."""
        self.generic_visit(node)
        self._negate(node.test)

    def visit_If(self, node: ast.If) -> None:
        """Take the other branch; take out a guard."""
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            return
        self.generic_visit(node)
        if node.orelse:
            self._negate(node.test)
        elif isinstance(node.body[-1], ast.Return | ast.Continue | ast.Break | ast.Raise):
            self._add(node.test, "dropped", self._span(node.test), b"False")

    def visit_Expr(self, node: ast.Expr) -> None:
        """Drop a call whose result nobody takes."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Call):
            self._add(node, "dropped", self._span(node), b"pass")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Drop an addition."""
        self.generic_visit(node)
        self._add(node, "dropped", self._span(node), b"pass")

    def visit_Assign(self, node: ast.Assign) -> None:
        """Drop what is written into something that exists already."""
        if ast.unparse(node.targets[0]) == "__all__":
            return
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Subscript):
            self._add(node, "dropped", self._span(node), b"pass")

    # -- helpers ---------------------------------------------------------------------

    def _visit_all(self, nodes: Sequence[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _negate(self, test: ast.expr) -> None:
        self._add(test, "branches", self._span(test), b"not (" + self._text(test) + b")")

    def _swap(
        self, node: ast.expr, operator: str, gap: tuple[int, int], words: tuple[str, str]
    ) -> None:
        """Replace an operator that stands between two operands."""
        start, end = gap
        self._add(node, operator, gap, _replaced(self.source[start:end], words), at=start)

    def _add(
        self,
        node: ast.expr | ast.stmt,
        operator: str,
        span: tuple[int, int],
        new: bytes,
        *,
        at: int | None = None,
    ) -> None:
        """Note a mutant on the line of a node, or of a place in the file."""
        line = node.lineno if at is None else 1 + self.source.count(b"\n", 0, at)
        if b"# pragma" not in self._lines[line - 1] and self.source[slice(*span)] != new:
            self.found.append(Mutant(self.path, line, operator, *span, new))

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        return self._start(node), self._end(node)

    def _text(self, node: ast.expr) -> bytes:
        return self.source[slice(*self._span(node))]


def _replaced(gap: bytes, words: tuple[str, str]) -> bytes:
    """Put one operator in place of another in the text between two operands."""
    old, new = words
    pattern = r"\s+".join(map(re.escape, old.split()))
    return re.sub(pattern, new, gap.decode(), count=1).encode()


def _is_text(node: ast.expr) -> bool:
    is_string = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_string or isinstance(node, ast.JoinedStr)
