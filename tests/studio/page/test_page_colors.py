"""The colors of the page of the studio stand out enough on what they stand on."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

PAGE = files("symgen") / "studio" / "page"
GROUNDS = ("paper", "surface", "sunk")
TEXTS = {
    "ink": (*GROUNDS, "accent-soft", "take-soft", "locked-soft", "danger-soft", "good-soft"),
    "muted": GROUNDS,
    "accent": (*GROUNDS, "accent-soft"),
    "on-accent": ("accent",),
    "locked": ("surface", "locked-soft"),
    "take": ("surface", "take-soft"),
    "danger": ("paper", "surface", "danger-soft"),
    "good": ("surface", "good-soft"),
    "on-note": tuple(f"note-{number}" for number in range(1, 9)),
}
GRAPHICS = {
    **{f"note-{number}": ("roll-paper", "roll-black", "roll-scale") for number in range(1, 9)},
    "take": ("roll-paper", "roll-black", "roll-scale"),
    "locked": ("roll-paper", "roll-black", "roll-scale"),
    "playhead": ("roll-paper", "roll-black"),
    "edge": GROUNDS,
    "focus": (*GROUNDS, "roll-paper"),
}


def _themes() -> dict[str, dict[str, str]]:
    text = (PAGE / "tokens.css").read_text(encoding="utf-8")
    light = text[: text.index(':root[data-theme="dark"]')]
    dark = text[text.index(':root[data-theme="dark"]') : text.index("@media")]
    return {
        name: dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))
        for name, block in (("light", light), ("dark", dark))
    }


def _luminance(color: str) -> float:
    """Return the relative luminance of a color, as WCAG 2.2 defines it."""
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, 4.5), (GRAPHICS, 3.0)])
def test_contrast(theme: str, pairs: dict[str, tuple[str, ...]], least: float) -> None:
    colors = _themes()[theme]
    weak = {
        f"{front} on {back}": round(_contrast(colors[front], colors[back]), 2)
        for front, backs in pairs.items()
        for back in backs
        if _contrast(colors[front], colors[back]) < least
    }
    assert not weak


def test_both_themes_define_the_same_colors() -> None:
    themes = _themes()
    assert set(themes["light"]) == set(themes["dark"])


def test_contrast_is_measured_as_wcag_does() -> None:
    assert round(_contrast("#000000", "#ffffff"), 2) == 21
    assert round(_contrast("#777777", "#ffffff"), 2) == 4.48
