"""The styles of drums by name, and the patterns that lead into them."""

from __future__ import annotations

from symgen.drummer.patterns import Pattern, shipped_patterns
from symgen.music.drum_kit import BAND_DRUMS
from symgen.system.errors import ControlError

__all__ = ["drum_styles", "find_style", "patterns_of", "usual_meter"]

_WALTZ = "3/4"


def drum_styles() -> tuple[str, ...]:
    """Return all names of styles, the broad ones first."""
    labels = [pattern.label for pattern in shipped_patterns()]
    broad = {label.partition("/")[0] for label in labels} | BAND_DRUMS.keys()
    return (*sorted(broad), *sorted({label for label in labels if "/" in label}))


def find_style(name: str) -> str:
    """Return the label of a style by its name."""
    wanted = name.strip().lower().replace(" ", "-")
    known = drum_styles()
    if wanted not in known:
        broad = ", ".join(style for style in known if "/" not in style)
        raise ControlError(f"style {name!r}: there are drums for {broad}")
    return BAND_DRUMS.get(wanted, wanted)


def usual_meter(name: str) -> str:
    """Return the meter in which a style is played if nothing else is said."""
    return _WALTZ if name.strip().lower() == "waltz" else "4/4"


def patterns_of(label: str, meter: str) -> tuple[Pattern, ...]:
    """Return patterns in a meter: of the style, else of a style that is near it, else of any."""
    there = [pattern for pattern in shipped_patterns() if pattern.groove.meter == meter]
    broad = label.partition("/")[0]
    exact = [pattern for pattern in there if pattern.label == label]
    near = [pattern for pattern in there if pattern.style == broad]
    return tuple(exact or near or there)
