"""The process that engraves for `symgen.sheets.engraving`, under a limit of memory that it sets itself.

``python -m symgen.sheets.sheet_worker MEGABYTES`` says ``{"ready": true}``, then how many ``pages`` a
question has (``xml``, ``title``, ``kind``: svg, png, pdf, or inline for SVG without styles), then the
``data`` of each ``page`` that is asked for, and which notes begin when for the question ``times``.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from html import escape
from typing import IO, Any

from symgen.system.processes import OUT_OF_MEMORY
from symgen.system.worker import limit_memory, open_answers, say

__all__ = ["SheetWriter", "serve"]

_OPTIONS = {
    "pageWidth": 2100,
    "pageHeight": 2970,
    "pageMarginTop": 250,
    "pageMarginBottom": 180,
    "pageMarginLeft": 120,
    "pageMarginRight": 120,
    "scale": 40,
    "breaks": "auto",
    "header": "none",
    "footer": "none",
    "svgViewBox": True,
    "justifyVertically": False,
    "systemDivider": "none",
    # words that are sung do not run into each other
    "lyricWordSpace": 2.0,
    # the same score gives the same bytes
    "xmlIdSeed": 1,
}
_INNER = '<svg class="definition-scale"'
_PIXELS_A_CENTIMETER = 60
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
# Signs of the music font in texts, which other programs do not have: notes of metronome marks.
_TEXT_SIGNS = {
    "\uE1D5": "♩", "\uECA5": "♩", "\uE1D7": "♪", "\uECA7": "♪", "\uE1D9": "♬", "\uECA9": "♬",
    "\uE1E7": ".", "\uECB7": ".", "\uE1D3": "𝅗𝅥", "\uECA3": "𝅗𝅥", "\uE1D2": "𝅝", "\uECA2": "𝅝",
}  # fmt: skip
_PAGE = """#set page(width: {width}cm, height: {height}cm, margin: 0cm)
#image(bytes(sys.inputs.at("{name}")), format: "svg", width: 100%)
"""


class SheetWriter:
    """Pages of one score."""

    def __init__(self, question: dict[str, Any]) -> None:
        import verovio

        verovio.enableLog(verovio.LOG_OFF)
        self._kind, self._title = question["kind"], question["title"]
        self._toolkit = verovio.toolkit()
        # pages of pictures end with their music, those of paper are as high as paper
        self._toolkit.setOptions({**_OPTIONS, "adjustPageHeight": self._kind != "pdf"})
        loaded = self._toolkit.loadData(question["xml"])
        self.count = int(self._toolkit.getPageCount()) if loaded else 0

    def data(self, page: int) -> bytes:
        """Return a page, or of a PDF all of them."""
        if self._kind == "svg":
            return self._svg(page).encode()
        if self._kind == "inline":
            return _STYLE.sub("", _without_music_font(self._svg(page))).encode()
        pages = range(1, self.count + 1) if self._kind == "pdf" else (page,)
        return self._typeset([_without_music_font(self._svg(one)) for one in pages])

    def times(self) -> list[list[Any]]:
        """Return the moments at which notes begin: quarters from the start, page, ids of elements."""
        found = []
        for moment in self._toolkit.renderToTimemap():
            ids = moment.get("on", [])
            if ids:
                page = int(self._toolkit.getPageWithElement(ids[0]))
                found.append([moment["qstamp"], page, ids])
        return found

    def _svg(self, page: int) -> str:
        """Return a page with its title and number."""
        svg: str = self._toolkit.renderToSVG(page)
        head, inner, tail = svg.partition(_INNER)
        width, height = _size(tail)
        words = (
            _words(width / 2, height - 700, 330, f"{page} / {self.count}") if self.count > 1 else ""
        )
        if page == 1 and self._title:
            size = min(700.0, 1.6 * width / max(1, len(self._title)))
            words += _words(width / 2, 1500, size, self._title)
        body, end, rest = tail.rpartition("</svg>")
        inside, last, style = body.rpartition("</svg>")
        return head + inner + inside + words + last + style + end + rest

    def _typeset(self, pages: list[str]) -> bytes:
        import typst

        inputs: dict[str, str] = {}
        source = "#set document(date: none)\n"
        for number, svg in enumerate(pages, 1):
            name = f"page-{number}"
            width, height = _size(svg)
            inputs[name] = svg
            source += _PAGE.format(name=name, width=21, height=21 * height / width)
        page: bytes = typst.compile(
            source.encode(),
            format=self._kind,
            ppi=2.54 * _PIXELS_A_CENTIMETER,
            ignore_system_fonts=True,
            sys_inputs=inputs,
        )
        return page


def _size(svg: str) -> tuple[float, float]:
    """Return width and height of a picture, of which this is the text or the end of it."""
    width, height = svg.split('viewBox="0 0 ')[1].split('"', maxsplit=1)[0].split()
    return float(width), float(height)


def _words(x: float, y: float, size: float, text: str) -> str:
    place = f'x="{x:g}" y="{y:g}" font-size="{size:g}px" text-anchor="middle"'
    return f"<text {place}>{escape(text)}</text>"


def _without_music_font(svg: str) -> str:
    for sign, plain in _TEXT_SIGNS.items():
        svg = svg.replace(
            f'font-family="Leipzig" font-size="720px">{sign}', f'font-size="500px">{plain}'
        )
        svg = svg.replace(sign, plain)
    return svg


def serve(megabytes: int, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until the input ends."""
    limit_memory(megabytes * 2**20)
    say(answers, {"ready": True})
    writer: SheetWriter | None = None
    for line in questions:
        question = json.loads(line)
        if "xml" in question:
            writer = SheetWriter(question)
            say(answers, {"pages": writer.count})
        elif writer is not None and "times" in question:
            say(answers, {"times": writer.times()})
        elif writer is not None:
            data = writer.data(question["page"])
            say(answers, {"data": base64.b64encode(data).decode()})


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]), sys.stdin.buffer, open_answers())
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
