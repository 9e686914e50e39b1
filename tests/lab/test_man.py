"""Manual pages: one for each command, with all its options, that roff can set."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lab.docs.man import main, manual_pages
from symgen.cli.commands import commands_by_name
from symgen.cli.options import option_rows

PAGES = manual_pages()


def test_each_command_has_a_page_with_its_options() -> None:
    assert "symgen-gan-train.1" in PAGES
    assert "symgen-train-transcriber.1" not in PAGES
    for name, command in commands_by_name().items():
        page = PAGES.get(f"symgen-{name.replace(' ', '-')}.1")
        for option in option_rows(command) if page else ():
            if option.names[0].startswith("-"):
                assert option.names[-1].replace("-", "\\-") in page


def test_the_first_page_lists_the_commands() -> None:
    assert "\\fBgenerate\\fR" in PAGES["symgen.1"]
    assert "\\fBtrain-transcriber\\fR" not in PAGES["symgen.1"]
    assert "\nsymgen generate" in PAGES["symgen-generate.1"].partition("EXAMPLES")[2]


def test_the_pages_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-o", str(tmp_path / "man")]) == 0
    assert {path.name for path in (tmp_path / "man").iterdir()} == set(PAGES)
    assert capsys.readouterr().out == f"{tmp_path / 'man'}\n"


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
@pytest.mark.parametrize("name", ["symgen.1", "symgen-continue.1"])
def test_roff_sets_them_without_a_warning(name: str) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww"],
        input=PAGES[name].encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert done.stderr == b""
    assert len(done.stdout) > len(PAGES[name]) / 2
