"""Ten tunes and what they are measured with: nothing that measures was learned from."""

from __future__ import annotations

import pytest
from small_tunes import walks

from lab.benchmarks.small_corpus import figures, small_store, ways
from symgen.copies.index import CopyIndex
from symgen.corpus import Store


def test_the_tunes_that_measure_are_kept_apart(store: Store) -> None:
    few, apart = small_store(store, 6, 1)
    own = {record.group for record in few.pieces()}
    assert len(own) == 6
    assert len({record.group for record in few.pieces("valid")}) == 1
    assert apart
    assert not own & {record.group for record in apart}
    assert small_store(store, 6, 1)[0].pieces() == few.pieces()
    assert small_store(store, 6, 2)[0].pieces() != few.pieces()


def test_each_way_has_options(store: Store) -> None:
    few, _ = small_store(store, 6, 1)
    chosen = {name: way() for name, way in ways(few).items()}
    assert chosen["usual options"].start == chosen["small corpus from nothing"].start == ""
    assert chosen["small corpus"].start == "folk"
    assert chosen["small corpus"].folds == chosen["small corpus from nothing"].folds == 4


def test_copies_and_variety_are_counted() -> None:
    one, other = walks(2)
    index = CopyIndex.build([(one, "one", "s")], limit=None)
    copied, longest, varied = figures([one, one, other], index)
    assert copied == pytest.approx(2 / 3, abs=0.05)
    assert longest == 64
    assert 0 < varied < 0.75
