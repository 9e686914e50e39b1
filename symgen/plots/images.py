"""A drawing as PNG or PDF, painted by matplotlib."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.plots.colors import INKS
from symgen.plots.drawing import Boxes, Drawing, Lines, Words, color_of, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["to_image"]

_INCH = 96
_POINT = 72 / _INCH
_DPI = 144
_FONT = "DejaVu Sans"
# Letters in colors cannot be painted; the other has a box for every letter.
_USELESS = re.compile("Emoji|Last Resort")
# Nothing that says when or with what; matplotlib's own version goes into a PDF even then.
_NAMELESS: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def to_image(drawing: Drawing, kind: str) -> bytes:
    """Paint a drawing as ``"png"`` or ``"pdf"``; the same drawing gives the same bytes."""
    import matplotlib.style
    from matplotlib.figure import Figure

    size = drawing.width / _INCH, drawing.height / _INCH
    buffer = BytesIO()
    with matplotlib.style.context("default"), warnings.catch_warnings():
        # A box is drawn in place of what no font has.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        figure = Figure(figsize=size, dpi=_DPI, facecolor=INKS["paper"])
        axes = figure.add_axes((0, 0, 1, 1), frameon=False)
        axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0), xticks=(), yticks=())
        for height, mark in enumerate(drawing.marks):
            _paint(axes, mark, height)
        figure.savefig(buffer, format=kind, metadata=_NAMELESS[kind])
    return buffer.getvalue()


def _paint(axes: Axes, mark: Boxes | Lines | Words, height: int) -> None:
    if isinstance(mark, Boxes):
        _paint_boxes(axes, mark, height)
    elif isinstance(mark, Lines):
        _paint_lines(axes, mark, height)
    else:
        _paint_words(axes, mark, height)


def _paint_boxes(axes: Axes, mark: Boxes, height: int) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import to_rgba

    left, top, wide, high = mark.rows.T
    corners = np.array(
        [(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]
    )
    face = to_rgba(color_of(mark.fill), mark.opacity)
    edge = color_of(mark.edge) if mark.edge else "none"
    drawn = PolyCollection(
        list(corners.transpose(2, 0, 1)),
        facecolors=[face],
        edgecolors=edge,
        linewidths=0.8 * _POINT,
    )
    drawn.set_zorder(height)
    axes.add_collection(drawn, autolim=False)


def _paint_lines(axes: Axes, mark: Lines, height: int) -> None:
    from matplotlib.collections import LineCollection

    style: Any = (0, (6, 4)) if mark.is_dashed else "solid"
    drawn = LineCollection(
        list(mark.rows.reshape(-1, 2, 2)),
        colors=color_of(mark.color),
        linewidths=mark.width * _POINT,
        linestyles=[style],
    )
    drawn.set_zorder(height)
    axes.add_collection(drawn, autolim=False)


def _paint_words(axes: Axes, mark: Words, height: int) -> None:
    text = printable(mark.text)
    axes.text(
        mark.x,
        mark.y,
        text,
        fontsize=mark.size * _POINT,
        color=INKS["text"],
        ha={"start": "left", "middle": "center", "end": "right"}[mark.anchor],
        va="baseline",
        parse_math=False,
        zorder=height,
        family=_fonts(text),
    )


def _fonts(text: str) -> list[str]:
    """Return matplotlib's own font, and an installed one that has the letters that it lacks."""
    if text.isascii():
        return [_FONT]
    from matplotlib import font_manager

    own = font_manager.get_font(font_manager.findfont(_FONT))
    lacking = {letter for letter in text if not own.get_char_index(ord(letter))}
    fonts = font_manager.fontManager.ttflist
    known = {font.name: font.fname for font in fonts if not _USELESS.search(font.name)}
    for name in sorted(known) if lacking else ():
        with suppress(OSError, RuntimeError):  # a damaged font, or one that was taken away
            other = font_manager.get_font(known[name])
            if all(other.get_char_index(ord(letter)) for letter in lacking):
                return [_FONT, name]
    return [_FONT]
