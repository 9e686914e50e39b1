"""What the page brings from others is what its list says, and it fetches nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

PAGE = Path(str(files("symgen") / "studio" / "page"))
VENDOR = PAGE / "vendor"
LISTED = json.loads((VENDOR / "VENDORED.json").read_text(encoding="utf-8"))
FIELDS = {"name", "file", "version", "licence", "licence_files", "from", "bytes", "sha256"}
NAMESPACES = ("http://www.w3.org/",)
OURS = {"VENDORED.json", "README.md"}


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["file"])
def test_a_file_is_as_listed(entry: dict[str, object]) -> None:
    content = (VENDOR / str(entry["file"])).read_bytes()
    assert set(entry) == FIELDS
    assert entry["bytes"] == len(content)
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert "://" not in str(entry["from"])


def test_every_file_is_listed_with_its_licences() -> None:
    listed = {entry["file"] for entry in LISTED}
    licences = {name for entry in LISTED for name in entry["licence_files"]}
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == listed | licences | OURS


def test_nothing_of_the_page_names_another_host() -> None:
    """Licences may: they are read, not run."""
    found = {}
    for path in PAGE.rglob("*"):
        if path.suffix not in {".js", ".css", ".html", ".svg", ".json"}:
            continue
        hosts = re.findall(r"(?:https?|wss?)://[^\s\"'`<>)]*", path.read_text(encoding="utf-8"))
        if others := [host for host in hosts if not host.startswith(NAMESPACES)]:
            found[path.name] = others
    assert found == {}


def test_nothing_of_the_page_makes_code_from_text() -> None:
    """The content policy forbids it, so that such a line could only fail."""
    pattern = re.compile(r"\beval\(|\bnew Function\b|\bWebAssembly\.|\bimportScripts\b")
    found = [path.name for path in PAGE.rglob("*.js") if pattern.search(path.read_text("utf-8"))]
    assert found == []
