"""Colors of parts, and those of what stands around them."""

from __future__ import annotations

__all__ = ["INKS", "PART_COLORS", "part_color", "velocity_opacity"]

# The first six are from Okabe and Ito, "Color Universal Design" (2008). The other six were searched
# for: of all colors that stand out from white and from a dark page they are those whose nearest two
# lie farthest apart in CAM02-UCS, as all readers, deuteranopes and protanopes see them (Machado,
# Oliveira and Fernandes 2009). No two of the twelve come nearer than 12.5 (1 can just be told apart).
PART_COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#962D2D",
    "#8778FF",
    "#2D6969",
    "#96E1A5",
    "#002DFF",
    "#78E1F0",
)

INKS = {
    "paper": "#FFFFFF",
    "text": "#22262B",
    "line": "#4A4F55",
    "beat": "#DDE1E5",
    "key": "#F4F6F8",
    "prompt": "#A9B0B7",
}
"""By what they are for; a page may give them others in the dark."""

_SOFT, _LOUD = 24, 104
_PALEST = 0.42


def part_color(index: int) -> str:
    """Return the color of a part; the thirteenth has that of the first."""
    return PART_COLORS[index % len(PART_COLORS)]


def velocity_opacity(velocity: int) -> float:
    """Return how full the color of a note is, 0..1: paler the softer it is."""
    loudness = (velocity - _SOFT) / (_LOUD - _SOFT)
    return _PALEST + (1 - _PALEST) * min(1.0, max(0.0, loudness))
