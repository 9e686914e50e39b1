"""A recording with what was heard in it: its spectrum, the notes, the beats and the bar lines, over seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.audio.reading import RATE
from symgen.music.theory import pitch_name
from symgen.plots.colors import PART_COLORS
from symgen.plots.curves import DPI, to_png
from symgen.plots.drawing import printable
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, check_writable, write_atomic
from symgen.transcriber.spectrum import BINS, BINS_A_SEMITONE, HOP, LOWEST_BIN, spectrogram_blocks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Picture", "plot_transcription"]

Floats = NDArray[np.float64]

_ROW_SECONDS = 16.0
_MOST_ROWS = 12
_MOST_COLUMNS = 1600
"""Columns of the spectrum in a row; more cannot be seen."""
_MARGIN = 7
"""Semitones above and below the notes that are shown."""
_NOTE, _BAR_LINE, _BEAT_LINE = PART_COLORS[1], "#FFFFFF", "#9FB4C7"


@dataclass(frozen=True, eq=False)
class Picture:
    """What is drawn."""

    samples: NDArray[np.float32]  # shape (samples,); the recording, at `symgen.audio.reading.RATE`
    rows: Floats  # shape (notes, 4); onset and offset in seconds, pitch, strength; at least one
    beats: Floats  # shape (beats,); seconds
    bars: Floats  # shape (bars,); bar lines, in seconds
    first_bar: int = 1  # number of the bar that begins at the first of them
    title: str = ""


def plot_transcription(picture: Picture, path: PathLike, *, overwrite: bool = False) -> None:
    """Draw a recording with what was heard in it."""
    # Frequency is logarithmic and labelled by pitch; notes are boxes with their names; beats and
    # bar lines are ticks. A long recording is broken into several rows.
    if not len(picture.rows):
        raise FormatError(f"{path}: no notes were heard, there is nothing to draw")
    check_writable(path, overwrite=overwrite)
    import matplotlib.style

    with matplotlib.style.context("default"):
        write_atomic(path, to_png(_draw(picture)), overwrite=overwrite)


def _draw(picture: Picture) -> Figure:
    from matplotlib.figure import Figure

    seconds = len(picture.samples) / RATE
    count = min(_MOST_ROWS, max(1, math.ceil(seconds / _ROW_SECONDS)))
    span = seconds / count
    low = max(math.floor(picture.rows[:, 2].min()) - _MARGIN, math.ceil(LOWEST_BIN))
    high = min(
        math.ceil(picture.rows[:, 2].max()) + _MARGIN + 12,
        math.floor(LOWEST_BIN + (BINS - 1) / BINS_A_SEMITONE),
    )
    width = 13.0 if count > 1 else min(13.0, max(6.5, 1.2 + 0.75 * span))
    figure = Figure(figsize=(width, 2.7 * count + 0.6), dpi=DPI, layout="constrained")
    spectrum = _spectrum(picture.samples, count * _MOST_COLUMNS)
    for i, axes in enumerate(figure.subplots(count, 1, squeeze=False)[:, 0]):
        start, end = i * span, (i + 1) * span
        _draw_spectrum(axes, spectrum, seconds, (start, end))
        _draw_lines(axes, picture, (start, end))
        _draw_notes(axes, picture.rows, (start, end))
        axes.set_xlim(start, end)
        axes.set_ylim(low - 0.5, high + 0.5)
        _label(axes, low, high)
    figure.supxlabel("seconds", fontsize=9)
    if picture.title:
        figure.suptitle(printable(picture.title), fontsize=12, parse_math=False)
    return figure


def _spectrum(samples: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Return the picture of the long window, shape (columns, bins): the loudest of the frames that share a column."""
    frames = -(-len(samples) // HOP)
    step = max(1, -(-frames // columns))
    parts: list[NDArray[np.float32]] = []
    for _, block in spectrogram_blocks(samples, size=512 * step):
        padded = np.zeros((-(-len(block) // step) * step, BINS), dtype=np.float32)
        padded[: len(block)] = block[:, :, 0]
        parts.append(padded.reshape(-1, step, BINS).max(axis=1))
    return np.concatenate(parts)


def _draw_spectrum(
    axes: Axes, spectrum: NDArray[np.float32], seconds: float, span: tuple[float, float]
) -> None:
    scale = len(spectrum) / seconds
    first, last = int(span[0] * scale), max(int(span[0] * scale) + 1, math.ceil(span[1] * scale))
    shown = spectrum[first:last].T
    half = 0.5 / BINS_A_SEMITONE
    edges = (
        first / scale,
        min(last, len(spectrum)) / scale,
        LOWEST_BIN - half,
        LOWEST_BIN + (BINS - 0.5) * 2 * half,
    )
    axes.imshow(shown, aspect="auto", origin="lower", extent=edges, cmap="magma", vmin=0.25, vmax=1.05,
                interpolation="nearest", zorder=0)  # fmt: skip


def _draw_lines(axes: Axes, picture: Picture, span: tuple[float, float]) -> None:
    beats = _inside(picture.beats, span)
    bars = _inside(picture.bars, span)
    where = axes.get_xaxis_transform()
    axes.vlines(beats, 0, 0.035, transform=where, color=_BEAT_LINE, linewidth=1.0, zorder=3)
    axes.vlines(bars, 0, 1, transform=where, color=_BAR_LINE, linewidth=0.7, alpha=0.55, zorder=1)
    first = picture.first_bar + int(np.searchsorted(picture.bars, span[0]))
    every = max(1, math.ceil(len(bars) / 24))
    for i, time in enumerate(bars.tolist()):
        if (first + i) % every == (1 % every):
            axes.text(
                time, 1.0, str(first + i), transform=where, fontsize=7, va="bottom", ha="center"
            )


def _draw_notes(axes: Axes, rows: Floats, span: tuple[float, float]) -> None:
    from matplotlib.collections import PolyCollection

    shown = rows[(rows[:, 0] < span[1]) & (rows[:, 1] > span[0])]
    boxes = [
        [(start, pitch - 0.5), (end, pitch - 0.5), (end, pitch + 0.5), (start, pitch + 0.5)]
        for start, end, pitch, _ in shown.tolist()
    ]
    if boxes:
        axes.add_collection(
            PolyCollection(
                boxes,
                facecolors=(0.84, 0.37, 0.0, 0.28),
                edgecolors="#FFB77A",
                linewidths=1.1,
                zorder=2,
            )
        )
    if len(shown) > 60:
        return
    for start, _, pitch, _ in shown.tolist():
        if start >= span[0]:
            axes.text(
                start,
                pitch + 0.7,
                pitch_name(round(pitch)),
                color="white",
                fontsize=6,
                zorder=4,
                clip_on=True,
            )


def _label(axes: Axes, low: int, high: int) -> None:
    narrow = high - low <= 30
    naturals = {0, 2, 4, 5, 7, 9, 11}
    chosen = [p for p in range(low, high + 1) if p % 12 == 0 or (narrow and p % 12 in naturals)]
    axes.set_yticks(chosen, [pitch_name(pitch) for pitch in chosen])
    axes.tick_params(axis="y", labelsize=7, length=2)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)


def _inside(times: Floats | Sequence[float], span: tuple[float, float]) -> Floats:
    found = np.asarray(times, dtype=np.float64)
    return found[(found >= span[0]) & (found < span[1])]
