"""The melodies of a corpus that the bar GAN can read, and the conditions of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.corpus import Store
from symgen.gan.steps import StepTune, to_steps
from symgen.gan.writing import Request
from symgen.system.errors import ControlError, FormatError

__all__ = ["describe_corpus", "read_tunes", "requests_like", "some_tunes"]

_MOST_FORMS, _LONGEST_FORM = 600, 64


def read_tunes(store: Store, split: str, *, grid: int = 4) -> list[StepTune]:
    """Return the pieces of a split that the GAN can read. `grid`: steps a quarter, 4 or 12."""
    # Melodies in its meters that lie on its grid, as written.
    records = store.pieces(split)
    written = {record.group for record in records if record.form == "written"}
    tunes = []
    for record in records:
        key = record.header.key
        # What a tune is played like is left out where it is there as written, too.
        if key is None or (record.form != "written" and record.group in written):
            continue
        events = store.events(record)
        try:
            tune = to_steps(events, key, grid=grid, vocabulary=store.vocabulary)
        except FormatError:
            continue
        tunes.append(replace(tune, title=record.title, group=record.group))
    return tunes


def some_tunes(store: Store, split: str, grid: int) -> list[StepTune]:
    """Return what `read_tunes` does, and refuse a store without any."""
    tunes = read_tunes(store, split, grid=grid)
    if not tunes:
        raise ControlError(
            f"{store.path}: its part {split!r} has no melody of one part in 4/4, 3/4 or 6/8 on a grid of {grid} steps "
            "a quarter; build the store with --parts melody, or use --grid 12"
        )
    return tunes


def describe_corpus(store: Store, tunes: Sequence[StepTune]) -> dict[str, Any]:
    """Say on the card what a generator learned from: the corpus, its usual meters and keys, and where tunes lie."""
    usual = Counter((tune.meter, "", str(tune.key)) for tune in tunes)
    bases: dict[int, Counter[int]] = {}
    for tune in tunes:
        bases.setdefault(tune.key.tonic, Counter())[tune.base] += 1
    most = {str(tonic): bases[tonic].most_common(1)[0][0] for tonic in sorted(bases)}
    return {
        "corpus": {
            "sha256": store.digest,
            "pieces": len(tunes),
            "bars": sum(map(len, tunes)),
            "licence": store.licence,
        },
        "usual": [[*kind, count] for kind, count in usual.most_common(200)],
        "forms": _forms(tunes),
        "bases": most,
    }


def _forms(tunes: Sequence[StepTune]) -> list[list[int]]:
    """Say of each bar of a tune which earlier one it repeats, or -1; tunes spread evenly if there are very many."""
    found = []
    for tune in tunes[:: max(1, len(tunes) // _MOST_FORMS)]:
        firsts: dict[bytes, int] = {}
        form = []
        for number, bar in enumerate(tune.bars[:_LONGEST_FORM]):
            first = firsts.setdefault(bar.tobytes(), number)
            form.append(first if first < number else -1)
        found.append(form)
    return found


def requests_like(tunes: Sequence[StepTune], count: int, bars: int) -> list[Request]:
    """Request for tunes in the meters and keys of real ones, which come round in order."""
    nothing: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)
    chosen = (tunes[i % len(tunes)] for i in range(count))
    return [Request(tune.meter, tune.key, bars, nothing) for tune in chosen]
