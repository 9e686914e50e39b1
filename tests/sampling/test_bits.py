"""Sets as whole numbers, and what is remembered of a piece."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.sampling.bits import bits_from, bits_of, bits_up_to, mask_of
from symgen.sampling.moments import Recent


def test_a_set_is_the_same_as_bits_and_as_a_mask() -> None:
    some = {0, 3, 8, 95}
    bits = bits_of(some)
    assert set(np.flatnonzero(mask_of(bits, 96)).tolist()) == some
    assert mask_of(bits, 96).shape == (96,)
    assert set(np.flatnonzero(mask_of(bits_from(bits, 4), 99)).tolist()) == {8, 95}
    assert set(np.flatnonzero(mask_of(bits_up_to(bits, 8), 96)).tolist()) == {0, 3, 8}


def test_cuts_below_zero_keep_all_or_nothing() -> None:
    assert bits_from(0b1011, -5) == 0b1011
    assert bits_up_to(0b1011, -1) == 0


def test_a_mask_that_others_share_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        mask_of(5, 8)[0] = False


def test_what_is_remembered_belongs_to_one_note_and_not_to_its_equal() -> None:
    recent: Recent[str] = Recent()
    note, twin = (tuple(range(2)) for _ in range(2))
    assert recent.keep(note, (1,), "found") == "found"
    assert recent.get(note, (1,)) == "found"
    assert recent.get(note, (2,)) is None
    assert recent.get(twin, (1,)) is None


def test_nothing_is_remembered_before_the_first_note_and_little_at_all() -> None:
    recent: Recent[int] = Recent()
    assert recent.keep(None, (1,), 3) == 3
    assert recent.get(None, (1,)) is None
    notes = [(number, 0) for number in range(5_000)]
    for note in notes:
        recent.keep(note, (), note[0])
    assert sum(recent.get(note, ()) is not None for note in notes) <= 2048
