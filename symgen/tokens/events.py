"""A piece as events: an integer array, and a header that says what is not drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import PlacedChord
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens.vocabulary import DURATION, PART, PITCH, TIME, Vocabulary

__all__ = ["BarRun", "Events", "Header", "Notes", "SnapReport", "event_notes", "event_times"]


_MOST = 1 << 24


@dataclass(frozen=True, slots=True)
class BarRun:
    """So many equal bars in a row."""

    # Number of bars.
    count: int
    # Their meter (of a pickup: the meter that follows).
    meter: Meter
    # Length of each in grid steps.
    steps: int

    def __post_init__(self) -> None:
        if not (1 <= self.count <= _MOST and 1 <= self.steps <= _MOST):
            raise ControlError(f"{self.count} bars of {self.steps} steps: use 1..{_MOST}")


@dataclass(frozen=True)
class Header:
    """All of a piece that is given and not drawn event by event."""

    # The bars in order.
    runs: tuple[BarRun, ...]
    # Whether the first bar is a pickup.
    pickup: bool = False
    # Tonic and mode, where known.
    key: Key | None = None
    # Such as ``"reel"``; empty where unknown.
    style: str = ""
    # One entry a part.
    programs: tuple[int, ...] = (0,)
    drums: tuple[bool, ...] = (False,)
    names: tuple[str, ...] = ("",)
    # The tempo map on the grid.
    tempos: tuple[tuple[int, int], ...] = ((0, 500_000),)
    # The key signatures on the grid.
    signatures: tuple[tuple[int, int, bool], ...] = ()
    # The meter of a pickup as it was written: 2/8 or 1/4.
    pickup_meter: Meter | None = None
    # ``"renaissance"``, ``"baroque"``, ``"classical"``, ``"romantic"`` or ``"modern"``; empty
    # where unknown.
    period: str = ""
    # Column and value of its labels, such as ``("mood", "happy")``; what is unknown is left out.
    labels: tuple[tuple[str, str], ...] = ()
    # The plan of chords on the grid, where each begins; empty where the notes are to find their own.
    chords: tuple[PlacedChord, ...] = ()

    @property
    def bars(self) -> int:
        """Number of bars, a pickup included."""
        return sum(run.count for run in self.runs)

    @cached_property
    def bar_starts(self) -> NDArray[np.int64]:
        """First step of each bar, and the end of the last one; shape ``(bars + 1,)``."""
        if len(self.runs) == 1:
            run = self.runs[0]
            return np.arange(run.count + 1, dtype=np.int64) * run.steps
        counts = [run.count for run in self.runs]
        lengths = np.repeat([run.steps for run in self.runs], counts)
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    @cached_property
    def bar_meters(self) -> tuple[Meter, ...]:
        """The meter of each bar."""
        return tuple(run.meter for run in self.runs for _ in range(run.count))

    @property
    def meter(self) -> Meter:
        """The meter that holds for most bars."""
        return max(self.runs, key=lambda run: run.count).meter

    def to_json(self) -> dict[str, Any]:
        """Return plain data for an index."""
        return {
            "bars": [[run.count, str(run.meter), run.steps] for run in self.runs],
            "pickup": self.pickup,
            "pickup_meter": str(self.pickup_meter) if self.pickup_meter else None,
            "key": str(self.key) if self.key else None,
            "style": self.style,
            "period": self.period,
            # Left out where there are none: so an index without labels stays what it was.
            **({"labels": dict(self.labels)} if self.labels else {}),
            **({"chords": [astuple(chord) for chord in self.chords]} if self.chords else {}),
            "programs": list(self.programs),
            "drums": list(self.drums),
            "names": list(self.names),
            "tempos": [list(tempo) for tempo in self.tempos],
            "signatures": [list(signature) for signature in self.signatures],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Header:
        """Rebuild from `to_json`."""
        try:
            bars, pickup = data["bars"], data.get("pickup_meter")
            programs, drums, names = data["programs"], data["drums"], data["names"]
            whole = all(isinstance(value, int) for value in (*programs, *drums))
            if not bars or not whole or not all(isinstance(name, str) for name in names):
                raise ValueError("no bars, or parts that are none")
            runs = [
                BarRun(int(count), Meter.parse(meter), int(steps)) for count, meter, steps in bars
            ]
            tempos = [(int(step), int(value)) for step, value in data["tempos"]]
            signatures = [
                (int(step), int(sharps), bool(minor)) for step, sharps, minor in data["signatures"]
            ]
            return cls(
                runs=tuple(runs),
                pickup=bool(data["pickup"]),
                pickup_meter=Meter.parse(pickup) if pickup else None,
                key=Key.parse(data["key"]) if data["key"] else None,
                style=str(data["style"]),
                period=str(data.get("period", "")),
                labels=tuple((str(k), str(v)) for k, v in dict(data.get("labels", {})).items()),
                chords=tuple(PlacedChord(*chord) for chord in data.get("chords", ())),
                programs=tuple(programs),
                drums=tuple(drums),
                names=tuple(names),
                tempos=tuple(tempos),
                signatures=tuple(signatures),
            )
        except (KeyError, TypeError, ValueError, OverflowError, ControlError) as error:
            raise CheckpointError(
                f"piece header: damaged ({error}); build the corpus again"
            ) from None


@dataclass(frozen=True)
class Events:
    """A piece as events."""

    # (events, 6): one row an event, one column a field of `symgen.tokens.FIELDS`; a field that
    # the event does not use is 0.
    fields: NDArray[np.uint8]
    # The bars, key, style and parts.
    header: Header = field(repr=False)

    def __len__(self) -> int:
        return len(self.fields)


@dataclass(frozen=True, slots=True)
class SnapReport:
    """Changes that encoding made."""

    # Notes read.
    notes: int
    # Notes whose onset or end was off the grid.
    moved: int
    # Largest move, in quarter notes.
    max_shift: float
    # Mean move of the notes that were moved, in quarter notes.
    mean_shift: float
    # Notes left out because the same part plays the same pitch at the same onset.
    merged: int


Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Notes:
    """Notes in event order, one array a property."""

    # (notes,): grid steps.
    onset: Ints
    # (notes,)
    part: Ints
    pitch: Ints
    duration: Ints
    # (notes,): index of the bar of the onset, a pickup counted.
    bar: Ints

    def __len__(self) -> int:
        return len(self.onset)


def event_times(
    fields: NDArray[np.uint8], header: Header, vocabulary: Vocabulary
) -> tuple[Ints, Ints]:
    """Return the bar that is open at each event (-1 before the first) and the step of the event."""
    time = fields[:, TIME].astype(np.int64)
    is_bar = time == vocabulary.bar
    bar = np.cumsum(is_bar) - 1
    passed = np.cumsum(np.where(time <= vocabulary.skip, time, 0))
    # Times count on from a bar line, wherever the events before it came to: bar lines never drift.
    base = np.maximum.accumulate(np.where(is_bar, passed, 0))
    return bar, header.bar_starts[np.clip(bar, 0, header.bars)] + passed - base


def event_notes(fields: NDArray[np.uint8], header: Header, vocabulary: Vocabulary) -> Notes:
    """Return the notes of an event array with absolute times."""
    bar, onset = event_times(fields, header, vocabulary)
    is_note = fields[:, TIME] < vocabulary.skip
    rows = fields[is_note].astype(np.int64)
    return Notes(
        onset=onset[is_note],
        part=rows[:, PART],
        pitch=rows[:, PITCH],
        duration=np.minimum(rows[:, DURATION], vocabulary.longest),
        bar=bar[is_note],
    )
