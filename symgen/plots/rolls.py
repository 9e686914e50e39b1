"""A score as a piano roll."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symgen.music.instruments import program_name
from symgen.music.meter import Bar
from symgen.music.score import Part, Score
from symgen.music.theory import pitch_name
from symgen.plots.curves import BEAT_COLOR, COLORS, DPI, LINE_COLOR, printable, to_png
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, check_writable, write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_score"]

_PROMPT_COLOR = "#A9B0B7"
_KEYS = "#F4F6F8"
_DRUM_NAMES = {35: "Kick 2", 36: "Kick", 37: "Side stick", 38: "Snare", 39: "Clap", 40: "Snare 2",
               41: "Low tom 2", 42: "Hi-hat", 43: "Low tom", 44: "Pedal hat", 45: "Mid tom 2", 46: "Open hat",
               47: "Mid tom", 48: "High tom 2", 49: "Crash", 50: "High tom", 51: "Ride", 52: "China", 53: "Ride bell",
               54: "Tambourine", 55: "Splash", 56: "Cowbell", 57: "Crash 2", 59: "Ride 2"}  # fmt: skip
_NATURALS = frozenset({0, 2, 4, 5, 7, 9, 11})
_LANE = 2
_ROW_QUARTERS = 32
_MAX_ROWS = 24


@dataclass(frozen=True, slots=True)
class _Scale:
    """Heights: pitches as they are, and below them one lane for each drum that is struck."""

    low: int
    high: int
    drums: tuple[int, ...]

    def height(self, pitch: int, *, drum: bool) -> float:
        return self.bottom + _LANE * (self.drums.index(pitch) + 0.5) if drum else pitch

    @property
    def bottom(self) -> int:
        return self.low - (_LANE * len(self.drums) if self.drums else 0)

    @property
    def ticks(self) -> dict[float, str]:
        """Labels by height: every C, in a narrow range every white key, and the drums."""
        narrow = self.high - self.low <= 26
        chosen = [
            p
            for p in range(self.low + 1, self.high)
            if p % 12 == 0 or (narrow and p % 12 in _NATURALS)
        ]
        labels = {self.height(p, drum=True): _DRUM_NAMES.get(p, f"Drum {p}") for p in self.drums}
        return labels | {float(pitch): pitch_name(pitch) for pitch in chosen}


def plot_score(
    score: Score,
    path: PathLike,
    *,
    prompt_end: int | None = None,
    title: str = "",
    overwrite: bool = False,
) -> None:
    """Draw a score as a piano roll with bars, beats and pitch names.

    Each part has a color; a long piece is broken at bar lines into several rows.

    Parameters
    ----------
    score : Score
        The piece, with at least one note.
    path : path
        The PNG file.
    prompt_end : int, optional
        A tick: notes that begin before it are drawn as the prompt.
    title : str
        Written above.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FormatError
        If the score holds no notes or the file cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    """
    if not score.note_count:
        raise FormatError(f"{path}: the piece holds no notes, there is nothing to draw")
    check_writable(path, overwrite=overwrite)
    import matplotlib.style

    with matplotlib.style.context("default"):
        write_atomic(path, to_png(_draw_score(score, prompt_end, title)), overwrite=overwrite)


def _draw_score(score: Score, prompt_end: int | None, title: str) -> Figure:
    from matplotlib.figure import Figure

    rows = _break_rows(score)
    scale = _find_scale(score)
    widest = max(row[-1].end - row[0].start for row in rows)
    quarters = widest / score.resolution
    width = min(15.0, max(6.5, 1.6 + 0.42 * quarters))
    height = max(1.3, min(4.2, 0.11 * (scale.high - scale.bottom))) + 0.35
    figure = Figure(figsize=(width, height * len(rows) + 0.75), dpi=DPI, layout="constrained")
    for axes, row in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
        _draw_grid(axes, row, scale, score.resolution)
        for index, part in enumerate(score.parts):
            _draw_part(
                axes,
                part,
                (row[0].start, row[-1].end),
                scale,
                COLORS[index % len(COLORS)],
                prompt_end,
            )
        if prompt_end is not None and row[0].start < prompt_end <= row[-1].end:
            axes.axvline(prompt_end, color=LINE_COLOR, linewidth=1.4, linestyle="--")
        axes.set_xlim(row[0].start, row[0].start + widest)
    _add_legend(figure, score, prompt=prompt_end is not None)
    if title:
        figure.suptitle(printable(title), fontsize=12, parse_math=False)
    return figure


def _break_rows(score: Score) -> list[list[Bar]]:
    """Break the bars into rows of about `_ROW_QUARTERS`, or longer ones where there would be too many."""
    bars = list(score.bars)
    total = (bars[-1].end - bars[0].start) / score.resolution
    if total <= 1.25 * _ROW_QUARTERS:
        return [bars]
    most = max(_ROW_QUARTERS, total / _MAX_ROWS) * score.resolution
    rows = [[bars[0]]]
    for bar in bars[1:]:
        pickup = rows[-1][0] is bars[0] and bars[0].number == 0
        start = rows[-1][1].start if pickup and len(rows[-1]) > 1 else rows[-1][0].start
        if bar.end - start > most and not (pickup and len(rows[-1]) == 1):
            rows.append([])
        rows[-1].append(bar)
    return rows


def _find_scale(score: Score) -> _Scale:
    drums = sorted({note.pitch for part in score.parts if part.is_drum for note in part.notes})
    pitches = [note.pitch for part in score.parts if not part.is_drum for note in part.notes]
    if not pitches:
        return _Scale(0, 0, tuple(drums))
    low, high = min(pitches) - 2, max(pitches) + 2
    spare = max(0, 14 - (high - low)) // 2
    return _Scale(low - spare, high + spare, tuple(drums))


def _draw_grid(axes: Axes, row: Sequence[Bar], scale: _Scale, resolution: int) -> None:
    if scale.high > scale.low:
        _draw_keys(axes, scale)
    where = axes.get_xaxis_transform()
    beats = [tick for bar in row for tick in _beats(bar, resolution)]
    # So many lines would hide the notes.
    if len(beats) <= 160:
        axes.vlines(beats, 0, 1, transform=where, color=BEAT_COLOR, linewidth=0.6, zorder=0.6)
    if len(row) <= 160:
        lines = [bar.start for bar in row] + [row[-1].end]
        style: dict[str, Any] = {"color": LINE_COLOR, "linewidth": 0.8, "zorder": 0.8}
        axes.vlines(lines, 0, 1, transform=where, clip_on=False, **style)
    every = max(1, math.ceil(len(row) / 16))
    numbered = [bar for bar in row if bar.number % every == (1 % every) or bar is row[0]]
    axes.set_xticks([bar.start for bar in numbered], [str(bar.number) for bar in numbered])
    # Numbers of bars stand above, where the eye begins.
    axes.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.tick_params(axis="x", length=0, pad=2, labelsize=8)
    axes.set_yticks(list(scale.ticks), list(scale.ticks.values()))
    axes.tick_params(axis="y", labelsize=7, length=2)
    bottom = scale.bottom if scale.drums else scale.bottom + 0.5
    axes.set_ylim(bottom, scale.high - (0.5 if scale.high > scale.low else 0))
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)


def _draw_keys(axes: Axes, scale: _Scale) -> None:
    """Shade the black keys, and draw a line below each C and above the drums."""
    for pitch in range(scale.low + 1, scale.high):
        if pitch % 12 not in _NATURALS:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=_KEYS, linewidth=0, zorder=0)
        if pitch % 12 == 0:
            axes.axhline(pitch - 0.5, color=BEAT_COLOR, linewidth=0.8, zorder=0.5)
    if scale.drums:
        edges = scale.low - 0.5, scale.low + 0.5
        axes.axhspan(*edges, color=BEAT_COLOR, linewidth=0, zorder=0.5)


def _beats(bar: Bar, resolution: int) -> Iterator[int]:
    step = max(1, round(bar.meter.beat_quarters * resolution))
    return iter(range(bar.start + step, bar.end, step))


def _draw_part(
    axes: Axes, part: Part, span: tuple[int, int], scale: _Scale, color: str, prompt_end: int | None
) -> None:
    from matplotlib.collections import PolyCollection

    start, end = span
    boxes: dict[bool, list[list[tuple[float, float]]]] = {True: [], False: []}
    # Notes that follow each other are kept apart by a thin gap.
    gap = (end - start) / 1500
    half = 0.7 if part.is_drum else 0.42
    for note in part.notes:
        if note.end <= start or note.onset >= end:
            continue
        y = scale.height(note.pitch, drum=part.is_drum)
        low, high = y - half, y + half
        left = max(note.onset, start)
        right = max(min(note.end, end) - gap, left + min(gap, note.duration))
        prompt = prompt_end is not None and note.onset < prompt_end
        boxes[prompt].append([(left, low), (right, low), (right, high), (left, high)])
    for prompt, polygons in boxes.items():
        if polygons:
            face, edge = (_PROMPT_COLOR, color) if prompt else (color, "white")
            drawn = PolyCollection(polygons, facecolors=face, edgecolors=edge, linewidths=0.7)
            drawn.set_zorder(2)
            axes.add_collection(drawn)


def _add_legend(figure: Figure, score: Score, *, prompt: bool) -> None:
    from matplotlib.patches import Patch

    playing = [(index, part) for index, part in enumerate(score.parts) if part.notes]
    patches = [
        Patch(facecolor=COLORS[index % len(COLORS)], label=_label(part)) for index, part in playing
    ]
    if len(patches) > 16:
        rest = len(patches) - 15
        patches = [*patches[:15], Patch(facecolor="none", label=f"and {rest} more parts")]
    if prompt:
        patches.append(
            Patch(facecolor=_PROMPT_COLOR, edgecolor=LINE_COLOR, linewidth=0.7, label="prompt")
        )
    columns = min(len(patches), max(1, int(figure.get_figwidth() // 2.4)))
    legend = figure.legend(
        handles=patches, loc="outside lower center", ncols=columns, frameon=False, fontsize=8
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _label(part: Part) -> str:
    instrument = "Drums" if part.is_drum else program_name(part.program)
    name = printable(part.name.strip()[:40])
    return f"{name} ({instrument})" if name and name.lower() != instrument.lower() else instrument
