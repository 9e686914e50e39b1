"""What a command gave, and what an error must look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    status: int
    out: list[str]
    err: list[str]


Command = Callable[..., Result]


def files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def refused(result: Result, status: int, *words: str) -> None:
    """One line on stderr, nothing on stdout, and the status."""
    assert result.status == status, result
    assert result.out == []
    (line,) = result.err
    assert line.startswith("symgen: ")
    assert "Traceback" not in line
    for word in words:
        assert word in line
