"""What the card of a network holds: the configuration, and facts of the corpus, which the samplers rely on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

from symgen.system.errors import CheckpointError, ControlError

__all__ = ["StoredConfig", "wrong_facts"]

C = TypeVar("C", bound="StoredConfig")
Test = Callable[[Any], bool]


@dataclass(frozen=True)
class StoredConfig:
    """Numbers and switches that make a network, as its card holds them: a base of dataclasses with defaults."""

    __slots__ = ()

    LATER: ClassVar[frozenset[str]] = frozenset()
    """Fields that older cards lack; they have their defaults there."""

    def to_json(self) -> dict[str, Any]:
        """Return plain data for a card."""
        return asdict(self)

    @classmethod
    def from_json(cls: type[C], data: Any) -> C:
        """Rebuild from `to_json`; a `CheckpointError` says what does not fit this version."""
        defaults = {each.name: each.default for each in fields(cls)}
        try:
            values = {name: _as_tuple(value) for name, value in dict(data).items()}
            # Nothing is guessed: a network built from half a configuration might load, and write nonsense.
            lacking = defaults.keys() - values.keys() - cls.LATER
            if wrong := sorted(lacking | values.keys() - defaults.keys()):
                raise TypeError(f"{', '.join(wrong)}: missing or unknown")
            for name, value in values.items():
                if not _is_like(value, defaults[name]):
                    raise TypeError(f"{name} {value!r} is of a wrong kind")
            return cls(**values)
        except (TypeError, ValueError, ControlError) as error:
            raise CheckpointError(
                f"network configuration: does not fit this version of symgen ({error});"
                " train it again"
            ) from None


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list | tuple) else value


def _is_like(value: Any, default: Any) -> bool:
    if type(default) is float and type(value) is int:  # JSON may write 0.0 as 0
        return True
    return type(value) is type(default)


# -- facts -------------------------------------------------------------------------------


def wrong_facts(card: Mapping[str, Any], more: Mapping[str, Test]) -> list[str]:
    """Return the names of the fields that are of a wrong kind; all may be missing. `more` tests fields besides."""
    tests = {**_FACTS, **more}
    return [name for name, test in tests.items() if name in card and not test(card[name])]


def _is_anything(_: Any) -> bool:
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_program(value: Any) -> bool:
    return _is_count(value) and value <= 127


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_list(value: Any, test: Test, length: int | None = None) -> bool:
    if not isinstance(value, list | tuple) or length not in (None, len(value)):
        return False
    return all(map(test, value))


def _is_usual(row: Any) -> bool:
    """Whether these are meter, style, key and how often."""
    if not _is_list(row, _is_anything, 4):
        return False
    *words, count = row
    return _is_list(words, _is_text) and _is_count(count)


def _is_ensemble(row: Any) -> bool:
    """Whether these are programs, drums, names, style, period and how often."""
    if not _is_list(row, _is_anything, 6):
        return False
    programs, drums, names, style, period, count = row
    parts = len(programs) if isinstance(programs, list | tuple) else 0
    return (
        parts > 0
        and _is_list(programs, _is_count)
        and _is_list(drums, lambda value: isinstance(value, int), parts)
        and _is_list(names, _is_text, parts)
        and _is_text(style)
        and _is_text(period)
        and _is_number(count)
    )


def _is_norm(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and _is_list(value.get("mean"), _is_number)
        and _is_list(value.get("deviation"), _is_number)
        and _is_list(value.get("returns"), lambda row: _is_list(row, _is_count, 3))
    )


def _are_norms(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and all(map(_is_text, value))
        and all(map(_is_norm, value.values()))
    )


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _are_by_label(value: Any) -> bool:
    """Whether these are what is usual by name and value of a label."""
    return _is_mapping(value) and all(
        _is_text(name)
        and _is_mapping(values)
        and all(
            _is_text(text)
            and _is_mapping(rows)
            and _is_list(rows.get("usual"), _is_usual)
            and _is_list(rows.get("ensembles"), _is_ensemble)
            for text, rows in values.items()
        )
        for name, values in value.items()
    )


# A card may come from anywhere, and its checksum is easily made. Samplers draw keys, ensembles and
# norms from it without looking, so each fact is looked at here, once.
_FACTS: dict[str, Test] = {
    "name": _is_text,
    "usual": lambda value: _is_list(value, _is_usual),
    "norms": _are_norms,
    "program": _is_program,
    "variation": _is_number,
    "top_p": _is_share,
    "returns": _is_number,
    "plan_returns": _is_number,
    "steps": _is_number,
    "closes": lambda value: _is_mapping(value) and all(map(_is_share, value.values())),
    "by_label": _are_by_label,
    "ensembles": lambda value: _is_list(value, _is_ensemble),
    "metrics": _is_mapping,
    "corpus": _is_mapping,
}
