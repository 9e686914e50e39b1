"""The names of the parts below a piano roll."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symgen.music.instruments import program_name
from symgen.music.score import Part, Score
from symgen.plots.colors import PART_COLORS, part_color
from symgen.plots.drawing import Boxes, Words, text_width
from symgen.plots.grid import LETTERS, RollGrid

__all__ = ["legend_marks", "part_label"]

_MOST_NAMED = 24
_PATCH, _AFTER, _LINE = 18.0, 18.0, 17.0


def legend_marks(
    score: Score, grid: RollGrid, *, has_prompt: bool
) -> tuple[list[Boxes | Words], float]:
    """Name the parts below the rows, side by side as far as they fit; return the lowest place too."""
    marks: list[Boxes | Words] = []
    x, y = grid.left, grid.bottom + 22
    for fill, edge, name in _legend_rows(score, has_prompt=has_prompt):
        wide = _PATCH + text_width(name, LETTERS) + _AFTER
        if x > grid.left and x + wide > grid.width:
            x, y = grid.left, y + _LINE
        if fill:
            marks.append(Boxes(np.array([(x, y - 8.5, 12.0, 9.0)]), fill, edge))
        marks.append(Words(x + (_PATCH if fill else 0), y, name))
        x += wide
    return marks, y


def _legend_rows(score: Score, *, has_prompt: bool) -> Iterator[tuple[str, str, str]]:
    """Yield fill, edge and name of each entry."""
    playing = [index for index, part in enumerate(score.parts) if part.notes]
    named = playing if len(playing) <= _MOST_NAMED else playing[: _MOST_NAMED - 1]
    for index in named:
        edge = "" if index < len(PART_COLORS) else "line"
        yield part_color(index), edge, part_label(score.parts[index])
    if len(named) < len(playing):
        yield "", "", f"and {len(playing) - len(named)} more parts"
    if has_prompt:
        yield "prompt", "line", "prompt"
    if len({note.velocity for part in score.parts for note in part.notes}) > 1:
        yield "", "", "fainter is softer"


def part_label(part: Part) -> str:
    """Name a part, and its instrument where the name does not."""
    instrument = "Drums" if part.is_drum else program_name(part.program)
    name = part.name.strip()[:40]
    if not name or instrument.lower() in name.lower():
        return name or instrument
    return f"{name} ({instrument})"
