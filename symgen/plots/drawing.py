"""A picture as a value: boxes, lines and words at places in pixels, for any painter."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.plots.colors import INKS

__all__ = ["Boxes", "Drawing", "Lines", "Words", "color_of", "printable", "text_width"]

Rows = NDArray[np.float64]

# Of the size of the letters; measured on names of instruments.
_NARROW, _WIDE = 0.58, 1.05


@dataclass(frozen=True)
class Boxes:
    """Boxes of one look."""

    rows: Rows  # left, top, width, height of each, shape (count, 4)
    fill: str  # a color, or the name of an ink
    edge: str = ""
    opacity: float = 1.0
    label: str = ""  # what they are


@dataclass(frozen=True)
class Lines:
    """Straight lines of one look."""

    rows: Rows  # x and y of the start, x and y of the end, shape (count, 4)
    color: str
    width: float = 1.0
    is_dashed: bool = False


@dataclass(frozen=True)
class Words:
    """A text that stands on a line."""

    x: float
    y: float
    text: str
    size: float = 11.0
    anchor: str = "start"  # or "middle" or "end"


@dataclass(frozen=True)
class Drawing:
    """A picture, the first mark at the bottom."""

    width: float
    height: float
    marks: tuple[Boxes | Lines | Words, ...]
    title: str = ""  # what is to be seen, in a sentence


def color_of(name: str) -> str:
    """Return a color by its own name or by that of an ink."""
    return INKS.get(name, name)


def printable(text: str) -> str:
    """Return a text without what no font can draw, such as bytes of a name that are no text."""
    return text.encode(errors="backslashreplace").decode()


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is drawn: which font a reader has is not known."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (_NARROW * (len(text) - wide) + _WIDE * wide)
