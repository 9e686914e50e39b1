"""Guides and their peaks for tests."""

from __future__ import annotations

import numpy as np
from steps import drafted

from symgen.sampling.guides import (
    Guide,
)
from symgen.tokens.prefix import Prefix

EVERY = list(range(128))


# -- rhythm ------------------------------------------------------------------------------


def peaks(
    guide: Guide, field: str, prefix: Prefix, *, time: int = -1, part: int = -1
) -> dict[int, float] | None:
    """Return the classes that are led, and by how much."""
    bias = guide.bias(field, prefix, drafted(time=time, part=part))
    if bias is None:
        return None
    return {int(i): round(float(bias[i]), 6) for i in np.flatnonzero(bias)}
