"""Mutants: each compiles, differs from the source, and keeps out of what is no decision."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lab import mutants as command
from lab import mutation
from lab.modules import PACKAGE
from lab.mutation import choose_mutants, file_mutants, shares

SOURCE = '''"""Numbers like 3 in a docstring."""

__all__ = ["f"]

LIMIT: "list[3]" = 5
TABLE = [1, 2, 3, 4, 5, 6, 7, 8, 9]


def f(x: int, n: int = 2) -> int:
    if x < LIMIT and not n:
        raise ValueError(f"{x + 1} is below {LIMIT}")
    if n == 1:
        return x[n:] if n else -x
    x += 1
    print(x)  # pragma: no cover
    return x // (n)
'''


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Operator and new line of each mutant of the text above."""
    path = tmp_path / "symgen" / "music" / "small.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCE)
    monkeypatch.setattr(mutation, "module_name", lambda _: "symgen.music.small")
    source = path.read_bytes()
    return {
        (mutant.operator, mutant.change(source).partition("  =>  ")[2])
        for mutant in file_mutants(path)
    }


def test_every_operator_finds_its_place(changes: set[tuple[str, str]]) -> None:
    assert changes == {
        ("constant", 'LIMIT: "list[3]" = 6'),
        ("constant", "def f(x: int, n: int = 3) -> int:"),
        ("comparison", "if x >= LIMIT and not n:"),
        ("boundary", "if x <= LIMIT and not n:"),
        ("boolean", "if x < LIMIT or not n:"),
        ("boolean", "if x < LIMIT and n:"),
        ("dropped", "if False:"),
        ("comparison", "if n != 1:"),
        ("constant", "if n == 2:"),
        ("boundary", "return x[n + 1:] if n else -x"),
        ("branches", "return x[n:] if not (n) else -x"),
        ("constant", "x += 2"),
        ("dropped", "pass"),
        ("arithmetic", "return x * (n)"),
    }


def test_the_choice_is_seeded() -> None:
    rooms = ["midi", "verification"]
    chosen = choose_mutants(9, 1, rooms)
    assert chosen == choose_mutants(9, 1, rooms) != choose_mutants(9, 2, rooms)
    assert {mutant.module.split(".")[1] for mutant in chosen} == set(rooms)


def test_the_choice_is_spread_over_rooms() -> None:
    chosen = choose_mutants(60, 1)
    assert len(chosen) == 60 == len({(mutant.path, mutant.line) for mutant in chosen})
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders <= {mutant.module.split(".")[1] for mutant in chosen}
    for mutant in chosen:
        source = mutant.path.read_bytes()
        assert mutant.applied(source) != source
        ast.parse(mutant.applied(source))


def test_shares_add_up() -> None:
    assert shares({"a": 5, "b": 3, "c": 2}, 5) == {"a": 3, "b": 1, "c": 1}
    assert shares({"a": 1, "b": 1, "c": 1}, 5) == {"a": 2, "b": 2, "c": 1}


def test_each_room_has_a_share_where_there_are_enough() -> None:
    assert shares({"a": 100, "b": 1, "c": 1}, 5) == {"a": 3, "b": 1, "c": 1}
    assert shares({"a": 100, "b": 1, "c": 1}, 2) == {"a": 2, "b": 0, "c": 0}
    assert shares({}, 5) == {}


def test_related_tests_are_those_that_import_the_module_then_the_folder_of_the_room() -> None:
    near, room = command.related_tests("symgen.music.meter")
    assert "tests/music/test_meter.py" in near
    assert room == ["tests/music"]
    for stage in [*command.related_tests("symgen.plots.rolls"), near]:
        assert all((PACKAGE.parent / test).exists() for test in stage)


def test_a_mutant_is_put_in_and_taken_out(tmp_path: Path) -> None:
    mutant = choose_mutants(1, 3, ["music"])[0]
    source = mutant.path.read_bytes()
    copy = tmp_path / mutant.path.relative_to(PACKAGE.parent)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source)
    times = {copy.stat().st_mtime}
    with command.applied(mutant, tmp_path):
        assert copy.read_bytes() == mutant.applied(source)
        times.add(copy.stat().st_mtime)
    assert copy.read_bytes() == source
    assert len(times | {copy.stat().st_mtime}) == 3
