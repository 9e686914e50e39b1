"""A studio for the tests of its API and of its page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A studio that all tests share: each makes projects of its own."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    with serving(tmp_path_factory.mktemp("studio") / "projects") as found:
        yield found
