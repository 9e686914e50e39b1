"""What a command loads: only what it uses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from small import tune

from symgen.formats import save_score

COUNT = """
import sys
from pathlib import Path
from symgen.cli import main
status = main(sys.argv[1:])
files = [m.__file__ for n, m in sys.modules.items() if n.split(".")[0] in ("symgen", "lab") and m.__file__]
print(status, len(files), sum(len(Path(f).read_text(encoding="utf-8").splitlines()) for f in files), file=sys.stderr)
"""

CEILINGS = {
    "info": (60, 8_800),
    "doctor": (72, 11_000),
    "info tune.mid": (74, 11_700),
    "info folk": (127, 21_800),
    "copies tune.mid": (80, 12_600),
    "render tune.mid -o out.wav": (80, 13_500),
    "plot tune.mid -o out.png": (74, 11_200),
    "generate --bars 2 --seed 1 -o out.mid": (118, 20_400),
    "continue tune.mid --bars 2 --seed 1 -o out.mid": (130, 22_900),
    "gan sample -n 1 --bars 2 --seed 1 -o out.mid": (125, 21_600),
}
"""Modules, and lines of them, that a command may load."""


@pytest.mark.parametrize("command", CEILINGS)
def test_a_command_loads_what_it_uses(command: str, tmp_path: Path) -> None:
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), tmp_path / "tune.mid")
    done = subprocess.run(
        [sys.executable, "-c", COUNT, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    status, modules, lines = map(int, done.stderr.splitlines()[-1].split())
    most_modules, most_lines = CEILINGS[command]
    assert (status, modules <= most_modules, lines <= most_lines) == (0, True, True), (
        modules,
        lines,
    )
