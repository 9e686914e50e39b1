"""The commands and the Python that stand in a page, block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PAGES", "ROOT", "Block", "blocks", "page_blocks"]

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_SHELL = {"bash", "console", "sh", "shell"}
_PROGRAMS = (
    "apt-get",
    "brew",
    "cd",
    "curl",
    "docker",
    "git",
    "make",
    "mkdocs",
    "pip",
    "pipx",
    "python",
    "symgen",
    "torchrun",
    "uv",
    "uvx",
)
_MARKER = re.compile(r"\s*<!-- not run: (\S.*?) -->\s*")
_ROW = re.compile(r"\| \d+ \|.*\| works \|(.*)\|")
"""A row of the table of features; what is typed stands in its last column."""
_FENCE = re.compile(r"(`{3,}|~{3,})\s*(\w*)")


@dataclass(frozen=True)
class Block:
    """What one is meant to type: lines for a shell, or Python."""

    page: Path
    line: int
    kind: str
    """``"shell"`` or ``"python"``."""
    text: str
    why_not: str = ""
    """The reason of a marker beside it that says it is not run."""

    @property
    def where(self) -> str:
        """Its page and first line."""
        return f"{self.page.name}:{self.line}"

    @property
    def commands(self) -> list[tuple[int, str]]:
        """Lines to type, each with its number in the page; lines that end in a backslash go on."""
        shown = [(self.line + number, line) for number, line in enumerate(self.text.splitlines())]
        if any(line.startswith("$ ") for _, line in shown):  # what stands between was printed
            shown = [(number, line[2:]) for number, line in shown if line.startswith("$ ")]
        found: list[tuple[int, str]] = []
        for number, line in shown:
            if found and found[-1][1].endswith("\\"):
                found[-1] = (found[-1][0], found[-1][1][:-1] + line.strip())
            elif line.strip() and not line.startswith("#"):
                found.append((number, line.strip()))
        return found


def page_blocks(page: Path) -> Iterator[Block]:
    """Find the blocks of a page. ``<!-- not run: why -->`` stands right above a block or below it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    at = last = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        end = at
        if fence:
            end = _end_of_fence(lines, at, fence[1])
            kind = {"python": "python"} | dict.fromkeys(_SHELL, "shell")
            if fence[2] in kind:
                why_not = _why_not(lines, last, at, end)
                text = "\n".join(lines[at + 1 : end - 1])
                yield Block(page, at + 2, kind[fence[2]], text, why_not)
        elif row := _ROW.fullmatch(lines[at]):
            text = "\n".join(re.findall(r"`(symgen .*?)`", row[1]))
            yield Block(page, at + 1, "shell", text)
        elif _is_indented(lines, at):
            end = _end_of_indented(lines, at)
            if _is_typed(lines[at].strip()):
                text = "\n".join(line.removeprefix("    ") for line in lines[at:end])
                yield Block(page, at + 1, "shell", text, _why_not(lines, last, at, end))
        last = max(end, last)
        at = max(end, at + 1)


def blocks() -> Iterator[Block]:
    """Find the blocks of all pages."""
    for page in PAGES:
        yield from page_blocks(page)


def _why_not(lines: list[str], last: int, start: int, end: int) -> str:
    """Return the reason of a marker beside a block; one between two is of the upper, if it does not touch the lower."""
    above = next((i for i in range(start - 1, last - 1, -1) if lines[i].strip()), -1)
    below = next((i for i in range(end, len(lines)) if lines[i].strip()), -1)
    if above >= 0 and (found := _MARKER.fullmatch(lines[above])):
        touches = above == start - 1
        of_upper = last > 0 and not any(line.strip() for line in lines[last:above])
        if touches or not of_upper:
            return found[1]
    if below >= 0 and (found := _MARKER.fullmatch(lines[below])):
        touched = below + 1 < len(lines) and lines[below + 1].strip()
        return "" if touched else found[1]
    return ""


def _end_of_fence(lines: list[str], at: int, mark: str) -> int:
    return next((i + 1 for i in range(at + 1, len(lines)) if lines[i].strip() == mark), len(lines))


def _is_indented(lines: list[str], at: int) -> bool:
    """Whether a block of code begins here: indented, after an empty line, and not inside of a list."""
    if not re.match(r" {4}\S", lines[at]) or (at and lines[at - 1].strip()):
        return False
    above = next((line for line in lines[:at][::-1] if re.match(r"\S", line)), "")
    return not re.match(r"([-*+]|\d+[.)]) ", above)


def _end_of_indented(lines: list[str], at: int) -> int:
    end = at
    while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _is_typed(line: str) -> bool:
    return (
        line.startswith("$ ")
        or line.split(maxsplit=1)[0] in _PROGRAMS
        or bool(re.match(r"[A-Z_]+=\S* \w", line))
    )
