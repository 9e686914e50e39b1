"""How likely models find pieces for a band."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
import torch

from lab.benchmarks.band_bits import loaded, measured
from symgen.music.score import Note, Part, Score
from symgen.nets.batches import Masking
from symgen.tokens import Events, encode
from symgen.training.tasks import EventTask


@pytest.fixture(scope="module")
def task() -> EventTask:
    return loaded("band")


def piece(task: EventTask, bars: int) -> Events:
    """A bass and drums."""
    rng = random.Random(1)  # noqa: S311 - music, not secrets
    bass = Part(tuple(Note(12 * i, rng.randint(36, 50), 12) for i in range(4 * bars)), program=33)
    drums = tuple(Note(6 * i, (36, 42, 38, 42)[i % 4], 3) for i in range(8 * bars))
    score = Score((bass, Part(drums, is_drum=True)), 12, length=48 * bars)
    return encode(score, task.net.inputs.vocabulary, whole=True)[0]


def test_bits_of_kinds_add_up_to_the_loss_of_training(task: EventTask) -> None:
    events = piece(task, 4)
    with torch.no_grad():
        chunks = task.chunks([task.prepare(events)], [Masking()], 10_000)
        nats = sum(float(v) for c in chunks for v in task.losses(c, None)[0].values())
    found = measured(task, [events])
    assert found["all"] * 48 == pytest.approx(nats / math.log(2), rel=1e-4)
    assert 16 * found["pitched notes"] + 32 * found["drums"] < found["all"] * 48 + 1e-6


def test_known_bars_are_not_counted(task: EventTask) -> None:
    # What comes back costs less, so that the bars behind known ones are likelier than all.
    whole, behind = (measured(task, [piece(task, 8)], known=known) for known in (0, 4))
    assert behind["drums"] < whole["drums"]
    assert np.isfinite(list(behind.values())).all()


def test_a_plan_is_told_or_hidden(task: EventTask) -> None:
    told, hidden = (measured(task, [piece(task, 8)], hidden=each) for each in (False, True))
    assert told["all"] != hidden["all"]
