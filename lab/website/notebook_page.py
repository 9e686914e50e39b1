"""The page of the notebook: its words and its code, for who wants to read it without running it."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["notebook_page"]

_NOTE = "This page is [a notebook](tour.ipynb): download it, and run it cell by cell.\n"


def notebook_page(notebook: Path) -> str:
    """Return the page as Markdown; the note on where the notebook lies stands below its title."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [_cell(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    title, _, rest = texts[0].partition("\n")
    return "\n".join([title, "", _NOTE, rest, *texts[1:]])


def _cell(kind: str, text: str) -> str:
    return f"```python\n{text}\n```\n" if kind == "code" else f"{text}\n"
