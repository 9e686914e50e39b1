"""What a search for copies tells, and how much of it is usual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "COVER",
    "OWN_BANDS",
    "VERDICTS",
    "CopyReport",
    "Floor",
    "Match",
    "PartCopies",
    "measure_floor",
]

COVER = 12
"""Notes of the matches that count as covering a tune, unless told otherwise."""

OWN_BANDS = "band_songs"
"""The source of training pieces in which a melody stands first, and behind it what our own playing styles play."""

VERDICTS = ("usual", "much", "copy")
"""Up to the 90th percentile of the floor; up to the 99th; above it."""


@dataclass(frozen=True)
class Floor:
    """What held-out tunes of the same corpus share with the indexed ones."""

    tunes: int = 0  # how many were looked at
    # Notes of the longest match: median, 90th and 99th percentile
    longest: tuple[float, float, float] = (0.0, 0.0, 0.0)
    # Share of the notes in matches of `COVER` notes or more: the same
    share: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Floor:
        """Rebuild from the fields as JSON gives them."""
        a, b, c = map(float, data["longest"])
        d, e, f = map(float, data["share"])
        return cls(int(data["tunes"]), (a, b, c), (d, e, f))

    def verdict(self, report: CopyReport) -> str:
        """Judge a search for matches of `COVER` notes: one of `VERDICTS`, or ``""`` if there is no floor."""
        if not self.tunes:
            return ""
        level = max(_above(report.longest, self.longest), _above(report.share, self.share))
        return VERDICTS[level]


@dataclass(frozen=True)
class Match:
    """A run of notes that an indexed tune has too."""

    notes: int  # its length
    row: int  # its first note, as a row of `Score.note_array`
    part: int  # index of the part of that note
    bars: tuple[int, int]  # numbers of the bars of its first and last note
    # The tune; of several the first in the index
    title: str
    source: str


@dataclass(frozen=True)
class CopyReport:
    """What a piece shares with the indexed tunes."""

    notes: int  # notes of its lines
    share: float  # share of them in matches of at least the asked length, 0..1
    # The longest match, the first of equals; none if all are under `CopyIndex.shortest` notes
    match: Match | None

    @property
    def longest(self) -> int:
        """Notes of the longest match, or 0."""
        return self.match.notes if self.match else 0


@dataclass(frozen=True)
class PartCopies:
    """What one part of a piece shares with the indexed tunes."""

    part: int  # index in the piece
    name: str  # as the file has it, or its instrument
    report: CopyReport  # rows count within the part

    def to_json(self) -> dict[str, Any]:
        """Return plain data; parts count from 1."""
        match = self.report.match
        return {
            "part": self.part + 1,
            "name": self.name,
            "notes": self.report.notes,
            "longest": self.report.longest,
            "share": round(self.report.share, 4),
            "bars": list(match.bars) if match else None,
            "title": match.title if match else None,
            "source": match.source if match else None,
        }


def measure_floor(reports: Sequence[CopyReport]) -> Floor:
    """Sum up what held-out tunes share, one report a tune."""
    longest = _percentiles([report.longest for report in reports])
    return Floor(len(reports), longest, _percentiles([report.share for report in reports]))


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = np.percentile(values, (50, 90, 99), method="higher")
    return float(low), float(middle), float(high)


def _above(value: float, marks: tuple[float, float, float]) -> int:
    return sum(value > mark for mark in marks[1:])
