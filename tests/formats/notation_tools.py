"""How a hostile file of notation is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from symgen.formats.limits import Limits
from symgen.formats.notation import WorkerPool, read_tunes
from symgen.system.errors import FormatError
from symgen.system.processes import child_options


def refusal(path: Path, data: bytes, pool: WorkerPool, limits: Limits | None = None) -> str:
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_tunes(path, pool=pool, limits=limits or Limits())
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    return message.removeprefix(f"{path}: ")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this package, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60,
        **child_options(),
    )  # fmt: skip
