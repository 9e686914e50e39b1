"""What all pages are made of: the frame of a file that fetches nothing, paragraphs, pictures, wide tables."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from symgen.pages.sound import data_uri
from symgen.system.text import one_line

__all__ = ["figure", "framed", "page_part", "paragraphs", "terms", "wide_table"]

_DATA = Path(__file__).parent / "data"


def framed(title: str, told: str, name: str, *styles: str, **content: str) -> bytes:
    """Return a page whose middle is the part `name`, filled in; `told` stands below its title."""
    style = "".join(map(page_part, ("takes.css", *styles)))
    script = page_part("takes.js")
    text = Template(page_part("frame.html")).substitute(
        title=escape(one_line(title)),
        policy=escape(_policy(style, script)),
        style=style,
        script=script,
        told=told,
        main=Template(page_part(name).rstrip("\n")).substitute(content),
    )
    return text.encode(errors="replace")


def _policy(style: str, script: str) -> str:
    """Forbid the page to fetch anything, and to run or show what is not its own."""
    return (
        "default-src 'none'; img-src data:; media-src data:; "
        f"style-src '{_fingerprint(style)}'; script-src '{_fingerprint(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def paragraphs(texts: Iterable[str]) -> str:
    """Return texts as paragraphs."""
    return "\n".join(f"<p>{escape(one_line(text))}</p>" for text in texts)


def figure(picture: bytes, told: str) -> str:
    """Return a PNG with its words below it."""
    uri = data_uri(picture, "image/png")
    words = escape(told)
    return f'<figure><img src="{uri}" alt="{words}"><figcaption>{words}</figcaption></figure>'


def wide_table(label: str, heads: Iterable[str], lines: Iterable[str]) -> str:
    """Return a table that scrolls sideways where there is no room; `lines` are its rows."""
    columns = "".join(f'<th scope="col">{escape(one_line(head))}</th>' for head in heads)
    rows = "\n".join(lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>\n'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def terms(facts: Mapping[str, str]) -> str:
    """Return facts by their names, without those that say nothing."""
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(one_line(value))}</dd></div>"
        for name, value in facts.items()
        if value
    )


@cache
def page_part(name: str) -> str:
    """Return a template, a style or a script of pages."""
    return (_DATA / name).read_text(encoding="utf-8")
