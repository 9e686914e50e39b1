"""The page of promises names tests that exist, and misses none of the rooms of hostile tests."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_promise_names_tests_that_exist() -> None:
    rows = [
        line
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| promise")
    ]
    assert len(rows) > 30
    for row in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row)
        assert named, row
        for path, name in named:
            assert name in names_in(ROOT / path), (path, name)


def test_every_case_of_the_reader_is_on_its_page() -> None:
    """Each limit, and each kind of warning that the scanner gives, is in the table."""
    from dataclasses import fields

    from symgen.formats.limits import DEFAULT_LIMITS

    page = (ROOT / "docs" / "midi.md").read_text(encoding="utf-8")
    for field in fields(DEFAULT_LIMITS):
        assert f"| `{field.name}` | {getattr(DEFAULT_LIMITS, field.name):,} |" in page
