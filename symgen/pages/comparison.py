"""The page that compares runs: curves, tables of what differs, and pieces to hear, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from symgen.pages.frame import figure, framed, paragraphs, wide_table
from symgen.pages.takes import PageTake, named_take, take_articles
from symgen.system.files import PathLike, check_writable, write_atomic
from symgen.system.text import one_line

__all__ = ["ComparisonPage", "write_comparison_page"]

_SEEN = "Bits a note on held-out pieces over the steps of each run; the tables have the figures."


@dataclass(frozen=True, kw_only=True)
class ComparisonPage:
    """Runs as their page shows them."""

    title: str
    names: Sequence[str]
    told: Sequence[str]
    # Rows by their name, with a cell for each run, under the heading of their table.
    tables: Mapping[str, Mapping[str, Sequence[str]]]
    curves: bytes = b""  # a PNG file
    takes: Sequence[PageTake] = ()


def write_comparison_page(page: ComparisonPage, path: PathLike, *, overwrite: bool = False) -> None:
    """Write the page; it asks nothing from the net, and the same runs give the same bytes."""
    check_writable(path, overwrite=overwrite)
    shown = [named_take(take, number) for number, take in enumerate(page.takes, 1)]
    text = framed(
        page.title,
        paragraphs(page.told),
        "comparison.html",
        "run.css",
        curves=figure(page.curves, _SEEN) if page.curves else "<p>There is no curve to draw.</p>",
        tables="\n".join(_table(title, page.names, rows) for title, rows in page.tables.items()),
        takes=take_articles(shown, None) or "<p>No run has written a piece yet.</p>",
    )
    write_atomic(path, text, overwrite=overwrite)


def _table(title: str, names: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    head = f"<h3>{escape(title)}</h3>"  # inside of a section with a heading of its own
    if not rows:
        return f"{head}<p>None.</p>"
    lines = (
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(one_line(cell))}</td>" for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    )
    return head + wide_table(title, ("", *names), lines)
