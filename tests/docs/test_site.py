"""The documentation site: every page is in it, no link leads nowhere, and nothing is loaded from elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.website.commands_page import commands_page
from lab.website.hooks import on_page_markdown
from lab.website.notebook_page import notebook_page
from symgen.cli.commands import make_parser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MADE = {"notebooks/tour.md", "reference/commands.md", "reference/python.md"}


class _Loads(HTMLParser):
    """What a page loads by itself, where a link only waits for a click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "poster", "data") or (name == "href" and tag == "link"):
                self.found.append(value or "")


class _Config(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with the tags of mkdocs, which name functions."""


_Config.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)


def nav_pages() -> Iterator[str]:
    def walk(entry: Any) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        else:
            for inner in entry.values() if isinstance(entry, dict) else entry:
                yield from walk(inner)

    yield from walk(yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), _Config)["nav"])  # noqa: S506 - safe


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it, with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_nav_once() -> None:
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    listed = list(nav_pages())
    assert len(listed) == len(set(listed))
    assert there - set(listed) == set()
    assert set(listed) - there == MADE


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    loads = {}
    for page in site.rglob("*.html"):
        parser = _Loads()
        parser.feed(page.read_text(encoding="utf-8"))
        loads[page.name] = [
            url for url in parser.found if "//" in url and not url.startswith("data:")
        ]
    assert {name: urls for name, urls in loads.items() if urls} == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"(?:url\(|@import )[\"']?(?:https?:)?//[^)\"']*", styles) == []


def test_nothing_makes_the_scripts_of_the_theme_look_elsewhere(site: Path) -> None:
    """They load mermaid where a page has a diagram in words, and the stars of a repository that they know."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert 'class="mermaid"' not in text, page
        assert "data-md-component=source" not in text.replace('"', ""), page


def test_the_page_of_commands_has_every_option() -> None:
    page = commands_page()
    for name, parser in make_parser().commands.items():
        for action in parser._actions:
            if action.help != argparse.SUPPRESS and action.dest != "help":
                assert set(action.option_strings[-1:]) <= set(re.findall(r"--[\w-]+|-\w", page)), (
                    name
                )


def test_the_page_of_the_notebook_is_its_cells(tmp_path: Path) -> None:
    cells = [("markdown", ["# A\n", "b"]), ("code", ["c = 1\n", "d"])]
    notebook = {"cells": [{"cell_type": kind, "source": source} for kind, source in cells]}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    page = notebook_page(tmp_path / "a.ipynb")
    assert page.startswith("# A\n\nThis page is")
    assert page.endswith("b\n\n```python\nc = 1\nd\n```\n")


def test_links_that_leave_the_docs_lead_to_the_repository() -> None:
    class File:
        src_uri = "page.md"

    class Page:
        file = File

    config = {"docs_dir": str(DOCS), "extra": {"repository": "HERE"}}
    text = (
        "[a](../lab/README.md#b) [c](../models) [d](gan.md) [e](../nothing.md) [f](../docs/gan.md)"
    )
    assert on_page_markdown(text, Page, config) == (
        "[a](HERE/blob/main/lab/README.md#b) [c](HERE/tree/main/models) "
        "[d](gan.md) [e](../nothing.md) [f](../docs/gan.md)"
    )
