"""What passes between reading, cleaning and packing: a piece, or why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["Candidate", "CorpusReport", "Drop", "DropTable", "SourceCount"]


@dataclass(frozen=True)
class Drop:
    """A piece that was left out."""

    # One of a few fixed phrases, to be counted.
    reason: str
    # What exactly.
    detail: str
    # Source, file and tune.
    locator: str


@dataclass(frozen=True)
class Candidate:
    """A piece that was read and is not yet judged."""

    # The music.
    score: Score
    # Where it came from; two forms of one tune (as written, as played) share a locator.
    source: str
    locator: str
    # May be empty.
    title: str = ""
    # As the source gives it.
    key: Key | None = None
    # The source's word for the kind of tune, may be empty.
    rhythm: str = ""
    # ``"written"`` or ``"played"`` (repeats expanded).
    form: str = "written"
    # What the reader had to say, such as bars of a wrong length.
    problems: tuple[str, ...] = ()
    # What the source says of the file.
    meta: Mapping[str, Any] = field(default_factory=dict)
    # Whether it was played without a click and is laid on its own pulse.
    unclicked: bool = False

    @property
    def work(self) -> str:
        """What all forms of the tune share."""
        return f"{self.source}/{self.locator}"


_EXAMPLES = 3


class DropTable:
    """Counts of what was left out, by reason, with a few examples each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_source: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, drop: Drop, source: str) -> None:
        """Count one."""
        self.counts[drop.reason] += 1
        self.by_source[source] += 1
        shown = self.examples.setdefault(drop.reason, [])
        if len(shown) < _EXAMPLES:
            shown.append(f"{drop.locator}: {drop.detail}" if drop.detail else drop.locator)


@dataclass(frozen=True)
class SourceCount:
    """One source of a corpus."""

    name: str
    licence: str
    # Pieces; a tune in two forms counts twice.
    kept: int
    dropped: int


@dataclass(frozen=True)
class CorpusReport:
    """What `build_corpus` did."""

    # Pieces in the store.
    kept: int
    # Tunes in the store; a tune in two forms is one.
    works: int
    # Pieces left out, by reason.
    dropped: Mapping[str, int]
    # A few of them.
    examples: Mapping[str, Sequence[str]]
    # Pieces by split, meter and style.
    splits: Mapping[str, int]
    meters: Mapping[str, int]
    styles: Mapping[str, int]
    # Sums over the store.
    notes: int
    bars: int
    # Notes moved to the grid.
    moved: int = 0
    # Pieces that were played without a click and are laid on their own pulse.
    unclicked: int = 0
    # Pieces by period.
    periods: Mapping[str, int] = field(default_factory=dict)
    sources: Sequence[SourceCount] = field(default_factory=tuple)

    def table(self) -> str:
        """Return the report as text, one count a line."""
        lines = [
            f"kept     {self.kept:>8,} pieces of {self.works:,} tunes: {self.notes:,} notes, {self.bars:,} bars"
        ]
        lines += [
            f"splits   {_row(self.splits)}",
            f"meters   {_row(self.meters)}",
            f"styles   {_row(self.styles)}",
        ]
        lines += [f"periods  {_row(self.periods)}"]
        lines.append(f"snapped  {self.moved:>8,} notes moved to the grid")
        if self.unclicked:
            lines.append(
                f"pulse    {self.unclicked:>8,} pieces played without a click, laid on their own pulse"
            )
        lines.append(f"dropped  {sum(self.dropped.values()):>8,}")
        for reason, count in sorted(self.dropped.items(), key=lambda pair: -pair[1]):
            lines.append(
                f"  {count:>6,}  {reason:<16}  e.g. {(self.examples.get(reason) or ['-'])[0]}"
            )
        lines.append("sources")
        lines += [
            f"  {s.kept:>6,} kept {s.dropped:>6,} dropped  {s.name}  [{s.licence}]"
            for s in self.sources
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the index of the store."""
        plain = {name: value for name, value in vars(self).items() if name != "sources"}
        return {**plain, "sources": [vars(source) for source in self.sources]}


def _row(counts: Mapping[str, int]) -> str:
    return (
        "  ".join(
            f"{name or '(none)'} {count:,}"
            for name, count in sorted(counts.items(), key=lambda p: -p[1])
        )
        or "-"
    )
