"""Which files of a source are wanted, by what the source says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symgen.corpus.find import Item
from symgen.system.errors import ControlError

__all__ = ["Condition", "parse_condition", "unwanted"]

_FORM = re.compile(
    r"(?:(?P<source>[\w:]+?):)?(?P<field>\w+)(?P<sign>!?=)(?P<pattern>.*)", re.DOTALL
)


@dataclass(frozen=True)
class Condition:
    """What a field must, or must not, say.

    Parameters
    ----------
    source : str
        The source it is about; empty for all.
    field : str
        A field of the source's table, or ``file``; one that is missing counts as empty.
    pattern : str
        Regular expression that the whole field must match, whatever the case.
    negated : bool
        Whether it must not match.
    """

    source: str
    field: str
    pattern: str
    negated: bool = False

    def allows(self, item: Item) -> bool:
        """Whether an item passes."""
        if self.source not in ("", item.source):
            return True
        value = item.locator if self.field == "file" else str(item.meta.get(self.field) or "")
        return (
            re.fullmatch(self.pattern, value, re.IGNORECASE | re.DOTALL) is None
        ) == self.negated


def parse_condition(text: str) -> Condition:
    """Read ``[SOURCE:]FIELD=REGEX`` or ``[SOURCE:]FIELD!=REGEX``.

    Raises
    ------
    ControlError
        If it is neither, or the regular expression is none.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ControlError(
            f"condition {text!r}: write FIELD=REGEX, FIELD!=REGEX or SOURCE:FIELD=REGEX"
        )
    try:
        re.compile(found["pattern"])
    except re.error as error:
        raise ControlError(f"condition {text!r}: no regular expression ({error})") from None
    return Condition(found["source"] or "", found["field"], found["pattern"], found["sign"] == "!=")


def unwanted(item: Item, conditions: Iterable[Condition]) -> Condition | None:
    """Return the first condition that an item breaks."""
    return next((condition for condition in conditions if not condition.allows(item)), None)
