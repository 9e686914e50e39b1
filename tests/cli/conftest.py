"""Commands in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Command, Result
from small import REAL_TUNES, tune

from symgen.cli import main
from symgen.formats import save_score


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Command:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))

    def run(*arguments: object) -> Result:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out.splitlines(), captured.err.splitlines())

    return run


@pytest.fixture
def generate(command: Command, tiny_folder: Path) -> Command:
    """Run ``symgen generate`` with the tiny model."""
    return lambda *arguments: command("generate", "--model", tiny_folder, "--bars", "2", *arguments)


@pytest.fixture
def go_on(command: Command, tiny_folder: Path) -> Command:
    """Run ``symgen continue tune.mid`` with the tiny model."""
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    save_score(tune(text, meter=meter, pickup=pickup, resolution=480), Path("tune.mid"))
    return lambda *arguments: command(
        "continue", "tune.mid", "--model", tiny_folder, "--bars", "2", *arguments
    )
