"""What all pictures share: colors, and the way into a PNG file."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BEAT_COLOR", "COLORS", "DPI", "LINE_COLOR", "printable", "to_png"]

# Okabe and Ito (2008): told apart by readers with any color vision.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7B5EA7", "#8C6D31")
"""Of parts and curves."""
LINE_COLOR, BEAT_COLOR = "#4A4F55", "#DDE1E5"
DPI = 120


def to_png(figure: Figure) -> bytes:
    """Return a picture as a PNG file; the same picture gives the same bytes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph", category=UserWarning
        )  # a box is drawn in its place
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def printable(text: str) -> str:
    """Return a text without what no font can draw, such as bytes of a name that are no text."""
    return text.encode(errors="backslashreplace").decode()
