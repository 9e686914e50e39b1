"""One network is trained by several processes: the same curve, and runs that survive the loss of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SCRIPT = Path(__file__).with_name("dividing.py")
SAME = 1e-6


def share_out(*arguments: object) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_the_curve_is_that_of_one_process(store_folder: Path, tmp_path: Path) -> None:
    """Also where shares are uneven or empty, and where the number of processes changes on the way."""
    found, _ = share_out(store_folder, tmp_path)
    one = found["one"]
    assert len(one) > 6
    for name in ("two", "three", "mixed"):
        assert len(found[name]) == len(one)
        for there, here in zip(one, found[name], strict=True):
            assert here == pytest.approx(there, rel=SAME)
    assert found["others agree"]


@pytest.mark.long
def test_a_killed_process_loses_no_run(store_folder: Path, tmp_path: Path) -> None:
    found, said = share_out(store_folder, tmp_path, 20, 1)
    assert (found["kills"], found["lost"], found["slow"]) == (20, 0, 0)
    assert found["last"] == pytest.approx([found["whole"]] * found["runs"], abs=1.01e-4)
    assert "another process of this training has ended" in said
    assert "Traceback" not in said
