from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from small import V, random_events

from lab.benchmarks import speed_features
from symgen.tokens.features import feature_array
from symgen.tokens.vocabulary import TIME


@pytest.fixture(autouse=True)
def same_cores() -> Iterator[None]:
    """The script pins its process; the tests that come next get all cores again."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    yield
    if cores:
        os.sched_setaffinity(0, cores)


def test_a_cost_for_each_size_and_what_grows(capsys: pytest.CaptureFixture[str]) -> None:
    assert speed_features.main(["--models", "folk", "--notes", "50,400", "--runs", "1"]) == 0
    out = capsys.readouterr().out
    assert "| folk | 50 |" in out
    assert "folk: Python, copy, us | 50 to 400 |" in out


def test_a_repeated_piece_is_one_that_can_be_read() -> None:
    events = random_events(3, bars=4)
    long = speed_features.repeated(events, 500, V)
    notes = int((long.fields[:, TIME] < V.skip).sum())
    assert notes >= 500
    assert long.fields[-1, TIME] == V.end
    assert long.header.bars == np.count_nonzero(long.fields[:, TIME] == V.bar)
    assert len(feature_array(long, V)) == len(long)
