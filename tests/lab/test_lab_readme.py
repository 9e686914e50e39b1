"""The README of the lab: every command is named, and every folder."""

from __future__ import annotations

import re

from lab.commands import COMMANDS
from lab.modules import ROOT

LAB = ROOT / "lab"


def test_every_command_and_folder_is_named_and_no_other() -> None:
    text = (LAB / "README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9-]+", text))
    assert [name for name in COMMANDS if name not in words] == []
    folders = {path.parent.name for path in LAB.glob("*/__init__.py")}
    assert [name for name in folders if f"`{name}/`" not in text] == []
    called = set(re.findall(r"python -m lab ([a-z][a-z-]+)", text))
    assert called <= set(COMMANDS)
