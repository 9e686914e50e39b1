"""Which seeds pieces, and the takes that a piece is chosen from, are drawn with."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np

from symgen.system.errors import ControlError
from symgen.system.words import check_whole

__all__ = ["candidate_seed", "candidate_seeds", "resample", "seeds"]


def seeds(count: int, seed: int | None) -> range:
    """Return one seed a piece."""
    check_whole("count", count)
    if count < 1:
        raise ControlError(f"count {count}: must be 1 or more")
    if count >= 2**31:
        raise ControlError(f"count {count}: must be below 2**31; ask for fewer")
    first = secrets.randbelow(2**31) if seed is None else seed
    check_whole("seed", first)
    if not 0 <= first < 2**63:
        raise ControlError(f"seed {seed}: must be 0 or more, and below 2**63")
    return range(first, first + count)


def candidate_seed(seed: int, number: int) -> int:
    """Return the seed of one of the takes of a piece: its own for the first, 0, others that follow from it."""
    if number == 0:
        return seed
    drawn = np.random.SeedSequence(seed, spawn_key=(number,))
    return int(drawn.generate_state(1, np.uint64)[0] >> 1)


def candidate_seeds(seed: int, candidates: int) -> list[int]:
    """Return the seeds of the takes of one piece."""
    return [candidate_seed(seed, number) for number in range(candidates)]


def resample(odds: Sequence[float], seed: int, number: int = 0) -> int:
    """Return the index of one of several takes, drawn in proportion to how much likelier each is real than sampled."""
    # The likeliest take alone would be too perfect: always a neat end, hardly a repeat. Drawn so,
    # what is kept is spread as real pieces are, as far as the odds are right.
    values = np.asarray(odds, dtype=np.float64)
    shares = np.cumsum(np.exp(values - values.max()))
    drawn = np.random.Generator(
        np.random.PCG64([seed, 2, number] if number else [seed, 2])
    ).random()
    return int(np.searchsorted(shares, drawn * shares[-1], side="right"))
