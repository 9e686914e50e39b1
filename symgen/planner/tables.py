"""What the planner sees, as rows of one table: each thing that it is told is one row, and their sum is its input."""

from __future__ import annotations

from symgen.planner.sonorities import CADENCES, CHORDS, MODES_PLANNED

__all__ = [
    "INPUT_ROWS",
    "LAGS",
    "LONGEST_PHRASE",
    "MATCHES",
    "METERS",
    "MOST_BARS_DONE",
    "MOST_BARS_LEFT",
    "MOST_BEATS_LEFT",
    "MOST_PHRASE_LEFT",
    "MOST_PLACES",
    "MOST_STANDING",
    "NEAR_END",
    "PHASES",
    "PHRASE_ROWS",
    "first_row",
    "phrase_row",
]

LAGS = (1, 2, 4, 8, 16)
"""How many bars ago the copy memory looks."""
_METERS = (
    "4/4",
    "3/4",
    "2/2",
    "2/4",
    "6/8",
    "3/8",
    "2/1",
    "3/2",
    "12/8",
    "9/8",
    "6/4",
    "4/2",
    "3/1",
)
METERS = {name: number for number, name in enumerate(_METERS)}
"""Meters by name; all others are one more."""
PHASES = 8
"""Bars after which their count begins anew."""
MOST_PLACES = 12
MOST_BARS_DONE, MOST_BARS_LEFT, MOST_BEATS_LEFT = 8, 32, 16
MOST_STANDING = 16
"""Where counts stop."""
MATCHES = (1, 2, 4, 8)
"""For so many beats or more what was drawn has been what stood there bars ago."""
LONGEST_PHRASE = 64
"""Beats of a phrase that are told apart."""
MOST_PHRASE_LEFT = 16
NEAR_END = 6
"""So many last beats of a phrase are told apart by its cadence."""

_SIZES = {
    "place": MOST_PLACES * (MOST_PLACES + 1) // 2,
    "meter": len(METERS) + 1,
    "phase": PHASES + 1,
    "bars_done": MOST_BARS_DONE + 1,
    # The last one of these says that it is hidden.
    "bars_left": MOST_BARS_LEFT + 2,
    "beats_left": MOST_BEATS_LEFT + 2,
    "mode": len(MODES_PLANNED),
    # The last one of these is what stands before the first beat.
    "last": CHORDS + 1,
    "bass": 12 + 2,
    "inversion": 12,
    "standing": MOST_STANDING + 1,
    # The last one says that there is no such bar.
    **{f"memory{lag}": CHORDS + 1 for lag in LAGS},
    **{f"match{lag}": 2 * (len(MATCHES) + 1) + 1 for lag in LAGS},
    # Styles come last, as their number is that of the network; the first one says that it is hidden.
    "style": 1,
}

_PHRASE_SIZES = {
    # The last one of these says that it is hidden.
    "left": MOST_PHRASE_LEFT + 2,
    "cadence": len(CADENCES) + 1,
    "near": NEAR_END * (len(CADENCES) + 1) + 1,
}


def _firsts(sizes: dict[str, int]) -> dict[str, int]:
    total, firsts = 0, {}
    for name, size in sizes.items():
        firsts[name] = total
        total += size
    return firsts


_FIRST, _PHRASE_FIRST = _firsts(_SIZES), _firsts(_PHRASE_SIZES)
INPUT_ROWS = sum(_SIZES.values())
"""Rows of the table of inputs, with one style, the hidden one."""
PHRASE_ROWS = sum(_PHRASE_SIZES.values())
"""Rows of the table of what is known of the phrase."""


def first_row(name: str) -> int:
    """Return the first row of a kind in the table of inputs."""
    return _FIRST[name]


def phrase_row(name: str) -> int:
    """Return the first row of a kind in the table of phrases."""
    return _PHRASE_FIRST[name]
