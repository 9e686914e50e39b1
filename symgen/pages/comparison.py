"""The page that compares runs: curves, tables of what differs, and pieces to hear, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template

from symgen.pages.sound import data_uri
from symgen.pages.takes import PageTake, named_take, page_part, page_policy, take_article
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
    style, script = page_part("takes.css") + page_part("run.css"), page_part("takes.js")
    shown = [named_take(take, number) for number, take in enumerate(page.takes, 1)]
    articles = "\n".join(take_article(number, take, None) for number, take in enumerate(shown, 1))
    text = Template(page_part("comparison.html")).substitute(
        title=escape(one_line(page.title)),
        policy=escape(page_policy(style, script)),
        style=style,
        script=script,
        told="\n".join(f"<p>{escape(one_line(text))}</p>" for text in page.told),
        curves=_curves(page.curves),
        tables="\n".join(_table(title, page.names, rows) for title, rows in page.tables.items()),
        takes=articles or "<p>No run has written a piece yet.</p>",
    )
    write_atomic(path, text.encode(errors="replace"), overwrite=overwrite)


def _curves(picture: bytes) -> str:
    if not picture:
        return "<p>There is no curve to draw.</p>"
    uri = data_uri(picture, "image/png")
    return f'<figure><img src="{uri}" alt="{_SEEN}"><figcaption>{_SEEN}</figcaption></figure>'


def _table(title: str, names: Sequence[str], rows: Mapping[str, Sequence[str]]) -> str:
    head = f"<h3>{escape(title)}</h3>"  # inside of a section with a heading of its own
    if not rows:
        return f"{head}<p>None.</p>"
    columns = "".join(f'<th scope="col">{escape(one_line(name))}</th>' for name in ("", *names))
    lines = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(one_line(cell))}</td>" for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    )
    return (
        f'{head}<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table>'
        f"<thead><tr>{columns}</tr></thead><tbody>\n{lines}\n</tbody></table></div>"
    )
