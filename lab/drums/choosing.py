"""Two bars of each style that stand for it, chosen from what drummers played most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lab.drums.pieces import Take
from symgen.drummer.grooves import GROOVE, Groove
from symgen.drummer.patterns import pattern_text

__all__ = ["choose_patterns", "cut_groove"]

# Patterns of a style and meter, each from another recording; bars of a pattern, and of a recording for one.
_MOST, _BARS, _SHORTEST = 4, 2, 8


def choose_patterns(takes: Sequence[Take]) -> str:
    """Write patterns of the training part as text."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for take in takes:
        groove = take.groove
        if take.split == "train" and not take.is_fill and groove.bars >= _SHORTEST:
            usual, first = _most_usual(groove)
            cut = cut_groove(groove, first, first + _BARS)
            found[take.label, groove.meter].append((usual, pattern_text(take.label, cut)))
    texts = []
    for key in sorted(found):
        best = dict.fromkeys(text for _, text in sorted(found[key], reverse=True))
        texts += list(best)[:_MOST]
    return "\n\n".join(texts) + "\n"


def cut_groove(groove: Groove, first: int, stop: int) -> Groove:
    """Return the bars from one up to another as a groove."""
    begin, end = np.searchsorted(groove.bar, [first, stop]).tolist()
    cut = slice(begin, end)
    return replace(
        groove, bar=groove.bar[cut] - first, place=groove.place[cut], feel=groove.feel[cut],
        levels=groove.levels[cut], late=groove.late[cut], other=groove.other[cut],
        events=groove.events[first:stop],
    )  # fmt: skip


def _most_usual(groove: Groove) -> tuple[float, int]:
    """Return where the two bars begin that most others are like, and how like."""
    count = groove.bars // _BARS
    pairs = (groove.laid()[: count * _BARS] > 0).reshape(count, -1).astype(float)
    shared = pairs @ pairs.T / np.maximum(1, pairs.sum(axis=1, keepdims=True))
    likes = (shared.sum(axis=1) - np.diagonal(shared)) / (count - 1)
    events = groove.events[: count * _BARS].reshape(count, _BARS)
    likes[(events != GROOVE).any(axis=1) | ~pairs.any(axis=1)] = -1.0
    best = int(likes.argmax())
    return float(likes[best]), best * _BARS
