"""What a model remembers of its corpus besides the weights: usual meters, keys, styles and ensembles, and texture."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.corpus import Store
from symgen.tokens.events import Notes, event_notes
from symgen.training.norms import Measured, measure_piece, style_norms

__all__ = ["corpus_traits", "count_overlaps", "count_own_overlaps"]

_MOST = 500
_RARE = 0.01


def corpus_traits(store: Store) -> dict[str, Any]:
    """Count what the training pieces are like.

    Returns
    -------
    dict
        ``usual``: rows ``[meter, style, key, pieces]``, the most frequent first;
        ``ensembles``: rows ``[programs, drums, names, style, period, pieces]``, likewise: the parts of a piece;
        ``monophonic``: whether notes hardly ever overlap;
        ``monophonic_parts``: whether those of one part hardly ever do;
        ``norms``: what is usual in all pieces and in each style, as `style_norms` says it.
    """
    usual: Counter[tuple[str, str, str]] = Counter()
    ensembles: Counter[tuple[Any, ...]] = Counter()
    measured: list[Measured] = []
    notes = overlaps = own_overlaps = 0
    for record in store.pieces("train"):
        header = record.header
        usual[(str(header.meter), header.style, str(header.key) if header.key else "")] += 1
        ensembles[(header.programs, header.drums, header.names, header.style, header.period)] += 1
        found = event_notes(np.asarray(store.events(record).fields), header, store.vocabulary)
        measured.append(measure_piece(found, header, store.vocabulary.grid))
        notes += len(found)
        overlaps += count_overlaps(found.onset, found.duration)
        own_overlaps += count_own_overlaps(found)
    return {
        "usual": _rows(usual),
        "ensembles": _rows(ensembles),
        "monophonic": overlaps <= _RARE * notes,
        "monophonic_parts": own_overlaps <= _RARE * notes,
        "norms": style_norms(measured),
    }


def count_overlaps(onset: NDArray[np.int64], duration: NDArray[np.int64]) -> int:
    """Count the notes that begin before the one before them has ended."""
    return int(np.sum(onset[1:] < (onset + duration)[:-1]))


def count_own_overlaps(notes: Notes) -> int:
    """Count the notes that begin before the one before them in their part has ended."""
    order = np.argsort(notes.part, kind="stable")
    return count_overlaps((notes.part[order] << 32) + notes.onset[order], notes.duration[order])


def _rows(counts: Counter[Any]) -> list[list[Any]]:
    return [
        [*(list(value) if isinstance(value, tuple) else value for value in kind), count]
        for kind, count in counts.most_common(_MOST)
    ]
