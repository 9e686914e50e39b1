"""What the shell is told to propose, by the protocol of argcomplete."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Command, refused


def proposed(line: str, folder: Path) -> list[str]:
    """Ask as the shell does: the line in the environment, the answer in a file."""
    answer = folder / "answer"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\013",
        "_ARGCOMPLETE_SHELL": "bash",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    subprocess.run(
        [sys.executable, "-m", "symgen"], env={**os.environ, **asked}, cwd=folder, check=True
    )
    return answer.read_text().replace("\\ ", " ").split("\013") if answer.exists() else []


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("symgen gen", {"generate"}),
        ("symgen generate --sty", {"--style"}),
        ("symgen generate --style slip", {"slip jig"}),
        ("symgen perform --style cham", {"chamber"}),
        ("symgen generate --preset l", {"lullaby", "loop", "lead-sheet"}),
        ("symgen generate --model ch", {"chorale", "chamber"}),
        ("symgen generate --instrument flu", {"flute"}),
        ("symgen generate --key G", {"G major", "G dorian"}),
        ("symgen generate --format m", {"mid", "musicxml"}),
        ("symgen gan sa", {"sample"}),
        ("symgen completion z", {"zsh"}),
        ("symgen continue tu", {"tune.mid"}),
        ("symgen render tu", {"tune.mid"}),
        ("symgen generate --preset mi", {"mine.toml"}),
    ],
)
def test_the_shell_completes(line: str, some: set[str], tmp_path: Path) -> None:
    (tmp_path / "tune.mid").touch()
    (tmp_path / "mine.toml").touch()
    found = {word.strip() for word in proposed(line, tmp_path)}
    assert some <= found
    start = line.rsplit(" ", 1)[1]
    assert all(word.startswith(start) for word in found)


@pytest.mark.parametrize(
    ("shell", "word"),
    [("bash", "complete "), ("zsh", "compdef"), ("fish", "complete --command symgen")],
)
def test_what_a_shell_has_to_run(shell: str, word: str, command: Command) -> None:
    result = command("completion", shell)
    assert (result.status, result.err) == (0, [])
    assert result.out[0].startswith("# Put this line into ~/.")
    assert any(word in line for line in result.out)


def test_other_shells_are_refused(command: Command) -> None:
    refused(command("completion", "tcsh"), 2, "'tcsh'", "bash, zsh, fish")
