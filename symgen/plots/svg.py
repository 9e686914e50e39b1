"""A drawing as SVG: text stays text, and a page may give the inks other colors by their classes."""

from __future__ import annotations

import re
from html import escape

from symgen.plots.colors import INKS
from symgen.plots.drawing import Boxes, Drawing, Lines, Words, color_of, printable

__all__ = ["SvgText", "to_svg"]

_FONTS = "'DejaVu Sans', Verdana, 'Noto Sans', 'Noto Sans CJK JP', sans-serif"
# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SvgText(str):
    """An SVG picture as text, which notebooks show."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def to_svg(drawing: Drawing) -> SvgText:
    """Return an ``<svg>`` element; the same drawing gives the same text."""
    size = f"{drawing.width:.0f} {drawing.height:.0f}"
    wide, high = size.split()
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{wide}" height="{high}" '
        f'role="img" aria-label="{_text(drawing.title)}" font-family="{_FONTS}">'
    )
    paper = f'<rect class="paper" width="{wide}" height="{high}" fill="{INKS["paper"]}"/>'
    title = f"<title>{_text(drawing.title)}</title>"
    return SvgText("\n".join([head, title, paper, *map(_mark, drawing.marks), "</svg>\n"]))


def _mark(mark: Boxes | Lines | Words) -> str:
    if isinstance(mark, Boxes):
        return _boxes(mark)
    return _lines(mark) if isinstance(mark, Lines) else _words(mark)


def _boxes(mark: Boxes) -> str:
    path = "".join(
        f"M{_number(x)} {_number(y)}h{_number(wide)}v{_number(high)}h{_number(-wide)}z"
        for x, y, wide, high in mark.rows.tolist()
    )
    opacity = f' fill-opacity="{mark.opacity:.2f}"' if mark.opacity < 1 else ""
    edge = f' stroke="{color_of(mark.edge)}" stroke-width="0.8"' if mark.edge else ""
    label = f"<title>{_text(mark.label)}</title>" if mark.label else ""
    return f'<path{_class(mark.fill, "note")} d="{path}" fill="{color_of(mark.fill)}"{opacity}{edge}>{label}</path>'


def _lines(mark: Lines) -> str:
    path = "".join(
        f"M{_number(x)} {_number(y)}L{_number(to_x)} {_number(to_y)}"
        for x, y, to_x, to_y in mark.rows.tolist()
    )
    dashes = ' stroke-dasharray="6 4"' if mark.is_dashed else ""
    look = f'fill="none" stroke="{color_of(mark.color)}" stroke-width="{_number(mark.width)}"'
    return f'<path{_class(mark.color + "-line")} d="{path}" {look}{dashes}/>'


def _words(mark: Words) -> str:
    place = f'x="{_number(mark.x)}" y="{_number(mark.y)}"'
    look = f'font-size="{_number(mark.size)}" text-anchor="{mark.anchor}" fill="{INKS["text"]}"'
    return f'<text class="text" {place} {look}>{_text(mark.text)}</text>'


def _class(name: str, other: str = "") -> str:
    known = name if name.removesuffix("-line") in INKS else other
    return f' class="{known}"' if known else ""


def _number(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", printable(text)))
