"""Pieces written down by hand, step by step, and what a filter leaves after them.

A quarter has 12 steps, a bar of 4/4 has 48; time classes 96, 97 and 98 skip, open a bar, end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from small import V, plain_header

from symgen.sampling.filters import Draft, Filter
from symgen.tokens import Header
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import FIELDS

SKIP, BAR, END = V.skip, V.bar, V.end
Rows = Sequence[tuple[int, int, int, int]]
"""Of notes: step in the bar, part, pitch, duration."""


def parts_header(bars: int, parts: int) -> Header:
    return plain_header(bars, programs=(0,) * parts, drums=(False,) * parts, names=("",) * parts)


def written(header: Header, *bars: Rows, forms: Sequence[int] = ()) -> Prefix:
    """Write bars of notes down, each of the form that is named, else new."""
    prefix = Prefix(header, V, voices=len(header.programs))
    for number, notes in enumerate(bars):
        form = forms[number] if number < len(forms) else 0
        prefix.push([BAR, 0, 0, 0, 0, form])
        for step, part, pitch, duration in notes:
            time = prefix.starts[number] + step - prefix.now
            while time >= SKIP:
                prefix.push([SKIP, 0, 0, 0, 0, 0])
                time -= SKIP
            prefix.push([time, part, pitch, duration, 80, 0])
    return prefix


def drafted(*, time: int = -1, part: int = -1, pitch: int = -1) -> Draft:
    """Return an event of which so much is drawn."""
    draft = Draft()
    draft.time, draft.part, draft.pitch = time, part, pitch
    return draft


def left(
    filter_: Filter, field: str, prefix: Prefix, *, time: int = -1, part: int = -1, pitch: int = -1
) -> list[int]:
    """Return the classes that a filter leaves of all."""
    draft = drafted(time=time, part=part, pitch=pitch)
    allowed = np.ones(V.sizes[FIELDS.index("pitch" if field == "goal" else field)], dtype=bool)
    filter_.allow(field, prefix, draft, allowed)
    return np.flatnonzero(allowed).tolist()


def out(classes: Iterable[int], size: int) -> list[int]:
    return sorted(set(range(size)) - set(classes))
