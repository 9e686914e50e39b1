"""What a model remembers of its corpus besides the weights: what is usual, and its texture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.corpus import PieceRecord, Store
from symgen.tokens import Header
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.statistics import BLOCKS, bar_contents, most_returns, piece_statistics

__all__ = ["corpus_traits", "count_notes", "count_overlaps", "count_own_overlaps"]

_MOST = 500
"""Meters with style and key, and ensembles, that a model remembers."""
_MOST_OF_LABEL = 40
"""Of the pieces of one value of a label."""
_RARE = 0.01
"""Share of overlapping notes below which music counts as monophonic."""
_LENGTHS = (8, 16, 24, 32, 48, 64, 96, 1000)
"""Pieces of up to so many bars are compared with each other."""
_ENOUGH = 60
"""Pieces from which on a hundredth of them means something."""
_USUAL = 99
"""Percentile of how often blocks return."""


def corpus_traits(store: Store) -> dict[str, Any]:
    """Count what the training pieces are like."""
    usual: Counter[tuple[str, str, str]] = Counter()
    ensembles: Counter[tuple[Any, ...]] = Counter()
    by_label: dict[tuple[str, str], _Usual] = {}
    measured: list[_Measured] = []
    closes: list[tuple[str, bool]] = []
    notes = overlaps = own_overlaps = 0
    for record in store.pieces("train"):
        header = record.header
        kind = (str(header.meter), header.style, str(header.key) if header.key else "")
        ensemble = (header.programs, header.drums, header.names, header.style, header.period)
        usual[kind] += 1
        ensembles[ensemble] += 1
        for label in header.labels:
            own = by_label.setdefault(label, _Usual(Counter(), Counter()))
            own.kinds[kind] += 1
            own.ensembles[ensemble] += 1
        found = event_notes(np.asarray(store.events(record).fields), header, store.vocabulary)
        measured.append(_measure(found, header, store.vocabulary.grid))
        if header.key and np.any(found.part == 0):
            last = int(found.pitch[found.part == 0][-1])
            closes.append((header.style, last % 12 == header.key.tonic))
        notes += len(found)
        overlaps += count_overlaps(found.onset, found.duration)
        own_overlaps += count_own_overlaps(found)
    return {
        # Rows [meter, style, key, pieces], the most frequent first: what is drawn if nothing is
        # asked for.
        "usual": _rows(usual),
        # Rows [programs, drums, names, style, period, pieces], likewise: the parts of a piece.
        "ensembles": _rows(ensembles),
        # The same of the pieces of each label, by its name and value.
        **({"by_label": _by_label(by_label)} if by_label else {}),
        # Whether notes hardly ever overlap, and whether those of one part hardly ever do.
        "monophonic": overlaps <= _RARE * notes,
        "monophonic_parts": own_overlaps <= _RARE * notes,
        "norms": _style_norms(measured),
        # By style, in which share of the pieces in several voices the first part ends on the tonic.
        **({"closes": _shares(closes)} if closes and overlaps > _RARE * notes else {}),
    }


def count_notes(store: Store, records: Sequence[PieceRecord]) -> tuple[int, int, int]:
    """Count notes, and those that begin before the one before them, and the one in their part, ends."""
    notes = overlaps = own = 0
    for record in records:
        fields = np.asarray(store.events(record).fields)
        found = event_notes(fields, record.header, store.vocabulary)
        notes += len(found)
        overlaps += count_overlaps(found.onset, found.duration)
        own += count_own_overlaps(found)
    return notes, overlaps, own


def count_overlaps(onset: NDArray[np.int64], duration: NDArray[np.int64]) -> int:
    """Count the notes that begin before the one before them has ended."""
    return int(np.sum(onset[1:] < (onset + duration)[:-1]))


def count_own_overlaps(notes: Notes) -> int:
    """Count the notes that begin before the one before them in their part has ended."""
    # One long time line, part after part: the parts lie farther apart than any note lasts.
    order = np.argsort(notes.part, kind="stable")
    return count_overlaps((notes.part[order] << 32) + notes.onset[order], notes.duration[order])


def _shares(closes: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """Return the share of what is true, of all (``""``) and of each style with enough of them."""
    found = {}
    for style in sorted({style for style, _ in closes} | {""}):
        flags = [flag for name, flag in closes if style in ("", name)]
        if not style or len(flags) >= _ENOUGH:
            found[style] = round(sum(flags) / len(flags), 3)
    return found


class _Usual(NamedTuple):
    """What the pieces of a label are like."""

    kinds: Counter[tuple[str, str, str]]
    ensembles: Counter[tuple[Any, ...]]


def _by_label(found: Mapping[tuple[str, str], _Usual]) -> dict[str, dict[str, Any]]:
    """Return what is usual by name and value of a label."""
    plain: dict[str, dict[str, Any]] = {}
    for (name, value), usual in sorted(found.items()):
        rows = {"usual": usual.kinds, "ensembles": usual.ensembles}
        few = {kind: _rows(counts, _MOST_OF_LABEL) for kind, counts in rows.items()}
        plain.setdefault(name, {})[value] = few
    return plain


def _rows(counts: Counter[Any], most: int = _MOST) -> list[list[Any]]:
    rows = []
    for kind, count in counts.most_common(most):
        values = [list(value) if isinstance(value, tuple) else value for value in kind]
        rows.append([*values, count])
    return rows


@dataclass(frozen=True)
class _Measured:
    """A piece in numbers; `returns` are the `most_returns` of each size in `BLOCKS`."""

    style: str
    bars: int
    statistics: list[float]
    returns: tuple[int, ...]


def _measure(notes: Notes, header: Header, grid: int) -> _Measured:
    contents = bar_contents(notes, header)
    returns = tuple(most_returns(contents, size) for size in BLOCKS)
    return _Measured(header.style, header.bars, piece_statistics(notes, header, grid), returns)


def _style_norms(pieces: Sequence[_Measured]) -> dict[str, dict[str, list[Any]]]:
    """Say what is usual, in all pieces (``""``) and in each style with enough of them."""
    found = {}
    for style in sorted({piece.style for piece in pieces} | {""}):
        group = [piece for piece in pieces if style in ("", piece.style)]
        if len(group) >= _ENOUGH:
            found[style] = _norms(group, pieces)
    return found


def _norms(group: Sequence[_Measured], everything: Sequence[_Measured]) -> dict[str, list[Any]]:
    rows = np.array([piece.statistics for piece in group])
    # Rows [most bars, one bar, two bars]: how often a block of one and of two bars returns, at
    # most, in 99 of 100 pieces of up to so many bars. A sampler that repeats itself more is stuck.
    returns: list[list[int]] = []
    shortest = 0
    for longest in _LENGTHS:
        # A style with few tunes of this length takes the usual of all styles.
        for pieces in (group, everything):
            alike = [piece.returns for piece in pieces if shortest < piece.bars <= longest]
            if len(alike) >= _ENOUGH:
                break
        if len(alike) >= _ENOUGH:
            found = np.percentile(np.array(alike), _USUAL, axis=0, method="higher").astype(int)
            if returns:  # a longer piece may repeat itself at least as often as a shorter one
                found = np.maximum(found, returns[-1][1:])
            returns.append([longest, *found.tolist()])
        shortest = longest
    return {
        "mean": [round(value, 4) for value in rows.mean(axis=0).tolist()],
        "deviation": [round(value, 4) for value in rows.std(axis=0).tolist()],
        "returns": returns,
    }
