"""The columns of a stage: where each is looked up or computed, all of one kind at once.

All of it is plain arithmetic, which numpy arrays and torch tensors of integers do alike: while sampling
the arrays are numpy's, and where training runs on a GPU they are tensors there (see `Columns.moved`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import PLAN_QUALITIES
from symgen.tokens import FIELDS
from symgen.tokens.layout import FORM_LAGS, Layout
from symgen.tokens.vocabulary import DURATION, PITCH

__all__ = [
    "CLOSES",
    "COLUMN_KINDS",
    "CONDITIONS",
    "INTERVALS",
    "LABEL",
    "MODE",
    "NO_TONIC",
    "PARTS",
    "PERIOD",
    "REFERENCE",
    "STYLE",
    "TONIC",
    "ColumnInputs",
    "Columns",
    "degree",
    "empty",
    "interval",
    "where",
]

Ints = NDArray[np.int64]

CONDITIONS = ("style", "tonic", "mode", "numerator", "denominator", "pickup", "period", "parts")
"""What is given for a whole piece, in the order of the array of it."""
STYLE, TONIC, MODE, _NUMERATOR, _DENOMINATOR, _PICKUP, PERIOD, PARTS = range(len(CONDITIONS))
LABEL = "label:"
"""How the names of columns begin that show labels; behind the other conditions stand the labels of a network."""
REFERENCE = len(FIELDS)
"""Place in the row of the last event, behind its fields, of the pitch that its interval starts from."""

NO_TONIC = 12
DEGREES = 14
"""Twelve degrees of the scale, no key, no pitch."""
INTERVALS = 50
OCTAVES = 12
CHORDS = 12 * len(PLAN_QUALITIES) + 1
"""Roots above the tonic with their qualities, and no chord."""
CLOSES = tuple(f"close{lag}" for lag in FORM_LAGS)
_REACH = 24  # two octaves each way; wider leaps count as that wide
_SETS = "classes"
"""How the names of columns end that hold a set of pitch classes."""


# -- arithmetic that numpy and torch share -----------------------------------------------


def where(condition: Any, one: Any, other: Any) -> Ints:
    """Return what ``np.where`` does; of tensors a tensor."""
    is_array = isinstance(condition, np.ndarray)
    found: Ints = np.where(condition, one, other) if is_array else one.where(condition, other)
    return found


def empty(like: Any, shape: tuple[int, ...]) -> Ints:
    """Return an array of another shape, of the kind and at the place of `like`; it holds anything."""
    if isinstance(like, np.ndarray):
        return np.empty(shape, dtype=np.int64)
    found: Ints = like.new_empty(shape)
    return found


def interval(pitch: Ints, reference: Ints) -> Ints:
    """Interval classes of pitch columns: 25 for the same pitch, 0 where one is unknown."""
    known = (pitch > 0) & (reference > 0)
    leap = (pitch - reference).clip(-_REACH, _REACH)
    return where(known, leap + (_REACH + 1), 0)


def degree(pitch: Ints, tonic: Ints) -> Ints:
    """Scale degree classes of pitch columns: 0..11, 12 without a key, 13 without a pitch."""
    above_tonic = where(tonic < NO_TONIC, (pitch - 1 - tonic) % 12, 12)
    return where(pitch > 0, above_tonic, 13)


# -- columns -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnInputs:
    """What the rows of a stage are computed from, a row an event.

    Parameters
    ----------
    last : ndarray of int64, shape (n, 7)
        The event before, each field 1 + class, then the pitch that its interval starts from; 0 before the first.
    now : ndarray of int64, shape (n, 6)
        The event itself as far as it is drawn.
    features : ndarray of int64, shape (n, columns)
    conditions : ndarray of int64, shape (n, 8 + labels)
    """

    last: Ints
    now: Ints
    features: Ints
    conditions: Ints

    def take(self, chosen: Ints) -> ColumnInputs:
        """Return some of the rows."""
        return ColumnInputs(*(array[chosen] for array in vars(self).values()))


@dataclass(frozen=True)
class _Group:
    """Columns of one kind: their places in the stage, what they show, and what they start from."""

    places: Ints
    sources: Ints
    semitones: Ints
    reference: int
    own: int


class Columns:
    """The columns of one stage, and in `classes` how many classes each has.

    Plain names are events, conditions or features; ``degree.x`` is the scale degree of the pitch column x,
    ``octaves.x`` its octave, ``under.x`` the interval from it to the pitch drawn, ``i.x`` whether the set x of
    pitch classes has the one i semitones above the tonic, ``owni.x`` the same above the part's own last pitch,
    ``chord.x`` the root x above the tonic with the quality that stands behind it, ``rooted.x`` the pitch drawn
    above the root x.
    """

    def __init__(
        self,
        names: Sequence[str],
        layout: Layout,
        sizes: Mapping[str, int],  # classes of the fields of events and of conditions
        reference: str,  # the feature that intervals start from
    ) -> None:
        features = {name: place for place, name in enumerate(layout.names)}
        found: dict[str, list[tuple[int, int, int]]] = {}
        classes = []
        for place, name in enumerate(names):
            kind, source, semitones, count = _parse(name, layout, features, sizes)
            found.setdefault(kind, []).append((place, source, semitones))
            classes.append(count)
        self.classes = tuple(classes)
        self._groups = []
        for kind, rows in found.items():
            places, sources, above = np.array(rows, dtype=np.int64).T
            start, own = features[reference], features.get("own", 0)
            self._groups.append((kind, _Group(places, sources, above, start, own)))

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

    def table(self) -> Ints:
        """Return kind, source and semitones of each column, shape (columns, 3); kinds as numbers of `COLUMN_KINDS`."""
        rows = np.empty((len(self.classes), 3), dtype=np.int64)
        for kind, group in self._groups:
            rows[group.places, 0] = COLUMN_KINDS.index(kind)
            rows[group.places, 1], rows[group.places, 2] = group.sources, group.semitones
        return rows

    def compute(self, given: ColumnInputs) -> Ints:
        """Return the class of each column, shape (n, columns of the stage)."""
        out = empty(given.last, (len(given.last), len(self.classes)))
        for kind, group in self._groups:
            out[:, group.places] = _KINDS[kind](group, given)
        return out


def _parse(
    name: str, layout: Layout, features: Mapping[str, int], sizes: Mapping[str, int]
) -> tuple[str, int, int, int]:
    """Return the kind of a column, the place of what it shows, semitones, and its number of classes."""
    kind, _, of = name.rpartition(".")
    if kind and of.endswith(_SETS):
        above = "own" if kind.startswith("own") else "inside"
        return above, features[of], int(kind.removeprefix("own")), 2
    if kind:
        return kind, features[of], 0, _CLASSES[kind]
    if name in _SINGLE:
        return _SINGLE[name], 0, 0, _CLASSES[_SINGLE[name]]
    if name in features:
        kind, count = "feature", layout.sizes[name]
        if name in layout.pitched:
            kind = "degree" if name in CLOSES else "against"
            count = _CLASSES[kind]
        return kind, features[name], 0, count
    return _parse_given(name, sizes)


def _parse_given(name: str, sizes: Mapping[str, int]) -> tuple[str, int, int, int]:
    """Do so for conditions and the fields of the last event and this one."""
    given = (*CONDITIONS, *(each for each in sizes if each.startswith(LABEL)))
    if name in given:
        return "condition", given.index(name), 0, sizes[name]
    if name.startswith("last_"):
        field = name.removeprefix("last_")
        return "last", FIELDS.index(field), 0, sizes[field] + 1  # 0: there was no event before
    field = name.removesuffix("_now")
    return "now", FIELDS.index(field), 0, sizes[field]


def _against(group: _Group, given: ColumnInputs) -> Ints:
    reference = given.features[:, group.reference, None]
    return interval(given.features[:, group.sources], reference)


def _degree(group: _Group, given: ColumnInputs) -> Ints:
    return degree(given.features[:, group.sources], given.conditions[:, TONIC, None])


def _under(group: _Group, given: ColumnInputs) -> Ints:
    return interval(given.now[:, PITCH, None] + 1, given.features[:, group.sources])


def _octaves(group: _Group, given: ColumnInputs) -> Ints:
    pitches = given.features[:, group.sources]
    return where(pitches > 0, (pitches - 1) // 12 + 1, 0)


def _above_own(group: _Group, given: ColumnInputs) -> Ints:
    own = given.features[:, group.own, None]
    # Bit p of a set says that pitch class p is in it; turned down by the part's own last pitch, the
    # same bit says for each transposition whether there is a note so far above it.
    turned = given.features[:, group.sources] >> (group.semitones + own - 1) % 12
    found: Ints = (turned & 1) * (own > 0)
    return found


def _inside(group: _Group, given: ColumnInputs) -> Ints:
    tonic = given.conditions[:, TONIC, None]
    above = group.semitones + tonic * (tonic < NO_TONIC)
    found: Ints = given.features[:, group.sources] >> above % 12 & 1
    return found


def _chord(group: _Group, given: ColumnInputs) -> Ints:
    tonic = given.conditions[:, TONIC, None]
    root, quality = given.features[:, group.sources], given.features[:, group.sources + 1]
    above = (root - 1 - tonic * (tonic < NO_TONIC)) % 12
    return where(root > 0, above * len(PLAN_QUALITIES) + quality, 0)


def _rooted(group: _Group, given: ColumnInputs) -> Ints:
    root = given.features[:, group.sources]
    return where(root > 0, (given.now[:, PITCH, None] + 1 - root) % 12 + 1, 0)


def _tone(group: _Group, given: ColumnInputs) -> Ints:
    return degree(given.features[:, group.reference, None], given.conditions[:, TONIC, None])


def _tone_now(_: _Group, given: ColumnInputs) -> Ints:
    return degree(given.now[:, PITCH, None] + 1, given.conditions[:, TONIC, None])


def _leap(_: _Group, given: ColumnInputs) -> Ints:
    # Only notes have a duration: the pitch of a bar is its goal, and nothing has leapt to it.
    pitch = given.last[:, PITCH] * (given.last[:, DURATION] > 1)
    return interval(pitch, given.last[:, REFERENCE])[:, None]


def _leap_now(group: _Group, given: ColumnInputs) -> Ints:
    return interval(given.now[:, PITCH, None] + 1, given.features[:, group.reference, None])


_KINDS: dict[str, Callable[[_Group, ColumnInputs], Ints]] = {
    "last": lambda group, given: given.last[:, group.sources],
    "condition": lambda group, given: given.conditions[:, group.sources],
    "now": lambda group, given: given.now[:, group.sources],
    "feature": lambda group, given: given.features[:, group.sources],
    "against": _against,
    "degree": _degree,
    "under": _under,
    "octaves": _octaves,
    "own": _above_own,
    "inside": _inside,
    "tone": _tone,
    "tone_now": _tone_now,
    "leap": _leap,
    "leap_now": _leap_now,
    "chord": _chord,
    "rooted": _rooted,
}
COLUMN_KINDS = tuple(_KINDS)
"""Kinds in the order of ``enum kind`` in ``symgen/kernel/network.h``."""
_SINGLE = {
    "degree": "tone",
    "degree_now": "tone_now",
    "interval": "leap",
    "interval_now": "leap_now",
}
"""Columns that there is one of, and their kinds."""
_CLASSES = {
    "against": INTERVALS,
    "degree": DEGREES,
    "octaves": OCTAVES,
    "under": INTERVALS,
    "tone": DEGREES,
    "tone_now": DEGREES,
    "leap": INTERVALS,
    "leap_now": INTERVALS,
    "chord": CHORDS,
    "rooted": 13,
}
