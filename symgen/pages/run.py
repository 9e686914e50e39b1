"""The report of a training run: how it went, what the model writes and what of that is copied, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from string import Template

from symgen.pages.sound import data_uri
from symgen.pages.takes import PageTake, named_take, page_part, page_policy, take_article
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
    style, script = page_part("takes.css") + page_part("run.css"), page_part("takes.js")
    shown = [named_take(take, number) for number, take in enumerate(page.takes, 1)]
    text = Template(page_part("run.html")).substitute(
        title=escape(one_line(page.title)),
        policy=escape(page_policy(style, script)),
        style=style,
        script=script,
        told="\n".join(f"<p>{escape(one_line(text))}</p>" for text in page.told),
        facts=_terms(page.facts),
        curves=_curves(page),
        table=_table(page.rows, page.columns),
        takes="\n".join(
            take_article(number, take, soundfont) for number, take in enumerate(shown, 1)
        ),
        commands=_commands(page.commands),
    )
    write_atomic(path, text.encode(errors="replace"))


def _terms(facts: Mapping[str, str]) -> str:
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(one_line(value))}</dd></div>"
        for name, value in facts.items()
        if value
    )


def _curves(page: RunPage) -> str:
    if not page.curves:
        return ""
    uri = data_uri(page.curves, "image/png")
    return (
        f'<figure><img src="{uri}" alt="{escape(page.curves_told)}">'
        f"<figcaption>{escape(page.curves_told)}</figcaption></figure>"
    )


def _table(rows: Sequence[Mapping[str, float]], columns: Mapping[str, str]) -> str:
    """Return a table of validations, for those who do not see the curves."""
    known = {name: head for name, head in columns.items() if any(name in row for row in rows)}
    if not known:
        return ""
    count = min(len(rows), _MOST_ROWS)
    # Evenly, with the first and the last.
    places = [i * (len(rows) - 1) // max(1, count - 1) for i in range(count)]
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in known.values())
    lines = []
    for row in (rows[place] for place in places):
        values = "".join(
            f"<td>{row[name]:,.4g}</td>" if name in row else "<td></td>" for name in known
        )
        lines.append(f"<tr>{values}</tr>")
    return (
        "<details><summary>The curves in numbers</summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of validations"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n"
        + "\n".join(lines)
        + "\n</tbody></table></div></details>"
    )


def _commands(commands: Mapping[str, str]) -> str:
    return "\n".join(
        f"<p>{escape(what)}</p><code>{escape(one_line(line))}</code>"
        for what, line in commands.items()
    )
