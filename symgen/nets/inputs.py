"""From events and features to rows of embedding tables: one definition for training and sampling.

A *stage* is a moment at which the network looks: ``input`` before an event, then one head a
field. Each stage sums rows of its own embedding table, one row a column; `Inputs` says which
columns a stage has and computes the row numbers, for a whole batch or for one step.

Pitches enter as scale degrees, as intervals from the last note, and only once as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.meter import Meter
from symgen.nets.config import NetConfig
from symgen.theory import MODES, Key
from symgen.tokens import FIELDS, Header, Vocabulary
from symgen.tokens.features import FORM_LAGS, layout
from symgen.tokens.vocabulary import DURATION, PART, PITCH, TIME

__all__ = ["CONDITIONS", "HEADS", "Conditions", "Inputs"]

Ints = NDArray[np.int64]

HEADS = ("form", "time", "part", "pitch", "duration", "velocity")
"""Heads in the order in which an event is drawn: a bar has a form, a note the rest."""

PICKUPS = 49
_CONDITION_SIZES = {"tonic": 13, "mode": len(MODES) + 1, "numerator": 33, "denominator": 9, "pickup": PICKUPS}
CONDITIONS = ("style", *_CONDITION_SIZES)
NO_TONIC = 12
INTERVALS = 50
_REACH = 24
_FORMS = tuple(f"form{lag}" for lag in FORM_LAGS)
_CLOSES = tuple(f"close{lag}" for lag in FORM_LAGS)
_MODES = tuple(MODES)


@dataclass(frozen=True)
class Conditions:
    """What is given for a whole piece, as classes in the order of `CONDITIONS`.

    Parameters
    ----------
    values : ndarray of int64, shape (6,)
    """

    values: Ints

    @classmethod
    def of(cls, header: Header, config: NetConfig) -> Conditions:
        """Read style, key, metre and pickup off a header; what the network does not know becomes "unknown".

        Whether a tune opens with a pickup must be told: its sections end with the next one's.
        """
        style = config.styles.index(header.style) + 1 if header.style in config.styles else 0
        pickup = min(header.runs[0].steps, PICKUPS - 1) if header.pickup else 0
        return cls(np.array([style, *_key_classes(header.key), *_meter_classes(header.meter), pickup], dtype=np.int64))


def _key_classes(key: Key | None) -> tuple[int, int]:
    return (key.tonic, _MODES.index(key.mode) + 1) if key else (NO_TONIC, 0)


def _meter_classes(meter: Meter) -> tuple[int, int]:
    return min(meter.numerator, 32), meter.denominator.bit_length()


def _interval(pitch: Ints, reference: Ints) -> Ints:
    """Interval classes of pitch columns (0: none, else pitch + 1)."""
    known = (pitch > 0) & (reference > 0)
    return np.where(known, np.clip(pitch - reference, -_REACH, _REACH) + _REACH + 1, 0)


def _degree(pitch: Ints, tonic: Ints) -> Ints:
    """Scale degree classes of pitch columns: 0..11, 12 without a key, 13 without a pitch."""
    return np.where(pitch > 0, np.where(tonic < NO_TONIC, (pitch - 1 - tonic) % 12, 12), 13)


class Inputs:
    """Which rows of the embedding tables each stage sums.

    Parameters
    ----------
    config : NetConfig
    vocabulary : Vocabulary

    Attributes
    ----------
    sizes : dict of str to int
        Rows of each stage's table.
    """

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.config, self.vocabulary = config, vocabulary
        self.layout = layout(vocabulary)
        self.column = {name: i for i, name in enumerate(self.layout.names)}
        self.fixed = dict(config.fixed)
        self.heads = tuple(head for head in HEADS if head not in self.fixed)
        tables = {stage: self._table(stage) for stage in ("input", *self.heads)}
        self.names = {stage: tuple(table) for stage, table in tables.items()}
        self.sizes = {stage: sum(table.values()) for stage, table in tables.items()}
        self._offsets = {
            stage: np.concatenate([[0], np.cumsum(list(table.values()))[:-1]]).astype(np.int64) if table else None
            for stage, table in tables.items()
        }

    def candidates(self, head: str) -> tuple[str, ...]:
        """Return the candidate columns that point at classes of a head."""
        if not self.config.copy or head in ("form", "velocity"):
            return ()
        columns: tuple[str, ...] = getattr(self.layout, f"{head}_candidates")
        return columns

    def _table(self, stage: str) -> dict[str, int]:
        """Columns of a stage with their number of classes."""
        config, sizes = self.config, dict(zip(FIELDS, self.vocabulary.sizes, strict=True))
        known = self.layout.sizes
        features = config.features
        closes = dict.fromkeys(_CLOSES, 14)
        if stage == "input":
            table = {f"last_{name}": size + 1 for name, size in sizes.items() if name not in self.fixed}
            table |= {"degree": 14, "interval": INTERVALS, "style": len(config.styles) + 1, **_CONDITION_SIZES}
            if features:
                table |= {name: known[name] for name in self.layout.context if name != "last"} | closes
            return table | {name: known[name] for name in self.candidates("time")}
        if stage == "form" and features:
            return {name: known[name] for name in ("bar", "bars_left", *_FORMS)} | closes
        if stage in ("form", "time"):
            return {}
        drawn = {name: size for name, size in sizes.items() if name not in (*self.fixed, "form", stage)}
        table = {name: drawn[name] for name in FIELDS[: FIELDS.index(stage)] if name in drawn and name != "pitch"}
        if features:
            table |= {
                name: known[name] for name in ("onset_position", "onset_phase", "onset_left", "sounding", "bars_left")
            }
        if stage in ("duration", "velocity"):
            table |= {"degree_now": 14, "interval_now": INTERVALS}
        elif features:
            table |= {"degree": 14, "low": INTERVALS, "high": INTERVALS}
        if stage == "velocity" and features:
            table["velocity"] = known["velocity"]
        pitches = stage == "pitch"
        return table | {name: INTERVALS if pitches else known[name] for name in self.candidates(stage)}

    def rows(self, stage: str, last: Ints, now: Ints, features: Ints, conditions: Ints) -> Ints:
        """Compute the table rows of a stage.

        Parameters
        ----------
        stage : str
            ``"input"`` or a head with columns.
        last, now : ndarray of int64, shape (n, 7)
            The event before (fields, and the pitch column of the note before *it*), and the
            event itself as far as drawn. `last` fields are 1 + class, 0 before the first event.
        features : ndarray of int64, shape (n, columns)
        conditions : ndarray of int64, shape (n, 6)

        Returns
        -------
        ndarray of int64, shape (n, columns of the stage)
        """
        tonic = conditions[:, 1]
        reference = features[:, self.column["last"]]
        values = []
        for name in self.names[stage]:
            if name.startswith("last_"):
                value = last[:, FIELDS.index(name[5:])]
            elif name in CONDITIONS:
                value = conditions[:, CONDITIONS.index(name)]
            elif name in FIELDS and name not in self.column:
                value = now[:, FIELDS.index(name)]
            elif name == "degree" or name in _CLOSES:
                value = _degree(features[:, self.column.get(name, self.column["last"])], tonic)
            elif name == "interval":
                value = _interval(last[:, PITCH] * (last[:, DURATION] > 1), last[:, 6])
            elif name == "degree_now":
                value = _degree(now[:, PITCH] + 1, tonic)
            elif name == "interval_now":
                value = _interval(now[:, PITCH] + 1, reference)
            elif name in self.layout.pitched:
                value = _interval(features[:, self.column[name]], reference)
            else:
                value = features[:, self.column[name]]
            values.append(value)
        offsets = self._offsets[stage]
        assert offsets is not None  # noqa: S101 - only stages with columns are asked
        return np.stack(values, axis=1) + offsets

    def pointers(self, head: str, features: Ints) -> Ints:
        """Return the class that each candidate points at, plus 1; 0: none.

        Parameters
        ----------
        head : str
        features : ndarray of int64, shape (n, columns)

        Returns
        -------
        ndarray of int64, shape (n, slots)
        """
        columns = [self.column[name] for name in self.candidates(head)]
        values = features[:, columns]
        if head == "duration":
            values = np.where(values > 0, (values - 1) % self.vocabulary.sizes[DURATION] + 1, 0)
        return values

    def pitch_classes(self, features: Ints, conditions: Ints) -> tuple[Ints, Ints]:
        """Return, for every pitch, its scale degree and its interval class.

        Returns
        -------
        degree, interval : ndarray of int64, shape (n, 128)
            Degree 0..11 or 12 without a key; interval class 1..49, or 0 before the first note.
        """
        pitch = np.arange(1, 129)[None, :]
        tonic, reference = conditions[:, 1:2], features[:, self.column["last"], None]
        return _degree(pitch, tonic), _interval(pitch, np.broadcast_to(reference, (len(features), 128)))


def shifted_events(fields: Ints, features: Ints, inputs: Inputs, shift: int, bar_class: int) -> tuple[Ints, Ints]:
    """Transpose events and their features by `shift` semitones (both are copied)."""
    fields, features = fields.copy(), features.copy()
    is_note = fields[:, TIME] < bar_class - 1
    fields[is_note, PITCH] += shift
    for name in inputs.layout.pitched:
        column = features[:, inputs.column[name]]
        column[column > 0] += shift
    return fields, features


def last_events(fields: Ints, features: Ints, inputs: Inputs) -> Ints:
    """Return the row before each event, as `Inputs.rows` wants it.

    Returns
    -------
    ndarray of int64, shape (n, 7)
        Fields plus 1, and the pitch column of the note before that event; zeros at first.
    """
    before = np.zeros((len(fields), 7), dtype=np.int64)
    before[1:, :6] = fields[:-1] + 1
    before[1:, 6] = features[:-1, inputs.column["last"]]
    return before


def is_note(fields: Ints, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which events are notes."""
    return fields[:, TIME] < vocabulary.skip


assert PART < PITCH  # noqa: S101 - parts are drawn before pitches
