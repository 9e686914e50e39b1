"""A signal ends a command in order, whatever is being loaded when it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small import REAL_TUNES, tune

from symgen.formats import save_score

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

ROOT = Path(__file__).parents[2]
BEFORE = ("symgen.cli", "symgen.cli.signals", "symgen.cli.telling")
"""Loaded before the command begins, when nothing is open yet."""
LATER = (
    "symgen.cli.commands",
    "argparse",
    "numpy",
    "symgen.audio",
    "symgen.formats",
    "symgen.midi",
    "fluidsynth",
)
WHILE_LOADING = (*BEFORE, *LATER)


def struck(module: str, number: int, folder: Path) -> subprocess.CompletedProcess[str]:
    """Render a file, and get a signal when a module is about to be loaded."""
    code = (
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r} and sys.meta_path[0] is self:\n"
        "            del sys.meta_path[0]\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "from symgen.__main__ import main\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.exit(main())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "render", "a.mid"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", WHILE_LOADING)
def test_a_signal_while_something_is_loaded(module: str, number: int, tmp_path: Path) -> None:
    save_score(tune(REAL_TUNES["Amazing Grace"][3], meter="3/4", pickup="1/4"), tmp_path / "a.mid")
    done = struck(module, number, tmp_path)
    begun = module not in BEFORE
    word = "interrupted" if number == signal.SIGINT else "terminated"
    assert (done.returncode, done.stdout) == (128 + number if begun else -number, "")
    assert done.stderr == (f"symgen: {word}\n" if begun else "")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mid"]
