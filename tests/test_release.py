"""What a release is made of: one number, its notes, and files that fit into a wheel."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import symgen

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
MOST = 80 * 10**6
"""Bytes of a wheel."""


def project() -> dict[str, Any]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(found["project"])


def test_the_citation_names_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.*)$", text, re.MULTILINE) == [symgen.__version__]


def test_weights_and_font_leave_room_in_the_wheel() -> None:
    files = [path for kind in ("models", "soundfonts") for path in (ROOT / kind).rglob("*")]
    assert sum(path.stat().st_size for path in files if path.is_file()) < MOST


def test_torch_is_no_dependency_of_who_only_writes() -> None:
    tables = project()
    assert not [line for line in tables["dependencies"] if line.startswith("torch")]
    assert [line for line in tables["optional-dependencies"]["train"] if line.startswith("torch")]


def test_every_dependency_is_pinned() -> None:
    tables = project()
    lines = [*tables["dependencies"], *chain(*tables["optional-dependencies"].values())]
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    names = {re.match(r"[\w.-]+", line)[0] for line in lines}  # type: ignore[index]
    assert names <= pinned


def test_the_image_gets_what_the_wheel_is_built_of_and_no_more() -> None:
    kept = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert set(kept) == {
        "symgen",
        "models",
        "soundfonts",
        "pyproject.toml",
        "constraints.txt",
        "README.md",
        "LICENSE",
    }
    assert [name for name in kept if not (ROOT / name).exists()] == []
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]", recipe, re.MULTILINE)
    assert 'ENTRYPOINT ["symgen"]' in recipe


def test_the_page_of_the_studio_is_in_the_wheel() -> None:
    """All kinds of files that the page asks for, and no link that a wheel would not follow."""
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    wheel = tables["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["symgen"]
    assert "exclude" not in wheel
    assert wheel["force-include"]["soundfonts"] == "symgen/_data/soundfonts"
    page = ROOT / "symgen" / "studio" / "page"
    files = [path for path in page.rglob("*") if not path.is_dir()]
    assert {".html", ".js", ".css", ".json", ".svg"} <= {path.suffix for path in files}
    assert [path for path in files if path.is_symlink()] == []
    ignored = subprocess.run(
        ["git", "check-ignore", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ignored.stdout == ""  # hatch leaves out what git ignores
