"""A training run as curves, and what such pictures share: the way into a PNG file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from symgen.plots.colors import INKS, PART_COLORS, part_color
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, check_writable, write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BEAT_COLOR", "DPI", "LINE_COLOR", "compared_curves", "plot_curves", "to_png"]

LINE_COLOR, BEAT_COLOR = INKS["line"], INKS["beat"]
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


_TRAIN, _VALID = ("training", PART_COLORS[0]), ("validation", PART_COLORS[1])
_PANELS = (
    ("bits per note", {"train_bits_per_note": _TRAIN, "valid_bits_per_note": _VALID}),
    ("bits per 16th", {"valid_bits_per_16th": _VALID}),
)


def plot_curves(rows: Sequence[Mapping[str, float]], path: PathLike) -> None:
    """Draw the losses of a training run over its steps; an existing file is replaced."""
    # `rows`: each with ``step`` and any of ``train_bits_per_note``, ``valid_bits_per_note`` and
    # ``valid_bits_per_16th``; values that are missing or not finite are left out.
    panels = []
    for label, curves in _PANELS:
        found = [
            (points, *style) for key, style in curves.items() if (points := _points(rows, key))
        ]
        if found:
            panels.append((label, found))
    if not panels:
        raise FormatError(f"{path}: the log holds no step with a loss, there is nothing to draw")
    check_writable(path, overwrite=True)
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context("default"):
        figure = Figure(figsize=(6.4 * len(panels), 4.2), dpi=DPI, layout="constrained")
        for axes, (label, found) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            _draw_curves(axes, label, found)
        write_atomic(path, to_png(figure))


def compared_curves(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> bytes:
    """Draw the held-out losses of several runs in one picture, a PNG file; nothing if no run has any."""
    key = "valid_bits_per_note"
    found = {name: points for name, rows in runs.items() if (points := _points(rows, key))}
    if not found:
        return b""
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context("default"):
        figure = Figure(figsize=(8.4, 4.8), dpi=DPI, layout="constrained")
        axes = figure.subplots()
        for index, (name, points) in enumerate(found.items()):
            steps, values = zip(*points, strict=True)
            # Kinds of lines too, for those who do not tell the colors apart. What begins with an
            # underscore would be left out of the legend, and dollars would set formulas.
            label = f" {name}".replace("$", r"\$")
            line = ("-", "--", "-.", ":")[index % 4]
            axes.plot(
                steps,
                values,
                line,
                color=part_color(index),
                linewidth=1.6,
                label=label,
                marker="o",
                markersize=3,
            )
        _dress(axes, "bits per note on held-out pieces")
        return to_png(figure)


def _points(rows: Sequence[Mapping[str, float]], key: str) -> list[tuple[float, float]]:
    pairs = [(row["step"], row[key]) for row in rows if "step" in row and key in row]
    return [(float(step), float(value)) for step, value in pairs if math.isfinite(value)]


def _draw_curves(
    axes: Axes, label: str, found: Sequence[tuple[list[tuple[float, float]], str, str]]
) -> None:
    for points, name, color in found:
        steps, values = zip(*points, strict=True)
        few = len(points) <= 60
        axes.plot(
            steps,
            values,
            color=color,
            linewidth=1.6,
            label=name,
            marker="o" if few else "",
            markersize=3,
        )
        if name == "validation":
            step, best = min(points, key=lambda point: point[1])
            axes.axhline(best, color=color, linewidth=0.8, linestyle=":")
            note = f"best {best:.3f} at step {step:,.0f}"
            axes.annotate(note, (1, best), xycoords=("axes fraction", "data"), xytext=(-4, -3), fontsize=8,
                          textcoords="offset points", ha="right", va="top", color=color)  # fmt: skip
    _dress(axes, label)


def _dress(axes: Axes, label: str) -> None:
    """Name the axes, and draw what all such pictures have."""
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.margins(y=0.12)
    axes.grid(color=BEAT_COLOR, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
