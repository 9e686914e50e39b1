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
    """A piece that was left out.

    Parameters
    ----------
    reason : str
        One of a few fixed phrases, to be counted.
    detail : str
        What exactly.
    locator : str
        Source, file and tune.
    """

    reason: str
    detail: str
    locator: str


@dataclass(frozen=True)
class Candidate:
    """A piece that was read and is not yet judged.

    Parameters
    ----------
    score : Score
        The music.
    source, locator : str
        Where it came from; two forms of one tune (as written, as played) share a locator.
    title : str
        May be empty.
    key : Key or None
        As the source gives it.
    rhythm : str
        The source's word for the kind of tune, may be empty.
    form : str
        ``"written"`` or ``"played"`` (repeats expanded).
    problems : tuple of str
        What the reader had to say, such as bars of a wrong length.
    meta : mapping
        What the source says of the file.
    unclicked : bool
        Whether it was played without a click and is laid on its own pulse.
    """

    score: Score
    source: str
    locator: str
    title: str = ""
    key: Key | None = None
    rhythm: str = ""
    form: str = "written"
    problems: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
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
    """One source of a corpus.

    Parameters
    ----------
    name, licence : str
    kept, dropped : int
        Pieces; a tune in two forms counts twice.
    """

    name: str
    licence: str
    kept: int
    dropped: int


@dataclass(frozen=True)
class CorpusReport:
    """What `build_corpus` did.

    Parameters
    ----------
    kept : int
        Pieces in the store.
    works : int
        Tunes in the store; a tune in two forms is one.
    dropped : mapping of str to int
        Pieces left out, by reason.
    examples : mapping of str to sequence of str
        A few of them.
    splits, meters, styles : mapping of str to int
        Pieces by split, meter and style.
    notes, bars : int
        Sums over the store.
    moved : int
        Notes moved to the grid.
    unclicked : int
        Pieces that were played without a click and are laid on their own pulse.
    periods : mapping of str to int
        Pieces by period.
    sources : sequence of SourceCount
    """

    kept: int
    works: int
    dropped: Mapping[str, int]
    examples: Mapping[str, Sequence[str]]
    splits: Mapping[str, int]
    meters: Mapping[str, int]
    styles: Mapping[str, int]
    notes: int
    bars: int
    moved: int = 0
    unclicked: int = 0
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
