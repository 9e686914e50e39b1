"""What a prompt tells of the music that is to follow, besides key and meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np

from symgen.music.constraints import NoteGrid, PitchRange
from symgen.sampling.habits import PartHabits, find_habits
from symgen.sampling.swing import STRAIGHT
from symgen.tokens import Events, Vocabulary
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.statistics import STATISTICS, piece_statistics

__all__ = ["Inferred", "guess_style", "infer"]

_SURE = 0.7
_SHARED = 0.5
"""The statistics say the same thing twice: their evidence counts half."""
_SMALLEST = 0.02
_ON_GRID = 0.98
_NEARLY_ALL = 0.97
_GRIDS = tuple(NoteGrid(part, triplets) for part in (1, 2, 4, 8, 16) for triplets in (False, True))


@dataclass(frozen=True)
class Inferred:
    """What a prompt tells.

    Parameters
    ----------
    style : str
        The likeliest style of those that the model knows, empty if none is much likelier than the others.
    tempo : float
        Quarters a minute at its end.
    range : PitchRange
        Its lowest and its highest note.
    notes_per_bar : float
    grid : NoteGrid, optional
        The coarsest one on which nearly all of its notes begin.
    swing : float
        Place in the quarter of its off-beat eighths; 0.5 if it is straight.
    parts : tuple of PartHabits or None
        What each part that goes on usually does.
    tones : frozenset of int
        Pitch classes that make nearly all of what sounds.
    """

    style: str
    tempo: float
    range: PitchRange
    notes_per_bar: float
    grid: NoteGrid | None
    swing: float
    parts: tuple[PartHabits | None, ...] = ()
    tones: frozenset[int] = frozenset()

    def __str__(self) -> str:
        said = [f"style {self.style}"] if self.style else []
        said += [
            f"{self.tempo:g} quarters a minute",
            str(self.range),
            f"{self.notes_per_bar:.3g} notes a bar",
        ]
        said += [f"grid {self.grid}"] if self.grid else []
        said += [f"swing {self.swing:.2f}"] if self.swing != STRAIGHT else []
        return ", ".join(said)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "style": self.style or None,
            "tempo": round(self.tempo, 3),
            "range": str(self.range),
            "notes_per_bar": round(self.notes_per_bar, 2),
            "grid": str(self.grid) if self.grid else None,
            "swing": round(self.swing, 3),
            "parts": [habits.to_json() if habits else None for habits in self.parts],
        }


def infer(
    events: Events,
    vocabulary: Vocabulary,
    info: Mapping[str, Any],
    *,
    tempo: float,
    swing: float,
    bars: int,
    lanes: Sequence[int],
) -> Inferred:
    """Read what a prompt tells.

    Parameters
    ----------
    events : Events
        Of the prompt; its header may hold bars that are still to be written.
    vocabulary : Vocabulary
    info : mapping
        Of the model: ``norms`` and ``usual``.
    tempo, swing : float
        As found in the file.
    bars : int
        Bars of the prompt, a pickup counted.
    lanes : sequence of int
        For each part of the network the part of the prompt that it belongs to.
    """
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    habits = find_habits(events, vocabulary, bars=bars, lanes=lanes)
    bars = max(1, int(notes.bar[-1]) + 1 - header.pickup)
    places = notes.onset - header.bar_starts[notes.bar]
    grid = next((one for one in _GRIDS if _share_on(one, places, vocabulary) >= _ON_GRID), None)
    statistics = piece_statistics(notes, header, vocabulary.grid)
    statistics[0] = len(notes) / bars
    style = guess_style(statistics, str(header.meter), info)
    pitches = PitchRange(int(notes.pitch.min()), int(notes.pitch.max()))
    return Inferred(style, tempo, pitches, len(notes) / bars, grid, swing, habits, _tones(notes))


def _tones(notes: Notes) -> frozenset[int]:
    """Return the pitch classes that make nearly all of what sounds."""
    weight = np.bincount(notes.pitch % 12, np.sqrt(notes.duration), 12)
    order = np.argsort(-weight, kind="stable")
    count = int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), _NEARLY_ALL)) + 1
    return frozenset(order[:count].tolist())


def _share_on(grid: NoteGrid, places: np.ndarray[Any, Any], vocabulary: Vocabulary) -> float:
    """Share of the notes that begin on a grid."""
    units = [int(unit * vocabulary.grid) for unit in grid.units]
    return float(np.any([places % max(1, unit) == 0 for unit in units], axis=0).mean())


def guess_style(statistics: list[float], meter: str, info: Mapping[str, Any]) -> str:
    """Return the likeliest style of a piece, or nothing if it is not much likelier than the others.

    Parameters
    ----------
    statistics : list of float
        As `piece_statistics` gives them.
    meter : str
    info : mapping
        Of the model: ``norms``, ``usual``.

    Notes
    -----
    Naive Bayes with normal densities; the mean pitch, which transposition changes, is left out.
    """
    norms = {style: norm for style, norm in info.get("norms", {}).items() if style}
    counts = dict.fromkeys(norms, 0.1)
    for other, style, _, count in info.get("usual", ()):
        if style in counts and other == meter:
            counts[style] += count
    odds = {}
    for style, norm in norms.items():
        rows = zip(STATISTICS, statistics, norm["mean"], norm["deviation"], strict=True)
        odds[style] = log(counts[style]) + _SHARED * sum(
            -0.5 * ((value - mean) / max(deviation, _SMALLEST)) ** 2
            - log(max(deviation, _SMALLEST))
            for name, value, mean, deviation in rows
            if name != "mean_pitch"
        )
    if not odds:
        return ""
    best = max(odds, key=lambda style: odds[style])
    chance = 1 / sum(exp(min(50.0, value - odds[best])) for value in odds.values())
    return best if chance > _SURE else ""
