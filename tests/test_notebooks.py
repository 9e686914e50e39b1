"""The notebooks run from top to bottom, offline, and show their pieces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))

# In a process of its own: the warnings of the libraries that run it are no errors of ours.
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], 4)
NotebookClient(book, timeout=300, kernel_name="python3").execute(cwd=sys.argv[2])
nbformat.write(book, sys.argv[3])
"""


def read(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return cells


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_what_it_prints(path: Path) -> None:
    """So that it stays small, and a change of it can be read."""
    code = [cell for cell in read(path) if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert path.stat().st_size < 20_000


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the cells with code of the tour give, each as its source and its last output."""
    if not (find_spec("nbclient") and find_spec("ipykernel")):
        pytest.skip("needs nbclient and ipykernel")
    home, work = (tmp_path_factory.mktemp(name) for name in ("home", "work"))
    done = home / "tour.ipynb"
    own = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
    }
    names = [ROOT / "docs" / "notebooks" / "tour.ipynb", work, done]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, *map(str, names)],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert list(work.iterdir()) == []
    return [cell for cell in read(done) if cell["cell_type"] == "code"]


def outputs(cells: list[dict[str, Any]], begins: str) -> list[dict[str, Any]]:
    """Return the outputs of the cell whose source begins so, or ends so."""
    for cell in cells:
        source = "".join(cell["source"])
        if source.startswith(begins) or source.endswith(begins):
            found: list[dict[str, Any]] = cell["outputs"]
            return found
    raise AssertionError(f"no cell {begins!r}")


def text(output: dict[str, Any]) -> str:
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


def test_pieces_are_shown_as_rolls_with_a_player(tour: list[dict[str, Any]]) -> None:
    for begins in ("tune = symgen.generate", "mine", "longer = ", "choir = "):
        (shown,) = outputs(tour, begins)
        page = "".join(shown["data"]["text/html"])
        assert "<svg" in page
        assert "&lt;audio" in page
        assert text(shown).startswith("<Score ")


def test_nothing_is_told_on_stderr(tour: list[dict[str, Any]]) -> None:
    told = [
        text(output)
        for cell in tour
        for output in cell["outputs"]
        if output.get("name") == "stderr"
    ]
    assert told == []


def test_lists_pictures_and_arrays_are_shown(tour: list[dict[str, Any]]) -> None:
    assert text(outputs(tour, "takes = ")[0]).count("<Score 8 bars 4/4 D major") == 3
    assert "image/svg+xml" in outputs(tour, "print(repr(tune))")[-1]["data"]
    assert "float32" in text(outputs(tour, "sound = ")[0])
    assert text(outputs(tour, "import asyncio")[0]).count("<Score 4 bars") == 3
    assert "6/8" in text(outputs(tour, "print(tune.describe())")[0])
    saved = text(outputs(tour, "import tempfile")[0]).splitlines()
    assert saved[:3] == ["longer.mid", "longer.musicxml", "longer.wav"]
    assert saved[3].startswith("<Score 8 bars")
    tokens = outputs(tour, "from symgen.tokens")
    assert text(tokens[0]).splitlines()[:3] == [
        "(22, 6)",
        "part 0: Acoustic Grand Piano",
        "meter 4/4",
    ]
