"""What a model remembers of its corpus besides the weights: usual metres, keys and styles, and texture."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from symgen.corpus import Store
from symgen.tokens.notes import event_notes

__all__ = ["corpus_traits"]

_MOST = 500


def corpus_traits(store: Store) -> dict[str, Any]:
    """Count what the training pieces are like.

    Returns
    -------
    dict
        ``usual``: rows ``[metre, style, key, pieces]``, the most frequent first;
        ``monophonic``: whether notes hardly ever overlap.
    """
    usual: Counter[tuple[str, str, str]] = Counter()
    notes = overlaps = 0
    for record in store.pieces("train"):
        header = record.header
        usual[(str(header.meter), header.style, str(header.key) if header.key else "")] += 1
        found = event_notes(np.asarray(store.events(record).fields), header, store.vocabulary)
        notes += len(found)
        overlaps += int(np.sum(found.onset[1:] < (found.onset + found.duration)[:-1]))
    rows = [[*kind, count] for kind, count in usual.most_common(_MOST)]
    return {"usual": rows, "monophonic": overlaps <= 0.01 * notes}
