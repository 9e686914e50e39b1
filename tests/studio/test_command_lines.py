"""The command of a piece: it makes the take that was accepted again."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serving import ROOT, Served
from small import tune

from symgen.cli.commands import make_parser
from symgen.formats import load_score, save_score
from symgen.studio import Client
from symgen.studio.command_lines import command_line, command_text
from symgen.studio.takes import Take


def test_the_command_makes_the_take_again(served: Served, tmp_path: Path) -> None:
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), tmp_path / "a.mid")
    with Client(served.link) as studio:
        project = str(studio.open(tmp_path / "a.mid")["id"])
        assert studio.export(project, "command").startswith(b"# No take")
        (tmp_path / "piece.mid").write_bytes(studio.export(project, "mid"))
        asked: dict[str, Any] = {"temperature": 1.2, "strict_key": True}
        takes = list(studio.write(project, "infill", bars=(2, 3), count=2, seed=5, **asked))
        studio.accept(project, takes[1].id)
        said, start, line = studio.export(project, "command").decode().splitlines()
        made = studio.export(project, "mid")
    assert said == f"# {takes[1].said}"
    assert "revision 1 " in start
    assert line == (
        "symgen infill piece.mid --bars 2-3 --temperature 1.2 --strict-key --seed 6 -o piece-again.mid"
    )
    words = [sys.executable, "-m", *shlex.split(line)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(words, cwd=tmp_path, env=env, check=True, capture_output=True)
    (tmp_path / "accepted.mid").write_bytes(made)
    again, accepted = (
        load_score(tmp_path / "piece-again.mid"),
        load_score(tmp_path / "accepted.mid"),
    )
    assert again.note_array().tolist() == accepted.note_array().tolist()


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("infill", {"bars": [0, 4], "parts": [0, 2], "own": {"particles": 2}}),
        ("vary", {"bars": [2, 4], "own": {"amount": 0.5}, "locked": 3}),
        ("continue", {"bars": [1, 4], "parts": [1], "controls": {"bars": 8, "end": True}}),
        (
            "generate",
            {"controls": {"style": "jig", "labels": ["mood=happy"]}, "own": {"intro": False}},
        ),
        ("harmonize", {"own": {"style": "chorale", "voice": "soprano"}, "parts": [0]}),
        (
            "accompany",
            {"own": {"style": "rock", "intro": True, "loosen": 0.5}, "controls": {"chords": "C G"}},
        ),
        ("drums", {"bars": [1, 8], "own": {"style": "rock", "fills": 4, "loose": True}}),
    ],
)
def test_commands_are_understood(verb: str, asked: dict[str, Any]) -> None:
    words = shlex.split(command_line("piece", verb, asked, 7))
    options = make_parser().parse_args(words[1:])
    assert options.command == verb
    assert options.seed == 7
    facts = {"verb": verb, "seed": 7, "asked": asked, "said": "take 1 of 1"}
    text = command_text("piece", [Take(1, "dropped", 1, facts), Take(2, "accepted", 3, facts)])
    *comments, line, end = text.split("\n")
    assert shlex.split(line) == words
    assert all(each.startswith("# ") for each in comments)
    assert end == ""
    assert ("--pin" in text) == bool(asked.get("locked"))
