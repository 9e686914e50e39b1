"""From events and features to rows of embedding tables: one definition for training and sampling.

A *stage* is a moment at which the network looks: ``input`` before an event, then one head a
field. Each stage sums rows of its own embedding table, one row a column; `Inputs` says which
columns a stage has and computes the row numbers, for a whole batch or for one step.

Pitches enter as scale degrees, as intervals from the last note, and only once as they are.
Where several parts are followed, intervals are from the last note of the part that is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.music.theory import MODES, RELATIVES, Key
from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import (
    CLOSES,
    LABEL,
    NO_TONIC,
    TONIC,
    ColumnInputs,
    Columns,
    degree,
    interval,
    where,
)
from symgen.tokens import FIELDS, Header, Vocabulary
from symgen.tokens.layout import FORM_LAGS, Layout, layout
from symgen.tokens.polyphony import DRUMS
from symgen.tokens.vocabulary import DURATION, PITCH

__all__ = ["FROM_CLASS", "HEADS", "PITCHED_HEADS", "Conditions", "Inputs", "field_of"]

Ints = NDArray[np.int64]

HEADS = ("form", "goal", "time", "part", "pitch", "duration", "velocity")
"""Heads in the order in which an event is drawn: a bar has a form and perhaps a goal, a note the rest."""
PITCHED_HEADS = ("goal", "pitch")
"""Heads whose classes are pitches."""

PICKUPS = 49
MOST_PARTS = 32
_MODES = tuple(mode for mode in MODES if mode not in RELATIVES)
_PITCH_CLASSES = np.arange(12)
FROM_CLASS = (_PITCH_CLASSES[:, None] - _PITCH_CLASSES[None, :]) % 12
"""How far pitch class p lies above class q, at ``[p, q]``."""


# -- conditions --------------------------------------------------------------------------


def _condition_sizes(config: NetConfig) -> dict[str, int]:
    return {
        "style": len(config.styles) + 1,
        "tonic": NO_TONIC + 1,
        "mode": len(_MODES) + 1,
        "numerator": 33,
        "denominator": 9,
        "pickup": PICKUPS,
        "period": len(config.periods) + 1,
        "parts": MOST_PARTS + 1,
        **{LABEL + name: len(values) + 1 for name, values in config.labels},
    }


@dataclass(frozen=True)
class Conditions:
    """What is given for a whole piece, as classes in the order of `CONDITIONS` and then of the labels of a network."""

    # Shape (8 + labels,).

    values: Ints

    @classmethod
    def of(cls, header: Header, config: NetConfig) -> Conditions:
        """Read them off a header; what the network does not know becomes "unknown"."""
        style = config.styles.index(header.style) + 1 if header.style in config.styles else 0
        # Whether a tune opens with a pickup must be told: its sections end with the next one's.
        pickup = min(header.runs[0].steps, PICKUPS - 1) if header.pickup else 0
        period = config.periods.index(header.period) + 1 if header.period in config.periods else 0
        parts = min(len(header.programs), MOST_PARTS)
        key, meter = _key_classes(header.key), _meter_classes(header.meter)
        labels = _label_classes(dict(header.labels), config)
        values = [style, *key, *meter, pickup, period, parts, *labels]
        return cls(np.array(values, dtype=np.int64))


def _key_classes(key: Key | None) -> tuple[int, int]:
    if key is None:
        return NO_TONIC, 0
    return key.tonic, _MODES.index(RELATIVES.get(key.mode, key.mode)) + 1


def _label_classes(labels: Mapping[str, str], config: NetConfig) -> Iterator[int]:
    for name, values in config.labels:
        value = labels.get(name)
        yield values.index(value) + 1 if value in values else 0


def _meter_classes(meter: Meter) -> tuple[int, int]:
    return min(meter.numerator, 32), meter.denominator.bit_length()


# -- columns of each stage -----------------------------------------------------------------

_ONSET = "onset_position onset_phase onset_left sounding bars_left"
_MOTIONS = "until{voice} since{voice}"
_KNOWN = (("", "drawn"), ("features", _ONSET), ("", "degree_now interval_now"))
_SOUNDING = (
    ("goals", "under.goal"),
    ("voices", "at_sounds at_stops at_struck at_release at_hold own_duration own_since"),
    ("voices", f"chord_size program family {_MOTIONS} under.low under.above under.below"),
    ("voices", "degree.low"),
)
_STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "input": (
        ("", "last_{field} degree interval style tonic mode numerator denominator pickup"),
        ("features", "context"),
        ("copy", "time_candidates"),
        ("goals", "goal degree.goal"),
        ("periods", "period"),
        ("voices", "parts sounds stops struck release degree.bass degree.top"),
        ("voices", "degree.voice{voice} octaves.voice{voice} {semitones}.classes"),
        ("plans", "chord.root chord.next_root degree.planned_bass degree.next_bass chord_left"),
    ),
    "form": (
        ("features", "bar bars_left form{lag} close{lag}"),
        ("plans", "returns chord.open_root chord.close_root"),
    ),
    "goal": (
        ("goals", "form_now bar bars_left degree close{lag} goal_source degree.goal_source"),
        ("plans", "chord.close_root degree.close_bass"),
    ),
    "time": (
        ("timing", "sounds stops struck release left phase"),
        ("plans", "chord.root chord.next_root chord_left"),
    ),
    "part": (
        ("", "drawn"),
        ("features", f"{_ONSET} degree low high"),
        ("copy", "part_candidates"),
        ("voices", "at_sounds at_stops at_struck at_last at_release"),
        ("plans", "chord.at_root degree.at_planned_bass at_chord_left"),
    ),
    "pitch": (
        ("", "drawn"),
        ("features", f"{_ONSET} degree low high"),
        ("copy", "pitch_candidates"),
        ("goals", "goal degree.goal"),
        ("voices", "at_sounds at_struck own_duration own_since own_hold chord_size was_size"),
        ("voices", f"program family {_MOTIONS} own_before chord_low was_high above below"),
        ("voices", "degree.low degree.above degree.below degree.voice{voice} octaves.own"),
        ("voices", "{semitones}.at_classes own{semitones}.at_classes voice{voice} before{voice}"),
        ("plans", "chord.at_root chord.at_next_root degree.at_planned_bass degree.at_next_bass"),
        ("plans", "at_chord_left own{semitones}.at_chord_classes moved_candidates"),
    ),
    "duration": (
        *_KNOWN,
        ("copy", "duration_candidates"),
        *_SOUNDING,
        ("plans", "chord.at_root rooted.at_root at_chord_left"),
    ),
    "velocity": (*_KNOWN, ("features", "velocity"), *_SOUNDING),
}
"""Columns of each stage in the order of the rows of its table, after the switch of `NetConfig` that they need.

Names are those of `Columns`; in braces stands what runs through all fields, lags, voices, semitones or labels;
``drawn`` are the fields of the event that are drawn before, the other words the groups of `Layout`.
"""
_LABELS = (("labels", "{label}"),)
"""Columns that every stage has."""
_KNOW_PART = ("pitch", "duration", "velocity")
"""Stages at which the part is drawn already."""
_SEEN_APART = ("last", "goal", "goal_source")
_PLANNED = {"pitch": ("at_root", "at_planned_bass"), "goal": ("close_root", "close_bass")}
"""Features with the planned root and bass of what a head draws."""
_OF_PLANS = ("moved", "fitted")
"""Candidates that a plan moves."""


def field_of(head: str) -> int:
    """Return the field that a head draws: the goal of a bar takes the place of the pitch."""
    return PITCH if head == "goal" else FIELDS.index(head)


def _names(stage: str, config: NetConfig, features: Layout) -> Iterator[str]:
    """Yield the columns of a stage."""
    fixed = dict(config.fixed)
    runs = {
        "{field}": [name for name in FIELDS if name not in fixed],
        "{lag}": list(map(str, FORM_LAGS)),
        "{voice}": list(map(str, range(config.voices))),
        "{semitones}": list(map(str, range(12))),
        "{label}": [LABEL + name for name, _ in config.labels],
    }
    groups = {
        **features.groups,
        "context": tuple(name for name in features.context if name not in _SEEN_APART),
        "returns": tuple(name for name in features.plan if name.startswith("same")),
    }
    if stage in FIELDS:
        before = FIELDS[: FIELDS.index(stage)]
        groups["drawn"] = tuple(name for name in before if name not in (*fixed, "pitch"))
    # Labels are heard by each head too: the way through the state alone is learned slowly.
    for switch, words in (*_STAGES[stage], *_LABELS):
        for word in words.split() if not switch or getattr(config, switch) else ():
            run = next((run for run in runs if run in word), None)
            if run is not None:
                yield from (word.replace(run, value) for value in runs[run])
            elif word in groups:
                yield from groups[word]
            else:
                yield word


def _of_plan(features: Layout) -> Iterator[str]:
    """Yield the features that a hidden plan does not show."""
    yield from (*features.plan, *features.at_plan)
    yield from (name for name in features.moved_candidates if name.split("_")[1] in _OF_PLANS)


def _of_part(features: Layout) -> Iterator[str]:
    """Yield the features that are pitches of the part of a note alone: those of drums are keys."""
    yield from (name for name in features.voice if name in features.pitched - {"above", "below"})
    yield from features.pitch_candidates if features.voice else ()


class Inputs:
    """Which rows of the embedding tables each stage sums."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.config, self.vocabulary = config, vocabulary
        self.layout = layout(vocabulary, config.voices, plans=config.plans)
        self.column = {name: i for i, name in enumerate(self.layout.names)}
        self.reference = "own" if config.voices else "last"
        self.fixed = dict(config.fixed)
        self.heads = tuple(
            head for head in HEADS if head not in self.fixed and (head != "goal" or config.goals)
        )
        classes = dict(zip(FIELDS, vocabulary.sizes, strict=True)) | _condition_sizes(config)
        self.names: dict[str, tuple[str, ...]] = {}
        self._columns: dict[str, Columns] = {}
        self._offsets: dict[str, Ints] = {}
        for stage in ("input", *self.heads):
            self.names[stage] = tuple(_names(stage, config, self.layout))
            reference = self.reference if stage in _KNOW_PART else "last"
            columns = Columns(self.names[stage], self.layout, classes, reference)
            self._columns[stage] = columns
            # The classes of a column follow those of the columns before it.
            ends = np.cumsum(columns.classes, dtype=np.int64)
            self._offsets[stage] = ends - np.array(columns.classes, dtype=np.int64)
        self.sizes = {stage: sum(columns.classes) for stage, columns in self._columns.items()}
        self._pointed = {head: self._places(self.candidates(head)) for head in self.heads}
        self.pitched = np.sort(self._places(self.layout.pitched))
        self.sets = np.sort(self._places(self.layout.sets))
        self.of_plan = self._places(_of_plan(self.layout))
        self.of_part = np.isin(self.pitched, self._places(_of_part(self.layout)))
        # Of every pitch, by what it is counted from: the tonic, or the pitch of a column.
        pitches = np.arange(1, 129, dtype=np.int64)[None, :]
        self._degrees = degree(pitches, np.arange(NO_TONIC + 1)[:, None])
        self._intervals = interval(pitches, np.arange(129)[:, None])
        self._classes = np.arange(12, dtype=np.int64)

    def _places(self, names: Iterable[str]) -> Ints:
        return np.array([self.column[name] for name in names], dtype=np.int64)

    def moved(self, move: Callable[[Ints], Ints]) -> Inputs:
        """Return the same with its tables passed through `move`: for arrays of another kind or place."""
        result = copy(self)
        result._columns = {stage: columns.moved(move) for stage, columns in self._columns.items()}
        result._offsets = {stage: move(offsets) for stage, offsets in self._offsets.items()}
        result._pointed = {head: move(columns) for head, columns in self._pointed.items()}
        for name in ("pitched", "sets", "of_plan", "of_part", "_degrees", "_intervals", "_classes"):
            setattr(result, name, move(getattr(self, name)))
        return result

    def candidates(self, head: str) -> tuple[str, ...]:
        """Return the columns of the copy memory that point at classes of a head."""
        # Music repeats: what followed the same notes before, or stood here in the bar that this
        # one repeats, is likely to come again. Each slot of the memory holds such an earlier note;
        # its class is both seen (a column of the table) and pointed at (a learned amount goes onto
        # its logit), so that repeating costs the network no capacity and works for any pitch.
        if not self.config.copy or head in ("form", "velocity"):
            return ()
        if head == "goal":
            return ("goal_source", *CLOSES)
        moved = self.layout.moved_candidates if head == "pitch" else ()
        return (*self.layout.groups[f"{head}_candidates"], *moved)

    @staticmethod
    def planned(head: str) -> tuple[str, str]:
        """Return the features with the planned root and bass of the pitches of a head."""
        return _PLANNED[head]

    def spans(self, stage: str) -> dict[str, range]:
        """Return the rows of each column in the table of a stage."""
        starts, counts = self._offsets[stage].tolist(), self._columns[stage].classes
        names = zip(self.names[stage], starts, counts, strict=True)
        return {name: range(start, start + count) for name, start, count in names}

    def rows(self, stage: str, given: ColumnInputs) -> Ints:
        """Compute the table rows of a stage with columns, shape (n, columns of the stage)."""
        return self._columns[stage].compute(given) + self._offsets[stage]

    def table(self, stage: str) -> tuple[Ints, int, int]:
        """Return kind, source, semitones and first row of each column of a stage, and the features of two pitches.

        The pitches are the one that intervals start from and the part's own last one.
        """
        rows = np.column_stack((self._columns[stage].table(), self._offsets[stage]))
        reference = self.reference if stage in _KNOW_PART else "last"
        return rows, self.column[reference], self.column.get("own", 0)

    def pointed(self, head: str) -> Ints:
        """Return the features that point at classes of a head."""
        return self._pointed[head]

    def pointers(self, head: str, features: Ints) -> Ints:
        """Return the class that each candidate points at, plus 1; 0: none; shape (n, slots)."""
        values = features[:, self._pointed[head]]
        if head == "duration":
            # These columns also say whether the pitch is the candidate's; only the length is wanted.
            lengths = (values - 1) % self.vocabulary.sizes[DURATION] + 1
            values = where(values > 0, lengths, 0)
        return values

    def pitch_classes(self, head: str, given: ColumnInputs) -> tuple[Ints, ...]:
        """Return, for every pitch, its scale degree and its interval classes.

        Returns shape (n, 128), degree 0..11 or 12 without a key; interval class 1..49, or 0 before
        the first note; returns shape (n, 128), where several parts are followed, of ``"pitch"``:
        the interval class from the nearest sounding part; returns shape (n, 12), there too: 1 for
        each pitch class that sounds.
        """
        column, features, intervals = self.column, given.features, self._intervals
        degrees = self._degrees[given.conditions[:, TONIC]]
        if not self.config.voices or head == "goal":
            return degrees, intervals[features[:, column["last"]]]
        above, below = features[:, column["above"]], features[:, column["below"]]
        sounding = features[:, column["at_classes"]][:, None] >> self._classes & 1
        # A drum is none of these: it has no pitch, and row 0 and the last one say that nothing is known.
        pitched = self._is_pitched(features)
        own = intervals[features[:, column["own"]] * pitched]
        near = intervals[where(above > 0, above, below) * pitched]
        degrees = self._degrees[where(pitched > 0, given.conditions[:, TONIC], NO_TONIC)]
        return degrees, own, near, sounding * pitched[:, None]

    def _is_pitched(self, features: Ints) -> Ints:
        """Return 0 where a note is one of drums, else 1."""
        found: Ints = 1 - (features[:, self.column["family"]] == DRUMS) * 1
        return found

    def planned_classes(self, head: str, features: Ints) -> tuple[Ints, Ints]:
        """Return how far every pitch lies above the planned root and bass, 12 without one; shape (n, 128) each."""
        root, bass = (features[:, self.column[name]] for name in _PLANNED[head])
        if self.config.voices and head == "pitch":
            root = root * self._is_pitched(features)
        # Without a root there is no bass either.
        return self._degrees[where(root > 0, (root - 1) % 12, 12)], self._degrees[
            where((root > 0) & (bass > 0), (bass - 1) % 12, 12)
        ]
