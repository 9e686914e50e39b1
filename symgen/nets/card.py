"""What a model's card says of its corpus, held to its kinds: the sampler may rely on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["wrong_fields"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_list(value: Any, test: Callable[[Any], bool]) -> bool:
    return isinstance(value, list | tuple) and all(map(test, value))


def _is_usual(row: Any) -> bool:
    """Meter, style, key and how often."""
    return (
        _is_list(row, lambda _: True)
        and len(row) == 4
        and _is_list(row[:3], _is_text)
        and _is_count(row[3])
    )


def _is_ensemble(row: Any) -> bool:
    """Programs, drums, names, style, period and how often."""
    if not _is_list(row, lambda _: True) or len(row) != 6:
        return False
    programs, drums, names, *words, count = row
    lists = (
        _is_list(programs, _is_count)
        and _is_list(drums, _is_count_or_bool)
        and _is_list(names, _is_text)
    )
    return (
        lists
        and len(programs) == len(drums) == len(names) > 0
        and _is_list(words, _is_text)
        and _is_number(count)
    )


def _is_count_or_bool(value: Any) -> bool:
    return isinstance(value, int)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_norm(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and _is_list(value.get("mean"), _is_number)
        and _is_list(value.get("deviation"), _is_number)
        and _is_list(value.get("returns"), lambda row: _is_list(row, _is_count) and len(row) == 3)
    )


_KINDS: dict[str, Callable[[Any], bool]] = {
    "name": _is_text,
    "usual": lambda value: _is_list(value, _is_usual),
    "norms": lambda value: (
        isinstance(value, Mapping)
        and all(map(_is_text, value))
        and all(map(_is_norm, value.values()))
    ),
    "program": lambda value: _is_count(value) and value <= 127,
    "variation": _is_number,
    "ensembles": lambda value: _is_list(value, _is_ensemble),
    "metrics": lambda value: isinstance(value, Mapping),
    "corpus": lambda value: isinstance(value, Mapping),
}


def wrong_fields(info: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields of a card that are of a wrong kind; all may be missing."""
    return [name for name, is_right in _KINDS.items() if name in info and not is_right(info[name])]
