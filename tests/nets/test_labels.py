"""Labels of pieces as the network sees them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from small import TINY, V, random_events, random_net

from symgen.nets.batches import Chunk, Masking, chunks, prepare
from symgen.nets.checkpoint import NetConfig
from symgen.nets.columns import CONDITIONS
from symgen.nets.inputs import Conditions, Inputs
from symgen.system.errors import CheckpointError
from symgen.tokens import Events
from symgen.training.objective import _draw_mask

LABELS = (("composer", ("Bach", "Haydn")), ("mood", ("calm", "merry", "sad")))
CONFIG = replace(TINY, fixed=(), labels=LABELS)


def labelled(**labels: str) -> Events:
    events = random_events(3, bars=4)
    return Events(events.fields, replace(events.header, labels=tuple(labels.items())))


def test_a_label_is_a_class_and_what_is_unknown_is_class_0() -> None:
    def classes(**labels: str) -> list[int]:
        found = Conditions.of(labelled(**labels).header, CONFIG).values
        return found[len(CONDITIONS) :].tolist()

    assert classes() == [0, 0]
    assert classes(mood="sad") == [0, 3]
    assert classes(mood="sad", composer="Bach") == [1, 3]
    assert classes(mood="never seen", key="sad") == [0, 0]
    assert len(Conditions.of(labelled(mood="sad").header, TINY).values) == len(CONDITIONS)


def test_the_input_table_has_rows_for_each_value_and_nothing_else_changes() -> None:
    with_labels, without = Inputs(CONFIG, V), Inputs(replace(CONFIG, labels=()), V)
    assert with_labels.names["input"] == (*without.names["input"], "label:composer", "label:mood")
    assert with_labels.sizes["input"] - without.sizes["input"] == (1 + 2) + (1 + 3)
    for head in without.heads:
        own = without.names[head]
        assert with_labels.names[head] == (*own, "label:composer", "label:mood")


def one_chunk(net: Any, events: Events, mask: Masking) -> Chunk:
    (chunk,) = chunks([prepare(events, net.inputs)], [mask], net.inputs, 10_000)
    return chunk


def test_what_is_hidden_is_unknown() -> None:
    net = random_net(CONFIG)
    both = labelled(mood="sad", composer="Haydn")
    seen = one_chunk(net, both, Masking()).rows
    assert not torch.equal(seen, one_chunk(net, labelled(mood="sad"), Masking()).rows)
    hidden = one_chunk(net, both, Masking(labels=(0,))).rows
    assert torch.equal(hidden, one_chunk(net, labelled(mood="sad"), Masking()).rows)
    nothing = one_chunk(net, both, Masking(labels=(0, 1))).rows
    assert torch.equal(nothing, one_chunk(net, labelled(), Masking()).rows)


def test_a_card_without_labels_is_what_it_was() -> None:
    assert "labels" not in TINY.to_json()
    assert NetConfig.from_json(TINY.to_json()) == TINY
    assert NetConfig.from_json(CONFIG.to_json()) == CONFIG


@pytest.mark.parametrize(
    "labels",
    [
        ["mood"],
        [["mood", "sad"]],
        [["mood", [1]]],
        [["", ["sad"]]],
        [["a", ["b"]], ["a", ["c"]]],
        [[1, ["b"]]],
        "x",
    ],
)
def test_labels_that_are_none_are_refused(labels: Any) -> None:
    with pytest.raises(CheckpointError, match="does not fit"):
        NetConfig.from_json({**TINY.to_json(), "labels": labels})


def test_each_label_is_hidden_by_itself_and_runs_without_labels_draw_as_before() -> None:
    def draws(labels: int, count: int) -> list[Masking]:
        rng = random.Random(1)  # noqa: S311 - no secrets
        return [_draw_mask((60, 70), 5, rng, labels) for _ in range(count)]

    assert [replace(mask, labels=()) for mask in draws(2, 1)] == draws(0, 1)
    hidden = [mask.labels for mask in draws(2, 2000)]
    shares = [np.mean([label in each for each in hidden]) for label in (0, 1)]
    assert all(0.26 < share < 0.34 for share in shares)
    assert {(), (0,), (1,), (0, 1)} == set(hidden)
