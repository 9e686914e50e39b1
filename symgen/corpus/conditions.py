"""Conditions on what is known of files: ``--where FIELD=REGEX``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from symgen.corpus.find import Item
from symgen.system.errors import ControlError

__all__ = ["Condition", "parse_condition", "unwanted"]

_CONDITION = re.compile(
    r"(?:(?P<source>[\w:]+?):)?(?P<field>\w+)(?P<sign>!?=)(?P<pattern>.*)", re.DOTALL
)


@dataclass(frozen=True)
class Condition:
    """A condition on the facts of files."""

    # Empty for all sources.
    source: str
    # A fact or ``file``; one that is missing counts as empty.
    field: str
    # Regular expression that the whole field must match, or must not, whatever the case.
    pattern: str
    negated: bool = False

    def allows(self, item: Item) -> bool:
        """Whether an item passes."""
        if self.source not in ("", item.source):
            return True
        known = item.labels.get(self.field) or item.meta.get(self.field) or ""
        value = item.locator if self.field == "file" else str(known)
        found = re.fullmatch(self.pattern, value, re.IGNORECASE | re.DOTALL)
        return (found is None) == self.negated


def parse_condition(text: str) -> Condition:
    """Read ``[SOURCE:]FIELD=REGEX`` or ``[SOURCE:]FIELD!=REGEX``."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ControlError(
            f"condition {text!r}: write FIELD=REGEX, FIELD!=REGEX or SOURCE:FIELD=REGEX"
        )
    try:
        re.compile(found["pattern"])
    except re.error as error:
        raise ControlError(f"condition {text!r}: no regular expression ({error})") from None
    negated = found["sign"] == "!="
    return Condition(found["source"] or "", found["field"], found["pattern"], negated)


def unwanted(item: Item, conditions: Iterable[Condition]) -> Condition | None:
    """Return the first condition that an item breaks."""
    return next((condition for condition in conditions if not condition.allows(item)), None)
