"""How far training is, in one line of a terminal that is written over, as wide as there is room."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from symgen.cli.progress import ProgressLine
from symgen.cli.telling import has_color

if TYPE_CHECKING:
    from symgen.training import TrainProgress

__all__ = ["TrainingLine", "status_line"]

_EVERY = 0.1
"""Seconds between two looks: more often nobody can read, and a terminal is slow."""
_BAR, _SHORT_BAR, _WIDE = 20, 10, 100
"""Signs of the bar, and from how many columns on it is the long one."""
_HEIGHTS = "▁▂▃▄▅▆▇█"
_MOST_POINTS = 16
_COLOR, _PLAIN = "\x1b[36m", "\x1b[0m"


class TrainingLine:
    """The line of a run; lines about validations stay above it."""

    def __init__(self, figure: str, unit: str) -> None:
        self._figure, self._unit = figure, unit
        self._line, self._next = ProgressLine(), 0.0
        self._held_out: list[float] = []

    def show(self, progress: TrainProgress) -> None:
        """Show where training is, if the last look is long enough ago."""
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _EVERY
        color, signs = has_color(sys.stderr), _can_draw(sys.stderr.encoding)
        text = status_line(
            progress,
            self._held_out,
            (self._figure, self._unit),
            # The last column stays empty: some terminals go to the next line behind it.
            width=shutil.get_terminal_size().columns - 1,
            signs=signs,
        )
        cut = text.find("  ") if text.startswith(("━", "─")) else 0
        self._line.show(f"{_COLOR}{text[:cut]}{_PLAIN}{text[cut:]}" if color and cut else text)

    def keep(self, text: str, figure: float | None = None) -> None:
        """Write a line about a validation that stays; its figure is drawn among the others."""
        if figure is not None:
            self._held_out.append(figure)
        self._line.keep(text)


def status_line(
    progress: TrainProgress,
    held_out: Sequence[float],
    words: tuple[str, str],
    *,
    width: int,
    signs: bool = True,
) -> str:
    """Return bar, pass, figures, their course, speed and time left: of these what has room, in this order."""
    figure, unit = words
    speed = f"{progress.rate:,.0f} {unit}/s" if progress.rate else ""
    if progress.busy:
        speed += f", GPU busy {progress.busy:.0%}"
    parts = {
        "bar": _bar(progress.done, _BAR if width >= _WIDE else _SHORT_BAR, signs=signs),
        "share": f"{progress.done:.0%}",
        "pass": f"pass {progress.epoch + 1}",
        "figure": f"{progress.loss:.3f} {figure}",
        "held out": f"held out {held_out[-1]:.3f}" if held_out else "",
        "course": _course(held_out) if signs else "",
        "speed": speed,
        "left": _left(progress.left),
    }
    # What is missed least goes first where a terminal is narrow.
    for name in ("", "course", "speed", "bar", "pass", "held out", "left"):
        parts.pop(name, None)
        text = "  ".join(part for part in parts.values() if part)
        if len(text) <= width:
            return text
    return text[: max(0, width)]


def _bar(done: float, size: int, *, signs: bool) -> str:
    full, empty = "━─" if signs else "#."
    filled = round(size * min(1.0, max(0.0, done)))
    return full * filled + empty * (size - filled)


def _course(values: Sequence[float]) -> str:
    """Draw the last figures as blocks from low to high."""
    shown = values[-_MOST_POINTS:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    top = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[round((value - low) / ((high - low) or 1.0) * top)] for value in shown)


def _left(seconds: float) -> str:
    # An estimate out of no time at all is none.
    if not 0 < seconds < 1e6:
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 6000 else f"{seconds / 3600:.1f} h left"


def _can_draw(encoding: str | None) -> bool:
    try:
        (_HEIGHTS + "━─").encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
