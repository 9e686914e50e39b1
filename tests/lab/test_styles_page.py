"""The page of styles: every style of every model is there with its command and a sound that is small."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import symgen
from lab.docs.style_sounds import RULE, row, with_table
from lab.modules import ROOT
from symgen.cli.commands import make_parser
from symgen.nets.models import model_names

DOCS = ROOT / "docs"
PAGE = (DOCS / "styles.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| ([\w ]+) \| `(symgen [^`]+)` \| ([^|]+) \| \[[\d:]+\]\((\S+)\) \|$", PAGE, re.M
)


@pytest.mark.parametrize("model", model_names())
def test_every_style_of_a_model_has_a_row(model: str) -> None:
    styles = [style for style, command, _, _ in ROWS if f"--model {model} " in command]
    assert tuple(styles) == symgen.load_model(model).styles


def test_commands_follow_the_rule_and_can_be_typed() -> None:
    parser = make_parser()
    for style, command, _, _ in ROWS:
        words = shlex.split(command)[1:]
        assert " ".join(RULE) in command
        assert parser.parse_args(words).style == style


def test_sounds_are_there_and_small() -> None:
    files = {DOCS / link for *_, link in ROWS}
    assert files == set((DOCS / "sounds").glob("*-*.ogg"))
    sizes = [path.stat().st_size for path in files]
    assert max(sizes) < 120_000
    assert sum(sizes) < 5_500_000
    assert all(path.read_bytes().startswith(b"OggS") for path in files)


def test_a_table_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    one = with_table("# Page\n", "folk", ["| a |"])
    two = with_table(with_table(one, "piano", ["| p |"]), "folk", ["| b |"])
    assert "| a |" not in two
    assert two.index("## folk") < two.index("| b |") < two.index("## piano") < two.index("| p |")
    assert with_table(two, "folk", ["| b |"]) == two


def test_a_row_says_what_was_written() -> None:
    note = symgen.Note(0, 60, 1920)
    score = symgen.Score((symgen.Part((note,)), symgen.Part((note,))))
    text = row("folk", "slip jig", score)
    assert '--style "slip jig"' in text
    assert "4/4" in text
    assert "2 parts" in text
    assert text.endswith("[0:02](sounds/folk-slip-jig.ogg) |")
