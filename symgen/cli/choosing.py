"""What is told of takes that were chosen out of several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symgen.cli.outputs import printable_path
from symgen.writing.takes import Scores, Take

__all__ = ["choice_table"]

_HEAD = ("rank", "odds", "bits a note", "longest copy", "piece")


def choice_table(kept: Sequence[tuple[Path, Take]]) -> list[str]:
    """Return a table of the takes that were kept, the best first; nothing if there was no choice."""
    rows = [_row(path, take, take.scores) for path, take in kept if take.scores]
    if not rows:
        return []
    drawn = len(kept[0][1].table)
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
    table = [
        "  ".join(word.rjust(width) for word, width in zip(row[:-1], widths, strict=False))
        + f"  {row[-1]}"
        for row in (_HEAD, *rows)
    ]
    return [
        f"{len(rows)} of {drawn} takes kept; odds above 0: more like real music than like drawn music",
        *table,
    ]


def _row(path: Path, take: Take, scores: Scores) -> tuple[str, ...]:
    bits = "" if scores.bits_a_note is None else f"{scores.bits_a_note:.2f}"
    copy = "" if scores.longest_copy is None else f"{scores.longest_copy} notes"
    return (
        f"{take.rank} of {len(take.table)}",
        f"{scores.odds:+.2f}",
        bits,
        copy,
        printable_path(path),
    )
