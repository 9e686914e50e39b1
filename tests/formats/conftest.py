"""A pool of readers for the tests of notation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from symgen.formats.notation import WorkerPool


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(20) as workers:
        yield workers
