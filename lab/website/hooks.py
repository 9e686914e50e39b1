"""What mkdocs calls while it builds: pages made out of the code, and links that leave the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from lab.website.commands_page import commands_page
from lab.website.notebook_page import notebook_page
from lab.website.python_page import python_page

__all__ = ["on_files", "on_page_markdown"]

_TOUR = "notebooks/tour"
_DIAGRAM = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
_OUTSIDE = re.compile(r"\]\(((?:\.\./)+)([^)#\s]+)")


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add the pages that are made out of the code."""
    pages = {
        "reference/commands.md": commands_page(),
        "reference/python.md": python_page(),
        f"{_TOUR}.md": notebook_page(Path(config["docs_dir"], f"{_TOUR}.ipynb")),
    }
    for place, text in pages.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Let links to files outside the docs lead to the repository; those to nothing stay, and are warned of."""
    folder = Path(config["docs_dir"], page.file.src_uri).parent
    top = Path(config["docs_dir"]).parent

    def outside(link: re.Match[str]) -> str:
        target = (folder / link[1] / link[2]).resolve()
        if target.is_relative_to(config["docs_dir"]) or not target.exists():
            return link[0]
        kind = "tree" if target.is_dir() else "blob"
        return f"]({config['extra']['repository']}/{kind}/main/{target.relative_to(top).as_posix()}"

    # The repository draws such diagrams; the site would need a script from elsewhere.
    return _OUTSIDE.sub(outside, _DIAGRAM.sub("", markdown))
