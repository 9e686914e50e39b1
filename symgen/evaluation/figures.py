"""Pictures of an evaluation, as PNG: metrics, distances, histograms, classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from symgen.evaluation.labels import LABELS
from symgen.evaluation.yang_lerch import YANG_LERCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_figures"]

Tables = Mapping[str, Mapping[str, Mapping[str, float]]]
Curves = Mapping[str, Mapping[str, NDArray[Any]]]

# Okabe and Ito (2008): told apart by readers with any color vision.
_COLORS = {"reference": "#0072B2", "generated": "#D55E00", "between": "#009E73", "floor": "#A9B0B7"}
_DPI = 110
_SHARES = (
    *(
        "repeated_bars",
        "similarity_1",
        "similarity_2",
        "similarity_4",
        "similarity_8",
        "similarity_16",
    ),
    *(
        "long_loop",
        "empty_bars",
        "ends_on_tonic",
        "notes_in_key",
        "scale_consistency",
        "groove_consistency",
    ),
    *("empty_beat_rate", "polyphony_rate", "copied_share"),
)
"""Metrics between 0 and 1, which can share one axis."""
_HISTOGRAMS = {
    "pitch_class": ("semitones above the tonic", 0, 12),
    "interval": ("interval in semitones", -12, 25),
    "duration": ("duration in twelfths of a quarter", 0, 49),
    "place": ("place in the bar in twelfths of a quarter", 0, 49),
}


def draw_figures(tables: Tables, curves: Curves) -> dict[str, bytes]:
    """Draw what an evaluation holds."""
    import matplotlib.style

    with matplotlib.style.context("default"):
        figures = {
            "metrics.png": _metrics(tables),
            "distances.png": _distances(tables, curves),
            "histograms.png": _histograms(curves),
            "classifiers.png": _classifiers(tables),
        }
        return {name: _to_png(figure) for name, figure in figures.items() if figure is not None}


def _new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _to_png(figure: Figure) -> bytes:
    data = BytesIO()
    figure.savefig(data, format="png", dpi=_DPI, metadata={"Software": None})
    return data.getvalue()


def _metrics(tables: Tables) -> Figure | None:
    """Means and intervals of both sets, side by side."""
    table = {**tables.get("metrics", {}), **tables.get("copies", {})}
    names = [name for name in _SHARES if name in table]
    if not names:
        return None
    figure = _new_figure(8, 1.2 + 0.34 * len(names))
    axes = figure.subplots()
    for place, name in enumerate(reversed(names)):
        for side, shift in (("reference", 0.13), ("generated", -0.13)):
            _point(axes, table[name], side, place + shift, _COLORS[side])
    axes.set_yticks(
        range(len(names)), [LABELS.get(n, n.replace("_", " ")) for n in reversed(names)]
    )
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", alpha=0.3)
    _legend(figure, "reference", "generated")
    return figure


def _point(axes: Axes, cells: Mapping[str, float], column: str, height: float, color: str) -> None:
    if column not in cells:
        return
    axes.plot(cells[column], height, "o", color=color, markersize=5)
    if f"{column}_low" in cells:
        axes.plot(
            [cells[f"{column}_low"], cells[f"{column}_high"]], [height, height], "-", color=color
        )


def _legend(figure: Figure, *names: str) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=_COLORS[name], marker="o", label=name) for name in names]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(names), frameon=False)


def _distances(tables: Tables, curves: Curves) -> Figure | None:
    """Densities of distances, one panel a feature."""
    if not any(name.startswith("distance ") for name in curves):
        return None
    figure = _new_figure(10, 8)
    for axes, name in zip(figure.subplots(3, 3).flat, YANG_LERCH, strict=True):
        found = curves.get(f"distance {name}", {})
        for key, color in (
            ("within_reference", "reference"),
            ("within_generated", "generated"),
            ("between",) * 2,
        ):
            if key in found:
                axes.plot(found["grid"], found[key], color=_COLORS[color], label=key, linewidth=1.4)
        cells = tables.get("distances", {}).get(name, {})
        overlap = f", overlap {cells['overlap']:.2f}" if "overlap" in cells else ""
        axes.set_title(name.replace("_", " ") + overlap, fontsize=9)
        axes.set_yticks([])
        axes.tick_params(labelsize=7)
    _legend(figure, "reference", "generated", "between")
    return figure


def _histograms(curves: Curves) -> Figure | None:
    """Shares of notes, both sets."""
    if not any(name.startswith("histogram ") for name in curves):
        return None
    figure = _new_figure(10, 6)
    for axes, (name, (label, first, count)) in zip(
        figure.subplots(2, 2).flat, _HISTOGRAMS.items(), strict=True
    ):
        found = curves[f"histogram {name}"]
        for side, shift in (("reference", -0.2), ("generated", 0.2)):
            places = [first + i + shift for i in range(count)]
            axes.bar(places, found[side][:count], width=0.4, color=_COLORS[side])
        axes.set_xlabel(label, fontsize=8)
        axes.tick_params(labelsize=7)
    _legend(figure, "reference", "generated")
    return figure


def _classifiers(tables: Tables) -> Figure | None:
    """Areas under the curve, with their floors."""
    table = tables.get("classifiers", {})
    if not table:
        return None
    figure = _new_figure(7, 1.2 + 0.45 * len(table))
    axes = figure.subplots()
    for place, cells in enumerate(reversed(list(table.values()))):
        _point(axes, cells, "auc", place + 0.12, _COLORS["generated"])
        _point(axes, cells, "floor", place - 0.12, _COLORS["floor"])
    axes.axvline(0.5, color="black", linewidth=0.8)
    axes.set_yticks(range(len(table)), [LABELS.get(name, name) for name in reversed(list(table))])
    axes.set_xlim(0.3, 1.02)
    axes.set_xlabel("area under the ROC curve")
    _legend(figure, "generated", "floor")
    return figure
