"""A score as a piano roll."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from symgen.music.actions import check_score
from symgen.music.score import Score
from symgen.plots.colors import PART_COLORS, part_color
from symgen.plots.drawing import Boxes, Drawing, Lines, Words
from symgen.plots.grid import EDGE, TITLE, RollGrid, RollStyle
from symgen.plots.legend import legend_marks, part_label
from symgen.plots.notes import Counts, PlacedNotes, Values, place_notes
from symgen.plots.svg import SvgText, to_svg
from symgen.plots.symbols import chord_marks
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, as_path, check_writable, write_atomic
from symgen.system.streams import can_write, stream_name, write_stream

__all__ = [
    "PICTURE_SUFFIXES",
    "Step",
    "draw_roll",
    "plot_score",
    "roll_steps",
    "roll_svg",
]

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
"""Suffixes of the files that can be drawn."""

# Narrower notes would be all edge.
_EDGED = 3.5


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

    Each part has a color, softer notes are fainter, and parts that sound a pitch at once share its height; a long piece
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
    grid = RollGrid.of(score, style or RollStyle(), "")
    found: list[Step] = []
    for top, row in grid.rows:
        ticks = [*(bar.start for bar in row), row[-1].end]
        found += [Step(score.seconds(tick), grid.x(row, tick), top, grid.height) for tick in ticks]
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
    grid = RollGrid.of(score, style, title)
    notes = place_notes(score, grid.scale, prompt_end)
    marks: list[Boxes | Lines | Words] = []
    if title:
        marks.append(Words(grid.width / 2, EDGE + TITLE, title, TITLE, "middle"))
    for top, row in grid.rows:
        marks += grid.behind(top, row)
    marks += chord_marks(score, grid)
    marks += _note_marks(score, grid, notes)
    if prompt_end is not None:
        marks += grid.prompt_line(prompt_end)
    height = grid.bottom
    if style.legend:
        legend, height = legend_marks(score, grid, has_prompt=prompt_end is not None)
        marks += legend
    return Drawing(grid.width, height + EDGE, tuple(marks), _describe(score, title))


def _note_marks(score: Score, grid: RollGrid, notes: PlacedNotes) -> Iterator[Boxes]:
    rows = _note_rows(grid, notes)
    for look, chosen in notes.by_look():
        found = np.concatenate([boxes[chosen[which]] for which, boxes in rows])
        color = part_color(look.part)
        # After the last color they begin anew, with a dark edge.
        edge = color if look.part < len(PART_COLORS) else "line"
        if np.median(found[:, 2]) < _EDGED and not look.is_prompt:
            edge = ""
        fill = "prompt" if look.is_prompt else color
        yield Boxes(found, fill, edge, look.opacity, part_label(score.parts[look.part]))


def _note_rows(grid: RollGrid, notes: PlacedNotes) -> list[tuple[Counts, Values]]:
    """Return for each row which notes stand in it, and their boxes."""
    found = []
    for top, row in grid.rows:
        start, stop = row[0].start, row[-1].end
        which = np.flatnonzero((notes.end > start) & (notes.onset < stop))
        left = grid.x(row, 0) + np.maximum(notes.onset[which], start) * grid.tick
        right = grid.x(row, 0) + np.minimum(notes.end[which], stop) * grid.tick
        # Notes that follow each other are kept apart by a thin gap.
        wide = np.maximum(right - left - 1.0, np.minimum(right - left, 1.0))
        high, low = grid.limits
        scale = grid.height / (high - low)
        upper = top + (high - notes.top[which]) * scale
        tall = (notes.top[which] - notes.bottom[which]) * scale
        found.append((which, np.stack([left, upper, wide, tall], axis=1)))
    return found


def _describe(score: Score, title: str) -> str:
    parts = [part_label(part) for part in score.parts if part.notes]
    bars = sum(bar.number > 0 for bar in score.bars)
    who = ", ".join(parts[:6]) + (f" and {len(parts) - 6} more" if len(parts) > 6 else "")
    name = f"{title}: " if title else ""
    return f"{name}piano roll of {bars} bars with {score.note_count} notes, {who}"
