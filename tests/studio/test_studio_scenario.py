"""The whole way of a piece in a browser, once each way: `python -m lab studio-scenario` goes it twenty times."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import chromium

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from lab.studio.scenario import run_scenario
from lab.studio.scenario_steps import STEPS


@pytest.mark.parametrize("seed", [1, 2])
def test_the_twenty_steps(tmp_path: Path, seed: int) -> None:
    """The page finds the server that was killed by itself, and is opened by its new link."""
    run = run_scenario(chromium(), tmp_path, seed)
    assert (run.fault, run.steps) == ("", len(STEPS))
