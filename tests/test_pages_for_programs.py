"""The Python of the pages for programs runs as it stands, each block by itself."""

from __future__ import annotations

import contextlib
import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"(<!-- not run[^>]*-->\n)?```python\n(.*?)```", re.DOTALL)
PAGES = ("embedding.md", "tokens.md")


def blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for found in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
            if not found[1]:
                yield page, found[2]


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """Put the level back that a block sets."""
    log = logging.getLogger("symgen")
    before = log.level
    yield
    log.setLevel(before)


@pytest.mark.usefixtures("quiet_log")
@pytest.mark.parametrize(("page", "code"), list(blocks()))
def test_a_block_runs(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, page, "exec"), {"__name__": "__main__"})  # noqa: S102 - our own pages
    assert list(tmp_path.iterdir()) == []
    for line in re.findall(r"print\(.*\) +# (.*)", code):
        assert line in said.getvalue().replace("\n", " ")
