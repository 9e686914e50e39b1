"""Arguments of functions that make no sense, refused in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from symgen.system.errors import ControlError, FormatError
from symgen.system.text import did_you_mean

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ByName", "check_whole", "check_words", "of_kinds"]

Function = TypeVar("Function", bound=Callable[..., Any])


class ByName:
    """A dataclass whose unknown fields are refused by an error of ours."""

    __slots__ = ()

    def __new__(cls, *_: Any, **words: Any) -> Self:
        """Refuse what no field is called, before the fields are set."""
        check_words(cls.__name__, words, [each.name for each in fields(cls)])  # type: ignore[arg-type]
        return super().__new__(cls)


def of_kinds(words: str) -> Callable[[Function], Function]:
    """Let a function refuse values of the wrong kind in words of ours."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def checked(*values: Any, **named: Any) -> Any:
            try:
                return function(*values, **named)
            except (AttributeError, TypeError):
                raise FormatError(words) from None

        return cast("Function", checked)

    return decorate


def check_words(verb: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse keywords that a function does not know."""
    names = list(known)
    for word in given:
        if word not in names:
            hint = did_you_mean(word, names) or f"; it knows {', '.join(names)}"
            raise ControlError(f"{verb}: no keyword {word}{hint}")


def check_whole(name: str, value: object) -> None:
    """Refuse what is no whole number."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ControlError(f"{name} {value!r}: must be a whole number")
