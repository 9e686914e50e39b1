"""The table of fine-tuning: which pieces are learned from, and which are measured on."""

from __future__ import annotations

import pytest

from symgen.corpus import Store

pytest.importorskip("sklearn")

from lab.benchmarks.finetuning import Classifier, drawn
from symgen.tokens import decode


def test_what_is_measured_on_was_never_learned_from(store: Store) -> None:
    learned, rest = drawn(store, 6, 1)
    groups = [{record.group for record in each.pieces()} for each in (learned, rest)]
    assert len(groups[0]) == 6
    assert not groups[0] & groups[1]
    assert len(learned.pieces()) + len(rest.pieces()) == len(store)
    assert {record.split for record in learned.pieces()} == {"train", "valid"}
    assert {record.split for record in rest.pieces()} == {"test"}
    again, _ = drawn(store, 6, 2)
    assert {record.group for record in again.pieces()} != groups[0]


def test_the_classifier_knows_the_kind_that_it_learned(store: Store) -> None:
    scores = [decode(store.events(record), store.vocabulary) for record in store.pieces()]
    ours, theirs = scores[0::2], scores[1::2]
    judge = Classifier(ours, theirs)
    assert 0 <= judge.auc <= 1
    assert judge.chances(ours) > judge.chances(theirs)
