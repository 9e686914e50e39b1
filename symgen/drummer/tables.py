"""What the drummer sees, as rows of one table: each thing that it is told is one row, and their sum is its input."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.grooves import EVENTS, PLACES, Groove
from symgen.music.drum_kit import DRUMS

__all__ = [
    "COLUMNS",
    "INPUT_ROWS",
    "KEPT",
    "LAGS",
    "LATENESS",
    "LATE_STEP",
    "LOUD",
    "METERS",
    "MOST_SINCE",
    "PHASES",
    "USUAL",
    "column",
    "first_row",
    "groove_rows",
    "late_class",
    "loudness_rows",
    "memory_columns",
    "memory_rows",
    "piece_rows",
    "since_fills",
    "tempo_class",
    "usual_class",
    "usual_classes",
    "usual_columns",
    "usual_rows",
]

Ints = NDArray[np.int64]

LAGS = (1, 2, 4, 8)
"""How many bars ago the copy memory looks."""
KEPT = 0.85
"""What a bar counts in what is usual, beside the one behind it."""
USUAL = 7
"""Classes of how often a drum has been struck at a place."""
METERS = ("4/4", "3/4", "6/8", "5/4", "5/8")
"""All others are one more."""
PHASES, MOST_SINCE, MOST_PLACES, TEMPOS = 8, 8, 64, 8
LATENESS, LATE_STEP = 11, 10
"""Classes of how late a hit is, and 480ths of a quarter of each."""
LOUD = 5
"""Classes of velocity from which on a hit is loud."""

_FASTER, _SLOWEST = 1.2, 66.0

_SIZES = {
    "place": MOST_PLACES,
    "feel": len(PLACES),
    "meter": len(METERS) + 1,
    "phase": PHASES,
    "since": MOST_SINCE + 1,
    # The last one says that it is hidden.
    "event": len(EVENTS) + 1,
    "last_event": len(EVENTS) + 1,
    "tempo": TEMPOS + 1,
    # None, soft or loud, of each drum in the slot before.
    **{f"last{drum}": 3 for drum in range(len(DRUMS))},
    # Unknown, not struck or struck, at the same place so many bars ago.
    **{f"memory{lag}.{drum}": 3 for lag in LAGS for drum in range(len(DRUMS))},
    # Unknown, or how often it has been struck there so far.
    **{f"usual{drum}": USUAL + 1 for drum in range(len(DRUMS))},
    # Styles come last, as their number is that of the network; the first one says that it is hidden.
    "style": 1,
}
COLUMNS = tuple(_SIZES)
_FIRST = dict(zip(_SIZES, np.cumsum([0, *_SIZES.values()]).tolist(), strict=False))
INPUT_ROWS = sum(_SIZES.values())
"""Rows of the table with one style, the hidden one."""


def first_row(name: str) -> int:
    """Return the first row of a kind."""
    return int(_FIRST[name])


def column(name: str) -> int:
    """Return where a kind stands among the rows of a slot."""
    return COLUMNS.index(name)


def tempo_class(bpm: float) -> int:
    """Return the class of a tempo, each a fifth faster than the one before."""
    return int(np.clip(np.log(max(bpm, 1.0) / _SLOWEST) / np.log(_FASTER), 0, TEMPOS - 1))


def late_class(late: Ints) -> Ints:
    """Return the class of how late hits are, in 480ths of a quarter."""
    middle = LATENESS // 2
    found: Ints = np.clip(np.round(late / LATE_STEP).astype(np.int64) + middle, 0, LATENESS - 1)
    return found


def piece_rows(meter: str, bpm: float, style: int) -> dict[str, int]:
    """Return the rows that are the same in all slots of a piece; `style` counts from 1, 0 is hidden."""
    number = METERS.index(meter) if meter in METERS else len(METERS)
    tempo = tempo_class(bpm) if bpm > 0 else TEMPOS
    values = {"meter": number, "tempo": tempo, "style": style}
    return {name: first_row(name) + value for name, value in values.items()}


def since_fills(events: Ints) -> Ints:
    """Return for each bar how many bars ago the last one was no groove."""
    found, since = np.empty(len(events), np.int64), MOST_SINCE
    for bar, event in enumerate(events.tolist()):
        found[bar] = since
        since = 0 if event else min(since + 1, MOST_SINCE)
    return found


def groove_rows(groove: Groove, style: int) -> Ints:
    """Return the rows of all slots of a groove, shape (slots, columns)."""
    rows = np.zeros((len(groove.bar), len(COLUMNS)), dtype=np.int64)
    for name, row in piece_rows(groove.meter, groove.bpm, style).items():
        rows[:, column(name)] = row
    before = np.append(len(EVENTS), groove.events[:-1])
    values = {
        "place": np.minimum(groove.place, MOST_PLACES - 1),
        "feel": groove.feel,
        "phase": groove.bar % PHASES,
        "since": since_fills(groove.events)[groove.bar],
        "event": groove.events[groove.bar],
        "last_event": before[groove.bar],
    }
    for name, value in values.items():
        rows[:, column(name)] = first_row(name) + value
    last = np.vstack([np.zeros((1, len(DRUMS)), np.int64), groove.levels[:-1]])
    first = column("last0")
    rows[:, first : first + len(DRUMS)] = loudness_rows(last)
    laid = groove.laid()
    for lag in LAGS:
        rows[:, memory_columns(lag)] = memory_rows(laid, groove.bar - lag, groove.place, lag)
    rows[:, usual_columns()] = usual_rows(usual_classes(laid)[groove.bar, groove.place])
    return rows


def usual_classes(laid: Ints) -> Ints:
    """Return the classes of what has been usual before each bar, by bar, step and drum; 0 is unknown."""
    found = np.zeros(laid.shape, dtype=np.int64)
    mean, weight = np.zeros(laid.shape[1:]), 0.0
    for bar in range(1, len(laid)):
        mean, weight = KEPT * mean + (laid[bar - 1] > 0), KEPT * weight + 1
        found[bar] = usual_class(mean, weight)
    return found


def usual_class(mean: NDArray[np.float64], weight: float) -> Ints:
    """Return the classes of sums of hits over weighted bars."""
    share = (mean + 1e-9) / weight
    found: Ints = 1 + np.minimum(np.floor(share * USUAL), USUAL - 1).astype(np.int64)
    return found


def usual_columns() -> slice:
    """Return where what is usual stands among the rows."""
    first = column("usual0")
    return slice(first, first + len(DRUMS))


def usual_rows(classes: Ints) -> Ints:
    """Return the rows of what is usual."""
    firsts = np.array([first_row(f"usual{drum}") for drum in range(len(DRUMS))])
    rows: Ints = firsts + classes
    return rows


def loudness_rows(levels: Ints) -> Ints:
    """Return the rows of the hits of a slot, as the next one sees them."""
    firsts = np.array([first_row(f"last{drum}") for drum in range(len(DRUMS))])
    rows: Ints = firsts + (levels > 0) + (levels >= LOUD)
    return rows


def memory_columns(lag: int) -> slice:
    """Return where the hits of so many bars ago stand among the rows."""
    first = column(f"memory{lag}.0")
    return slice(first, first + len(DRUMS))


def memory_rows(laid: Ints, bars: Ints, places: Ints, lag: int) -> Ints:
    """Return the rows of the hits in earlier bars at some places, unknown where there is no such bar."""
    firsts = np.array([first_row(f"memory{lag}.{drum}") for drum in range(len(DRUMS))])
    struck = 1 + (laid[np.maximum(bars, 0), places] > 0)
    rows: Ints = firsts + np.where((bars >= 0)[:, None], struck, 0)
    return rows
