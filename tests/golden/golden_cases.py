"""The table of the golden set: command lines, and functions that use `symgen` from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from golden_functions import FUNCTIONS

_TABLE = Path(__file__).with_name("commands.txt").read_text(encoding="utf-8")
# A line that ends in a backslash goes on, further in, on the next one.
COMMANDS = [line.strip() for line in _TABLE.replace("\\\n    ", "").splitlines() if line.strip()]
_LISTENING = (
    "lab train-transcriber store -o r --soundfont small.sf2 --val-soundfont smaller.sf2 "
    "--hours 0.02 --device cpu"
)
LONG_COMMANDS = [
    f"{_LISTENING} --minutes 0.1 --seed 1",
    f"{_LISTENING} --minutes 0.05 --overwrite && {_LISTENING} --minutes 0.1 --resume",
]
CASES: dict[str, str | Callable[[], Any]] = {
    command: command for command in [*COMMANDS, *LONG_COMMANDS]
}
CASES |= {f"python: {name}": function for name, function in FUNCTIONS.items()}
