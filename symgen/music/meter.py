"""Meters, bars and the grid: arithmetic on whole ticks, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from symgen.system.errors import ControlError

if TYPE_CHECKING:  # the command line reads meters before it says that numpy is missing
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "COMMON_TIME",
    "Bar",
    "Meter",
    "MeterPlan",
    "convert_ticks",
    "lay_bars",
    "lay_runs",
    "meter_of",
]

Ticks = TypeVar("Ticks", int, "NDArray[np.int64]")

_DENOMINATORS = (1, 2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True, order=True)
class Meter:
    """A time signature.

    Parameters
    ----------
    numerator : int
        Beats as written, 1..255.
    denominator : int
        Note value of a written beat: 1, 2, 4, ... 128.

    Raises
    ------
    ControlError
        If either number is out of range.
    """

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        is_number = hasattr(self.numerator, "__index__")
        if not is_number or not 1 <= self.numerator <= 255 or self.denominator not in _DENOMINATORS:
            raise ControlError(
                f"meter {self.numerator}/{self.denominator}: use n/d with n in 1..255 and d a power of two up to 128"
            )

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Read ``"6/8"``, and ``"C"`` and ``"C|"`` as in printed music.

        Raises
        ------
        ControlError
            If the text is no meter.
        """
        text = str(text).strip()
        if text in ("C", "C|"):
            return cls(4, 4) if text == "C" else cls(2, 2)
        found = re.fullmatch(r"(\d{1,3})\s*/\s*(\d{1,3})", text)
        if not found:
            raise ControlError(f"meter {text!r}: write it like 4/4 or 6/8")
        return cls(int(found[1]), int(found[2]))

    @property
    def quarters(self) -> Fraction:
        """Length of a bar in quarter notes."""
        return Fraction(4 * self.numerator, self.denominator)

    @property
    def beat_quarters(self) -> Fraction:
        """Length of a felt beat in quarter notes: dotted in 6/8, 9/8, 12/8."""
        # 3/8 is felt in eighths or in one; only 6/8 and longer have beats of three eighths for
        # sure.
        compound = self.numerator % 3 == 0 and self.numerator > 3 and self.denominator >= 8
        return Fraction(12 if compound else 4, self.denominator)

    def bar_ticks(self, resolution: int) -> int:
        """Length of a bar in ticks.

        Parameters
        ----------
        resolution : int
            Ticks per quarter note.

        Raises
        ------
        ControlError
            If a bar is no whole number of ticks.
        """
        ticks = self.quarters * resolution
        if ticks.denominator != 1:
            raise ControlError(
                f"meter {self}: a bar is no whole number of ticks at {resolution} ticks a quarter"
            )
        return int(ticks)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


COMMON_TIME = Meter(4, 4)


def meter_of(quarters: Fraction) -> Meter:
    """Return the meter, of fourths or shorter, whose bar lasts so many quarter notes."""
    denominator = 4 * quarters.denominator
    return Meter(int(quarters * denominator / 4), denominator)


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """Meters one after the other."""

    # So many bars of each.
    runs: tuple[tuple[int, Meter], ...]

    @classmethod
    def parse(cls, text: str) -> MeterPlan:
        """Read ``"8x4/4,8x3/4"``."""
        found = [re.fullmatch(r"\s*(\d{1,4})\s*[x*]\s*([^x*]+)", run) for run in text.split(",")]
        runs = tuple((int(run[1]), Meter.parse(run[2])) for run in found if run and int(run[1]) > 0)
        if len(runs) != len(found):
            raise ControlError(
                f"meters {text!r}: write bars and meter of each run, like 8x4/4,8x3/4"
            )
        return cls(runs)

    @property
    def bars(self) -> int:
        """All bars."""
        return sum(count for count, _ in self.runs)

    @property
    def quarters(self) -> Fraction:
        """Length in quarter notes."""
        return sum((count * meter.quarters for count, meter in self.runs), Fraction())

    def __str__(self) -> str:
        return ",".join(f"{count}x{meter}" for count, meter in self.runs)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a piece."""

    # As a musician counts: a pickup is 0, the first full bar 1.
    number: int
    # First tick, and first tick after it.
    start: int
    end: int
    # The meter that holds here; for a pickup, the one that follows.
    meter: Meter

    @property
    def length(self) -> int:
        """Ticks from bar line to bar line."""
        return self.end - self.start


def lay_bars(
    meters: Sequence[tuple[int, Meter]], resolution: int, length: int, *, has_pickup: bool
) -> tuple[Bar, ...]:
    """Lay bars from tick 0 up to a length; each meter begins at its tick."""
    bars: list[Bar] = []
    number = 0 if has_pickup else 1
    for start, count, step, meter in lay_runs(meters, resolution, length, has_pickup=has_pickup):
        for i in range(count):
            bars.append(Bar(number, start + i * step, start + (i + 1) * step, meter))
            number += 1
    return tuple(bars)


def lay_runs(
    meters: Sequence[tuple[int, Meter]], resolution: int, length: int, *, has_pickup: bool
) -> Iterator[tuple[int, int, int, Meter]]:
    """Yield of runs of equal bars, laid as above, the first tick, the number of bars, their ticks and meter."""
    for i, (start, written) in enumerate(meters):
        stop = meters[i + 1][0] if i + 1 < len(meters) else None
        # A bar of 1/128 is no whole number of ticks in many files; it must not stand still.
        step = max(1, round(written.quarters * resolution))
        meter = meters[1][1] if has_pickup and i == 0 else written
        last = length if stop is None else min(length, stop)
        count = max(0, -(-(last - start) // step))
        if stop is None or start + count * step <= stop:
            if count:
                yield start, count, step, meter
            continue
        if count > 1:
            yield start, count - 1, step, meter
        start += (count - 1) * step
        yield start, 1, stop - start, meter


def convert_ticks(ticks: Ticks, source: int, target: int) -> Ticks:
    """Convert times of 0 or more from `source` to `target` ticks a quarter, to the nearest; halves go up."""
    return (2 * ticks * target + source) // (2 * source)
