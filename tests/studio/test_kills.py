"""What was answered outlives kill -9: `python -m lab studio-kills` kills a hundred times."""

from __future__ import annotations

import os

import pytest

from lab.benchmarks.studio_kills import kills

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows locks files that are being killed")


def test_a_project_is_whole_after_kills_of_the_process_that_edits() -> None:
    found = list(kills(5, 7, server=False))
    assert len(found) == 5
    assert [killed for killed in found if not killed.is_kept] == []
    assert max(killed.answered for killed in found) > 5


def test_a_project_is_whole_after_kills_of_the_studio() -> None:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    found = list(kills(2, 8, server=True))
    assert [killed for killed in found if not killed.is_kept] == []
    assert max(killed.answered for killed in found) > 2
