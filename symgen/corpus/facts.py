"""What is known of a source's files beside the files: a table of facts, and what it says of pickups and movements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from symgen.corpus.find import Item
from symgen.corpus.pickup import with_pickup
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, read_bytes

__all__ = ["Facts", "add_facts", "cut_sections", "read_facts"]

Facts = Mapping[str, Mapping[str, Any]]
"""By file name, or by the end of it: ``lc123`` is found for ``scores__Song__lc123.mid``."""


def read_facts(path: PathLike) -> Facts:
    """Read a table of facts.

    Parameters
    ----------
    path : path
        JSON: one object a file. ``sections`` lists ``[start, pickup]`` in quarter notes for each movement; the other
        fields are as in a source's ``meta.json``, which wins over them.

    Raises
    ------
    FormatError
        If it cannot be read or is no such table.
    """
    try:
        table = json.loads(read_bytes(path))
    except ValueError as error:
        raise FormatError(f"{path}: no JSON ({error}); make it again") from None
    if not isinstance(table, dict) or not all(isinstance(value, dict) for value in table.values()):
        raise FormatError(
            f"{path}: is no table of facts; it holds one JSON object a file, by file name"
        )
    return table


def add_facts(items: Iterable[Item], tables: Mapping[str, Facts]) -> Iterator[Item]:
    """Add to each item what the table of its source says."""
    for item in items:
        table = tables.get(item.source)
        facts = _look_up(table, item.locator) if table else {}
        known = {name: value for name, value in item.meta.items() if value not in (None, "")}
        yield replace(item, meta={**facts, **known}) if facts else item


def _look_up(table: Facts, locator: str) -> Mapping[str, Any]:
    name = locator if locator in table else Path(locator).stem
    while name not in table and "_" in name:
        name = name.partition("_")[2]
    return table.get(name, {})


def cut_sections(score: Score, sections: Sequence[Sequence[float]]) -> list[Score]:
    """Cut a score into its movements and give each the pickup that it has.

    Parameters
    ----------
    score : Score
        With the meters in place, but for pickups.
    sections : sequence of (start, pickup)
        In quarter notes, as in a table of facts; movements after the end of the music are passed over.

    Returns
    -------
    list of Score
    """
    exact = [[Fraction(value).limit_denominator(96) for value in row] for row in sections]
    ticks = [(round(start * score.resolution), pickup) for start, pickup in exact]
    ticks = [row for row in ticks if row[0] < score.music_end] or [(0, Fraction(0))]
    ends = [*(start for start, _ in ticks[1:]), score.length]
    whole = len(ticks) == 1
    made = [
        score if whole else score.slice_ticks(start, end)
        for (start, _), end in zip(ticks, ends, strict=True)
    ]
    return [_with_pickup(piece, pickup) for piece, (_, pickup) in zip(made, ticks, strict=True)]


def _with_pickup(score: Score, pickup: Fraction) -> Score:
    """Put in the pickup, unless no meter can say it."""
    if score.has_pickup:
        return score
    try:
        return with_pickup(score, pickup)
    except ControlError:
        return score
