"""The training of an adversarial model as curves, and the bars that it writes beside real ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.plots.colors import PART_COLORS
from symgen.plots.curves import BEAT_COLOR, DPI, LINE_COLOR, to_png
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, check_writable, write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BarHistograms", "plot_bar_distributions", "plot_gan_training"]

_DIVERGENCES = "bits from the real bars"
_PANELS = {
    "loss, or gap of the scores": {"gap": "gap, real above written", "critic_loss": "critic",
                                   "generator_loss": "generator"},
    _DIVERGENCES: {"kl_pitch_class": "pitch class", "kl_duration": "duration", "kl_place": "place in the bar",
                   "kl_interval": "interval"},
    "share": {"unique_bars": "different bars", "in_scale": "notes in the scale", "leaps": "leaps above an octave"},
}  # fmt: skip
_TWELFTHS = 12
_LONGEST = 8 * _TWELFTHS
_DEGREES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")
_WIDER = 15.0
_INTERVALS = {
    -_WIDER: "< -12",
    **{float(i): str(i) for i in (-12, -7, -4, 0, 4, 7, 12)},
    _WIDER: "> 12",
}
_RARE = 0.002
_MOST = 11
"""Durations of a smaller share in both sets than the one, or above the other in number, are drawn together."""
_BAR = 0.42
_MANY = 200
"""A curve of more points is drawn faintly, with its running mean on top."""

Curve = list[tuple[float, float]]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class BarHistograms(Protocol):
    """What is drawn of a set of bars; a `symgen.gan.metrics.BarSet` has it all."""

    @property
    def pitch_class(self) -> Ints:
        """Notes by pitch class above the tonic, shape (12,)."""

    @property
    def interval(self) -> Ints:
        """Intervals of -12..12 semitones in bins 1..25, wider ones in bins 0 and 26, shape (27,)."""

    @property
    def duration(self) -> Ints:
        """Notes by duration in twelfths of a quarter, longer ones at the end, shape (97,)."""

    @property
    def place(self) -> dict[str, Ints]:
        """By meter, notes by place of their onset in twelfths of a quarter, shape (twelfths of a bar,)."""


def plot_gan_training(rows: Sequence[Mapping[str, float]], path: PathLike) -> None:
    """Draw how an adversarial training went, in up to three panels."""
    # `rows`: each with ``step`` and any of ``gap`` (mean score of real bars minus that of written
    # ones), ``critic_loss`` and ``generator_loss``; ``kl_pitch_class``, ``kl_duration``,
    # ``kl_place`` and ``kl_interval`` in bits, on a logarithmic axis; ``unique_bars``, ``in_scale``
    # and ``leaps``, shares. Values that are missing or not finite are left out, and divergences of
    # 0, which a logarithmic axis has no place for. Of many points the running mean is drawn too.
    # An existing file is replaced.
    panels = {}
    for label, curves in _PANELS.items():
        lowest = 0.0 if label == _DIVERGENCES else -math.inf
        found = {(name, color): curve for (key, name), color in zip(curves.items(), PART_COLORS, strict=False)
                 if (curve := _curve(rows, key, lowest))}  # fmt: skip
        if found:
            panels[label] = found
    if not panels:
        raise FormatError(
            f"{path}: the log holds no step with a loss or a measure, there is nothing to draw"
        )
    check_writable(path, overwrite=True)
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context("default"):
        figure = Figure(figsize=(5.2 * len(panels), 4.2), dpi=DPI, layout="constrained")
        for axes, (label, found) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
        ):
            _draw_curves(axes, label, found)
        write_atomic(path, to_png(figure))


def plot_bar_distributions(generated: BarHistograms, real: BarHistograms, path: PathLike) -> None:
    """Draw the histograms of written and real bars side by side, in shares."""
    # An existing file is replaced.
    pair = (real, generated)
    for name, found in zip(("real", "generated"), pair, strict=True):
        if not found.pitch_class.sum():
            raise FormatError(
                f"{path}: the {name} bars hold no notes, there is nothing to draw; give more bars"
            )
    check_writable(path, overwrite=True)
    import matplotlib.style
    from matplotlib.figure import Figure

    with matplotlib.style.context("default"):
        figure = Figure(figsize=(12.0, 7.2), dpi=DPI, layout="constrained")
        first, second, third, fourth = figure.subplots(2, 2).ravel()
        _draw_pairs(first, np.arange(12.0), [_shares(one.pitch_class) for one in pair])
        _label(first, "pitch class above the tonic", dict(enumerate(_DEGREES)))
        _draw_pairs(
            second,
            np.array([-_WIDER, *range(-12, 13), _WIDER]),
            [_shares(one.interval) for one in pair],
        )
        _label(second, "interval in semitones", _INTERVALS)
        _draw_durations(third, [_shares(one.duration) for one in pair])
        _draw_places(fourth, pair)
        figure.legend(
            *first.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False
        )
        write_atomic(path, to_png(figure))


def _curve(rows: Sequence[Mapping[str, float]], key: str, lowest: float) -> Curve:
    pairs = [(float(row["step"]), float(row[key])) for row in rows if "step" in row and key in row]
    return [(step, value) for step, value in pairs if math.isfinite(value) and value > lowest]


def _draw_curves(axes: Axes, label: str, found: Mapping[tuple[str, str], Curve]) -> None:
    for (name, color), curve in found.items():
        steps, values = zip(*curve, strict=True)
        marker = "o" if len(curve) <= 60 else ""
        if len(curve) > _MANY:
            axes.plot(steps, values, color=color, linewidth=0.6, alpha=0.3)
            values = _running_mean(values, len(curve) // 40)
        axes.plot(
            steps, values, color=color, linewidth=1.6, label=name, marker=marker, markersize=3
        )
    axes.set_xlabel("step")
    axes.locator_params(axis="x", nbins=6)
    if label == _DIVERGENCES:
        axes.set_yscale("log")
    elif label == "share":
        axes.set_ylim(-0.02, 1.02)
    else:
        axes.axhline(0, color=LINE_COLOR, linewidth=0.8, linestyle=":")
    _finish(axes, label)
    axes.margins(y=0.3)  # room for the legend
    axes.legend(frameon=False, fontsize=9)


def _running_mean(values: Sequence[float], width: int) -> tuple[float, ...]:
    """Average over `width` values on either side, fewer at the ends."""
    sums = np.cumsum([0.0, *values])
    middle = np.arange(len(values))
    first, last = np.maximum(middle - width, 0), np.minimum(middle + width + 1, len(values))
    return tuple(((sums[last] - sums[first]) / (last - first)).tolist())


def _shares(counts: Ints) -> Floats:
    return np.asarray(counts / max(1, int(counts.sum())), dtype=np.float64)


def _draw_pairs(axes: Axes, where: Floats, shares: Sequence[Floats], step: float = 1.0) -> None:
    """Draw bars in pairs around the places `where`, which are `step` apart."""
    for side, (values, name) in enumerate(zip(shares, ("real", "generated"), strict=True)):
        shift = (side - 0.5) * _BAR * step
        axes.bar(where + shift, values, width=_BAR * step, color=PART_COLORS[side], label=name)


def _draw_durations(axes: Axes, shares: Sequence[Floats]) -> None:
    largest = np.maximum(*shares)
    common = np.sort(np.argsort(-largest, kind="stable")[:_MOST])
    kept = common[largest[common] >= _RARE]
    rest = [np.append(values[kept], 1 - values[kept].sum()) for values in shares]
    _draw_pairs(axes, np.arange(len(kept) + 1.0), rest)
    _label(axes, "duration in quarters", dict(enumerate([*map(_quarters, kept.tolist()), "other"])))


def _quarters(twelfths: int) -> str:
    """Write a duration as a fraction of a quarter; the last bin holds the longer ones too."""
    if twelfths == _LONGEST:
        return f"{_LONGEST // _TWELFTHS}+"
    common = math.gcd(twelfths, _TWELFTHS)
    below = _TWELFTHS // common
    return f"{twelfths // common}/{below}" if below > 1 else str(twelfths // common)


def _draw_places(axes: Axes, pair: Sequence[BarHistograms]) -> None:
    meter = max(pair[0].place, key=lambda name: int(pair[0].place[name].sum()))
    shares = [_shares(one.place[meter]) for one in pair]
    used = np.flatnonzero(np.maximum(*shares))
    step = int(np.gcd.reduce(used)) or _TWELFTHS
    beat = _TWELFTHS // 2 if meter.endswith("/8") else _TWELFTHS
    places = np.arange(0, len(shares[0]), step)
    _draw_pairs(axes, places / beat, [values[places] for values in shares], step / beat)
    beats = range(len(shares[0]) // beat)
    _label(axes, f"onset in {meter}", {beat: str(beat + 1) for beat in beats})


def _label(axes: Axes, label: str, ticks: Mapping[float, str]) -> None:
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlabel(label)
    _finish(axes, "share of notes" if "interval" not in label else "share of intervals")
    axes.grid(visible=False, axis="x")


def _finish(axes: Axes, label: str) -> None:
    axes.set_ylabel(label)
    axes.grid(color=BEAT_COLOR, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
