"""Every command and every block of Python in README and docs is run, in order, page by page."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks import PAGES, ROOT, Block, blocks, page_blocks
from hub_stand_in import TOKEN, running_hub

from symgen.audio import playing
from symgen.cli import main

REPLACED = (
    (r"^symgen train (?!.*--resume)", "--size small --epochs 1 --minutes 0.02", "hours"),
    (r"^symgen train .*--resume", "--minutes 0.04", "hours"),
    (r"^symgen finetune ", "--epochs 1 --minutes 0.02", "a minute"),
    (r"^torchrun .* train (?!.*--resume)", "--size small --epochs 1 --minutes 0.02", "hours"),
    (r"^torchrun .* train .*--resume", "--minutes 0.04", "hours"),
    (r"^symgen gan train ", "--minutes 0.05 --validations 1", "a quarter of an hour"),
    (r"^symgen gan augment ", "-n 4", "a minute"),
    (r"^symgen gan sample -n 16 ", "-n 2", "16 tunes with their sound"),
    (r"^symgen gan evaluate ", "-n 10", "minutes"),
    (r"^symgen evaluate ", "--no-classifiers --resamples 20", "half a minute"),
    (r"^symgen generate -n 100 ", "-n 6", "a minute"),
)
"""Commands that take too long as they stand, what is added so that they end soon, and what they would take."""
SHELL = re.compile(r"[|<>;&]|\$[({A-Z]|^[A-Z_]+=|^symgen (push|pull) |hf:")
"""What a shell does, or speaks to the hub; lines without it run in this process."""
MARKED = 16
"""So many blocks are marked as not run, with a reason; a new one wants a good one."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pages speak to a POSIX shell")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub on this machine, for processes of their own: its library reads the environment when it is loaded."""
    with running_hub() as found:
        known = {"HF_ENDPOINT": found.address, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hub")}
        for name, text in {**known, "HF_HUB_DISABLE_XET": "1"}.items():
            monkeypatch.setenv(name, text)
        yield


@pytest.fixture
def desk(tmp_path: Path, inputs: Path, hub: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for one page, away from the history and the settings of who runs the tests; sound goes nowhere."""
    programs, home = tmp_path / "programs", tmp_path / "home"
    work = tmp_path / "work"
    for folder in (programs, home, work):
        folder.mkdir()
    (programs / "symgen").write_text(f'#!/bin/sh\nexec {sys.executable} -m symgen "$@"\n')
    (programs / "pw-play").write_text("#!/bin/sh\n")
    run = f'#!/bin/sh\nexec {sys.executable} -m torch.distributed.run "$@"\n'
    (programs / "torchrun").write_text(run)
    for program in programs.iterdir():
        program.chmod(0o755)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "SYMGEN_DATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.delenv("SYMGEN_NO_HISTORY", raising=False)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(playing, "play_live", lambda *_: False)
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_runs(
    page: Path, desk: Path, inputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay(page, inputs, desk)
    names: dict[str, object] = {"__name__": "__main__"}
    failed = []
    for block in page_blocks(page):
        if block.why_not:
            continue
        if block.kind == "python":
            run_python(block, names)
            continue
        for line, command in block.commands:
            status = run_command(command)
            said = capsys.readouterr()
            if status:
                failed.append(f"{page.name}:{line}: {command}\nstatus {status}\n{said.err}")
    if failed:
        pytest.fail("\n".join(failed), pytrace=False)


def lay(page: Path, inputs: Path, desk: Path) -> None:
    """Put the files there that a page takes for granted; what it makes by itself is not there before."""
    text = "\n".join(block.text for block in page_blocks(page) if not block.why_not)
    for given in (*inputs.iterdir(), *(inputs / "stores").iterdir()):
        name = given.relative_to(inputs).as_posix()
        first = re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w.-])", text)
        if first is None or name == "stores":
            continue
        if re.search(r"(-o|--output|--out-dir) \S*$", text[: first.start()]):
            continue
        target = desk / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if given.is_dir() else shutil.copy)(given, target)


def run_python(block: Block, names: dict[str, object]) -> None:
    """Run Python among the names that blocks above have left."""
    code = "\n" * (block.line - 1) + block.text
    exec(compile(code, block.page.name, "exec"), names)  # noqa: S102 - our own pages


def run_command(command: str) -> int:
    """Run a line as one types it, and return its exit status."""
    if SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", command)):
        return subprocess.run(["bash", "-o", "pipefail", "-c", command], check=False).returncode
    command = command_with_less_work(command)
    if command.startswith("torchrun "):  # starts processes of its own
        return subprocess.run(shlex.split(command, comments=True), check=False).returncode
    words = [
        found
        for word in shlex.split(command, comments=True)
        for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]
    assert words[0] == "symgen", f"{command}: mark it as not run, with the reason"
    if "-o" in words and not {"--overwrite", "--resume", "--shard", "--packed"} & set(words):
        words.append("--overwrite")  # what stands on a page may be one way or another
    try:
        return main(words[1:])
    except SystemExit as end:  # help
        return int(end.code or 0)


def command_with_less_work(command: str) -> str:
    for pattern, added, _ in REPLACED:
        if re.search(pattern, command):
            typed = command.partition(" #")[0]
            return f"{typed} {added}"
    return command


def test_blocks_that_are_not_run_are_few_and_say_why() -> None:
    marked = [block for block in blocks() if block.why_not]
    assert len(marked) <= MARKED, [block.where for block in marked]


def test_fifty_features_and_more_work() -> None:
    text = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| .+ \| (works|no|not for us) \| .*\S.* \|$", text, re.M)
    assert [int(number) for number, _ in rows] == list(range(1, 69))
    assert sum(word == "works" for _, word in rows) >= 50
    typed = [block for block in page_blocks(ROOT / "docs" / "features.md") if block.text]
    assert len(typed) >= 35
