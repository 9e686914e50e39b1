"""A score as a piano roll."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from symgen.music.actions import check_score
from symgen.music.instruments import program_name
from symgen.music.meter import Bar
from symgen.music.score import Part, Score
from symgen.plots.colors import PART_COLORS, part_color
from symgen.plots.drawing import Boxes, Drawing, Lines, Words, text_width
from symgen.plots.notes import PlacedNotes, place_notes
from symgen.plots.staves import NATURALS, Row, Scale, break_rows, find_scale
from symgen.plots.svg import SvgText, to_svg
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, as_path, check_writable, write_atomic
from symgen.system.streams import can_write, stream_name, write_stream

__all__ = [
    "PICTURE_SUFFIXES",
    "RollStyle",
    "Step",
    "draw_roll",
    "plot_score",
    "roll_steps",
    "roll_svg",
]

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
"""Suffixes of the files that can be drawn."""

_SEMITONE, _LABELED_SEMITONE = 8.5, 10.5
_LEAST_HEIGHT, _MOST_HEIGHT = 118.0, 380.0
_LEAST_WIDTH = 560.0
_NUMBERS = 20.0
_BETWEEN = 10.0
_EDGE = 12.0
_LETTERS, _SMALL, _TITLE = 11.0, 9.5, 15.0
_CROWDED = 160
_MOST_NAMED = 24
# Narrower notes would be all edge.
_EDGED = 3.5


@dataclass(frozen=True, kw_only=True)
class RollStyle:
    """How a roll is laid out."""

    row_quarters: float = 32.0  # about so many quarter notes stand side by side
    quarter: float = 36.0  # the width of a quarter note in pixels, where all rows are full
    legend: bool = True


def plot_score(
    score: Score,
    path: PathLike | BinaryIO,
    *,
    prompt_end: int | None = None,
    title: str = "",
    overwrite: bool = False,
    format: str | None = None,
) -> None:
    """Draw a score as a piano roll with bars, beats and pitch names.

    Each part has a color, softer notes are paler, and parts that sound a pitch at once share its height; a long piece
    is broken at bar lines into several rows. The same score gives the same bytes.

    Parameters
    ----------
    score : Score
        The piece, with at least one note.
    path : path or binary file
        The file: PNG, SVG or PDF, by its suffix.
    prompt_end : int, optional
        A tick: notes that begin before it are drawn as the prompt.
    title : str
        Written above.
    overwrite : bool
        Whether an existing file may be replaced.
    format : str, optional
        ``"png"``, ``"svg"`` or ``"pdf"``, whatever the suffix. An open file without a suffix gets a PNG.

    Raises
    ------
    FormatError
        If the score holds no notes, or the file is of another kind or cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    """
    check_score(score)
    if can_write(path):
        name = stream_name(path)
        kind = _kind(name, format, default="png")
        write_stream(path, _painted(draw_roll(score, prompt_end, title, name=name), kind))
        return
    name = str(as_path(path))
    kind = _kind(name, format)
    check_writable(path, overwrite=overwrite)
    data = _painted(draw_roll(score, prompt_end, title, name=name), kind)
    write_atomic(path, data, overwrite=overwrite)


def roll_svg(
    score: Score,
    *,
    prompt_end: int | None = None,
    title: str = "",
    style: RollStyle | None = None,
) -> SvgText:
    """Return a piano roll as an ``<svg>`` element for a page."""
    return to_svg(draw_roll(score, prompt_end, title, style=style))


class Step(NamedTuple):
    """Where a bar begins, or a row ends: what a mark that follows the sound goes by."""

    seconds: float
    x: float
    top: float
    height: float


def roll_steps(score: Score, style: RollStyle | None = None) -> list[Step]:
    """Return the steps of a roll without a title, row by row."""
    plan = _Plan.of(score, style or RollStyle(), "")
    found: list[Step] = []
    for top, row in plan.rows:
        ticks = [*(bar.start for bar in row), row[-1].end]
        found += [Step(score.seconds(tick), plan.x(row, tick), top, plan.height) for tick in ticks]
    return found


def _kind(name: str, asked: str | None, *, default: str = "") -> str:
    if asked is not None and f".{str(asked).lower().lstrip('.')}" not in PICTURE_SUFFIXES:
        raise FormatError(f"format {asked!r}: pictures are written as png, svg or pdf")
    suffix = Path(name).suffix.lower() if asked is None else f".{asked.lower().lstrip('.')}"
    if suffix in PICTURE_SUFFIXES:
        return suffix[1:]
    if default:
        return default
    raise FormatError(f"output {name}: name a file that ends in .png, .svg or .pdf")


def _painted(drawing: Drawing, kind: str) -> bytes:
    if kind == "svg":
        return to_svg(drawing).encode()
    from symgen.plots.images import to_image

    return to_image(drawing, kind)


# -- the drawing -------------------------------------------------------------------------


def draw_roll(
    score: Score,
    prompt_end: int | None = None,
    title: str = "",
    *,
    style: RollStyle | None = None,
    name: str = "picture",
) -> Drawing:
    """Lay a score out as a picture; `name` is what an error calls it."""
    if not score.note_count:
        raise FormatError(f"{name}: the piece holds no notes, there is nothing to draw")
    style = style or RollStyle()
    plan = _Plan.of(score, style, title)
    notes = place_notes(score, plan.scale, prompt_end)
    marks: list[Boxes | Lines | Words] = []
    if title:
        marks.append(Words(plan.width / 2, _EDGE + _TITLE, title, _TITLE, "middle"))
    for top, row in plan.rows:
        marks += plan.grid(top, row)
    marks += _note_marks(score, plan, notes)
    if prompt_end is not None:
        marks += plan.prompt_line(prompt_end)
    height = plan.bottom
    if style.legend:
        legend, height = _legend(score, plan, has_prompt=prompt_end is not None)
        marks += legend
    return Drawing(plan.width, height + _EDGE, tuple(marks), _describe(score, title))


@dataclass(frozen=True)
class _Plan:
    """Where rows of bars, pitches and times stand in pixels."""

    scale: Scale
    resolution: int
    left: float
    width: float
    tick: float  # the width of one
    height: float  # of a row
    rows: tuple[tuple[float, Row], ...]  # each with its top

    @classmethod
    def of(cls, score: Score, style: RollStyle, title: str) -> _Plan:
        rows, scale = break_rows(score, style.row_quarters), find_scale(score)
        widest = max(row[-1].end - row[0].start for row in rows)
        left = (
            _EDGE + 6 + max((text_width(name, _SMALL) for name in scale.ticks.values()), default=0)
        )
        most = style.row_quarters * style.quarter
        wide = min(most, max(min(_LEAST_WIDTH, most), style.quarter * widest / score.resolution))
        semitones = scale.high - scale.bottom
        each = _LABELED_SEMITONE if scale.is_narrow else _SEMITONE
        height = min(_MOST_HEIGHT, max(_LEAST_HEIGHT, each * semitones))
        first = _EDGE + _NUMBERS + (_TITLE + 8 if title else 0)
        tops = [first + number * (height + _NUMBERS + _BETWEEN) for number in range(len(rows))]
        return cls(
            scale, score.resolution, left, left + wide + _EDGE, wide / widest, height,
            tuple(zip(tops, rows, strict=True)),
        )  # fmt: skip

    @property
    def bottom(self) -> float:
        return self.rows[-1][0] + self.height

    def x(self, row: Row, tick: float) -> float:
        return self.left + (tick - row[0].start) * self.tick

    def y(self, top: float, semitone: float) -> float:
        high, low = self._limits
        return top + (high - semitone) / (high - low) * self.height

    @property
    def _limits(self) -> tuple[float, float]:
        """Highest and lowest semitone; half of the key at the edge is enough."""
        scale = self.scale
        bottom = scale.bottom if scale.drums else scale.bottom + 0.5
        return scale.high - (0.5 if scale.high > scale.low else 0), bottom

    def grid(self, top: float, row: Row) -> Iterator[Boxes | Lines | Words]:
        """Draw keys, beats, bar lines, numbers of bars and names of pitches of a row."""
        left, right = self.x(row, row[0].start), self.x(row, row[-1].end)
        yield from self._keys(top, left, right)
        beats = [self.x(row, tick) for bar in row for tick in _beats(bar, self.resolution)]
        # So many lines would hide the notes.
        if 0 < len(beats) <= _CROWDED:
            yield Lines(self._upright(top, beats), "beat", 0.8)
        if len(row) <= _CROWDED:
            bars = [self.x(row, bar.start) for bar in row] + [right]
            yield Lines(self._upright(top, bars), "line", 0.9)
        every = max(1, math.ceil(len(row) * 26 / (right - left)))
        for bar in row:
            if bar.number % every == 1 % every or bar is row[0]:
                yield Words(self.x(row, bar.start), top - 5, str(bar.number), _LETTERS)
        for semitone, name in self.scale.ticks.items():
            yield Words(left - 6, self.y(top, semitone) + 0.35 * _SMALL, name, _SMALL, "end")

    def _upright(self, top: float, places: list[float]) -> np.ndarray:
        x = np.array(places)
        return np.stack([x, np.full_like(x, top), x, np.full_like(x, top + self.height)], axis=1)

    def _keys(self, top: float, left: float, right: float) -> Iterator[Boxes | Lines]:
        """Shade the black keys, and draw a line below each C and above the drums."""
        scale = self.scale
        pitches = range(scale.low + 1, scale.high)
        black = [self._band(top, left, right, p) for p in pitches if p % 12 not in NATURALS]
        if black:
            yield Boxes(np.array(black), "key")
        below = [self.y(top, p - 0.5) for p in pitches if p % 12 == 0]
        if below:
            yield Lines(np.array([(left, y, right, y) for y in below]), "beat")
        if scale.drums and pitches:
            yield Boxes(np.array([self._band(top, left, right, scale.low)]), "beat")

    def _band(self, top: float, left: float, right: float, pitch: int) -> tuple[float, ...]:
        upper, lower = self.y(top, pitch + 0.5), self.y(top, pitch - 0.5)
        return left, upper, right - left, lower - upper

    def prompt_line(self, prompt_end: int) -> Iterator[Lines]:
        """Draw where the prompt ends."""
        for top, row in self.rows:
            if row[0].start < prompt_end <= row[-1].end:
                yield Lines(
                    self._upright(top - 4, [self.x(row, prompt_end)]), "line", 1.9, is_dashed=True
                )


def _beats(bar: Bar, resolution: int) -> range:
    step = max(1, round(bar.meter.beat_quarters * resolution))
    return range(bar.start + step, bar.end, step)


def _note_marks(score: Score, plan: _Plan, notes: PlacedNotes) -> Iterator[Boxes]:
    rows = _note_rows(plan, notes)
    for look, chosen in notes.by_look():
        found = np.concatenate([boxes[chosen[which]] for which, boxes in rows])
        color = part_color(look.part)
        # After the last color they begin anew, with a dark edge.
        edge = color if look.part < len(PART_COLORS) else "line"
        if np.median(found[:, 2]) < _EDGED and not look.is_prompt:
            edge = ""
        fill = "prompt" if look.is_prompt else color
        yield Boxes(found, fill, edge, look.opacity, _label(score.parts[look.part]))


def _note_rows(plan: _Plan, notes: PlacedNotes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each row which notes stand in it, and their boxes."""
    found = []
    for top, row in plan.rows:
        start, stop = row[0].start, row[-1].end
        which = np.flatnonzero((notes.end > start) & (notes.onset < stop))
        left = plan.x(row, 0) + np.maximum(notes.onset[which], start) * plan.tick
        right = plan.x(row, 0) + np.minimum(notes.end[which], stop) * plan.tick
        # Notes that follow each other are kept apart by a thin gap.
        wide = np.maximum(right - left - 1.0, np.minimum(right - left, 1.0))
        high, low = plan._limits
        scale = plan.height / (high - low)
        upper = top + (high - notes.top[which]) * scale
        tall = (notes.top[which] - notes.bottom[which]) * scale
        found.append((which, np.stack([left, upper, wide, tall], axis=1)))
    return found


# -- the legend --------------------------------------------------------------------------


def _legend(score: Score, plan: _Plan, *, has_prompt: bool) -> tuple[list[Boxes | Words], float]:
    """Name the parts below the rows, side by side as far as they fit; return the lowest place too."""
    marks: list[Boxes | Words] = []
    x, y = plan.left, plan.bottom + 22
    for fill, edge, name in _legend_rows(score, has_prompt=has_prompt):
        wide = 18 + text_width(name, _LETTERS) + 18
        if x > plan.left and x + wide > plan.width:
            x, y = plan.left, y + 17
        if fill:
            marks.append(Boxes(np.array([(x, y - 8.5, 12.0, 9.0)]), fill, edge))
        marks.append(Words(x + (18 if fill else 0), y, name))
        x += wide
    return marks, y


def _legend_rows(score: Score, *, has_prompt: bool) -> Iterator[tuple[str, str, str]]:
    """Yield fill, edge and name of each entry."""
    playing = [index for index, part in enumerate(score.parts) if part.notes]
    named = playing if len(playing) <= _MOST_NAMED else playing[: _MOST_NAMED - 1]
    for index in named:
        edge = "" if index < len(PART_COLORS) else "line"
        yield part_color(index), edge, _label(score.parts[index])
    if len(named) < len(playing):
        yield "", "", f"and {len(playing) - len(named)} more parts"
    if has_prompt:
        yield "prompt", "line", "prompt"
    if len({note.velocity for part in score.parts for note in part.notes}) > 1:
        yield "", "", "fainter is softer"


def _label(part: Part) -> str:
    instrument = "Drums" if part.is_drum else program_name(part.program)
    name = part.name.strip()[:40]
    if not name or instrument.lower() in name.lower():
        return name or instrument
    return f"{name} ({instrument})"


def _describe(score: Score, title: str) -> str:
    parts = [_label(part) for part in score.parts if part.notes]
    bars = sum(bar.number > 0 for bar in score.bars)
    who = ", ".join(parts[:6]) + (f" and {len(parts) - 6} more" if len(parts) > 6 else "")
    name = f"{title}: " if title else ""
    return f"{name}piano roll of {bars} bars with {score.note_count} notes, {who}"
