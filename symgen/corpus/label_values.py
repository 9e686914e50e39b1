"""Which columns of labels become controls, and which values each of them has."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean

__all__ = ["NO_COLUMNS", "LabelColumns", "check_columns", "choose_columns"]

NO_COLUMNS = "none"
"""What is given for columns so that none becomes a control."""

Labels = Mapping[str, str]

_TOLD_OTHERWISE = ("style", "key", "meter", "tempo", "title", "period", "licence", "split", "work")
"""Columns that set what a corpus has of its own: they become labels only if asked for."""
_FEWEST_WORKS = 2
_MOST_VALUES, _MOST_ASKED = 64, 256
"""Values of a column that becomes a control by itself, and of one that is asked for."""
_LONGEST = 100
"""Characters of a value; a longer one is a text, and no label."""
_COUNTED = 12
"""Up to so many different numbers are names; more of them are cut into bins."""
_BINS = ("low", "medium", "high")


@dataclass(frozen=True)
class _Column:
    """A column that is a control: its values by how they may be written, or the upper ends of its bins."""

    values: Mapping[str, str] = field(default_factory=dict)
    ends: Sequence[float] = ()

    def of(self, text: str) -> str:
        """Return the value of a cell; empty for none."""
        if not self.ends:
            return self.values.get(text.casefold(), "")
        number = _number(text)
        if math.isnan(number):
            return ""
        return _BINS[sum(number > end for end in self.ends)]


@dataclass(frozen=True)
class LabelColumns:
    """The columns that become controls, in alphabetical order, and what is told of them and of the others."""

    columns: Mapping[str, _Column] = field(default_factory=dict)
    lines: Sequence[str] = ()

    def of(self, labels: Labels) -> tuple[tuple[str, str], ...]:
        """Return column and value of the labels of a piece, as its header has them."""
        found = ((name, column.of(labels.get(name, ""))) for name, column in self.columns.items())
        return tuple((name, value) for name, value in found if value)


def choose_columns(works: Sequence[Labels], asked: Sequence[str]) -> LabelColumns:
    """Choose among the columns that label works: those asked for, else all with few different values."""
    known = sorted({name for labels in works for name in labels})
    if list(asked) == [NO_COLUMNS]:
        return LabelColumns()
    check_columns(asked, known)
    columns, lines, left_out = {}, [], []
    for name in known:
        if name not in asked and (asked or name in _TOLD_OTHERWISE):
            continue
        found = _column(
            [labels[name] for labels in works if labels.get(name)], len(works), is_asked=bool(asked)
        )
        if isinstance(found, str):
            if asked:
                raise ControlError(f"label column {name!r}: {found}")
            left_out.append(f"{name} ({found})")
            continue
        columns[name] = found
        if found.ends:
            low, high = (f"{end:g}" for end in found.ends)
            lines.append(f"{name}: low is up to {low}, high is above {high}")
    if left_out:
        lines.append(f"no controls: {'; '.join(left_out)}")
    return LabelColumns(columns, lines)


def check_columns(asked: Iterable[str], known: Sequence[str]) -> None:
    """Refuse columns that no piece has."""
    for name in asked:
        if name not in known:
            hint = did_you_mean(name, known)
            raise ControlError(f"label column {name!r}{hint}: the pieces have {_list(known)}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "no labels"


def _column(cells: Sequence[str], works: int, *, is_asked: bool) -> _Column | str:
    """Return a column, or why it is none."""
    spellings = Counter(cells)
    if len(spellings) > _COUNTED and not any(math.isnan(_number(text)) for text in spellings):
        if not is_asked:
            return "numbers, ask for them with --label-columns"
        return _binned([_number(text) for text in cells])
    counts = Counter[str]()
    best: dict[str, str] = {}
    for text, count in sorted(spellings.items(), key=lambda pair: (-pair[1], pair[0])):
        if len(text) <= _LONGEST:
            counts[text.casefold()] += count
            best.setdefault(text.casefold(), text)
    kept = {key: best[key] for key, count in counts.items() if count >= _FEWEST_WORKS}
    most = _MOST_ASKED if is_asked else _MOST_VALUES
    if not kept:
        return "no value is that of two pieces"
    if len(kept) > most:
        return f"{len(kept):,} different values, more than {most}"
    if len(kept) == 1 and len(cells) == works:
        return "the same for all"
    return _Column(values=kept)


def _binned(numbers: Sequence[float]) -> _Column | str:
    """Cut numbers into thirds."""
    shares = [i / len(_BINS) for i in range(1, len(_BINS))]
    ends = np.quantile(np.array(numbers), shares, method="higher").tolist()
    if ends[0] == ends[-1] or ends[-1] == max(numbers):
        return "its numbers cannot be cut into thirds"
    return _Column(ends=tuple(ends))


def _number(text: str) -> float:
    """Return the number that a text writes, with a point or a comma; else one that is none."""
    try:
        found = float(text.replace(",", ".")) if text.count(",") < 2 else math.nan
    except ValueError:
        return math.nan
    return found if math.isfinite(found) else math.nan
