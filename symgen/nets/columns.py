"""The columns of a stage: where each is looked up or computed, all of one kind at once.

All of it is plain arithmetic, which numpy arrays and torch tensors of integers do alike: while sampling
the arrays are numpy's, and where training runs on a GPU they are tensors there (see `Columns.moved`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.tokens import FIELDS
from symgen.tokens.layout import FORM_LAGS
from symgen.tokens.vocabulary import DURATION, PITCH

__all__ = ["CLOSES", "INTERVALS", "NO_TONIC", "Columns", "Given", "chosen", "degree", "interval"]

Ints = NDArray[np.int64]

NO_TONIC = 12
INTERVALS = 50
CLOSES = tuple(f"close{lag}" for lag in FORM_LAGS)
_REACH = 24
_SETS = "classes"
"""How the names of columns end that hold a set of pitch classes."""


def chosen(condition: Any, one: Any, other: Any) -> Ints:
    """Return what ``np.where`` does; of tensors a tensor."""
    found: Ints = (
        np.where(condition, one, other)
        if isinstance(condition, np.ndarray)
        else one.where(condition, other)
    )
    return found


def interval(pitch: Ints, reference: Ints) -> Ints:
    """Interval classes of pitch columns (0: none, else pitch + 1)."""
    known = (pitch > 0) & (reference > 0)
    return chosen(known, (pitch - reference).clip(-_REACH, _REACH) + (_REACH + 1), 0)


def degree(pitch: Ints, tonic: Ints) -> Ints:
    """Scale degree classes of pitch columns: 0..11, 12 without a key, 13 without a pitch."""
    return chosen(pitch > 0, chosen(tonic < NO_TONIC, (pitch - 1 - tonic) % 12, 12), 13)


@dataclass(frozen=True)
class Given:
    """What the rows of a stage are computed from, a row an event: see `Inputs.rows`.

    Parameters
    ----------
    last, now : ndarray of int64, shape (n, 7)
    features : ndarray of int64, shape (n, columns)
    conditions : ndarray of int64, shape (n, 8)
    """

    last: Ints
    now: Ints
    features: Ints
    conditions: Ints


@dataclass(frozen=True)
class _Group:
    """Columns of one kind: their places in the stage, what they show, and what they start from."""

    places: Ints
    sources: Ints
    semitones: Ints
    reference: int
    own: int


class Columns:
    """The columns of one stage.

    Plain names are events, conditions or features; ``degree.x`` is the scale degree of the pitch column x,
    ``octaves.x`` its octave, ``under.x`` the interval from it to the pitch drawn, ``i.x`` whether the set x of
    pitch classes has the one i semitones above the tonic, ``owni.x`` the same above the part's own last pitch.

    Parameters
    ----------
    names : sequence of str
    places : mapping
        Of the features, by name.
    now : mapping
        Of the fields of the event as far as it is drawn.
    conditions : sequence of str
    pitched : collection of str
        Features that are pitches: they are seen as intervals.
    reference : str
        The feature that intervals start from.
    """

    def __init__(
        self,
        names: Sequence[str],
        places: Mapping[str, int],
        *,
        now: Mapping[str, int],
        conditions: Sequence[str],
        pitched: Collection[str],
        reference: str,
    ) -> None:
        self._count = len(names)
        found: dict[str, list[tuple[int, int, int]]] = {}
        for place, name in enumerate(names):
            kind, _, of = name.rpartition(".")
            source, semitones = 0, 0
            if kind and of.endswith(_SETS):
                semitones = int(kind.removeprefix("own"))
                kind, source = ("own" if kind.startswith("own") else "inside"), places[of]
            elif kind:
                source = places[of]
            elif name.startswith("last_"):
                kind, source = "last", FIELDS.index(name[5:])
            elif name in conditions:
                kind, source = "condition", conditions.index(name)
            elif name in now:
                kind, source = "now", now[name]
            elif name in _SINGLE:
                kind = _SINGLE[name]
            else:
                kind = "degree" if name in CLOSES else "against" if name in pitched else "feature"
                source = places[name]
            found.setdefault(kind, []).append((place, source, semitones))
        self._groups = [
            (
                kind,
                _Group(columns[0], columns[1], columns[2], places[reference], places.get("own", 0)),
            )
            for kind, rows in found.items()
            for columns in [np.array(rows, dtype=np.int64).T]
        ]

    def moved(self, move: Callable[[Ints], Ints]) -> Columns:
        """Return the same with its tables passed through `move`, as to another device."""
        result = copy(self)
        result._groups = []
        for kind, group in self._groups:
            places, sources, semitones = map(move, (group.places, group.sources, group.semitones))
            result._groups.append(
                (kind, _Group(places, sources, semitones, group.reference, group.own))
            )
        return result

    def compute(self, given: Given) -> Ints:
        """Return the class of each column, shape (n, columns of the stage)."""
        shape = (len(given.last), self._count)
        last: Any = given.last
        out: Ints = (
            np.empty(shape, dtype=np.int64)
            if isinstance(last, np.ndarray)
            else last.new_empty(shape)
        )
        for kind, group in self._groups:
            out[:, group.places] = _KINDS[kind](group, given)
        return out


def _against(group: _Group, given: Given) -> Ints:
    return interval(given.features[:, group.sources], given.features[:, group.reference, None])


def _octaves(group: _Group, given: Given) -> Ints:
    pitches = given.features[:, group.sources]
    return chosen(pitches > 0, (pitches - 1) // 12 + 1, 0)


def _above_own(group: _Group, given: Given) -> Ints:
    own = given.features[:, group.own, None]
    found: Ints = (given.features[:, group.sources] >> (group.semitones + own - 1) % 12 & 1) * (
        own > 0
    )
    return found


def _inside(group: _Group, given: Given) -> Ints:
    tonic = given.conditions[:, 1:2]
    above = group.semitones + tonic * (tonic < NO_TONIC)
    found: Ints = given.features[:, group.sources] >> above % 12 & 1
    return found


_KINDS: dict[str, Callable[[_Group, Given], Ints]] = {
    "last": lambda group, given: given.last[:, group.sources],
    "condition": lambda group, given: given.conditions[:, group.sources],
    "now": lambda group, given: given.now[:, group.sources],
    "feature": lambda group, given: given.features[:, group.sources],
    "against": _against,
    "degree": lambda group, given: degree(
        given.features[:, group.sources], given.conditions[:, 1:2]
    ),
    "under": lambda group, given: interval(
        given.now[:, PITCH, None] + 1, given.features[:, group.sources]
    ),
    "octaves": _octaves,
    "own": _above_own,
    "inside": _inside,
    "tone": lambda group, given: degree(
        given.features[:, group.reference, None], given.conditions[:, 1:2]
    ),
    "tone_now": lambda _, given: degree(given.now[:, PITCH, None] + 1, given.conditions[:, 1:2]),
    "leap": lambda _, given: interval(
        given.last[:, PITCH] * (given.last[:, DURATION] > 1), given.last[:, 6]
    )[:, None],
    "leap_now": lambda group, given: interval(
        given.now[:, PITCH, None] + 1, given.features[:, group.reference, None]
    ),
}
_SINGLE = {
    "degree": "tone",
    "degree_now": "tone_now",
    "interval": "leap",
    "interval_now": "leap_now",
}
"""Columns that there is one of, and their kinds."""
