"""The features of a piece as they are asked for while it is drawn, held to those of the whole piece."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from symgen.tokens import Events, Vocabulary
from symgen.tokens.features import vectorized_array
from symgen.tokens.layout import layout
from symgen.tokens.stepping import StepFeatures
from symgen.tokens.vocabulary import FORM, PART, PITCH, TIME

Make = Callable[..., StepFeatures]


def started(
    kind: Make, events: Events, vocabulary: Vocabulary, voices: int, *, plans: bool = False
) -> StepFeatures:
    return kind(events.header, vocabulary, voices, False, layout(vocabulary, voices, plans=plans))


def columns_of(
    features: StepFeatures, row: list[int], out: NDArray[np.int64], vocabulary: Vocabulary
) -> None:
    """Fill all columns of an event as it is drawn."""
    features.context(out)
    if row[TIME] == vocabulary.bar:
        features.form(out, row[FORM])
    elif row[TIME] < vocabulary.skip:
        features.time(out, row[TIME])
        features.part(out, row[PART], row[TIME])
        features.pitch(out, row[PART], row[PITCH])


def check_steps(
    kind: Make, events: Events, vocabulary: Vocabulary, voices: int, *, plans: bool = False
) -> None:
    """Hold what is said of each event to its row of the whole array."""
    whole = vectorized_array(events, vocabulary, voices, plans=plans)
    columns = layout(vocabulary, voices, plans=plans)
    features = started(kind, events, vocabulary, voices, plans=plans)
    found = np.full(whole.shape, -7, dtype=np.int64)
    for out, row in zip(found, events.fields.tolist(), strict=True):
        columns_of(features, row, out, vocabulary)
        features.push(row)
    wrong = np.argwhere(found != whole)
    assert [(t, columns.names[i], found[t, i], whole[t, i]) for t, i in wrong[:5].tolist()] == []
