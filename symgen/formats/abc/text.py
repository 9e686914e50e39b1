"""The text of ABC tune books: tunes, their fields and lines; bounds on lines of text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from symgen.system.errors import FormatError

__all__ = ["abc_fields", "abc_lines", "check_line", "plain_title", "split_book"]

FIELD = re.compile(r"^\s*([A-Za-z]):(?![|:\]])\s*(.*)$")
_TUNE = re.compile(r"(?m)^(?=[ \t]*X:)")
_HEAD_FIELD = re.compile(r"(?:[LMRmUIQ]:|%%)")
_BLOCK = re.compile(r"%%begin(\w+)")
_NO_MUSIC = re.compile(r'"[^"]*"|![^!|\s]*!|\+[^+|\s]*\+|\{[^}]*\}|\[[A-Za-z]:[^\]]*\]')
_LONGEST_LINE = 20_000
_METER = re.compile(r"(?:M:|\*M(?!M))\s*([^/\s]+)")
_MOST_BEATS = 255
_LONG_NUMBER = re.compile(r"(?<![.\d])\d{5,}", re.ASCII)
_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    '"': "\u0308",
    ",": "\u0327",
    "c": "\u0327",
}


def check_line(line: str, *, numbers: bool) -> None:
    """Refuse a line of ABC or kern that is longer, or has larger numbers, than music needs."""
    if len(line) > _LONGEST_LINE:
        raise FormatError(
            f"has a line of more than {_LONGEST_LINE:,} characters ({line[:20]!r}...); split it"
        )
    found = _LONG_NUMBER.search(line) if numbers else None
    if found:
        raise FormatError(
            f"has the number {found[0][:20]} (in {line.strip()[:20]!r}); use at most 4 digits"
        )
    meter = _METER.match(line) if numbers else None
    if meter and sum(map(int, re.findall(r"\d+", meter[1], re.ASCII))) > _MOST_BEATS:
        raise FormatError(f"has the meter {meter[1][:20]}; use at most {_MOST_BEATS} beats")


def split_book(text: str) -> list[str]:
    """Return the tunes of a book; each begins with its ``X:`` field, then come the fields of the
    book's head."""
    # A tune ends at an empty line, unless what follows can only be its music. A text without
    # ``X:`` is one tune.
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    head, *tunes = [piece.lstrip(" \t") for piece in _TUNE.split(text)]
    if not head.startswith("X:"):
        if not tunes:
            return [f"X:1\n{_until_end(head)}"]
        kept = [line for line in head.split("\n\n")[0].splitlines() if _HEAD_FIELD.match(line)]
    else:
        tunes, kept = [head, *tunes], []
    fields = "".join(f"\n{line}" for line in kept)
    return [_until_end(tune.replace("\n", f"{fields}\n", 1)) for tune in tunes]


def _until_end(tune: str) -> str:
    """Cut a tune at its first empty line after which there is no music."""
    blocks = re.split(r"\n[ \t]*(?=\n)", tune)
    kept = [blocks[0]]
    for block in blocks[1:]:
        has_key = any(re.search(r"(?m)^\s*K:", before) for before in kept)
        if block.strip() and has_key and not _is_music(block):
            break
        kept.append(block)
    return "".join(kept)


def _is_music(block: str) -> bool:
    """Whether each line is a field, a comment or music with bar lines, and some are music."""
    lines = [line.split("%")[0].strip() for line in block.splitlines()]
    music = [line for line in lines if line and not FIELD.match(line)]
    return bool(music) and not any(is_prose(line) or "|" not in line for line in music)


def is_prose(line: str) -> bool:
    """Whether a line holds words: small letters that stand for nothing in music."""
    return len(re.findall(r"[h-tw]", _NO_MUSIC.sub("", line))) > 1


def abc_lines(chunk: str) -> Iterator[str]:
    """Yield the lines of a tune without comments, continuations and blocks of text; directives stay."""
    until = ""
    for line in chunk.splitlines():
        if until:
            until = "" if line.startswith(until) else until
            continue
        block = _BLOCK.match(line)
        if block:
            until = f"%%end{block[1]}"
        elif line.startswith("%%"):
            yield line
        else:
            yield re.sub(r"(?<!\\)%.*$", "", line).rstrip().removesuffix("\\")


def abc_fields(chunk: str) -> dict[str, str]:
    """Return the first value of each field of the tune's head."""
    found: dict[str, str] = {}
    for line in chunk.splitlines():
        field = FIELD.match(line)
        if field:
            found.setdefault(field[1], field[2].split("%")[0].strip())
            if field[1] == "K":
                break
    return found


def plain_title(text: str) -> str:
    r"""Return a text with its characters instead of ABC's names for them: ``caf\'e``, ``caf&eacute;``."""

    def accented(found: re.Match[str]) -> str:
        return found[2] + _ACCENTS[found[1]]

    import unicodedata

    text = re.sub(
        r"\\([`'^~\",])([A-Za-z])|\\c([cC])",
        lambda m: accented(m) if m[1] else f"{m[3]}\u0327",
        text,
    )
    return unicodedata.normalize("NFC", html.unescape(text))
