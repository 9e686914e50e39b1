"""The report of a training run: how it went, what the model writes and what of that is copied, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from symgen.pages.frame import figure, framed, paragraphs, terms, wide_table
from symgen.pages.takes import PageTake, named_take, take_articles
from symgen.system.files import PathLike, write_atomic
from symgen.system.text import one_line

__all__ = ["RunPage", "write_run_page"]

_MOST_ROWS = 60
"""Rows of the table of validations; of more, these are spread evenly."""


@dataclass(frozen=True, kw_only=True)
class RunPage:
    """A run as its page shows it."""

    title: str
    # Sentences that come first: what it learned from, how good it is, how much it copies.
    told: Sequence[str]
    # What was chosen and counted, by name.
    facts: Mapping[str, str]
    # Rows of validations, each with ``step``, and what stands in a column by the name of its figure.
    rows: Sequence[Mapping[str, float]] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    curves: bytes = b""  # a PNG file
    curves_told: str = ""  # the curves in words
    takes: Sequence[PageTake] = ()
    commands: Mapping[str, str] = field(default_factory=dict)


def write_run_page(page: RunPage, path: PathLike, *, soundfont: PathLike | None = None) -> None:
    """Write the page; it asks nothing from the net, and the same run gives the same bytes."""
    shown = [named_take(take, number) for number, take in enumerate(page.takes, 1)]
    text = framed(
        page.title,
        paragraphs(page.told),
        "run.html",
        "run.css",
        facts=terms(page.facts),
        curves=figure(page.curves, page.curves_told) if page.curves else "",
        table=_table(page.rows, page.columns),
        takes=take_articles(shown, soundfont),
        commands=_commands(page.commands),
    )
    write_atomic(path, text)


def _table(rows: Sequence[Mapping[str, float]], columns: Mapping[str, str]) -> str:
    """Return a table of validations, for those who do not see the curves."""
    known = {name: head for name, head in columns.items() if any(name in row for row in rows)}
    if not known:
        return ""
    count = min(len(rows), _MOST_ROWS)
    # Evenly, with the first and the last.
    places = [i * (len(rows) - 1) // max(1, count - 1) for i in range(count)]
    lines = []
    for row in (rows[place] for place in places):
        values = "".join(
            f"<td>{row[name]:,.4g}</td>" if name in row else "<td></td>" for name in known
        )
        lines.append(f"<tr>{values}</tr>")
    table = wide_table("Table of validations", known.values(), lines)
    return f"<details><summary>The curves in numbers</summary>{table}</details>"


def _commands(commands: Mapping[str, str]) -> str:
    return "\n".join(
        f"<p>{escape(what)}</p><code>{escape(one_line(line))}</code>"
        for what, line in commands.items()
    )
