"""An XML document as a tree that knows where in the bytes each element stands, so that the rest can stay as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor, isfinite
from xml.parsers import expat

from symgen.system.errors import FormatError

__all__ = [
    "Edit",
    "Element",
    "cut_out",
    "number",
    "parse",
    "space_after",
    "space_before",
    "splice",
    "whole",
]

Edit = tuple[int, int, bytes]
"""First byte, first byte after it, and what stands there instead."""

_TAG = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""")


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a document."""

    tag: str
    attributes: dict[str, str]
    # first byte, and first byte after it
    start: int
    end: int
    # first byte after its start tag, and first byte of its end tag; both are `end` if there is but
    # one tag
    inner: int
    inner_end: int
    # up to the first child
    text: str
    children: list[Element]

    def all(self, tag: str) -> Iterator[Element]:
        """Yield the children of a name."""
        return (child for child in self.children if child.tag == tag)

    def find(self, path: str) -> Element | None:
        """Return the first element at a path such as ``"pitch/step"``."""
        tag, _, rest = path.partition("/")
        for child in self.all(tag):
            found = child.find(rest) if rest else child
            if found is not None:
                return found
        return None

    def value(self, path: str, default: str = "") -> str:
        """Return the text at a path, without the space around it."""
        found = self.find(path)
        return default if found is None else found.text.strip()

    def walk(self) -> Iterator[Element]:
        """Yield the element and all in it."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(
    data: bytes,
    at: int = 0,
    end: int | None = None,
    take: dict[str, Callable[[Element], None]] | None = None,
) -> Element:
    """Read the element in a stretch of UTF-8 without entities; `take` gets those of a name as they end."""
    # What is taken is not kept in the tree: a document of a million elements is read measure by
    # measure, and no more than one measure of it is there at a time.
    builder = _TreeBuilder(data, at, take or {})
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    builder.parser = parser
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.finish
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(data[at:end], True)
    except expat.ExpatError as error:
        raise FormatError(
            f"is no well-formed XML ({error}); ask for a whole copy of the file"
        ) from None
    return builder.root[0]


class _TreeBuilder:
    """Gets what expat finds."""

    def __init__(self, data: bytes, base: int, take: dict[str, Callable[[Element], None]]) -> None:
        self.parser: expat.XMLParserType
        self.root: list[Element] = []
        self._data, self._base, self._take = data, base, take
        # tag, attributes, first byte, first byte inside, text and children of what is open
        self._open: list[tuple[str, dict[str, str], int, int, list[str], list[Element]]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        start = self._base + self.parser.CurrentByteIndex
        found = _TAG.match(self._data, start)
        self._open.append((tag, attributes, start, found.end() if found else start, [], []))

    def text(self, characters: str) -> None:
        _, _, _, _, text, children = self._open[-1]
        if not children:
            text.append(characters)

    def finish(self, _: str) -> None:
        tag, attributes, start, inner, text, children = self._open.pop()
        place = self._base + self.parser.CurrentByteIndex
        if self._data.startswith(b"/>", inner - 2):
            element = Element(tag, attributes, start, inner, inner, inner, "", [])
        else:
            end = self._data.index(b">", place) + 1
            element = Element(tag, attributes, start, end, inner, place, "".join(text), children)
        if tag in self._take:
            self._take[tag](element)
        else:
            (self._open[-1][5] if self._open else self.root).append(element)


def splice(data: bytes, edits: list[Edit]) -> bytes:
    """Put other bytes in the place of some stretches, which do not overlap."""
    # All edits are places in the bytes as they were, so they may be found in any order and are made
    # at once; those at one place keep their order. Whatever no edit names comes out as it came in.
    done, at = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        done += [data[at:start], new]
        at = end
    return b"".join([*done, data[at:]])


def cut_out(data: bytes, start: int, end: int) -> Edit:
    """Take a stretch out, with the space before it."""
    return start - len(space_before(data, start)), end, b""


def number(written: str) -> float:
    """Return the number that an element holds, 0 if it is none."""
    try:
        value = float(written)
    except ValueError:
        return 0.0
    return value if isfinite(value) else 0.0


def whole(written: str) -> int:
    """Return the whole number nearest to the one that an element holds, halves up; 0 if it is none."""
    return floor(number(written) + 0.5)


def space_before(data: bytes, at: int) -> bytes:
    """Return the space that ends at a byte."""
    start = at
    while start and data[start - 1] in b" \t\r\n":
        start -= 1
    return data[start:at]


def space_after(data: bytes, at: int) -> bytes:
    """Return the space that begins at a byte."""
    end = at
    while end < len(data) and data[end] in b" \t\r\n":
        end += 1
    return data[at:end]
