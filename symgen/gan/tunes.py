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
from symgen.gan.writing import Wish
from symgen.system.errors import ControlError, FormatError

__all__ = ["describe_corpus", "read_tunes", "some_tunes", "wishes_like"]

_MOST_FORMS, _LONGEST_FORM = 600, 64


def read_tunes(store: Store, split: str, *, grid: int = 4) -> list[StepTune]:
    """Return the pieces of a split that the GAN can read. `grid`: steps a quarter, 4 or 12."""
    # Melodies in its meters that lie on its grid, as written.
    records = store.pieces(split)
    written = {record.group for record in records if record.form == "written"}
    tunes = []
    for record in records:
        if record.header.key is None or (record.form != "written" and record.group in written):
            continue
        try:
            tune = to_steps(
                store.events(record), record.header.key, grid=grid, vocabulary=store.vocabulary
            )
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
    return {
        "corpus": {
            "sha256": store.digest,
            "pieces": len(tunes),
            "bars": sum(map(len, tunes)),
            "licence": store.licence,
        },
        "usual": [[*kind, count] for kind, count in usual.most_common(200)],
        "forms": _forms(tunes),
        "bases": {
            str(tonic): counts.most_common(1)[0][0] for tonic, counts in sorted(bases.items())
        },
    }


def _forms(tunes: Sequence[StepTune]) -> list[list[int]]:
    """Say of each bar of a tune which earlier one it repeats, or -1; tunes spread evenly if there are very many."""
    found = []
    for tune in tunes[:: max(1, len(tunes) // _MOST_FORMS)]:
        seen: dict[bytes, int] = {}
        form = []
        for number, bar in enumerate(tune.bars[:_LONGEST_FORM]):
            form.append(seen.get(bar.tobytes(), -1))
            seen.setdefault(bar.tobytes(), number)
        found.append(form)
    return found


def wishes_like(tunes: Sequence[StepTune], count: int, bars: int) -> list[Wish]:
    """Wish for tunes in the meters and keys of real ones, which come round in order."""
    nothing: NDArray[np.uint8] = np.zeros((0, 0), dtype=np.uint8)
    chosen = (tunes[i % len(tunes)] for i in range(count))
    return [Wish(tune.meter, tune.key, bars, nothing) for tune in chosen]
