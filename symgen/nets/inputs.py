"""From events and features to rows of embedding tables: one definition for training and sampling.

A *stage* is a moment at which the network looks: ``input`` before an event, then one head a
field. Each stage sums rows of its own embedding table, one row a column; `Inputs` says which
columns a stage has and computes the row numbers, for a whole batch or for one step.

Pitches enter as scale degrees, as intervals from the last note, and only once as they are.
Where several parts are followed, intervals are from the last note of the part that is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.music.theory import MODES, RELATIVES, Key
from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import (
    CLOSES,
    INTERVALS,
    NO_TONIC,
    Columns,
    Given,
    chosen,
    degree,
    interval,
)
from symgen.tokens import FIELDS, Header, Vocabulary
from symgen.tokens.form import NO_GOAL
from symgen.tokens.layout import FORM_LAGS, MAX_BARS_LEFT, layout
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME

__all__ = ["CONDITIONS", "FROM_CLASS", "HEADS", "PITCHED_HEADS", "Conditions", "Inputs", "field_of"]

Ints = NDArray[np.int64]

HEADS = ("form", "goal", "time", "part", "pitch", "duration", "velocity")
"""Heads in the order in which an event is drawn: a bar has a form and perhaps a goal, a note the rest."""

PITCHED_HEADS = ("goal", "pitch")
"""Heads whose classes are pitches."""

PICKUPS = 49
_MODES = tuple(mode for mode in MODES if mode not in RELATIVES)
_CONDITION_SIZES = {
    "tonic": 13,
    "mode": len(_MODES) + 1,
    "numerator": 33,
    "denominator": 9,
    "pickup": PICKUPS,
}
CONDITIONS = ("style", *_CONDITION_SIZES, "period", "parts")
MOST_PARTS = 32
FROM_CLASS = (np.arange(12)[:, None] - np.arange(12)[None, :]) % 12
"""How far pitch class p lies above class q, at ``[p, q]``."""
_FORMS = tuple(f"form{lag}" for lag in FORM_LAGS)
_TIMING = ("sounds", "stops", "struck", "release", "left", "phase")
_SEEN_APART = ("last", "goal", "goal_source")


@dataclass(frozen=True)
class Conditions:
    """What is given for a whole piece, as classes in the order of `CONDITIONS`.

    Parameters
    ----------
    values : ndarray of int64, shape (8,)
    """

    values: Ints

    @classmethod
    def of(cls, header: Header, config: NetConfig) -> Conditions:
        """Read style, key, meter and pickup off a header; what the network does not know becomes "unknown".

        Whether a tune opens with a pickup must be told: its sections end with the next one's.
        """
        style = config.styles.index(header.style) + 1 if header.style in config.styles else 0
        pickup = min(header.runs[0].steps, PICKUPS - 1) if header.pickup else 0
        period = config.periods.index(header.period) + 1 if header.period in config.periods else 0
        parts = min(len(header.programs), MOST_PARTS)
        values = [
            style,
            *_key_classes(header.key),
            *_meter_classes(header.meter),
            pickup,
            period,
            parts,
        ]
        return cls(np.array(values, dtype=np.int64))


def field_of(head: str) -> int:
    """Return the field that a head draws: the goal of a bar takes the place of the pitch."""
    return PITCH if head == "goal" else FIELDS.index(head)


def _key_classes(key: Key | None) -> tuple[int, int]:
    return (
        (key.tonic, _MODES.index(RELATIVES.get(key.mode, key.mode)) + 1) if key else (NO_TONIC, 0)
    )


def _meter_classes(meter: Meter) -> tuple[int, int]:
    return min(meter.numerator, 32), meter.denominator.bit_length()


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
    reference : str
        The pitch column that the interval of a note starts from.
    pitched, sets : ndarray of int64
        Places of the features that are pitches, and of those that are sets of pitch classes.
    """

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.config, self.vocabulary = config, vocabulary
        self.layout = layout(vocabulary, config.voices)
        self.column = {name: i for i, name in enumerate(self.layout.names)}
        now = {name: i for i, name in enumerate(FIELDS) if name not in self.column} | {
            "form_now": FORM
        }
        self.reference = "own" if config.voices else "last"
        self.fixed = dict(config.fixed)
        self.heads = tuple(
            head for head in HEADS if head not in self.fixed and (head != "goal" or config.goals)
        )
        tables = {stage: self._table(stage) for stage in ("input", *self.heads)}
        self.names = {stage: tuple(table) for stage, table in tables.items()}
        self._columns = {
            stage: Columns(
                tuple(table), self.column, now=now, conditions=CONDITIONS, pitched=self.layout.pitched,
                reference=self.reference if stage in _KNOW_PART else "last",
            )
            for stage, table in tables.items()
        }  # fmt: skip
        self.sizes = {stage: sum(table.values()) for stage, table in tables.items()}
        self._offsets = {
            stage: np.concatenate([[0], np.cumsum(list(table.values()))[:-1]]).astype(np.int64)
            if table
            else None
            for stage, table in tables.items()
        }

        places = {
            head: [self.column[name] for name in self.candidates(head)] for head in self.heads
        }
        self._pointed = {
            head: np.array(columns, dtype=np.int64) for head, columns in places.items()
        }
        self.pitched, self.sets = (
            np.array(sorted(self.column[name] for name in names), dtype=np.int64)
            for names in (self.layout.pitched, self.layout.sets)
        )
        self._pitches, self._classes = (
            np.arange(1, 129, dtype=np.int64)[None, :],
            np.arange(12, dtype=np.int64),
        )

    def moved(self, move: Callable[[Ints], Ints]) -> Inputs:
        """Return the same with its tables passed through `move`: for arrays of another kind or place."""
        result = copy(self)
        result._columns = {stage: columns.moved(move) for stage, columns in self._columns.items()}
        result._offsets = {
            stage: None if o is None else move(o) for stage, o in self._offsets.items()
        }
        result._pointed = {head: move(columns) for head, columns in self._pointed.items()}
        for name in ("pitched", "sets", "_pitches", "_classes"):
            setattr(result, name, move(getattr(self, name)))
        return result

    def candidates(self, head: str) -> tuple[str, ...]:
        """Return the candidate columns that point at classes of a head."""
        if not self.config.copy or head in ("form", "velocity"):
            return ()
        if head == "goal":
            return ("goal_source", *CLOSES)
        columns: tuple[str, ...] = getattr(self.layout, f"{head}_candidates")
        return columns

    def _table(self, stage: str) -> dict[str, int]:
        """Columns of a stage with their number of classes."""
        config, sizes = self.config, dict(zip(FIELDS, self.vocabulary.sizes, strict=True))
        known = self.layout.sizes
        features = config.features
        closes = dict.fromkeys(CLOSES, 14)
        if stage == "input":
            table = {
                f"last_{name}": size + 1 for name, size in sizes.items() if name not in self.fixed
            }
            table |= {
                "degree": 14,
                "interval": INTERVALS,
                "style": len(config.styles) + 1,
                **_CONDITION_SIZES,
            }
            if features:
                table |= {
                    name: known[name] for name in self.layout.context if name not in _SEEN_APART
                } | closes
            table |= {name: known[name] for name in self.candidates("time")}
            return table | _goal_table(stage, config) | _voice_table(stage, config, known)
        if stage == "goal":
            return {"form_now": sizes["form"], **_goal_table(stage, config)}
        if stage == "form" and features:
            return {name: known[name] for name in ("bar", "bars_left", *_FORMS)} | closes
        if stage in ("form", "time"):
            seen = _TIMING if stage == "time" and config.timing else ()
            return {name: known[name] for name in seen}
        drawn = {
            name: size for name, size in sizes.items() if name not in (*self.fixed, "form", stage)
        }
        table = {
            name: drawn[name]
            for name in FIELDS[: FIELDS.index(stage)]
            if name in drawn and name != "pitch"
        }
        if features:
            table |= {
                name: known[name]
                for name in ("onset_position", "onset_phase", "onset_left", "sounding", "bars_left")
            }
        if stage in ("duration", "velocity"):
            table |= {"degree_now": 14, "interval_now": INTERVALS}
        elif features:
            table |= {"degree": 14, "low": INTERVALS, "high": INTERVALS}
        if stage == "velocity" and features:
            table["velocity"] = known["velocity"]
        pitches = stage == "pitch"
        table |= {name: INTERVALS if pitches else known[name] for name in self.candidates(stage)}
        return table | _goal_table(stage, config) | _voice_table(stage, config, known)

    def rows(self, stage: str, last: Ints, now: Ints, features: Ints, conditions: Ints) -> Ints:
        """Compute the table rows of a stage.

        Parameters
        ----------
        stage : str
            ``"input"`` or a head with columns.
        last, now : ndarray of int64, shape (n, 7)
            The event before (fields, and the pitch column that its interval starts from), and the
            event itself as far as drawn. `last` fields are 1 + class, 0 before the first event.
        features : ndarray of int64, shape (n, columns)
        conditions : ndarray of int64, shape (n, 8)

        Returns
        -------
        ndarray of int64, shape (n, columns of the stage)
        """
        offsets = self._offsets[stage]
        assert offsets is not None  # noqa: S101 - only stages with columns are asked
        return self._columns[stage].compute(Given(last, now, features, conditions)) + offsets

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
        values = features[:, self._pointed[head]]
        if head == "duration":
            values = chosen(values > 0, (values - 1) % self.vocabulary.sizes[DURATION] + 1, 0)
        return values

    def pitch_classes(self, head: str, features: Ints, conditions: Ints) -> tuple[Ints, ...]:
        """Return, for every pitch, its scale degree and its interval classes.

        Parameters
        ----------
        head : str
            ``"pitch"`` or ``"goal"``.
        features : ndarray of int64, shape (n, columns)
        conditions : ndarray of int64, shape (n, 8)

        Returns
        -------
        degree, interval : ndarray of int64, shape (n, 128)
            Degree 0..11 or 12 without a key; interval class 1..49, or 0 before the first note.
        chord : ndarray of int64, shape (n, 128)
            Where several parts are followed, of ``"pitch"``: the interval class from the nearest sounding part.
        sounding : ndarray of int64, shape (n, 12)
            There too: 1 for each pitch class that sounds.
        """
        pitch = self._pitches
        tonic = conditions[:, 1:2]

        def intervals(reference: Ints) -> Ints:
            return interval(pitch, reference[:, None])

        degrees = degree(pitch, tonic)
        if not self.config.voices or head == "goal":
            return degrees, intervals(features[:, self.column["last"]])
        above, below = features[:, self.column["above"]], features[:, self.column["below"]]
        near = intervals(chosen(above > 0, above, below))
        sounding = features[:, self.column["at_classes"]][:, None] >> self._classes & 1
        return degrees, intervals(features[:, self.column["own"]]), near, sounding


_KNOW_PART = ("pitch", "duration", "velocity")
"""Stages at which the part is drawn already."""


def _goal_table(stage: str, config: NetConfig) -> dict[str, int]:
    """Columns that only networks with goals have; names as in `_voice_table`."""
    if not config.goals:
        return {}
    if stage == "goal":
        table = {
            "bar": 9,
            "bars_left": MAX_BARS_LEFT + 2,
            "degree": 14,
            **dict.fromkeys(CLOSES, 14),
        }
        return table | {"goal_source": INTERVALS, "degree.goal_source": 14}
    if stage in ("input", "pitch"):
        return {"goal": INTERVALS, "degree.goal": 14}
    return {"under.goal": INTERVALS} if stage in ("duration", "velocity") else {}


def _voice_table(stage: str, config: NetConfig, known: Mapping[str, int]) -> dict[str, int]:
    """Columns of a stage that only networks with several voices or periods have.

    Names are those of `Columns`.
    """
    table = {"period": len(config.periods) + 1} if config.periods and stage == "input" else {}
    if not config.voices:
        return table
    degrees = [f"voice{i}" for i in range(config.voices)]
    motions = tuple(f"{name}{i}" for name in ("until", "since") for i in range(config.voices))
    plain: tuple[str, ...] = ()
    seen: dict[str, int] = {}
    if stage == "input":
        table["parts"] = MOST_PARTS + 1
        plain = ("sounds", "stops", "struck", "release")
        seen = {f"degree.{name}": 14 for name in ("bass", "top", *degrees)}
        seen |= {f"octaves.{name}": 12 for name in degrees} | {f"{i}.classes": 2 for i in range(12)}
    elif stage == "part":
        plain = ("at_sounds", "at_stops", "at_struck", "at_last", "at_release")
    elif stage == "pitch":
        plain = (
            "at_sounds",
            "at_struck",
            "own_duration",
            "own_since",
            "own_hold",
            "chord_size",
            "was_size",
        )
        plain += ("program", "family")
        seen = dict.fromkeys(("own_before", "chord_low", "was_high", "above", "below"), INTERVALS)
        seen |= {f"degree.{name}": 14 for name in ("low", "above", "below", *degrees)} | {
            "octaves.own": 12
        }
        seen |= {f"{i}.at_classes": 2 for i in range(12)} | {
            f"own{i}.at_classes": 2 for i in range(12)
        }
        seen |= dict.fromkeys((*degrees, *(f"before{i}" for i in range(config.voices))), INTERVALS)
        plain += motions
    else:
        plain = (
            "at_sounds",
            "at_stops",
            "at_struck",
            "at_release",
            "at_hold",
            "own_duration",
            "own_since",
        )
        plain += ("chord_size", "program", "family", *motions)
        seen = {
            "under.low": INTERVALS,
            "under.above": INTERVALS,
            "under.below": INTERVALS,
            "degree.low": 14,
        }
    return table | {name: known[name] for name in plain} | seen


def shift_events(fields: Ints, features: Ints, inputs: Inputs, shift: Ints) -> None:
    """Transpose events and their features in place by `shift` semitones, shape (n,) or (1,)."""
    time, bar = fields[:, TIME], inputs.vocabulary.bar
    has_pitch = (time < bar - 1) | ((time == bar) & (fields[:, PITCH] != NO_GOAL))
    fields[:, PITCH] += has_pitch * shift
    pitches, sets, turn = features[:, inputs.pitched], features[:, inputs.sets], shift[:, None] % 12
    features[:, inputs.pitched] = pitches + (pitches > 0) * shift[:, None]
    features[:, inputs.sets] = (sets << turn | sets >> 12 - turn) & 0xFFF


def last_events(fields: Ints, features: Ints, inputs: Inputs) -> Ints:
    """Return the row before each event, as `Inputs.rows` wants it.

    Returns
    -------
    ndarray of int64, shape (n, 7)
        Fields plus 1, and the pitch column that its interval starts from; zeros at first.
    """
    before = np.zeros((len(fields), 7), dtype=np.int64)
    before[1:, :6] = fields[:-1] + 1
    before[1:, 6] = features[:-1, inputs.column[inputs.reference]]
    return before


def is_note(fields: Ints, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Which events are notes."""
    return fields[:, TIME] < vocabulary.skip


assert PART < PITCH  # noqa: S101 - parts are drawn before pitches
