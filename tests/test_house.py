"""The rules of the house: layers, sizes, and what may not stand in the code."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest
from floors import FLOORS, INNER_FLOORS

from lab.modules import (
    DOOR,
    LAB,
    PACKAGE,
    ROOT,
    functions,
    imported_modules,
    package_imports,
    package_modules,
    room,
)

PRINTING_ROOMS = {"cli", "web"}
FORBIDDEN_CALLS = re.compile(
    r"^(eval|exec|compile|__import__|yaml\.load|torch\.load|pickle\..*|marshal\..*|os\.system)$"
)
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve"}


# -- layers ------------------------------------------------------------------------------


def test_every_room_has_a_floor() -> None:
    assert {room(module) for module in package_modules()} <= set(FLOORS)


def test_imports_point_down() -> None:
    breaches = []
    for module in set(package_modules()) - {DOOR}:
        for target in package_imports(module):
            here, there = room(module), room(target)
            if here != there and FLOORS[there] >= FLOORS[here] and there != "__init__":
                breaches.append(
                    f"{module} (floor {FLOORS[here]}) imports {target} (floor {FLOORS[there]})"
                )
    assert breaches == []


@pytest.mark.parametrize("name", INNER_FLOORS)
def test_imports_point_down_inside_large_rooms(name: str) -> None:
    """A folder in a room stands on one floor."""
    floors = {
        module: floor for floor, modules in enumerate(INNER_FLOORS[name]) for module in modules
    }
    room_path = f"symgen.{name}."
    inside = {
        module: module.removeprefix(room_path).partition(".")[0]
        for module in package_modules()
        if module.startswith(room_path)
    }
    assert set(inside.values()) == set(floors)
    breaches = [
        f"{module} imports {target}"
        for module, place in inside.items()
        for target in package_imports(module)
        if inside.get(target, place) != place and floors[inside[target]] >= floors[place]
        if module != DOOR or target not in _upward()
    ]
    assert breaches == []


def test_the_door_opens_only_when_it_is_used() -> None:
    """What stands above it is imported inside its functions, or for type checkers alone."""
    tree = package_modules()[DOOR]
    at_once = ast.Module([node for node in tree.body if isinstance(node, ast.ImportFrom)], [])
    assert _upward()
    assert not _upward() & set(imported_modules(at_once, package_modules()))


def _upward() -> set[str]:
    """What the door alone may import: a score, and all that stands above the music."""
    floor = FLOORS[room(DOOR)]
    return {
        target
        for target in package_imports(DOOR)
        if FLOORS[room(target)] > floor or target == "symgen.music.score"
    }


def test_only_the_version_is_taken_from_the_top() -> None:
    """`symgen` itself binds its names lazily, so that inside the package only `__version__` may come from there."""
    taken = [
        f"{module} imports {alias.name} from symgen"
        for module, tree in package_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "symgen" and not node.level
        for alias in node.names
        if f"symgen.{alias.name}" not in package_modules() and alias.name != "__version__"
    ]
    assert taken == []


def test_no_cycles() -> None:
    graph = {
        module: {t for t in package_imports(module) if t not in (module, "symgen")}
        for module in package_modules()
    }
    del graph["symgen"]
    graph[DOOR] -= _upward()
    TopologicalSorter(graph).prepare()


def test_the_import_reader_sees_imports_everywhere() -> None:
    """Inside functions and under TYPE_CHECKING too: the package itself has its imports there."""
    assert "symgen.music.score" in set(package_imports("symgen"))
    assert "symgen.system.errors" in set(package_imports("symgen.system.files"))


def test_the_package_does_without_the_lab() -> None:
    """The lab is not installed with it."""
    found = [
        module
        for module, tree in package_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "lab" in {name.partition(".")[0] for name in _imported(node)}
    ]
    assert found == []


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names]


# -- sizes -------------------------------------------------------------------------------


def test_test_files_have_names_of_their_own() -> None:
    """Pytest takes two files of one name outside packages for the same."""
    plain = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    names = Counter(path.name for path in plain)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("top", [PACKAGE, LAB])
def test_files_have_at_most_450_lines(top: Path) -> None:
    sizes = {
        p.relative_to(ROOT): len(p.read_text(encoding="utf-8").splitlines())
        for p in top.rglob("*.py")
    }
    assert {str(path): size for path, size in sizes.items() if size > 450} == {}


@pytest.mark.parametrize("top", [PACKAGE, LAB])
def test_functions_have_at_most_60_lines(top: Path) -> None:
    long = {
        f"{module}.{node.name}": size
        for module, tree in package_modules(top).items()
        for node in functions(tree)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    }
    assert long == {}


@pytest.mark.parametrize("top", [PACKAGE, LAB])
def test_functions_have_at_most_7_parameters(top: Path) -> None:
    wide = {}
    for module, tree in package_modules(top).items():
        for node in functions(tree):
            names = [
                arg.arg
                for arg in chain(node.args.posonlyargs, node.args.args, node.args.kwonlyargs)
            ]
            count = len([name for name in names if name not in ("self", "cls")])
            if count > 7:
                wide[f"{module}.{node.name}"] = count
    assert wide == {}


# -- what may not stand in the code ------------------------------------------------------


def test_nothing_runs_code_from_data() -> None:
    found = []
    for module, tree in package_modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and FORBIDDEN_CALLS.match(ast.unparse(node.func)):
                found.append(f"{module}:{node.lineno}: {ast.unparse(node.func)}")
            if (
                isinstance(node, ast.keyword)
                and node.arg == "shell"
                and ast.unparse(node.value) != "False"
            ):
                found.append(f"{module}:{node.lineno}: shell=")
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [a.name for a in node.names]
                )
                found += [
                    f"{module}:{node.lineno}: {n}"
                    for n in names
                    if n.split(".")[0] in FORBIDDEN_MODULES
                ]
    assert found == []


def test_the_lab_runs_no_code_from_data_either() -> None:
    found = []
    for path in sorted((ROOT / "lab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and FORBIDDEN_CALLS.match(ast.unparse(node.func)):
                found.append(f"{path.name}:{node.lineno}: {ast.unparse(node.func)}")
            if isinstance(node, ast.keyword) and node.arg in (
                "shell",
                "allow_pickle",
                "weights_only",
            ):
                found += [f"{path.name}:{node.lineno}: {node.arg}="] * (
                    ast.unparse(node.value) == "True"
                )
    assert found == []


def test_numpy_never_unpickles() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module, tree in package_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
        if not any(
            word.arg == "allow_pickle" and ast.unparse(word.value) == "False"
            for word in node.keywords
        )
    ]
    assert found == []


WRITERS = {"write_text", "write_bytes", "tofile", "open_memmap", "savetxt", "to_csv"}
UNNAMED = {
    "symgen.system.worker",
    "symgen.system.temporary",
    "symgen.cli",
    "symgen.system.files",
    "symgen.system.large_files",
}
"""Names, in a temporary file; to nowhere, without a stdout; `files` itself; files of a scratch folder; answers to the
parent on its stdout."""


def test_one_room_writes_files() -> None:
    """All writing goes through `symgen.system.files`, so that a file is whole or not there."""
    found = []
    for module, tree in package_modules().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or module in UNNAMED:
                continue
            name = (
                node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            )
            modes = [
                a.value
                for a in [*node.args, *(k.value for k in node.keywords)]
                if isinstance(a, ast.Constant)
            ]
            writes = name in ("open", "fdopen") and any(
                isinstance(m, str) and set(m) & set("wax+") for m in modes[:2]
            )
            if name in WRITERS or writes:
                found.append(f"{module}:{node.lineno}: {ast.unparse(node.func)}")
    assert found == []


def test_only_the_command_line_and_the_web_page_print() -> None:
    """A worker process answers the library on its own stdout; nothing else writes there."""
    writers = {"print", "sys.stderr.write", "sys.stdout.write"}
    found = [
        f"{module}:{node.lineno}"
        for module, tree in package_modules().items()
        if room(module) not in PRINTING_ROOMS
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in writers
    ]
    assert found == []


def test_no_excepts_that_catch_everything() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module, tree in package_modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    assert found == []


def test_no_paths_of_one_machine() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    pattern = re.compile(r"(?<![\w.~])/(?:home|Users|root|opt|work|tmp|mnt)/\w")
    text_suffixes = {
        ".py",
        ".md",
        ".toml",
        ".txt",
        ".json",
        ".yml",
        ".yaml",
        ".abc",
        ".sh",
        ".cfg",
        "",
    }
    found = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in text_suffixes and path.is_file() and path != Path(__file__):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found += [
                f"{name}:{i}: {line.strip()}"
                for i, line in enumerate(lines, 1)
                if pattern.search(line)
            ]
    assert found == []


# -- the page --------------------------------------------------------------------------------


def test_the_page_of_the_architecture_has_every_room_on_its_floor() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)
    faces = {"__init__", "__main__"}
    assert {name: int(floor) for floor, name in rows} == {
        name: floor for name, floor in FLOORS.items() if name not in faces
    }
