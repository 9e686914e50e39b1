"""What plans are like: figures of the chords of a piece, the same for real pieces and for drawn plans."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from symgen.music.harmony import PLAN_QUALITIES
from symgen.planner.sonorities import NONE, cadence_of, quality_of, root_of

__all__ = ["FIGURES", "figures_of"]

FIGURES = {
    "fourths": "roots by fourth or fifth",
    "close": "V-I at the close",
    "tonic": "tonic chord at the close",
    "changes": "changes a beat",
    "share": "tonic chords",
    "sevenths": "dominant sevenths",
    "inverted": "bass is not the root",
    "distinct": "distinct chords in 16 beats",
}
"""What each figure is called."""

_WINDOW = 16


def figures_of(sonorities: Sequence[int]) -> dict[str, float]:
    """Measure the chords of a piece, beat by beat; those of which it has none are left out."""
    known = [each for each in sonorities if each != NONE]
    found: dict[str, float] = {}
    if not known:
        return found
    roots = np.array([root_of(each) for each in known])
    moves = np.diff(roots) % 12
    moves = moves[moves != 0]
    if len(moves):
        found["fourths"] = float(np.isin(moves, (5, 7)).mean())
    found["close"] = float(cadence_of(known) == 0)
    found["tonic"] = float(roots[-1] == 0)
    pairs = pairwise(sonorities)
    # Roots and qualities; a bass that moves under a chord is no change of it.
    changed = [a // 12 != b // 12 for a, b in pairs]
    if changed:
        found["changes"] = float(np.mean(changed))
    found["share"] = float((roots == 0).mean())
    seventh = PLAN_QUALITIES.index("7")
    found["sevenths"] = float(np.mean([quality_of(each) == seventh for each in known]))
    found["inverted"] = float(np.mean([each % 12 != 0 for each in known]))
    windows = [
        sonorities[i : i + _WINDOW] for i in range(0, len(sonorities) - _WINDOW + 1, _WINDOW)
    ]
    if windows:
        found["distinct"] = float(np.mean([len({each // 12 for each in row}) for row in windows]))
    return found
