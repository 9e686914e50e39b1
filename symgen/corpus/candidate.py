"""Candidates for a corpus, pieces left out of it, and the report that counts both."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from symgen.corpus.manner import Performance
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.text import one_line

__all__ = ["DRUMS_ONLY", "Candidate", "CorpusReport", "Drop", "DropTable", "SourceCount"]


@dataclass(frozen=True)
class Drop:
    """A piece that was left out."""

    # One of a few fixed phrases, to be counted.
    reason: str
    detail: str
    # Source, file and tune.
    locator: str
    # Whether it was played, so that `performed` would have kept it.
    played: bool = False


@dataclass(frozen=True)
class Candidate:
    """A piece that was read and is not yet judged."""

    score: Score
    source: str
    # File and tune; two forms of one tune (as written, as played) share it.
    locator: str
    title: str = ""
    # As the source gives it.
    key: Key | None = None
    # The source's word for the kind of tune.
    rhythm: str = ""
    # ``"written"`` or ``"played"`` (repeats expanded).
    form: str = "written"
    # Warnings of the reader, such as bars of a wrong length.
    problems: tuple[str, ...] = ()
    # Facts about the file: the source's table of it, a JSON object.
    meta: Mapping[str, Any] = field(default_factory=dict)
    # Whether it was played without a click and is laid on its own pulse.
    unclicked: bool = False
    # What a table of labels says of it, by column.
    labels: Mapping[str, str] = field(default_factory=dict)
    # How it was played, if that is kept apart, and whether it had to be moved to the grid.
    performance: Performance | None = None
    was_played: bool = False
    # Whether its drum parts were left out.
    lost_drums: bool = False

    @property
    def work(self) -> str:
        """Source and place in it, which all forms of the tune share."""
        return f"{self.source}/{self.locator}"


DRUMS_ONLY = "drums only"
"""The reason of pieces without pitched notes."""

_EXAMPLES = 3


class DropTable:
    """What was left out: counts by reason, a few examples of each, and every piece as a line of a file."""

    def __init__(self, file: TextIO) -> None:
        self.counts: Counter[str] = Counter()
        self.by_source: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}
        self.played = 0
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(["piece", "reason", "detail"])

    def add(self, drop: Drop, source: str) -> None:
        """Count one."""
        self._rows.writerow([drop.locator, drop.reason, one_line(drop.detail)])
        self.played += drop.played
        self.counts[drop.reason] += 1
        self.by_source[source] += 1
        shown = self.examples.setdefault(drop.reason, [])
        if len(shown) < _EXAMPLES:
            shown.append(f"{drop.locator}: {drop.detail}" if drop.detail else drop.locator)

    def hint(self, kept: int) -> str:
        """Say what to do if most pieces were left out because they were played or are drums; else nothing."""
        most = (kept + self.counts.total()) // 2
        drums = self.counts[DRUMS_ONLY]
        found = []
        if self.played > most:
            found.append(
                (f"{self.played:,} pieces were played freely", "--performed", "write them down")
            )
        if drums > most:
            found.append((f"{drums:,} pieces are drums alone", "--drums", "keep drums"))
        if not found:
            return ""
        why = " and ".join(reason for reason, _, _ in found)
        options = " and ".join(f"{option} to {effect}" for _, option, effect in found)
        command = " ".join(option for _, option, _ in found)
        return f"{why}; add {options} (symgen corpus SOURCE {command} -o STORE)"


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
    """Counts of `build_corpus`: what the store holds, and what was left out."""

    # Pieces; a tune in two forms is one work.
    kept: int
    works: int
    # Pieces left out by reason, and a few of them.
    dropped: Mapping[str, int]
    examples: Mapping[str, Sequence[str]]
    splits: Mapping[str, int]
    meters: Mapping[str, int]
    styles: Mapping[str, int]
    notes: int
    bars: int
    # Notes moved to the grid.
    moved: int = 0
    # Pieces that were played without a click and are laid on their own pulse.
    unclicked: int = 0
    # Pieces that were off the grid and are written down, and what is to be done.
    performed: int = 0
    hint: str = ""
    # Pieces whose drum parts were left out.
    lost_drums: int = 0
    periods: Mapping[str, int] = field(default_factory=dict)
    sources: Sequence[SourceCount] = field(default_factory=tuple)
    # Pieces by the values of each column that became a control, and what is told of the tables.
    labels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    label_lines: Sequence[str] = field(default_factory=tuple)

    def table(self) -> str:
        """Return the report as text, one count a line."""
        held = f"{self.kept:>8,} pieces of {self.works:,} tunes"
        lines = [
            f"kept     {held}: {self.notes:,} notes, {self.bars:,} bars",
            f"splits   {_row(self.splits)}",
            f"meters   {_row(self.meters)}",
            f"styles   {_row(self.styles)}",
            f"periods  {_row(self.periods)}",
            f"snapped  {self.moved:>8,} notes moved to the grid",
        ]
        if self.unclicked:
            lines.append(
                f"pulse    {self.unclicked:>8,} pieces played without a click, laid on their own pulse"
            )
        if self.performed:
            lines.append(f"played   {self.performed:>8,} pieces played, written down on the grid")
        if self.lost_drums:
            lines.append(
                f"drums    {self.lost_drums:>8,} pieces without their drum parts; symgen corpus --drums keeps them"
            )
        lines.append(f"dropped  {sum(self.dropped.values()):>8,}")
        for reason, count in sorted(self.dropped.items(), key=lambda pair: -pair[1]):
            example = (self.examples.get(reason) or ["-"])[0]
            lines.append(f"  {count:>6,}  {reason:<16}  e.g. {example}")
        if self.label_lines:
            lines += ["labels", *(f"  {line}" for line in self.label_lines)]
            lines += [f"  {name}: {_row(counts)}" for name, counts in self.labels.items()]
        lines.append("sources")
        for source in self.sources:
            counts = f"{source.kept:>6,} kept {source.dropped:>6,} dropped"
            lines.append(f"  {counts}  {source.name}  [{source.licence}]")
        if self.hint:
            lines.append(f"hint     {self.hint}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the index of the store."""
        # What there is none of is left out, as older stores do not have it.
        apart = ("sources", *(() if self.label_lines else ("labels", "label_lines")))
        apart += tuple(
            name for name in ("performed", "hint", "lost_drums") if not getattr(self, name)
        )
        plain = {name: value for name, value in vars(self).items() if name not in apart}
        return {**plain, "sources": [vars(source) for source in self.sources]}


def _row(counts: Mapping[str, int]) -> str:
    """Return counts on one line, the greatest first."""
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return "  ".join(f"{name or '(none)'} {count:,}" for name, count in ordered) or "-"
